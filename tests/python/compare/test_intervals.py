"""Intervals: against closed forms, and how they are joined and widened."""

from __future__ import annotations

import numpy as np
import pytest
from mlperf_loadgen.compare import intervals
from mlperf_loadgen.compare.blocks import Blocks, Question, dependence, weights

RATE = Question("rate", events="completed")


def rates(values: np.ndarray) -> Blocks:
    return Blocks(values[:, None].astype(float), np.ones(len(values)))


def test_a_rate_of_independent_blocks_has_the_interval_of_its_mean() -> None:
    rng = np.random.default_rng(1)
    base, new = (rates(rng.normal(1000, 50, 60)) for _ in range(2))
    (found,) = intervals.of_blocks([RATE], base, new, [0.0], paired=False, confidence=0.95)
    errors = [side.counts.std(ddof=1) / side.counts.mean() / 60**0.5 for side in (base, new)]
    half = 2.0 * float(np.hypot(*errors))
    assert found.estimate == pytest.approx(np.log(new.counts.mean() / base.counts.mean()))
    assert found.high - found.low == pytest.approx(2 * half, rel=0.1)
    again = intervals.of_blocks([RATE], base, new, [0.0], paired=False, confidence=0.95)
    assert again == [found]  # the same files give the same answer


def test_pairs_of_blocks_cancel_what_they_share() -> None:
    rng = np.random.default_rng(2)
    shared = rng.normal(1000, 200, 60)
    base, new = rates(shared), rates(shared * 1.01)
    (found,) = intervals.of_blocks([RATE], base, new, [0.0], paired=True, confidence=0.95)
    assert found.high - found.low < 1e-9
    assert found.estimate == pytest.approx(np.log(1.01))


def test_dependent_blocks_are_joined_and_drift_is_told() -> None:
    rng = np.random.default_rng(3)
    independent = rates(rng.normal(1000, 50, 60))
    twins = rates(np.repeat(rng.normal(1000, 50, 30), 2))
    done = intervals.joined([RATE], independent, independent, False)
    assert len(done[0]) == 60
    done = intervals.joined([RATE], twins, independent, False)
    assert len(done[0]) == 30
    drifting = rates(np.linspace(1000, 2000, 60))
    assert intervals.joined([RATE], drifting, independent, False) == intervals.DRIFTS
    # What both share is not a dependence of their difference.
    assert not isinstance(intervals.joined([RATE], drifting, drifting, True), str)


def test_widening() -> None:
    assert intervals.widening(60, 0.0, 0.95) == pytest.approx(1.03, abs=0.005)
    assert intervals.widening(60, -0.2, 0.95) == intervals.widening(60, 0.0, 0.95)
    assert intervals.widening(15, 0.3, 0.95) > 1.5
    assert dependence(np.ones(10)) == 0


def test_columns_are_shared_among_blocks() -> None:
    assert weights(4, 2).tolist() == [[1, 1, 0, 0], [0, 0, 1, 1]]
    assert weights(4, 2, 0.75).tolist() == [[1, 0.5, 0, 0], [0, 0.5, 1, 0]]
    assert weights(240, 60, 0.4).sum() == pytest.approx(96)


def test_between_runs() -> None:
    base, new = [1.0, 1.1, 0.9, 1.0], [1.2, 1.3, 1.25, 1.2]
    found = intervals.between_runs(base, new, logarithmic=True, paired=False, confidence=0.95)
    old, young = np.log(base), np.log(new)
    assert found.estimate == pytest.approx(young.mean() - old.mean())
    assert found.low < found.estimate < found.high
    same = intervals.between_runs(base, base, logarithmic=True, paired=True, confidence=0.95)
    assert (same.low, same.high) == (0, 0)


@pytest.mark.parametrize(("runs", "p"), [(3, 0.1), (4, 2 / 70), (5, 2 / 252), (6, 2 / 924)])
def test_the_smallest_p_values(runs: int, p: float) -> None:
    base, new = list(range(1, runs + 1)), list(range(101, 101 + runs))
    assert intervals.permutation(base, new, logarithmic=True, paired=False) == pytest.approx(p)


@pytest.mark.parametrize(
    ("runs", "spread", "change"),
    [(3, 0.02, 0.063), (4, 0.01, 0.024), (5, 0.05, 0.107), (10, 0.02, 0.027)],
)
def test_the_smallest_change_that_is_found(runs: int, spread: float, change: float) -> None:
    found = np.expm1(intervals.detectable(spread, runs))
    assert found == pytest.approx(change, rel=0.03)
