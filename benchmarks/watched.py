"""Where the time of an app's workers goes: in the model, in what its App.predict does besides, and
elsewhere.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from mlperf_loadgen.harness import app
from mlperf_loadgen.harness.backends import BACKENDS
from mlperf_loadgen.harness.batching import BatchingSUT, BatchSource, Rows
from numpy.typing import NDArray

# Classes of inference packages, whose predict can be replaced.
_BACKENDS: list[Any] = [o.open for o in BACKENDS.values() if o.package and isinstance(o.open, type)]
_KEPT = 4  # batches

Inference = Callable[[], object]


@dataclass
class Worker:
    """What one worker thread did after its first batch, for which memory is made; seconds."""

    begin: float  # it has answered its first batch
    end: float  # it has answered its last
    model: float = 0.0  # in predict of a Backend; without one, in App.predict
    predict: float = 0.0  # in App.predict
    batches: int = 0
    samples: int = 0


@dataclass
class Watch:
    """What was seen of a run."""

    workers: dict[int, Worker] = field(default_factory=dict)  # by the id of the thread
    kept: list[Inference] = field(default_factory=list)  # the model again on the first batches
    kept_samples: int = 0  # in one of these, which are of one size

    @property
    def batches(self) -> int:
        """Of all workers."""
        return sum(worker.batches for worker in self.workers.values())

    @property
    def samples(self) -> int:
        """Of all workers."""
        return sum(worker.samples for worker in self.workers.values())

    @property
    def seconds(self) -> float:
        """From the first batch of any worker to the last answer of any."""
        workers = self.workers.values()
        return max(worker.end for worker in workers) - min(worker.begin for worker in workers)

    def share(self, seconds: Callable[[Worker], float]) -> float:
        """Part of the time of all workers, 0..1."""
        whole = sum(worker.end - worker.begin for worker in self.workers.values())
        return sum(map(seconds, self.workers.values())) / whole


class _Calls(threading.local):
    """The inferences of a thread since it began a batch; None while it has none."""

    inferences: list[tuple[Inference, float]] | None = None
    inside: bool = False  # one is under way, which may use others


@contextmanager
def watched() -> Iterator[Watch]:
    """Watches the run of an app that is made in the block."""
    watch, calls = Watch(), _Calls()

    class WatchedSUT(BatchingSUT):
        def __init__(
            self, source: BatchSource, predict: Callable[[Any], Rows], **others: Any
        ) -> None:
            super().__init__(source, _watched_predict(predict, watch, calls), **others)

    with ExitStack() as patches:
        patches.enter_context(mock.patch.object(app, "BatchingSUT", WatchedSUT))
        for backend in _BACKENDS:
            predict = _watched_backend(backend.predict, calls)
            patches.enter_context(mock.patch.object(backend, "predict", predict))
        yield watch


def _watched_predict(
    predict: Callable[[Any], Rows], watch: Watch, calls: _Calls
) -> Callable[[Any], Rows]:
    def watched_predict(inputs: Any) -> Rows:
        calls.inferences = []
        begin = time.perf_counter()
        answers = predict(inputs)
        end = time.perf_counter()
        inferences, calls.inferences = calls.inferences, None
        if not inferences:
            inferences = [(lambda: predict(inputs), end - begin)]
        _keep(watch, [again for again, _ in inferences], len(answers))
        worker = watch.workers.get(threading.get_ident())
        if worker is None:
            watch.workers[threading.get_ident()] = Worker(begin=end, end=end)
            return answers
        worker.end = end
        worker.predict += end - begin
        worker.model += sum(seconds for _, seconds in inferences)
        worker.batches += 1
        worker.samples += len(answers)
        return answers

    return watched_predict


def _keep(watch: Watch, inferences: Sequence[Inference], samples: int) -> None:
    watch.kept_samples = watch.kept_samples or samples
    if samples == watch.kept_samples and len(watch.kept) < _KEPT:
        watch.kept.append(lambda: [again() for again in inferences])


def _watched_backend(predict: Callable[..., Any], calls: _Calls) -> Callable[..., Any]:
    def watched_backend(self: Any, feeds: Mapping[str, NDArray[Any]]) -> Any:
        if (
            calls.inferences is None or calls.inside
        ):  # not on behalf of a batch, or a part of another
            return predict(self, feeds)
        calls.inside = True
        begin = time.perf_counter()
        outputs = predict(self, feeds)
        calls.inferences.append((lambda: predict(self, feeds), time.perf_counter() - begin))
        calls.inside = False
        return outputs

    return watched_backend
