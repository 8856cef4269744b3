"""Defines the systems under test that :func:`mlperf_loadgen.run` accepts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mlperf_loadgen import _core
from mlperf_loadgen._core import Samples
from mlperf_loadgen.sample_queue import SampleQueue
from mlperf_loadgen.text import shown, utf8

__all__ = ["SystemUnderTest", "construct"]


class SystemUnderTest:
    """A system under test: override :meth:`issue`, and :meth:`flush` if you fill batches."""

    name: str = ""
    """The name in the logs; the class name if empty."""

    def issue(self, samples: Samples) -> None:
        """Run ``samples``.

        Complete them here, or later from any thread, with ``samples.complete(rows)``, on parts of
        them (``samples[:8].complete(...)``), or with ``mlperf_loadgen.complete(ids, rows)``. Time
        spent here delays later queries. An exception raised here ends the test; run() raises it.
        """
        raise NotImplementedError(f"{type(self).__name__} must override issue(samples)")

    def flush(self) -> None:
        """Run whatever waits for a fuller batch: no query will follow for now."""

    def over(self) -> None:
        """Drop the samples that are still here: the test is over, whatever ended it.

        An exception raised here is printed and ignored.
        """

    def handle(self) -> _core.SutHandle:
        """Make the handle that a test runs with."""
        return _core.construct_array_sut(
            utf8(self.name or type(self).__name__), self.issue, self.flush, self.over
        )


def construct(
    sut: SystemUnderTest | SampleQueue | Callable[[Samples], object],
) -> _core.SutHandle:
    """Make a handle of a SUT, or of a callable that is its ``issue``.

    A callable that returns something other than None completes its samples with that, row by row;
    one that returns None completes them itself.
    """
    if isinstance(sut, SystemUnderTest | SampleQueue):
        return sut.handle()
    if isinstance(sut, type):
        raise TypeError(f"sut: the class {sut.__name__} given; give an object: {sut.__name__}()")
    if not callable(sut):
        raise TypeError(
            "sut: a SystemUnderTest, a SampleQueue or a callable that takes Samples is needed, "
            f"not {shown(sut)}"
        )
    _core.check_callable(sut, "sut")

    def issue(samples: Samples) -> None:
        rows: Any = sut(samples)
        if rows is not None:
            samples.complete(rows)

    name = getattr(sut, "__name__", type(sut).__name__)
    return _core.construct_array_sut(utf8(name), issue, lambda: None, lambda: None)
