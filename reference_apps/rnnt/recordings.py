"""Recorded speech: sentences of an audio book, in librivox/ as LibriSpeech has them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reference_apps.rnnt.config import Sound
from reference_apps.rnnt.librispeech import read_librispeech

FOLDER = Path(__file__).with_name("librivox")
FILES = sorted(FOLDER.rglob("*.flac"))

_AROUND_S = 0.2  # over which loudness is taken

Waveform = NDArray[np.float32]  # (samples), in [-1, 1)


def sentences(sound: Sound) -> list[Waveform]:
    """Those of the folder. Raises ValueError for another sample rate than theirs."""
    data = read_librispeech(FOLDER, sound=sound)
    return [data.waveform(index) for index in range(len(data))]


def utterances(sound: Sound) -> Iterator[Waveform]:
    """More of them, of lengths that differ: each sentence, its beginning, and with the next."""
    spoken = sentences(sound)
    for sentence, following in zip(spoken, spoken[1:] + spoken[:1], strict=True):
        yield from (
            sentence,
            sentence[: _pause(sentence, sound)],
            np.concatenate([sentence, following]),
        )


def _pause(waveform: Waveform, sound: Sound) -> int:
    """The sample about which the middle half is most silent."""
    around = np.ones(round(_AROUND_S * sound.sample_rate))
    loudness = np.convolve(waveform.astype(np.float64) ** 2, around, mode="same")
    quarter = len(waveform) // 4
    return quarter + int(loudness[quarter:-quarter].argmin())
