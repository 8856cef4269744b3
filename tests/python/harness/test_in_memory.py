"""The in-memory sample library."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from mlperf_loadgen.harness.in_memory import InMemoryLibrary
from numpy.typing import NDArray


def at(*indices: int) -> NDArray[np.int64]:
    return np.array(indices, np.int64)


def squares(index: int) -> NDArray[np.float32]:
    return np.array([index, index * index], np.float32)


def test_a_batch_is_one_array_in_the_order_asked_for() -> None:
    library = InMemoryLibrary(10, squares)
    library.load(at(7, 2, 5))
    batch = library.batch(at(5, 7, 5))
    assert isinstance(batch, np.ndarray)
    assert batch.dtype == np.float32
    assert batch.tolist() == [[5, 25], [7, 49], [5, 25]]


def test_a_batch_is_the_callers_own() -> None:
    library = InMemoryLibrary(3, squares)
    library.load(at(0, 1, 2))
    batch = library.batch(at(1, 2))
    assert isinstance(batch, np.ndarray)
    batch[:] = -1
    again = library.batch(at(1))
    assert isinstance(again, np.ndarray)
    assert again.tolist() == [[1, 1]]


def test_the_batches_of_a_thread_take_the_same_memory_and_those_of_two_do_not() -> None:
    library = InMemoryLibrary(4, squares)
    library.load(at(0, 1, 2, 3))
    first = library.batch(at(1, 2, 3))
    with ThreadPoolExecutor(1) as other:
        elsewhere = other.submit(library.batch, at(3, 2)).result()
    assert isinstance(first, np.ndarray)
    assert first.tolist() == [[1, 1], [2, 4], [3, 9]]
    second = library.batch(at(3, 0))
    assert isinstance(second, np.ndarray)
    assert second.tolist() == [[3, 9], [0, 0]]
    assert np.shares_memory(first, second)
    assert not np.shares_memory(second, elsewhere)
    assert library.batch(at(0, 1, 2, 3)).shape == (4, 2)  # type: ignore[union-attr]


def test_memory_of_another_shape_is_not_taken() -> None:
    library = InMemoryLibrary(4, lambda index: np.full(1 + index // 2, index))
    library.load(at(0, 1))
    assert library.batch(at(1, 0)).tolist() == [[1], [0]]  # type: ignore[union-attr]
    library.load(at(2, 3))
    assert library.batch(at(3)).tolist() == [[3, 3]]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "read",
    [
        lambda index: np.zeros(index, np.int64),
        lambda index: np.zeros(2, np.int64 if index < 2 else np.int8),
    ],
    ids=["shapes", "dtypes"],
)
def test_samples_that_differ_come_as_a_list(read: Any) -> None:
    library = InMemoryLibrary(4, read)
    library.load(at(0, 1, 2, 3))
    batch = library.batch(at(3, 1))
    assert isinstance(batch, list)
    assert [(sample.shape, sample.dtype) for sample in batch] == [
        (read(3).shape, read(3).dtype),
        (read(1).shape, read(1).dtype),
    ]


def test_a_repeated_index_is_read_once() -> None:
    reads: list[int] = []

    def read(index: int) -> NDArray[np.float32]:
        reads.append(index)
        return squares(index)

    library = InMemoryLibrary(5, read)
    library.load(at(4, 1, 4, 1))
    assert sorted(reads) == [1, 4]


def test_only_the_loaded_set_is_there() -> None:
    library = InMemoryLibrary(10, squares, name="numbers")
    library.load(at(1, 2))
    with pytest.raises(LookupError, match="sample 3 of numbers is not loaded"):
        library.batch(at(1, 3))
    library.load(at(3))
    with pytest.raises(LookupError, match="sample 1 of numbers is not loaded"):
        library.batch(at(1))
    library.unload(at(3, 3))
    with pytest.raises(LookupError, match="sample 3 of numbers is not loaded"):
        library.batch(at(3))


def test_the_sizes_that_loadgen_asks_for() -> None:
    assert len(InMemoryLibrary(10, squares)) == 10
    assert InMemoryLibrary(10, squares).performance_sample_count == 10
    assert InMemoryLibrary(10, squares, performance_sample_count=4).performance_sample_count == 4


def test_impossible_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="numbers has no samples"):
        InMemoryLibrary(0, squares, name="numbers")
    with pytest.raises(ValueError, match=r"must be from 1 to 10.*not 11"):
        InMemoryLibrary(10, squares, performance_sample_count=11)
    with pytest.raises(IndexError, match="samples 0 to 9"):
        InMemoryLibrary(10, squares).load(at(10))


def test_a_failed_load_leaves_the_set_that_was_there() -> None:
    def read(index: int) -> NDArray[np.float32]:
        if index == 2:
            raise OSError("no such sample")
        return squares(index)

    library = InMemoryLibrary(3, read)
    library.load(at(0, 1))
    with pytest.raises(OSError, match="no such sample"):
        library.load(at(1, 2))
    batch = library.batch(at(0))
    assert isinstance(batch, np.ndarray)
    assert batch.tolist() == [[0, 0]]
