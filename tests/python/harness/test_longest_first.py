"""Large queries are run the longest sample first, in real runs of LoadGen."""

from __future__ import annotations

import threading
from itertools import chain
from pathlib import Path
from typing import Any

import mlperf_loadgen as lg
import numpy as np
import pytest
from mlperf_loadgen.harness.accuracy_log import read_accuracy_log
from mlperf_loadgen.harness.batching import BatchingSUT
from mlperf_loadgen.harness.in_memory import InMemoryLibrary
from mlperf_loadgen.harness.longest_first import LongestFirst
from numpy.typing import NDArray

SAMPLES = 40
LENGTHS = np.array([index * 7 % 10 for index in range(SAMPLES)], np.uint8)


class Noted(BatchingSUT):
    """Answers with twice the index; remembers what was issued and what was run. The first batch
    waits until LoadGen has issued every query.
    """

    def __init__(self, **fields: Any) -> None:
        self.issued: list[int] = []
        self.run: list[list[int]] = []
        self._all_issued = threading.Event()
        self._lock = threading.Lock()
        library = InMemoryLibrary(SAMPLES, lambda index: np.array(index, np.float32))
        super().__init__(library, self._twice, **({"lengths": LENGTHS} | fields))
        self.library = library

    def issue(self, samples: lg.Samples) -> None:
        self.issued += samples.indices.tolist()
        super().issue(samples)

    def flush(self) -> None:
        self._all_issued.set()
        super().flush()

    def _twice(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        if self._workers:
            self._all_issued.wait()
        with self._lock:
            self.run.append(inputs.astype(int).tolist())
        return inputs * 2


def load(sut: BatchingSUT, library: InMemoryLibrary, folder: Path, **fields: Any) -> lg.Report:
    settings: dict[str, Any] = {"scenario": "Offline", "mode": "PerformanceOnly"}
    settings |= {"min_duration_ms": 0} | fields
    return lg.run(sut, library, output=folder, model="test", progress=False, **settings)


def longest_first(indices: list[int]) -> list[int]:
    return sorted(indices, key=lambda index: -int(LENGTHS[index]))


@pytest.mark.parametrize("threads", [0, 1])
def test_a_large_query_is_ordered_before_it_is_cut(threads: int, tmp_path: Path) -> None:
    """Samples of one length keep the order in which they were issued: sorted is stable, too."""
    with Noted(max_batch_size=16, threads=threads) as sut:
        report = load(sut, sut.library, tmp_path, min_query_count=100)
    assert report.sample_count == 100
    assert [len(batch) for batch in sut.run] == [16] * 6 + [4]
    assert list(chain(*sut.run)) == longest_first(sut.issued)
    assert longest_first(sut.issued) != sut.issued


@pytest.mark.parametrize("threads", [0, 1, 3])
@pytest.mark.parametrize("scenario", ["SingleStream", "MultiStream", "Server", "Offline"])
def test_every_sample_gets_its_own_answer(scenario: str, threads: int, tmp_path: Path) -> None:
    library = InMemoryLibrary(SAMPLES, lambda index: np.array(index, np.float32))
    with BatchingSUT(
        library, lambda inputs: inputs * 2, max_batch_size=3, threads=threads, lengths=LENGTHS
    ) as sut:
        for _ in range(2):  # the second test finds nothing of the first
            report = load(
                sut,
                library,
                tmp_path,
                scenario=scenario,
                mode="AccuracyOnly",
                server_target_qps=100_000.0,
            )
            log = read_accuracy_log(report.accuracy_path).unique()
            assert log.indices.tolist() == list(range(SAMPLES))
            assert log.arrays("<f4").tolist() == [2.0 * index for index in range(SAMPLES)]


def test_large_queries_that_wait_together(tmp_path: Path) -> None:
    """Queries of what is due together, some larger than a batch: each is ordered by itself, in its
    turn, though batches hold the end of one and the beginning of the next.
    """
    queries: list[list[int]] = []

    class Queries(Noted):
        def issue(self, samples: lg.Samples) -> None:
            queries.append(samples.indices.tolist())
            super().issue(samples)

    with Queries(max_batch_size=4, threads=1) as sut:
        load(
            sut,
            sut.library,
            tmp_path,
            scenario="Server",
            server_target_qps=1_000_000.0,
            server_coalesce_queries=True,
            min_query_count=500,
        )
    assert any(len(query) > 4 for query in queries)
    expected = [longest_first(query) if len(query) > 4 else query for query in queries]
    assert list(chain(*sut.run)) == list(chain(*expected))


def test_queries_that_fit_a_batch_keep_their_order(tmp_path: Path) -> None:
    with Noted(max_batch_size=100, threads=1) as sut:
        load(sut, sut.library, tmp_path, min_query_count=100)
    assert list(chain(*sut.run)) == sut.issued


def test_an_error_in_the_model_ends_the_run_and_the_next_one_is_whole(tmp_path: Path) -> None:
    failures = [MemoryError("no room for the batch")]

    def predict(inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        if failures and inputs.min() == 0:
            raise failures.pop()
        return inputs * 2

    library = InMemoryLibrary(SAMPLES, lambda index: np.array(index, np.float32))
    with BatchingSUT(library, predict, max_batch_size=3, threads=2, lengths=LENGTHS) as sut:
        with pytest.raises(MemoryError, match="no room for the batch"):
            load(sut, library, tmp_path, mode="AccuracyOnly")
        report = load(sut, library, tmp_path, mode="AccuracyOnly")
    log = read_accuracy_log(report.accuracy_path).unique()
    assert log.arrays("<f4").tolist() == [2.0 * index for index in range(SAMPLES)]


def test_lengths_must_be_one_number_a_sample(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"one number a sample, not int64 of shape \(4, 2\)"):
        LongestFirst(np.zeros((4, 2), np.int64), more_than=1)
    with pytest.raises(ValueError, match="not <U1 of shape"):
        LongestFirst(np.array(["a"]), more_than=1)
    with (
        Noted(max_batch_size=16, threads=1, lengths=LENGTHS[:5]) as sut,
        pytest.raises(IndexError, match="out of bounds"),
    ):
        load(sut, sut.library, tmp_path, min_query_count=100)
