"""The three networks as ONNX files, and the same calls on them as on the torch modules."""

from __future__ import annotations

import warnings
from pathlib import Path

import torch
from mlperf_loadgen.harness.backends.onnxruntime import OnnxRuntimeBackend
from torch import Tensor, nn

from reference_apps.rnnt.config import Config
from reference_apps.rnnt.model import Encoder, Prediction, Rnnt, State, stack_frames

_OPSET = 17


def write(network: Rnnt, folder: Path) -> None:
    """encoder.onnx, prediction.onnx and joint.onnx, in an existing folder. Before the first label
    the prediction network takes blank.
    """
    encoder, prediction = network.encoder, network.prediction
    lstm = prediction.dec_rnn.lstm
    state = torch.zeros(lstm.num_layers, 2, lstm.hidden_size)
    inputs = encoder.pre_rnn.lstm.input_size
    heard = encoder.post_rnn.lstm.hidden_size
    rows, columns = {0: "n"}, {1: "n"}
    _export(
        _Encoder(encoder),
        (torch.zeros(6, 2, inputs), torch.tensor([6, 5])),
        folder / "encoder.onnx",
        {"features": {0: "frames", 1: "n"}, "lengths": rows},
        {"encoded": {0: "n", 1: "steps"}, "steps": rows},
    )
    _export(
        _Prediction(prediction),
        (torch.tensor([0, 1]), state, state),
        folder / "prediction.onnx",
        {"labels": rows, "hidden": columns, "cell": columns},
        {"predicted": rows, "new_hidden": columns, "new_cell": columns},
    )
    _export(
        network.joint,
        (torch.zeros(2, heard), torch.zeros(2, lstm.hidden_size)),
        folder / "joint.onnx",
        {"encoded": rows, "predicted": rows},
        {"logits": rows},
    )


class OnnxRnnt:
    """What the recognizer asks of an Rnnt, answered by ONNX Runtime."""

    def __init__(self, folder: Path, config: Config, *, device: str, threads: int) -> None:
        """folder: with the three files, which are of this configuration. device, threads: as
        OnnxRuntimeBackend; tensors come and go on the CPU.
        """

        def opened(name: str) -> OnnxRuntimeBackend:
            return OnnxRuntimeBackend(folder / f"{name}.onnx", device=device, threads=threads)

        self.blank = len(config.labels)
        self.prediction = OnnxPrediction(opened("prediction"), config)
        self._encoder, self._joint = opened("encoder"), opened("joint")
        self.name = self._encoder.name

    def encoder(self, features: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """As Encoder.forward, but for what lies behind the ends, which may be anything."""
        encoded, steps = _run(self._encoder, features, lengths)
        return encoded, steps

    def joint(self, encoded: Tensor, predicted: Tensor) -> Tensor:
        """As Joint.forward."""
        (logits,) = _run(self._joint, encoded, predicted)
        return logits


class OnnxPrediction:
    """As Prediction."""

    def __init__(self, backend: OnnxRuntimeBackend, config: Config) -> None:
        self._backend = backend
        self._config = config

    def begin(self, n: int) -> tuple[Tensor, State]:
        """As Prediction.begin."""
        sizes = self._config.sizes
        zero = torch.zeros(sizes.pred_rnn_layers, n, sizes.pred_n_hidden)
        return self(torch.full((n,), len(self._config.labels)), (zero, zero))

    def __call__(self, labels: Tensor, state: State) -> tuple[Tensor, State]:
        """As Prediction.forward."""
        predicted, hidden, cell = _run(self._backend, labels, *state)
        return predicted, (hidden, cell)


class _Encoder(nn.Module):
    """Runs over what lies behind the ends, too, which no frame before them hears of."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.pre, self.post = encoder.pre_rnn.lstm, encoder.post_rnn.lstm
        self.factor = encoder.factor

    def forward(self, features: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        x, _ = self.pre(features)
        counted = torch.arange(x.shape[0])[:, None, None] < lengths[:, None]
        x, steps = stack_frames(x * counted, lengths, self.factor)
        return self.post(x)[0].transpose(0, 1), steps


class _Prediction(nn.Module):
    """With a row of zeros for blank, behind those of the labels."""

    def __init__(self, prediction: Prediction) -> None:
        super().__init__()
        rows = prediction.embed.weight
        self.rows = torch.cat([rows, torch.zeros_like(rows[:1])]).detach()
        self.lstm = prediction.dec_rnn.lstm

    def forward(self, labels: Tensor, hidden: Tensor, cell: Tensor) -> tuple[Tensor, ...]:
        x, state = self.lstm(self.rows[labels][None], (hidden, cell))
        return x[0], *state


def _export(
    module: nn.Module,
    example: tuple[Tensor, ...],
    path: Path,
    inputs: dict[str, dict[int, str]],
    outputs: dict[str, dict[int, str]],
) -> None:
    """inputs, outputs: names of the tensors and of their axes that vary."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they concern the exporter, not this network
        torch.onnx.export(
            module.eval(),
            example,
            str(path),
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes=inputs | outputs,
            opset_version=_OPSET,
            dynamo=False,
        )


def _run(backend: OnnxRuntimeBackend, *tensors: Tensor) -> tuple[Tensor, ...]:
    feeds = {
        name: tensor.cpu().numpy() for name, tensor in zip(backend.inputs, tensors, strict=True)
    }
    return tuple(torch.from_numpy(array) for array in backend.predict(feeds))
