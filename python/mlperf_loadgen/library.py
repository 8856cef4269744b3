"""Defines the sample libraries that :func:`mlperf_loadgen.run` accepts."""

from __future__ import annotations

from collections.abc import Sized
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from mlperf_loadgen import _core
from mlperf_loadgen.errors import SettingsError
from mlperf_loadgen.text import utf8

if TYPE_CHECKING:
    # Imported where arrays are first made: NumPy takes most of the time of an import, and its
    # threads are busy for a while afterwards, which a test that starts then would measure.
    import numpy as np
    import numpy.typing as npt

__all__ = ["SampleLibrary", "construct"]


@runtime_checkable
class SampleLibrary(Protocol):
    """A library that loads samples into memory before a test uses them.

    Optional attributes: ``performance_sample_count`` (int), the samples that fit in memory at once,
    all of them by default; ``name`` (str), for the logs.
    """

    def __len__(self) -> int:
        """Return the number of samples in the data set."""

    def load(self, indices: npt.NDArray[np.int64]) -> None:
        """Load these samples into memory. An index may occur twice."""

    def unload(self, indices: npt.NDArray[np.int64]) -> None:
        """Release these samples, which :meth:`load` loaded before."""


def _nothing(indices: npt.NDArray[np.int64]) -> None:
    """Do nothing: samples that are in memory need no loading."""


def construct(library: Sized) -> _core.QslHandle:
    """Make a handle of a :class:`SampleLibrary`, or of any object with a length."""
    try:
        # Not len(), which raises errors of its own for a length that cannot be.
        length = type(library).__len__(library)
    except (AttributeError, TypeError) as error:
        raise SettingsError(
            f"library: {type(library).__name__} has no length; give an array, a list, or an object "
            "with __len__, load and unload"
        ) from error
    total = _count("its length", length)
    load, unload = _nothing, _nothing
    if isinstance(library, SampleLibrary):
        load, unload = library.load, library.unload
    return _core.construct_array_qsl(
        utf8(getattr(library, "name", type(library).__name__)),
        total,
        _performance_count(library, total),
        load,
        unload,
    )


def _performance_count(library: Sized, total: int) -> int:
    given = getattr(library, "performance_sample_count", total)
    return _count("performance_sample_count", given)


def _count(what: str, given: object) -> int:
    try:
        return _core.whole_number(given, what)
    except (TypeError, OverflowError) as error:
        raise SettingsError(f"library: {what} must be a number of samples: {error}") from error
