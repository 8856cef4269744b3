"""Imports packages that only some models need, when they are needed."""

from __future__ import annotations

import importlib
from types import ModuleType


def require(package: str, extra: str = "apps") -> ModuleType:
    """Imports and returns the package.

    Raises ModuleNotFoundError naming the extra of mlperf_loadgen that brings the package. An
    import that fails inside an installed package is passed on as it is.
    """
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package.split(".")[0]:
            raise
        raise missing(error, extra) from None


def missing(error: ModuleNotFoundError, extra: str = "apps") -> ModuleNotFoundError:
    """Returns the error with how to install the package; one of `require`, and one that names no
    package, as it is.
    """
    if error.name is None or not error.msg.startswith("No module named"):
        return error
    package = error.name.split(".")[0]
    return ModuleNotFoundError(
        f"{package} is not installed; in the project folder, run: pip install '.[{extra}]'",
        name=package,
    )
