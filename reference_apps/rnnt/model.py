"""Defines RNN-T as torch modules: an encoder of the sound, a prediction network over the labels so
far, and a joint network that finds the next label from both. Reads their weights.

Alex Graves, Sequence Transduction with Recurrent Neural Networks, 2012. Modules are named as in the
official checkpoint.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import pad
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from reference_apps.common.checkpoint import weights, with_weights
from reference_apps.rnnt.config import Config

State = tuple[Tensor, Tensor]  # of an LSTM: (layers, n, hidden) each


class Rnnt(nn.Module):
    """Holds the three networks. Labels are 0 to blank - 1; blank means no label."""

    def __init__(self, config: Config | None = None) -> None:
        super().__init__()
        config = config or Config()
        sizes = config.sizes
        self.blank = len(config.labels)
        self.encoder = Encoder(
            config.sound.inputs,
            sizes.encoder_n_hidden,
            sizes.encoder_pre_rnn_layers,
            sizes.encoder_post_rnn_layers,
            sizes.encoder_stack_time_factor,
        )
        self.prediction = Prediction(self.blank, sizes.pred_n_hidden, sizes.pred_rnn_layers)
        self.joint = Joint(
            sizes.encoder_n_hidden + sizes.pred_n_hidden, sizes.joint_n_hidden, self.blank + 1
        )


class Encoder(nn.Module):
    """Runs LSTMs over the frames of the sound, and joins `factor` frames to one between them."""

    def __init__(self, inputs: int, hidden: int, pre: int, post: int, factor: int) -> None:
        super().__init__()
        self.factor = factor
        self.pre_rnn = _Recurrent(inputs, hidden, pre)
        self.post_rnn = _Recurrent(hidden * factor, hidden, post)

    def forward(self, features: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Returns float32 (n, ceil(frames / factor), hidden), zero after the end of each utterance,
        and the lengths.

        features: float32 (frames, n, inputs). lengths: int64 (n), frames of each that count, at
        least 1.
        """
        x, lengths = stack_frames(self._run(self.pre_rnn, features, lengths), lengths, self.factor)
        return self._run(self.post_rnn, x, lengths).transpose(0, 1), lengths

    @staticmethod
    def _run(rnn: _Recurrent, x: Tensor, lengths: Tensor) -> Tensor:
        """Leaves out the frames after the end of each utterance; they are zero in the output."""
        packed = pack_padded_sequence(x, lengths.cpu(), enforce_sorted=False)
        x, _ = pad_packed_sequence(rnn.lstm(packed)[0])
        return x


class Prediction(nn.Module):
    """Runs an LSTM over the labels so far."""

    def __init__(self, labels: int, hidden: int, layers: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(labels, hidden)
        self.dec_rnn = _Recurrent(hidden, hidden, layers)

    def begin(self, n: int) -> tuple[Tensor, State]:
        """Returns the prediction before any label, float32 (n, hidden), and the state after it."""
        weight = self.embed.weight
        lstm = self.dec_rnn.lstm
        zero = weight.new_zeros(lstm.num_layers, n, lstm.hidden_size)
        return self._step(weight.new_zeros(n, lstm.input_size), (zero, zero))

    def forward(self, labels: Tensor, state: State) -> tuple[Tensor, State]:
        """Returns the same after one more label each, int64 (n)."""
        return self._step(self.embed(labels), state)

    def _step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        x, state = self.dec_rnn.lstm(x[None], state)
        return x[0], state


class Joint(nn.Module):
    """Computes logits of the next label."""

    def __init__(self, inputs: int, hidden: int, outputs: int) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(inputs, hidden), nn.ReLU(), nn.Dropout(0.32), nn.Linear(hidden, outputs)
        )

    def forward(self, encoded: Tensor, predicted: Tensor) -> Tensor:
        """Returns float32 (n, labels and blank) from one frame, (n, hidden of the encoder), and one
        prediction, (n, hidden of the prediction network), each.
        """
        logits: Tensor = self.net(torch.cat([encoded, predicted], dim=-1))
        return logits


def stack_frames(x: Tensor, lengths: Tensor, factor: int) -> tuple[Tensor, Tensor]:
    """Joins every `factor` frames to one, padding the last with zeros: x (frames, n, features)
    becomes (ceil(frames / factor), n, features * factor). Returns it and the new lengths.
    """
    frames, n, features = x.shape
    x = pad(x, (0, 0, 0, 0, 0, -frames % factor))
    x = x.reshape(-1, factor, n, features).transpose(1, 2).reshape(-1, n, factor * features)
    return x, (lengths + factor - 1) // factor


class _Recurrent(nn.Module):
    """Wraps an LSTM, so that its weights are named as in the checkpoint."""

    def __init__(self, inputs: int, hidden: int, layers: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(inputs, hidden, layers)


_FRONT_END = "audio_preprocessor."  # constants in the file that are not weights
_JOINT = "joint_net."  # how the file names joint.net


def read_checkpoint(path: Path, config: Config) -> Rnnt:
    """Returns the network in evaluation mode, with the weights of a file that holds only tensors,
    either under state_dict or at the top level.

    Raises FileNotFoundError for a missing file, and ValueError naming the file and what does not
    fit.
    """
    state = {
        f"joint.net.{name[len(_JOINT) :]}" if name.startswith(_JOINT) else name: tensor
        for name, tensor in weights(path).items()
        if not name.startswith(_FRONT_END)
    }
    return with_weights(Rnnt(config), state, path)
