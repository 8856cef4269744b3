"""Writes into ONNX files and frozen graphs what vision networks need: the last step of a detector,
and layers that TensorFlow has in another way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from reference_apps.common.frozen_graph import array, convolve, through
from reference_apps.vision.boxes import CENTRE_SCALE, SIZE_SCALE
from reference_apps.vision.layers import Residual, SameConv2d, SameMaxPool2d


class _NonMaxSuppression(torch.autograd.Function):
    """The ONNX operator of that name. Outside of an export it finds nothing."""

    @staticmethod
    def forward(ctx: Any, boxes: Tensor, scores: Tensor, *limits: float) -> Tensor:
        del ctx, scores, limits
        return boxes.new_zeros((1, 3), dtype=torch.int64)

    @staticmethod
    def symbolic(g: Any, boxes: Any, scores: Any, count: int, overlap: float, above: float) -> Any:
        kinds = (torch.int64, torch.float32, torch.float32)
        limits = (
            g.op("Constant", value_t=torch.tensor([value], dtype=kind))
            for value, kind in zip((count, overlap, above), kinds, strict=True)
        )
        return g.op("NonMaxSuppression", boxes, scores, *limits)


def best_in_onnx(
    boxes: Tensor,
    scores: Tensor,
    *,
    above: float,
    overlap: float,
    of_a_class: int,
    in_all: int,
    candidates: int | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Keeps of boxes (n, k, 4) by scores (n, k, classes), class 0 being the background, what
    detections.select keeps.

    Boxes (n, in_all, 4), scores (n, in_all) from the best on, and classes (n, in_all) from 1,
    int64; where there are fewer, the scores are 0. As part of a module that is exported.
    """
    by_class = scores[:, :, 1:].transpose(1, 2)
    if candidates is not None:
        least = by_class.topk(candidates).values[..., -1:]
        by_class = by_class * (by_class >= least)
    found: Tensor = _NonMaxSuppression.apply(  # type: ignore[no-untyped-call]
        boxes, by_class, of_a_class, overlap, above
    )
    where = (found[:, 0], found[:, 1], found[:, 2])
    nothing = by_class * 0  # zeros_like would fix the size of the batch
    kept = nothing.index_put(where, by_class[where])
    values, places = kept.flatten(1).topk(in_all)
    box = places % boxes.shape[1]
    wide = box.unsqueeze(-1).expand(-1, -1, 4)
    return boxes.gather(1, wide), values, places // boxes.shape[1] + 1


def by_cell_in_graph(tf: Any, maps: Sequence[Any], heads: nn.ModuleList, width: int) -> Any:
    """Does what boxes.by_cell does, in TensorFlow, for maps (n, height, width, channels)."""
    rows = [
        tf.reshape(through(head, tf, x), (tf.shape(x)[0], -1, width))
        for x, head in zip(maps, heads, strict=True)
    ]
    return tf.concat(rows, axis=1)


def decode_in_graph(tf: Any, codes: Any, priors: Tensor) -> Any:
    """Does what boxes.decode does, in TensorFlow."""
    known = array(priors)
    centre = codes[..., :2] * CENTRE_SCALE * known[:, 2:] + known[:, :2]
    half = tf.exp(codes[..., 2:] * SIZE_SCALE) * known[:, 2:] / 2.0
    return tf.concat([centre - half, centre + half], axis=-1)


def best_in_graph(
    tf: Any,
    boxes: Any,
    scores: Any,
    *,
    above: float,
    overlap: float,
    of_a_class: int,
    in_all: int,
    candidates: int | None = None,
) -> Any:
    """Keeps of boxes (n, k, 4) by scores (n, k, classes), class 0 being the background, what
    detections.select keeps: nmsed_boxes, nmsed_scores, nmsed_classes from 0, valid_detections.
    """
    scores = scores[:, :, 1:]
    if candidates is not None:
        least = tf.math.top_k(tf.transpose(scores, (0, 2, 1)), candidates).values[..., -1]
        scores = tf.where(scores >= least[:, None], scores, 0.0)
    return tf.image.combined_non_max_suppression(
        boxes[:, :, None],
        scores,
        of_a_class,
        in_all,
        iou_threshold=overlap,
        score_threshold=above,
        clip_boxes=False,
    )


@through.register
def _residual(module: Residual, tf: Any, x: Any) -> Any:
    shortcut = x if module.downsample is None else through(module.downsample, tf, x)
    *before, last = module.steps()
    for step in before:
        x = tf.nn.relu(through(step, tf, x))
    return tf.nn.relu(through(last, tf, x) + shortcut)


@through.register
def _same_convolution(module: SameConv2d, tf: Any, x: Any) -> Any:
    return convolve(module, tf, x, "SAME")


@through.register
def _same_max_pool(module: SameMaxPool2d, tf: Any, x: Any) -> Any:
    return tf.nn.max_pool2d(x, module.kernel_size, module.stride, "SAME")
