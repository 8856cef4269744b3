"""Packages that only some models need, imported when they are needed."""

from __future__ import annotations

import importlib
from types import ModuleType


def require(package: str, extra: str = "apps") -> ModuleType:
    """The imported package.

    Raises ModuleNotFoundError naming the extra of mlperf_loadgen that brings the package. An
    import that fails inside an installed package is passed on as it is.
    """
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package.split(".")[0]:
            raise
        raise ModuleNotFoundError(
            f"{package} is not installed; install it with: pip install 'mlperf_loadgen[{extra}]'",
            name=package,
        ) from None
