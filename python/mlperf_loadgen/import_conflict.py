"""Warns when ``mlcommons-loadgen``, which has the same import name, is installed too."""

from __future__ import annotations

import os
import sys
import warnings
from importlib.machinery import EXTENSION_SUFFIXES

__all__ = ["warn_of_other"]


def warn_of_other() -> None:
    """Warn if the compiled module of the other package is on ``sys.path``."""
    for folder in sys.path:
        for suffix in EXTENSION_SUFFIXES:
            path = os.path.join(folder, "mlperf_loadgen" + suffix)
            if os.path.exists(path):
                warnings.warn(
                    f"the package mlcommons-loadgen is installed too ({path}): 'import "
                    "mlperf_loadgen' gives mlperf-loadgen, this package, but a version that is "
                    "asked for by the name mlcommons-loadgen is the other's; uninstall one of them",
                    stacklevel=3,
                )
                return
