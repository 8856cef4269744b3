"""Samples of several pairs: the published trace, and what is refused."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pytest

from reference_apps.dlrm import aggregation
from reference_apps.dlrm.aggregation import Aggregation, read_trace, write_trace
from reference_apps.dlrm.arguments import max_samples

OFFICIAL = Path(aggregation.__file__).parent / "tools" / "dist_quantile.txt"
FIRST = [200, 200, 200, 200, 500, 700, 200, 100, 100, 500, 300, 200, 100, 300]
PAIRS = 89_137_319


def test_the_official_distribution() -> None:
    lengths = aggregation.read_quantiles(OFFICIAL)
    assert len(lengths) == 20
    assert lengths.mean() == 270


def test_the_published_trace(tmp_path: Path) -> None:
    bounds = Aggregation(quantile_file=OFFICIAL).bounds(PAIRS)
    lengths = np.diff(bounds)
    assert lengths[:14].tolist() == FIRST
    assert len(lengths) == 330_067
    assert lengths[-1] == 19
    assert bounds[-1] == PAIRS
    write_trace(tmp_path / "trace", bounds)
    with open(tmp_path / "trace", encoding="ascii") as lines:
        assert [next(lines) for _ in range(2)] == ["0, 200, 200\n", "200, 400, 200\n"]
    np.testing.assert_array_equal(read_trace(tmp_path / "trace"), bounds)


def test_lengths_are_drawn_one_a_sample() -> None:
    """Against the obvious loop."""
    random, lengths, left = np.random.RandomState(7), [], 100_000
    quantiles = aggregation.read_quantiles(OFFICIAL)
    while left:
        lengths.append(min(left, quantiles[random.randint(0, 20)]))
        left -= lengths[-1]
    bounds = Aggregation(quantile_file=OFFICIAL, seed=7).bounds(100_000)
    assert np.diff(bounds).tolist() == lengths


def test_fixed_lengths() -> None:
    assert Aggregation().bounds(3).tolist() == [0, 1, 2, 3]
    assert Aggregation(fixed=2).bounds(5).tolist() == [0, 2, 4, 5]
    assert len(Aggregation().bounds(200_000)) == 200_001


def test_a_range() -> None:
    lengths = np.diff(Aggregation(minimum=3, maximum=5).bounds(10_000))
    assert set(lengths[:-1].tolist()) == {3, 4, 5}
    assert lengths.sum() == 10_000
    other = np.diff(Aggregation(minimum=3, maximum=5, seed=1).bounds(10_000))
    assert lengths[:50].tolist() != other[:50].tolist()


def test_which_goes_first(tmp_path: Path) -> None:
    (tmp_path / "seven").write_text("7\nthe rest is not read\n", encoding="ascii")
    drawn = Aggregation(fixed=2, minimum=3, maximum=3, quantile_file=tmp_path / "seven")
    assert drawn.bounds(21).tolist() == [0, 7, 14, 21]
    assert Aggregation(fixed=2, minimum=3, maximum=3).bounds(6).tolist() == [0, 3, 6]


def test_a_number_of_samples() -> None:
    assert Aggregation(fixed=2).bounds(100, 3).tolist() == [0, 2, 4, 6]
    assert Aggregation(fixed=2).bounds(3, 9).tolist() == [0, 2, 3]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (Aggregation(fixed=0), "fix must be at least 1, not 0"),
        (Aggregation(minimum=3), "must be given together"),
        (Aggregation(minimum=3, maximum=2), "from 1 to --samples-to-aggregate-max, 2, not 3"),
    ],
)
def test_what_makes_no_samples_is_refused(options: Aggregation, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        options.bounds(10)


@pytest.mark.parametrize("line", ["", "100, two", "100, 0"])
def test_files_without_lengths_are_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "file").write_text(line, encoding="ascii")
    with pytest.raises(ValueError, match="file: the first line must be whole numbers"):
        Aggregation(quantile_file=tmp_path / "file").bounds(10)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("0, 2\n", "a line must be start, end and length"),
        ("a, b, c\n", "is not a trace"),
        ("0, 2, 2\n3, 4, 1\n", "line 2: 3, 4, 1: a sample must start where the previous one ends"),
        ("0, 2, 3\n", "line 1: 0, 2, 3"),
    ],
)
def test_damaged_traces_are_refused(tmp_path: Path, text: str, fault: str) -> None:
    (tmp_path / "trace").write_text(text, encoding="ascii")
    with pytest.raises(ValueError, match=fault):
        read_trace(tmp_path / "trace")


def test_the_smaller_of_two_counts_of_samples_holds() -> None:
    for count, count_samples, most in ((3, 5, 3), (5, 3, 3), (None, 4, 4), (None, None, None)):
        args = argparse.Namespace(count=count, count_samples=count_samples)
        assert max_samples(args) == most
