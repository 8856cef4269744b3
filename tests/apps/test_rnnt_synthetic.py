"""Tests the recordings that come with RNN-T, whose transcripts are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from reference_apps.rnnt import convert, synthetic
from reference_apps.rnnt.config import Config, Sound
from reference_apps.rnnt.dataset import LONGEST_S, MANIFEST, read_librispeech
from reference_apps.rnnt.processing import FrontEnd

TRANSCRIPTS = [
    "and mister john dashwood had then leisure to consider how much there might be prudently in "
    "his power to do for them",
    "he was not an ill disposed young man",
    "unless to be rather cold hearted and rather selfish is to be ill disposed",
    "had he married a more a amiable woman he might have been made still more respectable than he "
    "was",
    "he might even have been made amiable himself",
]


def test_conversion_keeps_recordings_and_transcripts(tmp_path: Path) -> None:
    convert.convert(synthetic.FOLDER, tmp_path / "dev-clean-wav", tmp_path / MANIFEST)
    data = read_librispeech(tmp_path)
    assert data.references(Config().labels) == TRANSCRIPTS
    for index, (file, utterance) in enumerate(
        zip(synthetic.RECORDINGS, data.utterances, strict=True)
    ):
        samples, rate = soundfile.read(file, dtype="float32")
        np.testing.assert_array_equal(data.waveform(index), samples)
        assert utterance.seconds == len(samples) / rate


def test_the_recordings_are_speech() -> None:
    for waveform, text in zip(synthetic.sentences(Sound()), TRANSCRIPTS, strict=True):
        letters_a_second = len(text) / (len(waveform) / 16_000)
        assert 10 < letters_a_second < 20
        features = FrontEnd(Sound())(torch.from_numpy(waveform))
        assert features.isfinite().all()
        assert len(features) == pytest.approx(len(waveform) / 480, abs=1)


def test_utterances_of_many_lengths() -> None:
    sentences, utterances = synthetic.sentences(Sound()), list(synthetic.utterances(Sound()))
    assert len({len(waveform) for waveform in utterances}) == len(utterances) == 15
    assert all(1 <= len(waveform) / 16_000 <= LONGEST_S for waveform in utterances)
    for n, sentence in enumerate(sentences):
        whole, beginning, joined = utterances[3 * n : 3 * n + 3]
        np.testing.assert_array_equal(whole, sentence)
        np.testing.assert_array_equal(beginning, sentence[: len(beginning)])
        np.testing.assert_array_equal(joined, np.concatenate([sentence, sentences[(n + 1) % 5]]))


def test_a_sentence_is_cut_where_it_is_quiet() -> None:
    waveform = np.full(16_000, 0.5, np.float32)
    waveform[9000:12_200] = 0.1  # in the middle half
    waveform[13_000:] = 0
    assert abs(synthetic._find_pause(waveform, Sound()) - 10_600) <= 1


def test_another_sample_rate_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"1-1-0870\.flac has 1 channels at 16000 Hz; it must .*8000"
    ):
        synthetic.sentences(Sound(sample_rate=8000))
