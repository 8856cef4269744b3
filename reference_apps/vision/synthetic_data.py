"""Makes small data sets without a download: photographs in the layout of ImageNet and COCO,
labelled by the synthetic model itself in float32. What a run loses on the way, of precision, order
or layout, it scores below 100 %.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from mlperf_loadgen.harness.cache import cached_folder
from mlperf_loadgen.harness.progress_bar import track

from reference_apps.common.synthetic import SyntheticModel
from reference_apps.vision.coco import ANNOTATIONS, PICTURES, Coco, read_coco
from reference_apps.vision.detections import Detections
from reference_apps.vision.imagenet import ImageNet, read_imagenet, write_list
from reference_apps.vision.photographs import crops
from reference_apps.vision.preprocessing import Picture, Preprocess, read, to_nchw

IMAGENET_COUNT = 64
# Of the 80 categories of COCO 2017, whose ids leave out ten numbers.
_LEFT_OUT = frozenset((12, 26, 29, 30, 45, 66, 68, 69, 71, 83))
CATEGORY_IDS = tuple(number for number in range(1, 91) if number not in _LEFT_OUT)
_QUALITY = 95  # of the JPEG files


def about_data(count: int, folder: Path, *, synthetic: bool) -> str:
    """Returns a line for the screen."""
    labelled = ", labelled by the synthetic model itself" if synthetic else ""
    return f"{count} pictures in {folder}{labelled}"


def synthetic_imagenet(model: SyntheticModel[Any], preprocess: Preprocess) -> ImageNet:
    """Returns crops of photographs, each labelled with what the synthetic model answers."""
    return read_imagenet(
        cached_folder(
            f"imagenet-{model.name}",
            model.key(),
            lambda path: _fill_imagenet(path, model, preprocess),
        )
    )


def _fill_imagenet(folder: Path, model: SyntheticModel[Any], preprocess: Preprocess) -> None:
    names = [f"ILSVRC2012_val_{number:08}.JPEG" for number in range(1, IMAGENET_COUNT + 1)]
    for name, picture in zip(names, crops(IMAGENET_COUNT), strict=True):
        _write_jpeg(folder / name, picture)
    network, labels = model.network(), []
    for name in track(names, "labelling pictures with the synthetic model"):
        pixels = to_nchw(preprocess(read(folder / name)))
        with torch.inference_mode():
            logits = network(torch.from_numpy(np.asarray(pixels, np.float32)[None]))
        labels.append(int(logits.argmax()) - 1)
    write_list(folder, names, labels)


def synthetic_coco(
    model: SyntheticModel[Any],
    detector: Callable[[], Callable[[Picture], Detections]],
    *,
    count: int,
    side: int,
    labels: bool,
) -> Coco:
    """Returns JPEG files of side x side pixels cut from photographs, whose boxes are what the
    detector, which is opened when they are to be made, finds with a score of 0.5 or more, or, if
    `labels` is not set, any score.

    labels: the detector gives labels 1..80; else category ids.
    """

    def fill(folder: Path) -> None:
        squares = (
            cv2.resize(picture, (side, side), interpolation=cv2.INTER_LINEAR).astype(np.uint8)
            for picture in crops(count)
        )
        names = write_pictures(folder, squares)
        find = detector()
        found = [
            find(read(folder / PICTURES / name))
            for name in track(names, "labelling pictures with the synthetic model")
        ]
        write_annotations(folder, names, found, side=side, labels=labels)

    key = model.key()
    return read_coco(cached_folder(f"coco-{model.name}-{count}", key, fill))


def write_pictures(folder: Path, pictures: Iterable[Picture]) -> list[str]:
    """Writes JPEG files where COCO has them. Returns their names."""
    (folder / PICTURES).mkdir(parents=True)
    names = []
    for number, picture in enumerate(pictures, start=1):
        names.append(f"{number:012}.jpg")
        _write_jpeg(folder / PICTURES / names[-1], picture)
    return names


def _write_jpeg(path: Path, picture: Picture) -> None:
    ok, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not ok:
        raise OSError(f"OpenCV cannot encode {path.name}")
    path.write_bytes(data.tobytes())


def write_annotations(
    folder: Path, names: list[str], found: list[Detections], *, side: int, labels: bool
) -> None:
    """Writes the JSON file of pictures of side x side pixels; what is found in them with a score of
    0.5 or more, or, if `labels` is not set, any score, is true. labels: as synthetic_coco.
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
