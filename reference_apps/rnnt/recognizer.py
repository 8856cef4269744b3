"""The whole model: waveforms in, labels out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from reference_apps.rnnt.config import Sound
from reference_apps.rnnt.decoder import greedy
from reference_apps.rnnt.front_end import FrontEnd
from reference_apps.rnnt.network import Rnnt
from reference_apps.rnnt.onnx_files import OnnxRnnt

INPUTS = ("waveforms", "sample_counts")
OUTPUTS = ("labels", "label_counts")


class Recognizer(nn.Module):
    """Front end, networks and decoder."""

    def __init__(self, network: Rnnt | OnnxRnnt, sound: Sound) -> None:
        super().__init__()
        self.front_end = FrontEnd(sound)
        self.network = network

    def forward(self, waveforms: Tensor, sample_counts: Tensor) -> tuple[Tensor, Tensor]:
        """waveforms: float32 (n, samples), in [-1, 1). sample_counts: int64 (n), samples of each
        that count, at least Sound.shortest.

        Returns labels, int64 (n, most labels), and how many of them count, int64 (n).
        """
        features = [
            self.front_end(waveform[:count])
            for waveform, count in zip(waveforms, sample_counts.tolist(), strict=True)
        ]
        lengths = torch.tensor([len(frames) for frames in features], device=waveforms.device)
        encoded, lengths = self.network.encoder(pad_sequence(features), lengths)
        said = [
            torch.tensor(labels, dtype=torch.int64)
            for labels in greedy(self.network, encoded, lengths)
        ]
        counts = torch.tensor([len(labels) for labels in said])
        return pad_sequence(said, batch_first=True), counts


def padded(waveforms: Sequence[NDArray[np.float32]]) -> dict[str, NDArray[np.generic]]:
    """What forward takes, by name."""
    counts = np.array([len(waveform) for waveform in waveforms], np.int64)
    together = np.zeros((len(waveforms), counts.max()), np.float32)
    for row, waveform in zip(together, waveforms, strict=True):
        row[: len(waveform)] = waveform
    return {"waveforms": together, "sample_counts": counts}
