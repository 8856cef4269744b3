"""Colours can be told apart, on light and on dark ground, by everyone."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from mlperf_loadgen.page import theme

GROUND = {"light": "#ffffff", "dark": "#14171c"}
# Machado, Oliveira and Fernandes 2009, at full strength, of linear RGB.
SIGHT = {
    "usual": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def linear(colour: str) -> np.ndarray:
    c = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def contrast(a: str, b: str) -> float:
    low, high = sorted(float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (a, b))
    return (high + 0.05) / (low + 0.05)


def lab(rgb: np.ndarray) -> np.ndarray:
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = np.maximum(to_xyz @ rgb, 0) / [0.95047, 1, 1.08883]
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def on(ground: str, colour: str) -> str:
    return colour if ground == "light" else theme.COLOURS[colour]


@pytest.mark.parametrize("ground", GROUND)
def test_text_and_lines_have_contrast(ground: str) -> None:
    for colour in (theme.INK, theme.MUTED, theme.LIMIT, theme.GOOD, theme.BROKEN):
        assert contrast(on(ground, colour), GROUND[ground]) >= 4.5, colour
    for colour in theme.SERIES:
        assert contrast(on(ground, colour), GROUND[ground]) >= 3, colour


@pytest.mark.parametrize("ground", GROUND)
@pytest.mark.parametrize("sight", SIGHT)
def test_results_differ_in_colour(ground: str, sight: str) -> None:
    seen = [lab(np.asarray(SIGHT[sight]) @ linear(on(ground, c))) for c in theme.SERIES]
    for a, b in itertools.combinations(range(len(seen)), 2):
        assert math.dist(seen[a], seen[b]) > 10, (theme.SERIES[a], theme.SERIES[b])


def test_results_differ_in_dash() -> None:
    assert len({tuple(dash) for dash in theme.DASHES}) == len(theme.SERIES)


def test_every_colour_has_one_for_dark_ground() -> None:
    names = (theme.INK, theme.MUTED, theme.GRID, theme.LIMIT, *theme.SERIES)
    assert set(names) <= set(theme.COLOURS)
