"""A small ImageNet folder, for when the real one is not at hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from mlperf_loadgen.harness.cache import cached_folder
from mlperf_loadgen.harness.progress_bar import track

from reference_apps.common.imagenet import ImageNet, read_imagenet, write_list
from reference_apps.common.photographs import cuttings
from reference_apps.common.preprocessing import Preprocess, read, to_nchw
from reference_apps.common.stand_in import StandIn

COUNT = 64
_QUALITY = 95  # of the JPEG files


def generated_imagenet(stand_in: StandIn[Any], preprocess: Preprocess) -> ImageNet:
    """JPEG files cut from photographs, in the official layout, each labelled with what the stand-in
    answers in float32: what a run loses on the way, of precision, order or layout, it scores below
    100 %.
    """
    return read_imagenet(
        cached_folder(
            f"imagenet-{stand_in.name}",
            stand_in.key(),
            lambda path: _fill(path, stand_in, preprocess),
        )
    )


def _fill(folder: Path, stand_in: StandIn[Any], preprocess: Preprocess) -> None:
    names = [f"ILSVRC2012_val_{number:08}.JPEG" for number in range(1, COUNT + 1)]
    for name, picture in zip(names, cuttings(COUNT), strict=True):
        ok, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        if not ok:
            raise OSError(f"OpenCV cannot encode {name}")
        (folder / name).write_bytes(data.tobytes())
    network, labels = stand_in.network(), []
    for name in track(names, "labelling pictures with the stand-in"):
        pixels = to_nchw(preprocess(read(folder / name)))
        with torch.inference_mode():
            logits = network(torch.from_numpy(np.asarray(pixels, np.float32)[None]))
        labels.append(int(logits.argmax()) - 1)
    write_list(folder, names, labels)
