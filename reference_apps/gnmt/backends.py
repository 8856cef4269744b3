"""The two halves of GNMT on an inference package."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mlperf_loadgen.harness.backends import Backend
from mlperf_loadgen.harness.backends.onnxruntime import OnnxRuntimeBackend
from mlperf_loadgen.harness.backends.tensorflow import TensorFlowBackend
from mlperf_loadgen.harness.backends.torch import TorchBackend
from mlperf_loadgen.harness.cache import cached

from reference_apps.gnmt import formats
from reference_apps.gnmt.formats import (
    CHOICES,
    DECODER_INPUTS,
    DECODER_OUTPUTS,
    ENCODER_INPUTS,
    ENCODER_OUTPUTS,
)
from reference_apps.gnmt.model import Decoder, Encoder, Gnmt
from reference_apps.gnmt.processing import Translator


@dataclass(frozen=True)
class Opening:
    """How a translator is opened."""

    network: Gnmt
    key: str  # of the weights: the files that a package needs are made once for each and kept
    device: str
    threads: int  # of one inference

    def open(self, backend: str) -> Translator:
        """By the name of the package. Raises as that of the harness."""
        return {
            "torch": self._torch,
            "tensorflow": self._tensorflow,
            "onnxruntime": self._onnxruntime,
        }[backend]()

    def _torch(self) -> Translator:
        def half(
            module: Encoder | Decoder, inputs: tuple[str, ...], outputs: tuple[str, ...]
        ) -> Backend:
            return TorchBackend(
                module, inputs=inputs, outputs=outputs, device=self.device, threads=self.threads
            )

        return Translator(
            half(Encoder(self.network), ENCODER_INPUTS, ENCODER_OUTPUTS),
            half(Decoder(self.network, CHOICES), DECODER_INPUTS, DECODER_OUTPUTS),
        )

    def _tensorflow(self) -> Translator:
        def half(path: Path, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> Backend:
            return TensorFlowBackend(
                path,
                inputs=[f"{name}:0" for name in inputs],
                outputs=[f"{name}:0" for name in outputs],
                device=self.device,
                threads=self.threads,
            )

        return Translator(
            half(
                self._file("encoder.pb", formats.write_graph_encoder),
                ENCODER_INPUTS,
                ENCODER_OUTPUTS,
            ),
            half(
                self._file("decoder.pb", formats.write_graph_decoder),
                DECODER_INPUTS,
                DECODER_OUTPUTS,
            ),
        )

    def _onnxruntime(self) -> Translator:
        def half(path: Path, outputs: tuple[str, ...]) -> Backend:
            return OnnxRuntimeBackend(
                path, outputs=outputs, device=self.device, threads=self.threads
            )

        return Translator(
            half(self._file("encoder.onnx", formats.write_onnx_encoder), ENCODER_OUTPUTS),
            half(self._file("decoder.onnx", formats.write_onnx_decoder), DECODER_OUTPUTS),
        )

    def _file(self, name: str, write: Callable[[Gnmt, Path], None]) -> Path:
        return cached(f"gnmt-{name}", self.key, lambda path: write(self.network, path))
