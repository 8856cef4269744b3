"""Opens a model on the backend that --backend names, in the format that this backend takes.

An app has a table of its formats: for each, a function from the options of the command line to a
`ModelSpec`. It never asks which backend runs it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from mlperf_loadgen.harness.backends import BACKENDS, Backend

from reference_apps.common.arguments import ModelOptions


@dataclass(frozen=True)
class ModelSpec:
    """A model in one format, ready to be opened. An app may derive from it what it has to know of
    the format to feed the model and to read its answers.

    source: what the backend opens: the path of a file, a torch.nn.Module, or None. inputs, outputs:
    the tensors to use, in this order; empty: those that the file names. layout: of images; None:
    that of the backend.
    """

    source: Path | Any
    inputs: Sequence[str] = ()
    outputs: Sequence[str] = ()
    layout: str | None = None


Spec = TypeVar("Spec", bound=ModelSpec)
Options = TypeVar("Options", bound=ModelOptions)
Formats = Mapping[str, Callable[[Options], Spec]]


@dataclass(frozen=True)
class LoadedModel(Generic[Spec]):
    """A model that answers. Any thread may call backend.predict."""

    spec: Spec
    backend: Backend
    layout: str  # of the images that it takes


def open_model(
    backend: str, formats: Formats[Options, Spec], options: Options
) -> LoadedModel[Spec]:
    """Opens the model in the format of the backend. Tensors and layout that the options name
    replace those of the format.

    Raises what the function of the format and the backend raise: ModuleNotFoundError,
    FileNotFoundError, ValueError.
    """
    opener = BACKENDS[backend]
    spec = formats[opener.format](options)
    return LoadedModel(
        spec,
        open_backend(backend, spec, options),
        options.layout or spec.layout or opener.layout,
    )


def open_backend(backend: str, spec: ModelSpec, options: ModelOptions) -> Backend:
    """Opens one of several parts of a model. As open_model."""
    return BACKENDS[backend].open(
        spec.source,
        inputs=options.inputs or spec.inputs,
        outputs=options.outputs or spec.outputs,
        device=options.device,
        threads=options.threads,
    )
