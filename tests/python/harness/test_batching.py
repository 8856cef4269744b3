"""The batching system under test, in real runs of LoadGen."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import mlperf_loadgen as lg
import numpy as np
import pytest
from mlperf_loadgen.harness.accuracy_log import AccuracyLog, read_accuracy_log
from mlperf_loadgen.harness.batching import BatchingSUT
from mlperf_loadgen.harness.in_memory import InMemoryLibrary
from numpy.typing import NDArray

SAMPLES = 40


class Model:
    """Doubles its input, and remembers how it was called."""

    def __init__(self) -> None:
        self.batches: list[list[float]] = []
        self.threads: set[str] = set()
        self._lock = threading.Lock()

    def __call__(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        with self._lock:
            self.batches.append(inputs.tolist())
            self.threads.add(threading.current_thread().name)
        return inputs * 2

    @property
    def sizes(self) -> list[int]:
        return [len(batch) for batch in self.batches]


def numbers() -> InMemoryLibrary:
    return InMemoryLibrary(SAMPLES, lambda index: np.array(index, np.float32), name="numbers")


def answers(sut: BatchingSUT, library: InMemoryLibrary, folder: Path, scenario: str) -> AccuracyLog:
    report = run(
        sut,
        library,
        folder,
        scenario=scenario,
        mode="AccuracyOnly",
        server_target_qps=100_000.0,
    )
    return read_accuracy_log(report.accuracy_path).unique()


def run(sut: BatchingSUT, library: InMemoryLibrary, folder: Path, **fields: Any) -> lg.Report:
    settings: dict[str, Any] = {"scenario": "Offline", "mode": "PerformanceOnly"}
    settings |= {"min_duration_ms": 0} | fields
    return lg.run(sut, library, output=folder, model="test", progress=False, **settings)


@pytest.mark.parametrize("threads", [0, 1, 3])
@pytest.mark.parametrize("scenario", ["SingleStream", "MultiStream", "Server", "Offline"])
def test_every_sample_gets_its_own_answer(scenario: str, threads: int, tmp_path: Path) -> None:
    library = numbers()
    with BatchingSUT(library, Model(), max_batch_size=7, threads=threads) as sut:
        log = answers(sut, library, tmp_path, scenario)
    assert log.indices.tolist() == list(range(SAMPLES))
    assert log.arrays("<f4").tolist() == [2.0 * index for index in range(SAMPLES)]


@pytest.mark.parametrize("threads", [0, 2])
@pytest.mark.parametrize("scenario", ["SingleStream", "Server", "Offline"])
def test_a_fixed_batch_size(scenario: str, threads: int, tmp_path: Path) -> None:
    """However many samples there are, the model gets as many; each has its own answer."""
    library, model = numbers(), Model()
    with BatchingSUT(
        library, model, max_batch_size=7, threads=threads, fixed_batch_size=True
    ) as sut:
        log = answers(sut, library, tmp_path, scenario)
    assert set(model.sizes) == {7}
    assert log.arrays("<f4").tolist() == [2.0 * index for index in range(SAMPLES)]


@pytest.mark.parametrize("threads", [0, 1])
def test_a_large_query_is_cut_into_batches(threads: int, tmp_path: Path) -> None:
    library, model = numbers(), Model()
    with BatchingSUT(library, model, max_batch_size=16, threads=threads) as sut:
        report = run(sut, library, tmp_path, min_query_count=100)
    assert report.sample_count == 100
    assert model.sizes == [16] * 6 + [4]


class HeldUp(BatchingSUT):
    """Its worker is held up in its first batch until LoadGen has issued every query."""

    def __init__(self, library: InMemoryLibrary, model: Model, max_batch_size: int) -> None:
        self.issued: list[float] = []
        self._all_issued = threading.Event()

        def predict(inputs: NDArray[np.float32]) -> NDArray[np.float32]:
            self._all_issued.wait()
            return model(inputs)

        super().__init__(library, predict, max_batch_size=max_batch_size, threads=1)

    def issue(self, samples: lg.Samples) -> None:
        self.issued.extend(samples.indices.tolist())
        super().issue(samples)

    def flush(self) -> None:
        self._all_issued.set()
        super().flush()


def test_queries_that_wait_together_share_a_batch(tmp_path: Path) -> None:
    library, model = numbers(), Model()
    with HeldUp(library, model, max_batch_size=8) as sut:
        run(
            sut,
            library,
            tmp_path,
            scenario="Server",
            server_target_qps=100_000.0,
            min_query_count=50,
            max_query_count=50,
        )
    assert sum(model.sizes) == 50
    first, *full, last = model.sizes
    assert full == [8] * len(full)
    assert 1 <= first <= 8
    assert 1 <= last <= 8


def test_first_come_first_served(tmp_path: Path) -> None:
    """Queries of several samples, which LoadGen makes of what is due together, are cut and joined;
    the samples keep their order.
    """
    library, model = numbers(), Model()
    with HeldUp(library, model, max_batch_size=3) as sut:
        run(
            sut,
            library,
            tmp_path,
            scenario="Server",
            server_target_qps=1_000_000.0,
            server_coalesce_queries=True,
            min_query_count=500,
        )
    assert len(sut.issued) == 500
    assert [number for batch in model.batches for number in batch] == sut.issued


def test_inline_runs_on_the_thread_that_issues(tmp_path: Path) -> None:
    library, model = numbers(), Model()
    issued_on: set[str] = set()

    class Watched(BatchingSUT):
        def issue(self, samples: lg.Samples) -> None:
            issued_on.add(threading.current_thread().name)
            super().issue(samples)

    before = threading.active_count()
    with Watched(library, model, threads=0) as sut:
        assert threading.active_count() == before
        run(sut, library, tmp_path, min_query_count=20)
    assert model.threads == issued_on


def test_workers_run_at_the_same_time(tmp_path: Path) -> None:
    """Each worker waits in its first batch for the two others: one by one they would not end."""
    library, model = numbers(), Model()
    together = threading.Barrier(3, timeout=60)

    def predict(inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        if threading.current_thread().name not in model.threads:
            model(inputs)
            together.wait()
        return inputs

    with BatchingSUT(library, predict, max_batch_size=10, threads=3) as sut:
        report = run(sut, library, tmp_path, min_query_count=60)
    assert report.sample_count == 60
    assert len(model.threads) == 3


def test_workers_share_a_query_that_is_smaller_than_a_batch(tmp_path: Path) -> None:
    library, model = numbers(), Model()
    with BatchingSUT(library, model, max_batch_size=32, threads=3) as sut:
        run(sut, library, tmp_path, min_query_count=9)
    assert sorted(model.sizes) == [1, 1, 2, 2, 3]


def test_rows_of_different_lengths(tmp_path: Path) -> None:
    library = numbers()

    def predict(inputs: NDArray[np.float32]) -> list[bytes]:
        return [b"x" * int(number) for number in inputs]

    with BatchingSUT(library, predict, max_batch_size=7) as sut:
        report = run(sut, library, tmp_path, mode="AccuracyOnly")
    log = read_accuracy_log(report.accuracy_path).unique()
    assert log.data == [b"x" * index for index in range(SAMPLES)]


class OutOfMemory(Exception):
    pass


@pytest.mark.parametrize("threads", [0, 1, 3])
@pytest.mark.parametrize("scenario", ["SingleStream", "Server", "Offline"])
def test_an_error_in_the_model_ends_the_run(scenario: str, threads: int, tmp_path: Path) -> None:
    library = numbers()
    calls: list[int] = []

    def predict(inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        calls.append(len(inputs))
        if len(calls) >= 2:
            raise OutOfMemory("no room for the batch")
        return inputs

    with (
        BatchingSUT(library, predict, max_batch_size=1, threads=threads) as sut,
        pytest.raises(OutOfMemory, match="no room for the batch"),
    ):
        run(
            sut,
            library,
            tmp_path,
            scenario=scenario,
            min_query_count=30,
            server_target_qps=10_000.0,
        )
    assert len(calls) <= 1 + max(threads, 1)  # no inference after the failure


def test_an_answer_with_the_wrong_number_of_rows_ends_the_run(tmp_path: Path) -> None:
    library = numbers()
    with (
        BatchingSUT(library, lambda inputs: inputs[:-1], max_batch_size=8) as sut,
        pytest.raises(ValueError, match="rows"),
    ):
        run(sut, library, tmp_path, min_query_count=30)


def test_threads_end_with_the_block_and_close_can_be_repeated() -> None:
    before = set(threading.enumerate())
    with BatchingSUT(numbers(), Model(), threads=3) as sut:
        assert len(set(threading.enumerate()) - before) == 3
    assert set(threading.enumerate()) == before
    sut.close()


def test_impossible_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="max_batch_size must be at least 1, not 0"):
        BatchingSUT(numbers(), Model(), max_batch_size=0)
    with pytest.raises(ValueError, match="threads must be at least 0, not -1"):
        BatchingSUT(numbers(), Model(), threads=-1)
