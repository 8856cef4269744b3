"""Runs models: one module for each inference package.

A backend is added by a module here, or anywhere, that has an `Opener`, and by its entry in
`BACKENDS`. Every app that has its model in the format of the opener can then run on it.
"""

from __future__ import annotations

from collections.abc import Sequence

from mlperf_loadgen.harness.backends import null, onnxruntime, tensorflow, torch
from mlperf_loadgen.harness.backends.base import (
    DEVICES,
    GRAPH,
    NO_MODEL,
    ONNX,
    TORCH,
    Backend,
    Opener,
)

__all__ = [
    "BACKENDS",
    "DEVICES",
    "GRAPH",
    "NO_MODEL",
    "ONNX",
    "TORCH",
    "Backend",
    "Opener",
    "backends_for",
]

BACKENDS: dict[str, Opener] = {
    opener.name: opener
    for opener in (onnxruntime.OPENER, torch.OPENER, tensorflow.OPENER, null.OPENER)
}


def backends_for(formats: Sequence[str]) -> tuple[str, ...]:
    """Returns the names of the backends that open one of these formats, in the order of formats."""
    return tuple(
        opener.name for format in formats for opener in BACKENDS.values() if opener.format == format
    )
