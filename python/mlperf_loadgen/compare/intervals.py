"""Computes how sure a change is: bootstrap of blocks inside runs, Student's t between runs.

A change is a difference of logarithms, or, of figures that may be 0, a difference.
"""

from __future__ import annotations

import dataclasses
import math
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import optimize, stats

from mlperf_loadgen.compare.blocks import Blocks, Question, dependence, series
from mlperf_loadgen.result import grid
from mlperf_loadgen.result.grid import Floats

__all__ = [
    "DRIFTS",
    "Interval",
    "between_runs",
    "detectable",
    "joined",
    "of_blocks",
    "permutation",
    "spread",
]

RESAMPLES = 4000
_SEED = 20261125
_DEPENDENT = 0.3  # neighbouring blocks are joined above it,
_JOINABLE = 24  # if there are this many
_DRIFTING = 0.45  # no verdict above it
DRIFTS = "this run drifts; it is too short against its own slow changes"


@dataclasses.dataclass(frozen=True)
class Interval:
    """Where a change lies, in the terms of the module."""

    estimate: float
    low: float
    high: float


def joined(
    asked: Sequence[Question], base: Blocks, new: Blocks, paired: bool
) -> tuple[Blocks, Blocks, list[float]] | str:
    """Join neighbouring blocks until they are nearly independent for each question.

    Returns them, and the dependence that is left of each question; or why they do not become so.
    """
    while True:
        left = [_dependence(question, base, new, paired) for question in asked]
        most = max(left)
        shortest = min(len(base), len(new))
        if most <= _DEPENDENT or shortest < _JOINABLE:
            return DRIFTS if most > _DRIFTING else (base, new, left)
        if paired or len(base) >= _JOINABLE:
            base = _halved(base)
        if paired or len(new) >= _JOINABLE:
            new = _halved(new)


def of_blocks(
    asked: Sequence[Question],
    base: Blocks,
    new: Blocks,
    left: Sequence[float],
    *,
    paired: bool,
    confidence: float,
) -> list[Interval]:
    """Return the interval of the change of each question, from blocks of one run a side.

    All questions are asked of the same resamples. Paired, the same blocks are drawn for both runs.
    """
    indices = [np.tile(np.arange(len(blocks)), (len(asked), 1)) for blocks in (base, new)]

    def statistic(*drawn: Any, axis: int) -> Floats:
        # SciPy draws the same for each row of its data, a question each: one is enough.
        first = drawn[0][0]
        second = first if paired else drawn[1][0]
        old, young = _figures(asked, base, first), _figures(asked, new, second)
        return np.stack([_change(q, old[i], young[i]) for i, q in enumerate(asked)])

    # Where all resamples have the same change there is no correction to compute.
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)
        result = stats.bootstrap(
            indices[:1] if paired else indices,
            statistic,
            n_resamples=RESAMPLES,
            batch=1000,
            vectorized=True,
            axis=-1,
            confidence_level=confidence,
            method="BCa",
            rng=np.random.default_rng(_SEED),
        )
    estimate = statistic(*(each[:, None, :] for each in indices), axis=-1)[:, 0]
    constant = np.ptp(result.bootstrap_distribution, axis=-1) == 0
    low, high = (np.where(constant, estimate, end) for end in result.confidence_interval)
    wide = [widening(min(len(base), len(new)), r, confidence) for r in left]
    return [
        Interval(float(e), float(e + w * (a - e)), float(e + w * (b - e)))
        for e, w, a, b in zip(estimate, wide, low, high, strict=True)
    ]


def widening(blocks: int, left: float, confidence: float) -> float:
    """Return what to multiply the half-widths by: blocks are few, and not quite independent."""
    r = min(max(left, 0.0), 0.9)
    spread = (1 + r) / (1 - r)
    level = (1 + confidence) / 2
    # Dependent blocks tell as much of their spread as fewer independent ones.
    freedom = max(blocks / spread - 1, 1.0)
    few = stats.t.ppf(level, freedom) / stats.norm.ppf(level) * math.sqrt(blocks / (blocks - 1))
    return float(few * math.sqrt(spread))


def between_runs(
    base: Sequence[float] | Floats,
    new: Sequence[float] | Floats,
    *,
    logarithmic: bool,
    paired: bool,
    confidence: float,
) -> Interval:
    """Return the interval of the change from the figures of several runs a side: Welch's t, or, of
    pairs of runs, Student's t of their changes."""
    old, young = (_scaled(values, logarithmic) for values in (base, new))
    estimate = float(young.mean() - old.mean())
    parts = [young - old] if paired else [part for part in (old, young) if len(part) > 1]
    squares = [float(part.var(ddof=1)) / len(part) for part in parts]
    if not paired and len(parts) == 1:  # a single run on one side is as uncertain as the others
        squares[0] *= 1 + len(parts[0])
    total = sum(squares)
    if total == 0:
        return Interval(estimate, estimate, estimate)
    freedom = total**2 / sum(s**2 / (len(p) - 1) for s, p in zip(squares, parts, strict=True))
    half = float(stats.t.ppf((1 + confidence) / 2, freedom)) * math.sqrt(total)
    return Interval(estimate, estimate - half, estimate + half)


def spread(
    base: Sequence[float] | Floats,
    new: Sequence[float] | Floats,
    *,
    logarithmic: bool,
    paired: bool,
) -> float:
    """Return the standard deviation of a run, both sides together; of a pair's change, over √2."""
    old, young = (_scaled(values, logarithmic) for values in (base, new))
    if paired:
        return float((young - old).std(ddof=1)) / math.sqrt(2)
    squares = [float(part.var(ddof=1)) for part in (old, young) if len(part) > 1]
    return math.sqrt(sum(squares) / len(squares))


def permutation(
    base: Sequence[float] | Floats,
    new: Sequence[float] | Floats,
    *,
    logarithmic: bool,
    paired: bool,
) -> float:
    """Return the two-sided p-value of the change under exchange of runs: exact up to 20,000
    arrangements, drawn above."""
    sides = [_scaled(values, logarithmic) for values in (base, new)]
    found = stats.permutation_test(
        sides,
        lambda old, young, axis: young.mean(axis=axis) - old.mean(axis=axis),
        permutation_type="samples" if paired else "independent",
        vectorized=True,
        n_resamples=20_000,
        rng=np.random.default_rng(_SEED),
    )
    return float(found.pvalue)


def detectable(spread: float, runs: int, confidence: float = 0.95) -> float:
    """Return the change that this number of runs a side finds with 80 % power."""
    freedom = 2 * runs - 2
    limit = stats.t.ppf((1 + confidence) / 2, freedom)

    def missing(errors: float) -> float:
        return float(stats.nct.sf(limit, freedom, errors)) - 0.8

    found = optimize.brentq(missing, 0, limit + 20)
    return float(found) * spread * math.sqrt(2 / runs)


def _scaled(values: Sequence[float] | Floats, logarithmic: bool) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    return np.log(array) if logarithmic else array


def _change(asked: Question, base: Floats, new: Floats) -> Floats:
    if asked.kind == "share":
        return new - base
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.log(new / base))


def _figures(asked: Sequence[Question], blocks: Blocks, drawn: Any) -> list[Floats]:
    """Return the figure of each question for each row of indices of blocks."""
    rows = drawn.reshape(-1, drawn.shape[-1])
    count = len(blocks)
    flat = (rows + np.arange(len(rows))[:, None] * count).ravel().astype(np.int64)
    times = np.bincount(flat, minlength=len(rows) * count).reshape(-1, count).astype(np.float64)
    sums, base = times @ blocks.counts, times @ blocks.base
    shape = drawn.shape[:-1]
    fractions = np.array([question.fraction for question in asked])
    if all(question.kind == "percentile" for question in asked):
        found = grid.percentile(blocks.first_bin, sums, fractions)
        return [found[:, i].reshape(shape) for i in range(len(asked))]
    return [question.value(blocks, sums, base).reshape(shape) for question in asked]


def _dependence(asked: Question, base: Blocks, new: Blocks, paired: bool) -> float:
    old, young = series(asked, base), series(asked, new)
    return dependence(young - old) if paired else max(dependence(old), dependence(young))


def _halved(blocks: Blocks) -> Blocks:
    starts = np.arange(0, len(blocks), 2)
    return Blocks(
        np.add.reduceat(blocks.counts, starts, axis=0),
        np.add.reduceat(blocks.base, starts),
        blocks.first_bin,
    )
