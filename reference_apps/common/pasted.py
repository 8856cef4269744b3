"""Scenes of which it is known what is where: a photograph pasted on a plain ground."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from reference_apps.common.coco import Coco, read_coco
from reference_apps.common.detections import Detections
from reference_apps.common.generated_coco import CATEGORY_IDS, write_annotations, write_pictures
from reference_apps.common.photographs import at_most, photographs
from reference_apps.common.preprocessing import Picture

KINDS = CATEGORY_IDS[:6]  # of the first photographs
_LEAST, _GREATEST = 0.35, 0.7  # sides of what is pasted, in parts of those of the scene


@dataclass(frozen=True)
class Scene:
    """A picture, and the one thing that is in it."""

    picture: Picture
    truth: Detections


def scenes(count: int, *, side: int, seed: int) -> list[Scene]:
    """So many of side x side pixels, the same each time. The ground runs from colour to colour;
    what is pasted is stretched to any size and shape.
    """
    random = np.random.default_rng(seed)
    things = [at_most(picture, side) for picture in photographs()[: len(KINDS)]]
    made = []
    for _ in range(count):
        corners = random.uniform(0, 255, (2, 2, 3)).astype(np.float32)
        picture = cv2.resize(corners, (side, side)).astype(np.uint8)
        kind = int(random.integers(len(things)))
        height, width = (random.uniform(_LEAST, _GREATEST, 2) * side).astype(int)
        top, left = random.integers(side - height + 1), random.integers(side - width + 1)
        thing = cv2.resize(things[kind], (int(width), int(height)), interpolation=cv2.INTER_AREA)
        picture[top : top + height, left : left + width] = thing
        box = np.array([[top, left, top + height, left + width]], np.float32) / np.float32(side)
        truth = Detections(box, np.ones(1, np.float32), np.array([KINDS[kind]]))
        made.append(Scene(picture, truth))
    return made


def write_coco(folder: Path, made: Sequence[Scene]) -> Coco:
    """The scenes as a data set in the layout of COCO, with category ids."""
    names = write_pictures(folder, (scene.picture for scene in made))
    truth = [scene.truth for scene in made]
    side = made[0].picture.shape[0]
    write_annotations(folder, names, truth, side=side, labels=False)
    return read_coco(folder)
