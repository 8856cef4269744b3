"""Finds the SUT and the library that a command line names: MODULE:OBJECT, FILE.py:OBJECT."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Sized
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType
from typing import Any, TypeAlias

from mlperf_loadgen.cli.parser import UsageError
from mlperf_loadgen.cli.quantities import count
from mlperf_loadgen.sample_queue import SampleQueue
from mlperf_loadgen.sut import SystemUnderTest

__all__ = ["Sut", "load_library", "load_sut"]

Sut: TypeAlias = "SystemUnderTest | SampleQueue | Callable[..., object]"

_FORMS = "MODULE:OBJECT or FILE.py:OBJECT"


def load_sut(text: str) -> tuple[Sut, Sized | None]:
    """Return the SUT that ``text`` names, and the library if it comes with one."""
    if text.startswith("builtin:"):
        from mlperf_loadgen.cli.builtin import builtin_sut

        return builtin_sut(text), range(1024)
    found = _object(text)
    library = None
    is_factory = _makes_something(found)
    if is_factory:
        found = found()
        if isinstance(found, tuple) and len(found) == 2:
            found, library = found
    if isinstance(found, SystemUnderTest | SampleQueue) or callable(found):
        return found, library
    verb = "returned" if is_factory else "is"
    raise UsageError(f"{text}: {verb} {_shown(found)}; a SUT, or a pair (SUT, library), is needed.")


def load_library(text: str) -> Sized:
    """Return the library that ``text`` names; a number is that of samples that need no loading."""
    if text[:1].isdigit():
        return range(count(text))
    found = _object(text)
    if _makes_something(found):
        found = found()
    if not isinstance(found, Sized):
        raise UsageError(
            f"{text}: {_shown(found)} has no length; an array, a list, or an object with __len__, "
            "load and unload is needed."
        )
    return found


def _object(text: str) -> Any:
    """Return the object of a module, or of a file, that ``text`` names."""
    where, colon, name = text.rpartition(":")
    if not colon or not where or not name:
        raise UsageError(f"{text}: must be {_FORMS}.")
    module = _file(where) if where.endswith(".py") else _module(where)
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            raise UsageError(f"{text}: {_missing(found, module, part)}")
        found = getattr(found, part)
    return found


def _module(name: str) -> ModuleType:
    sys.path.insert(0, os.getcwd())
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise
        raise UsageError(f"{name}: there is no such module, here or installed.") from None
    finally:
        sys.path.remove(os.getcwd())


def _file(path: str) -> ModuleType:
    if not os.path.isfile(path):
        raise UsageError(f"{path}: there is no such file.")
    name = os.path.basename(path).removesuffix(".py")
    spec = spec_from_file_location(name, path)
    assert spec is not None  # it ends in .py
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))  # what lies beside it is found
    spec.loader.exec_module(module)
    return module


def _makes_something(found: Any) -> bool:
    """Whether ``found`` is a class, or a function that needs no argument."""
    if isinstance(found, SystemUnderTest | SampleQueue) or not callable(found):
        return False
    try:
        parameters = inspect.signature(found).parameters.values()
    except (TypeError, ValueError):  # of a compiled function
        return False
    optional = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return all(one.default is not one.empty or one.kind in optional for one in parameters)


def _missing(owner: Any, module: ModuleType, name: str) -> str:
    what = f"module {module.__name__}" if owner is module else type(owner).__name__
    own = [
        key
        for key, value in vars(owner).items()
        if not key.startswith("_") and getattr(value, "__module__", None) == module.__name__
    ]
    return f"{what} has no {name}." + (f" It has: {', '.join(own)}." if own else "")


def _shown(value: object) -> str:
    return "None" if value is None else f"a {type(value).__name__}"
