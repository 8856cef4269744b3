"""A small COCO folder, for when the real one is not at hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from mlperf_loadgen.harness.cache import cached_folder
from mlperf_loadgen.harness.progress_bar import track

from reference_apps.common.coco import ANNOTATIONS, PICTURES, Coco, read_coco
from reference_apps.common.detections import Detections
from reference_apps.common.photographs import cuttings
from reference_apps.common.preprocessing import Picture, read
from reference_apps.common.stand_in import StandIn

# Of the 80 categories of COCO 2017, whose ids leave out ten numbers.
_LEFT_OUT = frozenset((12, 26, 29, 30, 45, 66, 68, 69, 71, 83))
CATEGORY_IDS = tuple(number for number in range(1, 91) if number not in _LEFT_OUT)
_QUALITY = 95  # of the JPEG files


def generated_coco(
    stand_in: StandIn[Any],
    detector: Callable[[], Callable[[Picture], Detections]],
    *,
    count: int,
    side: int,
    labels: bool,
) -> Coco:
    """JPEG files of side x side pixels cut from photographs, in the official layout, whose boxes
    are what the detector, which is opened when they are to be made, finds with a score of 0.5 or
    more, or, if `labels` is not set, any score: what a run loses on the way it scores below 100.

    labels: the detector gives labels 1..80; else category ids.
    """

    def fill(folder: Path) -> None:
        squares = (
            cv2.resize(picture, (side, side), interpolation=cv2.INTER_LINEAR).astype(np.uint8)
            for picture in cuttings(count)
        )
        names = write_pictures(folder, squares)
        find = detector()
        found = [
            find(read(folder / PICTURES / name))
            for name in track(names, "labelling pictures with the stand-in")
        ]
        write_annotations(folder, names, found, side=side, labels=labels)

    key = stand_in.key()
    return read_coco(cached_folder(f"coco-{stand_in.name}-{count}", key, fill))


def write_pictures(folder: Path, pictures: Iterable[Picture]) -> list[str]:
    """Writes JPEG files where COCO has them; their names."""
    (folder / PICTURES).mkdir(parents=True)
    names = []
    for number, picture in enumerate(pictures, start=1):
        names.append(f"{number:012}.jpg")
        ok, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        if not ok:
            raise OSError(f"OpenCV cannot encode {names[-1]}")
        (folder / PICTURES / names[-1]).write_bytes(data.tobytes())
    return names


def write_annotations(
    folder: Path, names: list[str], found: list[Detections], *, side: int, labels: bool
) -> None:
    """Writes the JSON file of pictures of side x side pixels; what is found in them with a score of
    0.5 or more, or, if `labels` is not set, any score, is true. labels: as generated_coco.
    """
    (folder / ANNOTATIONS).parent.mkdir()
    described = _described(names, found, side, labels)
    (folder / ANNOTATIONS).write_text(json.dumps(described), encoding="utf-8")


def _described(
    names: list[str], found: list[Detections], side: int, labels: bool
) -> dict[str, Any]:
    boxes: list[dict[str, Any]] = []
    for number, detections in enumerate(found, start=1):
        for box, score, kind in zip(
            detections.boxes, detections.scores, detections.classes.tolist(), strict=True
        ):
            if labels and score < np.float32(0.5):
                continue
            top, left, bottom, right = (float(part) * side for part in box)
            width, height = right - left, bottom - top
            boxes.append(
                {
                    "id": len(boxes) + 1,
                    "image_id": number,
                    "category_id": CATEGORY_IDS[kind - 1] if labels else kind,
                    "bbox": [left, top, width, height],
                    "area": width * height,
                    "iscrowd": 0,
                }
            )
    return {
        "images": [
            {"id": number, "file_name": name, "width": side, "height": side}
            for number, name in enumerate(names, start=1)
        ],
        "annotations": boxes,
        "categories": [{"id": number, "name": f"category {number}"} for number in CATEGORY_IDS],
    }
