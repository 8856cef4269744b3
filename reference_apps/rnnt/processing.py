"""Turns waveforms into labels: computes the features of the sound, and decodes greedily around the
networks, on a backend.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from mlperf_loadgen.harness.backends import BACKENDS, ONNX, TORCH, Backend
from mlperf_loadgen.harness.backends.torch import TorchBackend
from mlperf_loadgen.harness.cache import cached_folder
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import pad
from torch.nn.utils.rnn import pad_sequence

from reference_apps.common.arguments import ModelOptions
from reference_apps.common.model import ModelSpec, open_backend
from reference_apps.rnnt.config import Config, Sound
from reference_apps.rnnt.formats import PARTS, BackendRnnt, write_onnx
from reference_apps.rnnt.model import Rnnt

INPUTS = ("waveforms", "sample_counts")
OUTPUTS = ("labels", "label_counts")

MAX_SYMBOLS = 30  # labels emitted at one frame before moving on to the next

_PRE_EMPHASIS = 0.97
_LOG_GUARD = 1e-20
_DEVIATION_GUARD = 1e-5

# Slaney's mel scale: 200/3 Hz per mel below 1 kHz, above it 27 mels for each factor of 6.4.
_KNEE_HZ, _KNEE_MEL = 1000.0, 15.0
_STEP = np.log(6.4) / 27


@dataclass(frozen=True)
class Transcriber:
    """Transcribes batches of waveforms. May be called on any thread."""

    backend: Backend  # with INPUTS and OUTPUTS
    about: str  # says what runs it, for the screen

    def __call__(self, waveforms: Sequence[NDArray[np.float32]]) -> list[NDArray[np.int64]]:
        """Returns the labels of each waveform."""
        labels, counts = self.backend.predict(pad_waveforms(waveforms))
        return [row[:count] for row, count in zip(labels, counts.tolist(), strict=True)]


@dataclass(frozen=True)
class Weights:
    """Reads a network when a format needs it. key: of its weights; files are made once for each."""

    network: Callable[[], Rnnt]
    key: str
    config: Config


def open_transcriber(backend: str, weights: Weights, options: ModelOptions) -> Transcriber:
    """Opens the network in the format of the backend. Raises what the backend raises."""
    return FORMATS[BACKENDS[backend].format](backend, weights, options)


def _torch(backend: str, weights: Weights, options: ModelOptions) -> Transcriber:
    recognizer = Recognizer(weights.network(), weights.config.sound)
    opened = open_backend(backend, ModelSpec(recognizer, INPUTS, OUTPUTS), options)
    return Transcriber(opened, opened.name)


def _onnx(backend: str, weights: Weights, options: ModelOptions) -> Transcriber:
    """Runs the networks on the backend, and what is around them in PyTorch on the CPU."""
    folder = cached_folder(
        "rnnt-onnx", weights.key, lambda folder: write_onnx(weights.network(), folder)
    )
    parts = {
        name: open_backend(backend, ModelSpec(folder / f"{name}.onnx"), options) for name in PARTS
    }
    networks = BackendRnnt(parts, weights.config)
    recognizer = TorchBackend(
        Recognizer(networks, weights.config.sound),
        inputs=INPUTS,
        outputs=OUTPUTS,
        device="cpu",
        threads=options.threads,
    )
    return Transcriber(recognizer, f"{networks.name}; front end: {recognizer.name}")


FORMATS = {TORCH: _torch, ONNX: _onnx}


class Recognizer(nn.Module):
    """Transcribes waveforms with front end, networks and decoder."""

    def __init__(self, network: Rnnt | BackendRnnt, sound: Sound) -> None:
        super().__init__()
        self.front_end = FrontEnd(sound)
        self.network = network

    def forward(self, waveforms: Tensor, sample_counts: Tensor) -> tuple[Tensor, Tensor]:
        """Returns labels, int64 (n, most labels), and how many of each row count, int64 (n).

        waveforms: float32 (n, samples), in [-1, 1). sample_counts: int64 (n), samples of each row
        that count, at least Sound.shortest.
        """
        features = [
            self.front_end(waveform[:count])
            for waveform, count in zip(waveforms, sample_counts.tolist(), strict=True)
        ]
        lengths = torch.tensor([len(frames) for frames in features], device=waveforms.device)
        encoded, lengths = self.network.encoder(pad_sequence(features), lengths)
        labels = [
            torch.tensor(row, dtype=torch.int64)
            for row in decode_greedily(self.network, encoded, lengths)
        ]
        counts = torch.tensor([len(row) for row in labels])
        return pad_sequence(labels, batch_first=True), counts


def pad_waveforms(waveforms: Sequence[NDArray[np.float32]]) -> dict[str, NDArray[np.generic]]:
    """Returns the inputs of Recognizer.forward by name."""
    counts = np.array([len(waveform) for waveform in waveforms], np.int64)
    padded = np.zeros((len(waveforms), counts.max()), np.float32)
    for row, waveform in zip(padded, waveforms, strict=True):
        row[: len(waveform)] = waveform
    return {"waveforms": padded, "sample_counts": counts}


def decode_greedily(
    network: Rnnt | BackendRnnt, encoded: Tensor, lengths: Tensor
) -> list[list[int]]:
    """Returns the labels of each utterance: at each frame the most likely ones, until blank is the
    most likely or there are MAX_SYMBOLS of them.

    encoded: float32 (n, frames, hidden). lengths: int64 (n), frames of each that count.

    The output of the prediction network changes only with a new label, so it is run only for the
    utterances that have just emitted one; the joint network is run for all that have frames left.
    """
    labels: list[list[int]] = [[] for _ in range(len(encoded))]
    frame = torch.zeros_like(lengths)
    emitted_at_frame = torch.zeros_like(lengths)
    predicted, (hidden, cell) = network.prediction.begin(len(encoded))
    open_rows = torch.arange(len(encoded), device=encoded.device)[lengths > 0]
    while len(open_rows):
        logits = network.joint(encoded[open_rows, frame[open_rows]], predicted[open_rows])
        best = logits.argmax(-1)
        emits = best != network.blank
        rows, new_labels = open_rows[emits], best[emits]
        if len(rows):
            for row, label in zip(rows.tolist(), new_labels.tolist(), strict=True):
                labels[row].append(label)
            state = (hidden[:, rows], cell[:, rows])
            predicted[rows], (hidden[:, rows], cell[:, rows]) = network.prediction(
                new_labels, state
            )
            emitted_at_frame[rows] += 1
        done = open_rows[~emits | (emitted_at_frame[open_rows] == MAX_SYMBOLS)]
        frame[done] += 1
        emitted_at_frame[done] = 0
        open_rows = open_rows[frame[open_rows] < lengths[open_rows]]
    return labels


class FrontEnd(nn.Module):
    """Computes the features of a waveform: logarithms of mel filters, spliced and normalised. It is
    made for one kind of sound and has no weights.
    """

    window: Tensor
    filters: Tensor

    def __init__(self, sound: Sound) -> None:
        super().__init__()
        self.sound = sound
        self.register_buffer("window", torch.hann_window(sound.window, periodic=False))
        filters = mel_filters(sound.sample_rate, sound.n_fft, sound.features)
        self.register_buffer("filters", torch.from_numpy(filters.astype(np.float32)))

    def forward(self, waveform: Tensor) -> Tensor:
        """Returns float32 (frames, inputs), each column with mean 0 and deviation 1.

        waveform: float32 (samples), in [-1, 1), at least Sound.shortest.
        """
        sound = self.sound
        frames = -(-len(waveform) // sound.hop)
        x = splice(self._log_mel(waveform), sound.frame_splicing)
        return normalize_columns(x[: -(-frames // sound.frame_splicing)])

    def _log_mel(self, waveform: Tensor) -> Tensor:
        """Returns (frames, features), one frame more than counts if the last one is whole."""
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
        # The dither enters as its expected power, so that every run gets the same features.
        power = spectrum.real**2 + spectrum.imag**2 + sound.dither**2
        return torch.log(self.filters @ power + _LOG_GUARD).T


def splice(x: Tensor, count: int) -> Tensor:
    """Joins every `count` frames to one, padding the last with zeros: (frames, features) becomes
    (ceil(frames / count), features * count).
    """
    frames, features = x.shape
    return pad(x, (0, 0, 0, -frames % count)).reshape(-1, features * count)


def normalize_columns(x: Tensor) -> Tensor:
    """Shifts and scales each column of (frames, columns) to mean 0 and sample deviation 1."""
    return (x - x.mean(0)) / (x.std(0, correction=1) + _DEVIATION_GUARD)


def mel_filters(sample_rate: int, n_fft: int, count: int) -> NDArray[np.float64]:
    """Returns filters (count, n_fft / 2 + 1): triangles from 0 Hz to half the sample rate, equally
    spaced on Slaney's mel scale, overlapping by half, each with an area of 1 over frequency.
    """
    corners = _mel_to_hz(np.linspace(0, _hz_to_mel(sample_rate / 2), count + 2))
    bins = np.linspace(0, sample_rate / 2, n_fft // 2 + 1)
    low, middle, high = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    triangles = np.minimum((bins - low) / (middle - low), (high - bins) / (high - middle))
    filters: NDArray[np.float64] = np.maximum(0, triangles) * 2 / (high - low)
    return filters


def _hz_to_mel(hz: float) -> float:
    if hz < _KNEE_HZ:
        return hz * _KNEE_MEL / _KNEE_HZ
    return _KNEE_MEL + float(np.log(hz / _KNEE_HZ)) / float(_STEP)


def _mel_to_hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    above = _KNEE_HZ * np.exp(_STEP * (mel - _KNEE_MEL))
    return np.where(mel < _KNEE_MEL, mel * _KNEE_HZ / _KNEE_MEL, above)
