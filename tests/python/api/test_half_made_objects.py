"""Objects that were made without __init__: TypeError wherever they are used."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable

import mlperf_loadgen as lg
import pytest
from mlperf_loadgen import _core

CLASSES = [kind for kind in vars(_core).values() if isinstance(kind, type)]
OF_PYBIND11 = [kind for kind in CLASSES if kind.__base__ is not object]


def test_there_are_classes() -> None:
    assert {_core.Report, _core.SampleQueue, _core.SutHandle, _core.TestMode} <= set(OF_PYBIND11)


@pytest.mark.parametrize("kind", OF_PYBIND11)
def test_every_attribute_of_a_half_made_object(kind: type, script: Callable[[str], str]) -> None:
    """In a process of its own, for it used to end it."""
    script(
        f"""
        import copy, pickle
        from mlperf_loadgen._core import {kind.__name__} as kind
        harmless = {{"__class__", "__dir__", "__doc__", "__format__", "__getattribute__",
                    "__hash__", "__init__", "__init_subclass__", "__module__", "__new__",
                    "__reduce__", "__sizeof__", "__subclasshook__", "__repr__", "__str__",
                    "__delattr__", "__setattr__", "__dict__", "__weakref__",
                    "_pybind11_conduit_v1_"}}
        def use(name):
            incomplete = kind.__new__(kind)
            member = getattr(incomplete, name)
            if callable(member):
                member()
        for name, member in list(vars(kind).items()):
            if name in harmless or isinstance(member, kind):
                continue
            if "static" in type(member).__name__:
                continue
            if name.startswith("__") and not callable(member):
                continue  # what pybind11 keeps in the class
            try:
                use(name)
            except TypeError:
                continue
            raise AssertionError(name)
        for work in (repr, str, hash, copy.copy, copy.deepcopy, pickle.dumps):
            try:
                work(kind.__new__(kind))
            except TypeError:
                pass
        """
    )


@pytest.mark.parametrize(
    ("kind", "use"),
    [
        (_core.Report, lambda made: made.end_reason),
        (_core.Report, repr),
        (_core.SampleQueue, lambda made: made.close()),
        (_core.SampleQueue, lambda made: made.take()),
        (_core.SampleQueue, lambda made: made.handle()),
        (_core.SutHandle, _core.DestroySUT),
        (_core.QslHandle, _core.DestroyQSL),
        (_core.TestSettings, copy.copy),
        (_core.TestSettings, pickle.dumps),
        (_core.LogSettings, lambda made: made.log_output),
        (_core.TestMode, int),
    ],
)
def test_the_error(kind: type, use: Callable[[object], object]) -> None:
    with pytest.raises(TypeError, match="never initialised"):
        use(kind.__new__(kind))


def test_a_subclass_that_forgets_init() -> None:
    class Mine(lg.SampleQueue):
        def __init__(self) -> None:
            pass

    with pytest.raises(TypeError, match="__init__"):
        Mine()


def test_samples_cannot_be_made() -> None:
    with pytest.raises(TypeError, match="No constructor"):
        lg.Samples.__new__(lg.Samples)
