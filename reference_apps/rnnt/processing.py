"""From waveforms to labels: the features of the frames, and greedy decoding around the networks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import pad
from torch.nn.utils.rnn import pad_sequence

from reference_apps.rnnt.config import Sound
from reference_apps.rnnt.formats import OnnxRnnt
from reference_apps.rnnt.model import Rnnt

_PRE_EMPHASIS = 0.97
_LOG_GUARD = 1e-20
_DEVIATION_GUARD = 1e-5


class FrontEnd(nn.Module):
    """Made for one kind of sound. Has no weights."""

    window: Tensor
    filters: Tensor

    def __init__(self, sound: Sound) -> None:
        super().__init__()
        self.sound = sound
        self.register_buffer("window", torch.hann_window(sound.window, periodic=False))
        filters = mel_filters(sound.sample_rate, sound.n_fft, sound.features)
        self.register_buffer("filters", torch.from_numpy(filters.astype(np.float32)))

    def forward(self, waveform: Tensor) -> Tensor:
        """waveform: float32 (samples), in [-1, 1), at least Sound.shortest.

        Returns float32 (frames, inputs): the mean of each column is 0, its deviation 1.
        """
        sound = self.sound
        frames = -(-len(waveform) // sound.hop)
        x = spliced(self._log_mel(waveform), sound.frame_splicing)
        return normalised(x[: -(-frames // sound.frame_splicing)])

    def _log_mel(self, waveform: Tensor) -> Tensor:
        """(frames, features), one frame more than counts when the last is whole."""
        sound = self.sound
        emphasised = torch.cat([waveform[:1], waveform[1:] - _PRE_EMPHASIS * waveform[:-1]])
        spectrum = torch.stft(
            emphasised,
            sound.n_fft,
            hop_length=sound.hop,
            win_length=sound.window,
            window=self.window,
            center=True,
            pad_mode="reflect",
            return_complex=True,
        )
        # The noise of the dither as its expected power: every run hears the same.
        power = spectrum.real**2 + spectrum.imag**2 + sound.dither**2
        return torch.log(self.filters @ power + _LOG_GUARD).T


def spliced(x: Tensor, count: int) -> Tensor:
    """(frames, features) to (ceil(frames / count), features * count), zeros behind the last."""
    frames, features = x.shape
    return pad(x, (0, 0, 0, -frames % count)).reshape(-1, features * count)


def normalised(x: Tensor) -> Tensor:
    """Each column (frames, columns) less its mean, over its sample deviation."""
    return (x - x.mean(0)) / (x.std(0, correction=1) + _DEVIATION_GUARD)


def mel_filters(sample_rate: int, n_fft: int, count: int) -> NDArray[np.float64]:
    """Triangles from 0 Hz to half the sample rate, (count, n_fft / 2 + 1), that overlap by half and
    stand at equal distances on Slaney's mel scale, each with an area of 1 over frequency.
    """
    corners = _to_hz(np.linspace(0, _to_mel(sample_rate / 2), count + 2))
    bins = np.linspace(0, sample_rate / 2, n_fft // 2 + 1)
    low, middle, high = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    triangles = np.minimum((bins - low) / (middle - low), (high - bins) / (high - middle))
    filters: NDArray[np.float64] = np.maximum(0, triangles) * 2 / (high - low)
    return filters


# Slaney's scale: 200/3 Hz a mel below 1 kHz, above it 27 mels for each factor of 6.4.
_KNEE_HZ, _KNEE_MEL = 1000.0, 15.0
_STEP = np.log(6.4) / 27


def _to_mel(hz: float) -> float:
    if hz < _KNEE_HZ:
        return hz * _KNEE_MEL / _KNEE_HZ
    return _KNEE_MEL + float(np.log(hz / _KNEE_HZ)) / float(_STEP)


def _to_hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    above = _KNEE_HZ * np.exp(_STEP * (mel - _KNEE_MEL))
    return np.where(mel < _KNEE_MEL, mel * _KNEE_HZ / _KNEE_MEL, above)


MAX_SYMBOLS = 30  # said at one frame before the next one is due


def greedy(network: Rnnt | OnnxRnnt, encoded: Tensor, lengths: Tensor) -> list[list[int]]:
    """The labels of each utterance.

    encoded: float32 (n, frames, hidden). lengths: int64 (n), frames of each that count.

    At each frame labels are said until blank is the most likely, or MAX_SYMBOLS of them. What the
    prediction network says changes with a label only, so it is run for utterances that have just
    said one, and the joint network for all that are not at their end.
    """
    said: list[list[int]] = [[] for _ in range(len(encoded))]
    frame = torch.zeros_like(lengths)
    at_frame = torch.zeros_like(lengths)  # labels said at the frame
    predicted, (hidden, cell) = network.prediction.begin(len(encoded))
    open_rows = torch.arange(len(encoded), device=encoded.device)[lengths > 0]
    while len(open_rows):
        logits = network.joint(encoded[open_rows, frame[open_rows]], predicted[open_rows])
        best = logits.argmax(-1)
        speaks = best != network.blank
        rows, labels = open_rows[speaks], best[speaks]
        if len(rows):
            for row, label in zip(rows.tolist(), labels.tolist(), strict=True):
                said[row].append(label)
            state = (hidden[:, rows], cell[:, rows])
            predicted[rows], (hidden[:, rows], cell[:, rows]) = network.prediction(labels, state)
            at_frame[rows] += 1
        done = open_rows[~speaks | (at_frame[open_rows] == MAX_SYMBOLS)]
        frame[done] += 1
        at_frame[done] = 0
        open_rows = open_rows[frame[open_rows] < lengths[open_rows]]
    return said


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
