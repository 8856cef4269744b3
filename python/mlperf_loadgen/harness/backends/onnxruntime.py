"""Runs ONNX files with ONNX Runtime."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from mlperf_loadgen.harness import processors
from mlperf_loadgen.harness.backends.base import ONNX, Opener
from mlperf_loadgen.harness.extras import require
from mlperf_loadgen.untrusted import FileError

_PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}


class OnnxRuntimeBackend:
    """A session of ONNX Runtime; a Backend. Its predict runs in parallel on several threads."""

    def __init__(
        self,
        model: str | Path,
        *,
        inputs: Sequence[str] = (),
        outputs: Sequence[str] = (),
        device: str = "auto",
        threads: int = 0,
        providers: Sequence[str] | None = None,
    ) -> None:
        """inputs, outputs: the tensors to use, in this order; empty: all that the model has.
        device: "auto" (CUDA where this ONNX Runtime offers it), "cpu" or "cuda".
        threads: threads that one predict call uses on the CPU; 0: ONNX Runtime decides.
        providers: names of execution providers in order of preference; replaces `device`.

        Raises ModuleNotFoundError without the package, FileNotFoundError without the model, and
        ValueError for a device or provider that this ONNX Runtime does not have, or a tensor that
        the model does not have.
        """
        ort = require("onnxruntime")
        if not Path(model).is_file():
            raise FileNotFoundError(f"no model at {model}")
        chosen = list(providers) if providers else _providers_of(device, ort)
        missing = sorted(set(chosen) - set(ort.get_available_providers()))
        if missing:
            raise ValueError(f"this ONNX Runtime has no {', '.join(missing)}")
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors
        options.add_session_config_entry(
            "session.intra_op.allow_spinning", str(int(processors.WAITING.spin))
        )
        try:
            self._session = ort.InferenceSession(str(model), options, providers=chosen)
        except Exception as error:  # of ONNX Runtime: there is no common class
            raise FileError(f"{model} is not a valid ONNX file: {error}") from None
        first = str(self._session.get_providers()[0]).removesuffix("ExecutionProvider")
        self.name = f"onnxruntime {ort.__version__}, {first}"
        self.inputs = _chosen("input", inputs, self._session.get_inputs(), model)
        self.outputs = _chosen("output", outputs, self._session.get_outputs(), model)

    def predict(self, feeds: Mapping[str, NDArray[Any]]) -> tuple[NDArray[Any], ...]:
        """See Backend.predict."""
        return tuple(self._session.run(self.outputs, dict(feeds)))


def _chosen(kind: str, names: Sequence[str], nodes: Any, model: str | Path) -> tuple[str, ...]:
    """Returns the names, or those of all nodes where there are none."""
    known = tuple(str(node.name) for node in nodes)
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise ValueError(
            f"{model} has no {kind} {', '.join(unknown)}; its {kind}s are {', '.join(known)}"
        )
    return tuple(names) or known


def _providers_of(device: str, ort: Any) -> list[str]:
    if device == "auto":
        device = "cuda" if _PROVIDERS["cuda"] in ort.get_available_providers() else "cpu"
    if device not in _PROVIDERS:
        raise ValueError(f'device must be "auto", "cpu" or "cuda", not "{device}"')
    return list(dict.fromkeys([_PROVIDERS[device], _PROVIDERS["cpu"]]))


OPENER = Opener("onnxruntime", ONNX, OnnxRuntimeBackend, package="onnxruntime")
