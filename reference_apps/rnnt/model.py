"""RNN-T as torch modules: an encoder of sound, a prediction network over what has been said, and a
joint network that tells the next label from both.

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
    """The three networks. Labels are 0 to blank - 1, blank means that nothing is said."""

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
    """LSTMs over the frames of the sound; between them `factor` frames become one."""

    def __init__(self, inputs: int, hidden: int, pre: int, post: int, factor: int) -> None:
        super().__init__()
        self.factor = factor
        self.pre_rnn = _Recurrent(inputs, hidden, pre)
        self.post_rnn = _Recurrent(hidden * factor, hidden, post)

    def forward(self, features: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """features: float32 (frames, n, inputs). lengths: int64 (n), frames of each that count, at
        least 1.

        Returns float32 (n, ceil(frames / factor), hidden), zero behind the end of each, and the
        lengths.
        """
        x, lengths = stacked(self._run(self.pre_rnn, features, lengths), lengths, self.factor)
        return self._run(self.post_rnn, x, lengths).transpose(0, 1), lengths

    @staticmethod
    def _run(rnn: _Recurrent, x: Tensor, lengths: Tensor) -> Tensor:
        """Without the frames behind the end, which are zero afterwards."""
        packed = pack_padded_sequence(x, lengths.cpu(), enforce_sorted=False)
        x, _ = pad_packed_sequence(rnn.lstm(packed)[0])
        return x


class Prediction(nn.Module):
    """An LSTM over the labels said so far."""

    def __init__(self, labels: int, hidden: int, layers: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(labels, hidden)
        self.dec_rnn = _Recurrent(hidden, hidden, layers)

    def begin(self, n: int) -> tuple[Tensor, State]:
        """What is predicted before any label, float32 (n, hidden), and the state behind it."""
        weight = self.embed.weight
        lstm = self.dec_rnn.lstm
        zero = weight.new_zeros(lstm.num_layers, n, lstm.hidden_size)
        return self._step(weight.new_zeros(n, lstm.input_size), (zero, zero))

    def forward(self, labels: Tensor, state: State) -> tuple[Tensor, State]:
        """The same behind one more label each, int64 (n)."""
        return self._step(self.embed(labels), state)

    def _step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        x, state = self.dec_rnn.lstm(x[None], state)
        return x[0], state


class Joint(nn.Module):
    """Logits of the next label."""

    def __init__(self, inputs: int, hidden: int, outputs: int) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(inputs, hidden), nn.ReLU(), nn.Dropout(0.32), nn.Linear(hidden, outputs)
        )

    def forward(self, encoded: Tensor, predicted: Tensor) -> Tensor:
        """Float32 (n, labels and blank) for one frame, (n, hidden of the encoder), and one
        prediction, (n, hidden of the prediction network), each.
        """
        logits: Tensor = self.net(torch.cat([encoded, predicted], dim=-1))
        return logits


def stacked(x: Tensor, lengths: Tensor, factor: int) -> tuple[Tensor, Tensor]:
    """`factor` frames on end become one, with zeros behind the last: x is (frames, n, features),
    the result (ceil(frames / factor), n, features * factor); and the lengths.
    """
    frames, n, features = x.shape
    x = pad(x, (0, 0, 0, 0, 0, -frames % factor))
    x = x.reshape(-1, factor, n, features).transpose(1, 2).reshape(-1, n, factor * features)
    return x, (lengths + factor - 1) // factor


class _Recurrent(nn.Module):
    """Named as in the checkpoint."""

    def __init__(self, inputs: int, hidden: int, layers: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(inputs, hidden, layers)


_FRONT_END = "audio_preprocessor."  # which has no weights: its constants are in the file
_JOINT = "joint_net."  # what the file calls joint.net


def read_checkpoint(path: Path, config: Config) -> Rnnt:
    """The network in evaluation mode, with the weights in a file that holds tensors only: under
    state_dict, or all there is.

    Raises FileNotFoundError without the file, ValueError naming the file and what does not fit.
    """
    state = {
        f"joint.net.{name[len(_JOINT) :]}" if name.startswith(_JOINT) else name: tensor
        for name, tensor in weights(path).items()
        if not name.startswith(_FRONT_END)
    }
    return with_weights(Rnnt(config), state, path)
