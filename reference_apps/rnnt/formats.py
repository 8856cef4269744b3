"""Writes the three networks of RNN-T as ONNX files, and runs such files on backends with the calls
of the torch modules.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from mlperf_loadgen.harness.backends import Backend
from torch import Tensor, nn

from reference_apps.common.onnx_file import export_with_axes
from reference_apps.rnnt.config import Config
from reference_apps.rnnt.model import Encoder, Prediction, Rnnt, State, stack_frames

PARTS = ("encoder", "prediction", "joint")  # a file for each, with the suffix .onnx


class BackendRnnt:
    """Has the calls of Rnnt that Recognizer makes, and answers them by backends. Tensors come and
    go on the CPU.
    """

    def __init__(self, parts: Mapping[str, Backend], config: Config) -> None:
        """parts: for each of PARTS, the model that write_onnx writes. config: of the network."""
        self.name = parts["encoder"].name
        self.blank = len(config.labels)
        self.prediction = BackendPrediction(parts["prediction"], config)
        self._encoder, self._joint = parts["encoder"], parts["joint"]

    def encoder(self, features: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """See Encoder.forward; what comes after the end of an utterance may be anything."""
        encoded, steps = _predict(self._encoder, features, lengths)
        return encoded, steps

    def joint(self, encoded: Tensor, predicted: Tensor) -> Tensor:
        """See Joint.forward."""
        (logits,) = _predict(self._joint, encoded, predicted)
        return logits


class BackendPrediction:
    """Answers the calls of Prediction by a backend."""

    def __init__(self, backend: Backend, config: Config) -> None:
        self._backend = backend
        self._config = config

    def begin(self, n: int) -> tuple[Tensor, State]:
        """See Prediction.begin."""
        sizes = self._config.sizes
        zero = torch.zeros(sizes.pred_rnn_layers, n, sizes.pred_n_hidden)
        return self(torch.full((n,), len(self._config.labels)), (zero, zero))

    def __call__(self, labels: Tensor, state: State) -> tuple[Tensor, State]:
        """See Prediction.forward."""
        predicted, hidden, cell = _predict(self._backend, labels, *state)
        return predicted, (hidden, cell)


def _predict(backend: Backend, *tensors: Tensor) -> tuple[Tensor, ...]:
    feeds = {
        name: tensor.cpu().numpy() for name, tensor in zip(backend.inputs, tensors, strict=True)
    }
    return tuple(torch.from_numpy(array) for array in backend.predict(feeds))


def write_onnx(network: Rnnt, folder: Path) -> None:
    """Writes a file for each of PARTS to an existing folder. Before the first label the prediction
    network takes blank.
    """
    encoder, prediction = network.encoder, network.prediction
    lstm = prediction.dec_rnn.lstm
    state = torch.zeros(lstm.num_layers, 2, lstm.hidden_size)
    inputs = encoder.pre_rnn.lstm.input_size
    encoder_hidden = encoder.post_rnn.lstm.hidden_size
    rows, columns = {0: "n"}, {1: "n"}
    export_with_axes(
        _EncoderForExport(encoder),
        (torch.zeros(6, 2, inputs), torch.tensor([6, 5])),
        folder / "encoder.onnx",
        {"features": {0: "frames", 1: "n"}, "lengths": rows},
        {"encoded": {0: "n", 1: "steps"}, "steps": rows},
    )
    export_with_axes(
        _PredictionForExport(prediction),
        (torch.tensor([0, 1]), state, state),
        folder / "prediction.onnx",
        {"labels": rows, "hidden": columns, "cell": columns},
        {"predicted": rows, "new_hidden": columns, "new_cell": columns},
    )
    export_with_axes(
        network.joint,
        (torch.zeros(2, encoder_hidden), torch.zeros(2, lstm.hidden_size)),
        folder / "joint.onnx",
        {"encoded": rows, "predicted": rows},
        {"logits": rows},
    )


class _EncoderForExport(nn.Module):
    """Runs over the padding, too, which does not affect the frames before it."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.pre, self.post = encoder.pre_rnn.lstm, encoder.post_rnn.lstm
        self.factor = encoder.factor

    def forward(self, features: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        x, _ = self.pre(features)
        counted = torch.arange(x.shape[0])[:, None, None] < lengths[:, None]
        x, steps = stack_frames(x * counted, lengths, self.factor)
        return self.post(x)[0].transpose(0, 1), steps


class _PredictionForExport(nn.Module):
    """Embeds blank, after the labels, as zeros."""

    def __init__(self, prediction: Prediction) -> None:
        super().__init__()
        rows = prediction.embed.weight
        self.rows = torch.cat([rows, torch.zeros_like(rows[:1])]).detach()
        self.lstm = prediction.dec_rnn.lstm

    def forward(self, labels: Tensor, hidden: Tensor, cell: Tensor) -> tuple[Tensor, ...]:
        x, state = self.lstm(self.rows[labels][None], (hidden, cell))
        return x[0], *state
