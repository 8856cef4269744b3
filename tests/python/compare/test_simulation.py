"""How often a comparison is wrong, and what it finds: simulations, of which the truth is known.

MLPERF_LOADGEN_SIMULATIONS sets how often each is repeated; 1000 takes half an hour.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable

import numpy as np
import pytest
from at_the_end import say_at_the_end
from mlperf_loadgen.compare import gates, intervals
from mlperf_loadgen.compare.blocks import MOST, Blocks, Question, weights
from mlperf_loadgen.compare.intervals import Interval
from mlperf_loadgen.result import grid
from numpy.typing import NDArray
from scipy import signal, stats

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

REPETITIONS = int(os.environ.get("MLPERF_LOADGEN_SIMULATIONS", "50"))
QUERIES = 200_000  # of a run; of one of five: a tenth
COLUMNS = 240
FRACTIONS = (0.5, 0.99)
NEVER = 0.06  # how often the same process may be called worse

said: list[str] = []
say_at_the_end(f"comparisons of simulated runs, {REPETITIONS} repetitions", lambda: said)

Floats = NDArray[np.float64]
Random = np.random.Generator
Run = Callable[[Random, int], tuple[Floats, Floats]]  # latency and due time of each query, in ns


def independent(random: Random, n: int) -> tuple[Floats, Floats]:
    return 1e6 * random.lognormal(0, 0.3, n), np.arange(n) * 1e6


def autoregressive(memory: float) -> Run:
    """Slow changes of the whole system, which are forgotten after ``memory`` queries."""

    def run(random: Random, n: int) -> tuple[Floats, Floats]:
        kept = math.exp(-1 / memory)
        steps = random.normal(0, math.sqrt(1 - kept**2), n)
        steps[0] = random.normal()
        level = signal.lfilter([1], [1, -kept], steps)
        return 1e6 * np.exp(random.normal(0, 0.3, n) + 0.2 * level), np.arange(n) * 1e6

    return run


def served(gaps: Floats, service: Floats) -> tuple[Floats, Floats]:
    due, done = np.cumsum(gaps), np.cumsum(service)
    start = np.maximum.accumulate(due - np.concatenate([[0], done[:-1]]))
    return start + done - due, due


def queue(random: Random, n: int) -> tuple[Floats, Floats]:
    """M/G/1 at 80 % load."""
    return served(random.exponential(1e6, n), 8e5 * random.lognormal(-0.125, 0.5, n))


PROCESSES: dict[str, Run] = {
    "independent": independent,
    "AR(1) of 1,000": autoregressive(1e3),
    "AR(1) of 10,000": autoregressive(1e4),
    "M/G/1 at 80 %": queue,
}


def same_schedule(random: Random, noise: float, slower: float = 1.0) -> list[tuple[Floats, Floats]]:
    """Two runs with the same arrivals and the same work, but for some noise."""
    gaps = random.exponential(1e6, QUERIES)
    work = 8e5 * random.lognormal(-0.125, 0.5, QUERIES)
    factors = [1.0, slower]
    return [served(gaps, by * work * np.exp(random.normal(0, noise, QUERIES))) for by in factors]


def blocks(run: tuple[Floats, Floats]) -> Blocks:
    latency, due = run
    column = np.minimum(due / (due[-1] + 1) * COLUMNS, COLUMNS - 1).astype(np.int64)
    bins = grid.bin_of(latency.astype(np.int64))
    first = int(bins.min())
    width = int(bins.max()) - first + 1
    cells = np.bincount(column * width + bins - first, minlength=COLUMNS * width)
    counts = weights(COLUMNS, MOST) @ cells.reshape(COLUMNS, width)
    return Blocks(counts, counts.sum(axis=1), first)


def compared(base: Blocks, new: Blocks, fraction: float, paired: bool) -> Interval | None:
    """Return the interval, None for a run that drifts."""
    asked = [Question("percentile", grid="latency_grid", fraction=fraction)]
    done = intervals.joined(asked, base, new, paired)
    if isinstance(done, str):
        return None
    return intervals.of_blocks(asked, *done, paired=paired, confidence=0.95)[0]


def five(random: Random, run: Run, slower: float = 1.0) -> Floats:
    """Return the percentiles by side, run and fraction; runs differ by 1 % besides."""
    factors = random.lognormal(0, 0.01, 10) * np.repeat([1.0, slower], 5)
    latencies = [run(random, QUERIES // 10)[0] * factor for factor in factors]
    return np.quantile(latencies, FRACTIONS, axis=1).T.reshape(2, 5, len(FRACTIONS))


def between(sides: Floats) -> Interval:
    return intervals.between_runs(*sides, logarithmic=True, paired=False, confidence=0.95)


def worse(found: Interval | None) -> bool:
    return found is not None and gates.decide(found, 0.0, ">") == gates.WORSE


def limit() -> float:
    """Return the highest share that is not yet evidence of more than NEVER."""
    return float(stats.binom.ppf(0.995, REPETITIONS, NEVER)) / REPETITIONS


@pytest.mark.parametrize("how", ["single", "paired", "5 against 5"])
@pytest.mark.parametrize("name", PROCESSES)
def test_the_same_process_is_not_called_worse(name: str, how: str) -> None:
    random = np.random.default_rng([1, *name.encode(), len(how)])
    found = [_once(random, PROCESSES[name], how) for _ in range(REPETITIONS)]
    for fraction, each in zip(FRACTIONS, zip(*found, strict=True), strict=True):
        share = sum(map(worse, each)) / REPETITIONS
        drifting = sum(one is None for one in each) / REPETITIONS
        none = f", no verdict in {100 * drifting:.0f} %" if drifting else ""
        said.append(
            f"{name:16} {how:12} p{100 * fraction:g}: called worse {100 * share:.1f} %{none}"
        )
        assert share <= limit()


def _once(random: Random, run: Run, how: str) -> list[Interval | None]:
    """Compare a process with itself; return the interval of each percentile."""
    if how == "5 against 5":
        sides = five(random, run)
        return [between(sides[:, :, i]) for i in range(len(FRACTIONS))]
    if how == "paired" and run is queue:
        base, new = map(blocks, same_schedule(random, 0.2))
    else:
        base, new = (blocks(run(random, QUERIES)) for _ in range(2))
    return [compared(base, new, fraction, how == "paired") for fraction in FRACTIONS]


def widths(found: list[Interval]) -> float:
    return float(np.median([each.high - each.low for each in found]))


def test_pairing_by_schedule_narrows_the_interval_of_a_queue() -> None:
    random = np.random.default_rng(2)
    alone, pairs = [], []
    for _ in range(max(10, REPETITIONS // 5)):
        runs = [queue(random, QUERIES) for _ in range(2)]
        alone.append(compared(*map(blocks, runs), 0.99, False))
        pairs.append(compared(*map(blocks, same_schedule(random, 0.02)), 0.99, True))
    ratio = widths([each for each in alone if each]) / widths([each for each in pairs if each])
    said.append(f"pairing by schedule narrows the interval of p99 {ratio:.1f} times")
    assert ratio >= 5


def found_share(found: list[Interval | None]) -> float:
    return sum(map(worse, found)) / len(found)


@pytest.mark.parametrize("how", ["single", "paired", "5 against 5"])
def test_the_smallest_detectable_change_is_found(how: str) -> None:
    """Of one run a side it is what the interval of the same process says: half of it and 0.85
    standard errors; of several what the spread of runs says."""
    random = np.random.default_rng([3, len(how)])

    def once(slower: float) -> Interval | None:
        if how == "5 against 5":
            return between(five(random, independent, slower)[:, :, -1])
        if how == "paired":
            runs = same_schedule(random, 0.02, slower)
        else:
            runs = [independent(random, QUERIES) for _ in range(2)]
            runs[1] = runs[1][0] * slower, runs[1][1]
        return compared(*map(blocks, runs), 0.99, how == "paired")

    if how == "5 against 5":
        logs = np.log([five(random, independent)[..., -1] for _ in range(REPETITIONS)])
        change = intervals.detectable(float(np.sqrt(logs.var(axis=-1, ddof=1).mean())), 5)
    else:
        known = [each for _ in range(REPETITIONS) if (each := once(1.0)) is not None]
        error = float(np.std([each.estimate for each in known], ddof=1))
        change = widths(known) / 2 + float(stats.norm.ppf(0.8)) * error
    # At 80 % load a service that is x slower has a p99 that is several x slower.
    slower = 1 + change / sensitivity() if how == "paired" else math.exp(change)
    share = found_share([once(slower) for _ in range(REPETITIONS)])
    said.append(f"{how:12} {100 * math.expm1(change):.2f} % of p99 found in {100 * share:.0f} %")
    # As often as 80 % of so few repetitions are.
    assert share >= float(stats.binom.ppf(0.005, REPETITIONS, 0.8)) / REPETITIONS


def sensitivity() -> float:
    """Return by how many % the p99 of the queue grows when its service takes 1 % more."""
    random = np.random.default_rng(4)
    logs = []
    for _ in range(5):
        base, new = same_schedule(random, 0.0, 1.01)
        logs.append(math.log(np.quantile(new[0], 0.99) / np.quantile(base[0], 0.99)))
    return float(np.mean(logs)) / 0.01
