"""QuerySample and QuerySampleResponse: their arguments, limits, copies and subclasses."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlperf_loadgen as lg
import numpy as np
import pytest

unchecked: Any = lg  # for arguments that are wrong on purpose


def test_arguments() -> None:
    assert (lg.QuerySample().id, lg.QuerySample().index) == (0, 0)
    sample = lg.QuerySample(index=2, id=2**64 - 1)
    assert repr(sample) == "QuerySample(id=18446744073709551615, index=2)"
    response = lg.QuerySampleResponse(np.uint64(1), 2, size=3)
    assert repr(response) == "QuerySampleResponse(id=1, data=2, size=3, n_tokens=0)"
    assert lg.QuerySampleResponse(1, 2, 3, -4).n_tokens == -4
    zero = "QuerySampleResponse(id=0, data=0, size=0, n_tokens=0)"
    assert repr(lg.QuerySampleResponse(0, 0, 0)) == zero
    assert repr(lg.QuerySampleResponse()) == zero
    response.id, response.data, response.size, response.n_tokens = 5, 6, 7, 8
    assert repr(response) == "QuerySampleResponse(id=5, data=6, size=7, n_tokens=8)"


@pytest.mark.parametrize(
    "number", [0, 1, 255, 2**30 - 1, 2**30, 2**60 - 1, 2**60, 2**61 + 3, 2**63, 2**64 - 1]
)
def test_numbers_of_every_size(number: int) -> None:
    response = lg.QuerySampleResponse(number, number, number, number // 2)
    assert (response.id, response.data, response.size) == (number, number, number)
    assert response.n_tokens == number // 2
    assert lg.QuerySampleResponse(number, number, number).n_tokens == 0


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: unchecked.QuerySample("1"), TypeError, "id must be an integer, not str"),
        (lambda: unchecked.QuerySample(1.5), TypeError, "id must be a whole number, not 1.5"),
        (lambda: unchecked.QuerySample(0, -1), OverflowError, "index is out of range"),
        (lambda: unchecked.QuerySample(2**64), OverflowError, "id is out of range"),
        (lambda: unchecked.QuerySample(1, 2, 3), TypeError, "at most 2"),
        (lambda: unchecked.QuerySample(1, id=2), TypeError, "more than one"),
        (lambda: unchecked.QuerySample(number=2), TypeError, "unexpected argument 'number'"),
        (lambda: unchecked.QuerySampleResponse(size=1), TypeError, "'id'"),
        (lambda: unchecked.QuerySampleResponse(1, 2), TypeError, "'size'"),
        (lambda: unchecked.QuerySampleResponse(1, 2, None), TypeError, "size must be"),
        (lambda: unchecked.QuerySampleResponse(1, 2, 3, 2**63), OverflowError, "n_tokens"),
    ],
)
def test_wrong_arguments(make: Callable[[], object], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        make()


@pytest.mark.parametrize(
    "value",
    [lg.QuerySample(2**64 - 1, 3), lg.QuerySampleResponse(2**64 - 1, 2**63, 3, -4)],
    ids=["sample", "response"],
)
def test_copies(value: object) -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert repr(pickle.loads(pickle.dumps(value, protocol))) == repr(value)
    assert repr(copy.copy(value)) == repr(copy.deepcopy(value)) == repr(value)


def test_subclasses_keep_what_they_add(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Timed(lg.QuerySample):
        arrived = 0.0

    class Scored(lg.QuerySampleResponse):
        def __init__(self, *_: int) -> None:
            self.score = 1

    sample = Timed(4, index=5)
    sample.arrived = 1.5
    twin = copy.copy(sample)
    assert isinstance(twin, Timed)
    assert (twin.id, twin.index, twin.arrived) == (4, 5, 1.5)
    response = Scored(1, 0, 0)
    response.score = 7
    assert copy.deepcopy(response).score == 7

    def issue(samples: list[lg.QuerySample]) -> None:
        lg.QuerySamplesComplete([Scored(s.id, 0, 0) for s in samples])

    monkeypatch.chdir(tmp_path)
    settings = lg.TestSettings()
    settings.min_duration_ms = 0
    qsl = lg.ConstructQSL(8, 8, lambda indices: None, lambda indices: None)
    lg.StartTest(lg.ConstructSUT(issue, lambda: None), qsl, settings)


def test_vectors() -> None:
    vector = lg.VectorQuerySample([lg.QuerySample(1, 2), lg.QuerySample(3, 4)])
    assert len(vector) == 2
    assert [sample.index for sample in vector] == [2, 4]
    assert vector[1].id == 3
    assert len(list(vector)) == len(vector[:1]) + 1 == 2
    vector.append(lg.QuerySample(5, 6))
    assert vector.pop().id == 5
