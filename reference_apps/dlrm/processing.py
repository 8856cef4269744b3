"""A model on one of the backends: pairs in, probabilities out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from mlperf_loadgen.harness.backends import Backend
from numpy.typing import NDArray

from reference_apps.common.arguments import ModelOptions
from reference_apps.common.backends import open_graph, open_onnx
from reference_apps.common.onnx_file import output_names
from reference_apps.common.stand_in import StandIn
from reference_apps.dlrm import formats
from reference_apps.dlrm.dataset import Batch, Pairs
from reference_apps.dlrm.model import Dlrm, read_checkpoint
from reference_apps.dlrm.variants import SPARSE, Variant

# More at once are no faster, and a pair takes 30 kB of memory on its way through the network.
_MOST_PAIRS = 2048

Number = TypeVar("Number", bound=np.generic)


@dataclass(frozen=True)
class Model:
    """A model that answers. inputs: of the backend, for dense features, offsets and indices, or,
    where offsets are not among them, for dense features and indices (n, 26). fixed: each inference
    takes as many pairs as the largest, because answers differ in the last bit with their number.
    """

    backend: Backend
    inputs: tuple[str, ...]
    fixed: bool = False

    def predict(self, batch: Batch) -> NDArray[np.float32] | list[NDArray[np.float32]]:
        """See Batch.answers."""
        return batch.answers(self.probabilities(batch.pairs))

    def probabilities(self, pairs: Pairs) -> NDArray[np.float32]:
        """Float32 (n): of a click."""
        made = np.empty(len(pairs), np.float32)
        for begin in range(0, len(pairs), _MOST_PAIRS):
            part = slice(begin, begin + _MOST_PAIRS)
            dense, sparse = pairs.dense[part], pairs.sparse[part]
            count = len(dense)
            if self.fixed:
                dense, sparse = _filled_up(dense), _filled_up(sparse)
            (answers,) = self.backend.predict(self._feeds(dense, sparse))
            made[part] = answers.reshape(-1)[:count]
        return made

    def _feeds(
        self, dense: NDArray[np.float32], sparse: NDArray[np.int32]
    ) -> Mapping[str, NDArray[Any]]:
        if len(self.inputs) == 2:
            return dict(zip(self.inputs, (dense, sparse), strict=True))
        indices = np.ascontiguousarray(sparse.T, np.int64)
        offsets = np.tile(np.arange(len(dense), dtype=np.int64), (SPARSE, 1))
        if len(self.inputs) == 3:
            return dict(zip(self.inputs, (dense, offsets, indices), strict=True))
        return dict(zip(self.inputs, (dense, *offsets, *indices), strict=True))


def _filled_up(rows: NDArray[Number]) -> NDArray[Number]:
    made = np.zeros((_MOST_PAIRS, *rows.shape[1:]), rows.dtype)
    made[: len(rows)] = rows
    return made


def open_model(
    backend: str, options: ModelOptions, variant: Variant, stand_in: StandIn[Dlrm]
) -> Model:
    """The model that the options name, of this variant, or the stand-in.

    Raises what the backend raises, and ValueError for a file that is no DLRM.
    """
    if backend == "tensorflow":
        inputs = tuple(options.inputs or (formats.GRAPH_DENSE, formats.GRAPH_SPARSE))
        _check_count(inputs, (2,))
        return Model(open_graph(options, stand_in, inputs, [formats.GRAPH_OUTPUT]), inputs)
    if backend == "onnxruntime":
        opened = open_onnx(options, stand_in, _onnx_outputs(options.path))
        return Model(opened, _onnx_inputs(opened.inputs, options))
    return _open_torch(options, variant, stand_in)


def _open_torch(options: ModelOptions, variant: Variant, stand_in: StandIn[Dlrm]) -> Model:
    from mlperf_loadgen.harness.backends.torch import TorchBackend

    inputs = (formats.ONNX_DENSE, formats.ONNX_OFFSETS, formats.ONNX_INDICES)
    network = read_checkpoint(options.path, variant) if options.path else stand_in.network()
    module = TorchBackend(
        network,
        inputs=inputs,
        outputs=[formats.ONNX_OUTPUT],
        device=options.device,
        threads=options.threads,
    )
    return Model(module, inputs)


def _onnx_outputs(path: Path | None) -> list[str]:
    """The one that a file has, whatever its name: files of before 2020-09 do not name it."""
    there = [] if path is None else output_names(path)
    return there if len(there) == 1 else [formats.ONNX_OUTPUT]


def _onnx_inputs(there: tuple[str, ...], options: ModelOptions) -> tuple[str, ...]:
    """Those of the file, in the order of Model.inputs."""
    stacked = (formats.ONNX_DENSE, formats.ONNX_OFFSETS, formats.ONNX_INDICES)
    by_table = (
        formats.ONNX_DENSE,
        *(
            f"{kind}_{k}"
            for kind in (formats.ONNX_OFFSETS, formats.ONNX_INDICES)
            for k in range(SPARSE)
        ),
    )
    for names in (tuple(options.inputs),) if options.inputs else (stacked, by_table):
        if set(names) == set(there):
            _check_count(names, (3, 1 + 2 * SPARSE))
            return names
    wanted = ", ".join(options.inputs or stacked)
    raise ValueError(
        f"{options.path} has the inputs {', '.join(there)}, not {wanted} (see --inputs); DLRM has "
        f"one of offsets and one of indices, or {SPARSE} of each"
    )


def _check_count(names: tuple[str, ...], counts: tuple[int, ...]) -> None:
    if len(names) not in counts:
        allowed = " or ".join(map(str, counts))
        raise ValueError(f"--inputs: {len(names)} names, {allowed} are needed: {', '.join(names)}")
