"""What run() takes as a library, and how it is called."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import mlperf_loadgen as lg
import numpy as np
import numpy.typing as npt
import pytest
from quick import complete, run


@pytest.mark.parametrize(
    "library", [range(7), [1.5] * 7, np.zeros((7, 3)), "letters", {i: i for i in range(7)}]
)
def test_anything_with_a_length(library: Any) -> None:
    assert run(complete, library=library).settings.accuracy_sample_count == 7


def test_one_that_loads() -> None:
    class Library:
        name = "the library"
        performance_sample_count = 8

        def __init__(self) -> None:
            self.loaded: list[int] = []
            self.loads: list[int] = []
            self.kept: list[tuple[npt.NDArray[np.int64], list[int]]] = []

        def __len__(self) -> int:
            return 20

        def load(self, indices: npt.NDArray[np.int64]) -> None:
            assert indices.dtype == np.int64
            self.kept.append((indices, indices.tolist()))
            self.loads.append(len(indices))
            self.loaded += indices.tolist()

        def unload(self, indices: npt.NDArray[np.int64]) -> None:
            for index in indices:
                self.loaded.remove(index)

    library = Library()
    assert isinstance(library, lg.SampleLibrary)

    def sut(samples: lg.Samples) -> None:
        assert set(samples.indices.tolist()) <= set(library.loaded)
        samples.complete()

    report = run(sut, "Offline", library=library, mode="SubmissionRun")
    assert report.qsl_name == "the library"
    assert library.loads == [8, 8, 4, 8]
    assert library.loaded == []
    assert all(array.tolist() == copied for array, copied in library.kept)


def test_one_without_a_length() -> None:
    def endless() -> Iterator[int]:
        yield 1

    with pytest.raises(lg.SettingsError, match="generator has no length"):
        run(complete, library=endless())


def test_an_empty_one() -> None:
    with pytest.raises(lg.SettingsError, match="at least 1"):
        run(complete, library=[])
