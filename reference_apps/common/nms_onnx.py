"""The end of a detector in an ONNX file: of all boxes those that count."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


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


def best(
    boxes: Tensor,
    scores: Tensor,
    *,
    above: float,
    overlap: float,
    of_a_class: int,
    in_all: int,
    candidates: int | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Of boxes (n, k, 4) by scores (n, k, classes), class 0 being the background, what
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
