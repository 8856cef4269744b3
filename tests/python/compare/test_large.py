"""Two runs of 10^8 samples: compared from their report.json alone, as quickly as small ones."""

from __future__ import annotations

import math
import time
from pathlib import Path

import numpy as np
import pytest
from mlperf_loadgen.compare import compare
from mlperf_loadgen.result import grid, store
from mlperf_loadgen.result.condition import parse
from scipy import stats

from tests.python.result import synthetic

SAMPLES = 100_000_000
COLUMNS = 240
FRACTIONS = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999, "p99.99": 0.9999}


def exact(median_ns: float, fraction: float) -> float:
    return median_ns * math.exp(0.3 * stats.norm.ppf(fraction))


def large(median_ns: float, seed: int) -> synthetic.Record:
    """A Server run of 600 s whose latencies are log-normal, made without drawing them."""
    random = np.random.default_rng(seed)
    low, high = grid.edges(np.arange(500, 1500))
    rows = []
    for level in median_ns * random.normal(1, 0.002, COLUMNS):
        parts = np.diff(stats.norm.cdf(np.log(np.append(low, high[-1]) / level) / 0.3))
        counts = random.multinomial(SAMPLES // COLUMNS, parts / parts.sum())
        used = np.flatnonzero(counts)
        row = counts[used[0] : used[-1] + 1].tolist()
        rows.append({"first_bin": 500 + int(used[0]), "counts": row})
    record = synthetic.server(2_000)
    each = [SAMPLES // COLUMNS] * COLUMNS
    timeline = {
        "by": "due",
        "edges_ns": [i * 2_500_000_000 for i in range(COLUMNS + 1)],
        "plan_columns": COLUMNS,
        **dict.fromkeys(("due", "issued", "completed"), each),
        **dict.fromkeys(("failed", "in_flight_max", "in_flight_end"), [0] * COLUMNS),
        "latency_grid": rows,
    }
    while synthetic.cells(timeline) > synthetic.CELLS:
        timeline = synthetic.join_pairs(timeline)
    record["timeline"] = timeline
    record["latency"]["count"] = SAMPLES
    figures = {name: exact(median_ns, fraction) for name, fraction in FRACTIONS.items()}
    record["metrics"] = {**figures, "qps": SAMPLES / 600, "errors": 0.0}
    return record


def test_percentiles_of_the_grid_are_near_the_exact_ones() -> None:
    first, counts = grid.matrix(large(1e7, 1)["timeline"]["latency_grid"])
    for fraction in FRACTIONS.values():
        found = grid.percentile(first, counts.sum(axis=0), fraction)
        assert found == pytest.approx(exact(1e7, fraction), rel=0.005)


@pytest.mark.alone
def test_the_answer_takes_less_than_two_seconds(tmp_path: Path) -> None:
    paths = []
    for name, median_ns, seed in (("base", 1e7, 1), ("new", 1.03e7, 2)):
        paths.append(store.save(large(median_ns, seed), tmp_path / name))
        assert paths[-1].stat().st_size < 600_000
    gates = [parse("p99>+1%", change=True), parse("qps<-1%", change=True)]
    # Of the processor, so that what else runs does not count; the first comparison imports SciPy.
    took = []
    for _ in range(2):
        start = time.process_time()
        base, new = map(store.load, paths)
        found = compare([base], [new], gates)
        took.append(time.process_time() - start)
    assert found.verdict == "worse"
    assert found.shift is not None
    assert min(took) < 2
