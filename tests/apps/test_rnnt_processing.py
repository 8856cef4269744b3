"""Compares the features with a slow version in NumPy that follows the definitions."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from reference_apps.rnnt.config import Sound
from reference_apps.rnnt.processing import FrontEnd, mel_filters, normalize_columns, splice

SOUND = Sound()


def noise(samples: int, seed: int = 0) -> NDArray[np.float32]:
    """Returns quiet noise with a loud part and silence in it."""
    drawn = np.random.default_rng(seed).normal(0, 0.02, samples)
    drawn[samples // 3 : samples // 2] *= 10
    drawn[samples // 2 : samples // 2 + 700] = 0
    return np.clip(drawn, -1, 1).astype(np.float32)


def by_hand(waveform: NDArray[np.float32]) -> NDArray[np.float64]:
    """Computes the features frame by frame."""
    x = waveform.astype(np.float64)
    x = np.array([x[0], *(x[i] - 0.97 * x[i - 1] for i in range(1, len(x)))])
    n = len(x)
    window = [0.5 - 0.5 * math.cos(2 * math.pi * i / 319) for i in range(320)]
    wave = np.exp(-2j * np.pi * np.outer(np.arange(257), np.arange(512)) / 512)
    filters = mel_filters(16_000, 512, 80)
    rows = []
    for middle in range(0, n + 1, 160):  # a frame is about its middle
        frame = np.zeros(512)
        for i in range(320):
            place = abs(middle - 160 + i)  # mirrored at the ends
            frame[96 + i] = window[i] * x[place if place < n else 2 * (n - 1) - place]
        power = np.abs(wave @ frame) ** 2 + 1e-10
        rows.append(np.log(filters @ power + 1e-20))
    joined = []
    for i in range(0, len(rows), 3):
        three = [rows[i + k] if i + k < len(rows) else np.zeros(80) for k in range(3)]
        joined.append(np.concatenate(three))
    kept = np.array(joined[: math.ceil(math.ceil(n / 160) / 3)])
    mean = kept.sum(0) / len(kept)
    deviation = np.sqrt(((kept - mean) ** 2).sum(0) / (len(kept) - 1))
    found: NDArray[np.float64] = (kept - mean) / (deviation + 1e-5)
    return found


@pytest.mark.parametrize("samples", [481, 1600, 1601, 4000, 4799, 4800, 4960])
def test_against_the_definitions(samples: int) -> None:
    waveform = noise(samples)
    found = FrontEnd(SOUND)(torch.from_numpy(waveform)).numpy()
    expected = by_hand(waveform)
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() < 2e-3


@pytest.mark.parametrize(
    ("samples", "frames"),
    [(481, 2), (960, 2), (961, 3), (16_000, 34), (16_001, 34), (240_000, 500)],
)
def test_length(samples: int, frames: int) -> None:
    assert FrontEnd(SOUND)(torch.from_numpy(noise(samples))).shape == (frames, 240)


def test_the_shortest_sound_has_features() -> None:
    shortest = SOUND.shortest
    assert torch.isfinite(FrontEnd(SOUND)(torch.from_numpy(noise(shortest)))).all()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch about a single frame, which deviates from none
        assert FrontEnd(SOUND)(torch.from_numpy(noise(shortest - 1))).isnan().all()


def test_silence_has_features() -> None:
    found = FrontEnd(SOUND)(torch.zeros(3200))
    assert found.isfinite().all()
    assert found[:, :160].std(0).max() == 0  # the last third ends with the zeros of the splicing


def test_splicing_pads_with_zeros() -> None:
    x = torch.arange(8.0).reshape(4, 2)
    assert splice(x, 3).tolist() == [[0, 1, 2, 3, 4, 5], [6, 7, 0, 0, 0, 0]]
    assert splice(x[:3], 3).tolist() == [[0, 1, 2, 3, 4, 5]]


def test_columns_are_normalized_by_the_sample_deviation() -> None:
    found = normalize_columns(torch.tensor([[1.0, 5.0], [3.0, 5.0]]))
    assert found[:, 0].tolist() == pytest.approx([-1 / (2**0.5 + 1e-5), 1 / (2**0.5 + 1e-5)])
    assert found[:, 1].tolist() == [0, 0]


class TestMelFilters:
    # Of librosa.filters.mel(sr=16000, n_fft=512, n_mels=80), librosa 0.11: sum, largest, where.
    LIBROSA = (
        (0, 0.031172271817922592, 0.022534560412168503, 1),
        (1, 0.031172269955277443, 0.018215704709291458, 2),
        (25, 0.035136692225933075, 0.02640659175813198, 31),
        (26, 0.031589653342962265, 0.022114217281341553, 32),
        (40, 0.032116297632455826, 0.014444176107645035, 55),
        (79, 0.03193053603172302, 0.0032521483954042196, 246),
    )

    @pytest.mark.parametrize(("row", "total", "largest", "place"), LIBROSA)
    def test_filters_agree_with_librosa(
        self, row: int, total: float, largest: float, place: int
    ) -> None:
        found = mel_filters(16_000, 512, 80)[row]
        assert found.sum() == pytest.approx(total, rel=1e-6)
        assert found.max() == pytest.approx(largest, rel=1e-6)
        assert found.argmax() == place
