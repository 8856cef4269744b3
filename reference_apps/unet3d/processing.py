"""Turns the volumes of a case into the input of the network, and its output into the label of every
voxel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from mlperf_loadgen.harness.extras import require
from numpy.typing import NDArray
from scipy.ndimage import binary_fill_holes

from reference_apps.unet3d.nifti import Volume

MODALITIES = 4
CLASSES = 4  # see task043.LABELS
DOWN_SAMPLINGS = 5
DIVISOR = 2**DOWN_SAMPLINGS  # every side of a grid is a multiple of it

Grid = tuple[int, int, int]


@dataclass(frozen=True)
class Plan:
    """Holds what nnU-Net has planned for a data set."""

    grid: Grid  # (z, y, x) of the network's input
    spacing_mm: tuple[float, float, float]  # (z, y, x)


OFFICIAL = Plan(grid=(224, 224, 160), spacing_mm=(1.0, 1.0, 1.0))


class Prepared(NamedTuple):
    """Holds a case as the network takes it. properties: its origin, by the names of nnU-Net."""

    array: NDArray[np.float32]  # (modalities, *grid)
    properties: dict[str, Any]


def prepare(modalities: Sequence[Volume], files: Sequence[str], plan: Plan, case: str) -> Prepared:
    """Crops to the box of voxels that are not zero in every modality, resamples to the spacing of
    the plan, normalises each modality to mean 0 and deviation 1 within the head, and pads to the
    grid, with the smaller half of the padding in front.

    files: the names of the modalities' files. Raises ValueError naming the case if modalities
    differ in shape, all voxels are zero, or the case is larger than the grid.
    """
    first = modalities[0]
    shapes = {volume.voxels.shape for volume in modalities}
    if len(shapes) > 1:
        raise ValueError(f"{case}: its modalities differ in shape: {sorted(shapes)}")
    raw = np.stack([volume.voxels for volume in modalities]).astype(np.float32)
    head = binary_fill_holes((raw != 0).any(axis=0))
    if not head.any():
        raise ValueError(f"{case}: all voxels are zero")
    box = [_extent(head, axis) for axis in range(3)]
    crop = tuple(slice(*side) for side in box)
    volume, mask = np.nan_to_num(raw[all_channels(crop)], nan=0.0), head[crop]
    spacing_zyx = np.array(first.spacing_mm[::-1])
    target: Grid = tuple(  # type: ignore[assignment]
        round(float(side * old / new))
        for side, old, new in zip(mask.shape, spacing_zyx, plan.spacing_mm, strict=True)
    )
    volume = resample(volume, target)
    if target != mask.shape:
        mask = (
            require("skimage.transform").resize(
                mask.astype(np.float32), target, order=1, mode="edge"
            )
            >= 0.5
        )
    if any(side > room for side, room in zip(target, plan.grid, strict=True)):
        raise ValueError(f"{case}: {target} voxels do not fit into {plan.grid}")
    properties = {
        "original_size_of_raw_data": np.array(first.voxels.shape),
        "original_spacing": spacing_zyx,
        "list_of_data_files": list(files),
        "seg_file": None,
        "itk_origin": first.origin_mm,
        "itk_spacing": first.spacing_mm,
        "itk_direction": first.direction,
        "crop_bbox": box,
        "size_after_cropping": tuple(side[1] - side[0] for side in box),
        "size_after_resampling": target,
        "spacing_after_resampling": np.array(plan.spacing_mm),
    }
    array = np.zeros((len(volume), *plan.grid), np.float32)
    array[all_channels(centred(plan.grid, target))] = _normalize(volume, mask)
    return Prepared(array, properties)


def to_responses(logits: NDArray[Any]) -> NDArray[np.float16]:
    """Returns the responses to a batch, float16 (n, 4, d, h, w)."""
    return logits.astype(np.float16)


def to_labels(logits: NDArray[Any], properties: dict[str, Any]) -> NDArray[np.uint8]:
    """Returns the label of every voxel of the raw volume, from logits (classes, *grid)."""
    resampled = tuple(int(side) for side in properties["size_after_resampling"])
    cropped = tuple(int(side) for side in properties["size_after_cropping"])
    grid: Grid = logits.shape[1:]
    logits = resample(logits[all_channels(centred(grid, resampled))], cropped)
    labels = np.zeros(tuple(properties["original_size_of_raw_data"]), np.uint8)
    box = tuple(slice(int(side[0]), int(side[1])) for side in properties["crop_bbox"])
    labels[box] = logits.argmax(axis=0)
    return labels


def to_volume(voxels: NDArray[Any], properties: dict[str, Any]) -> Volume:
    """Places voxels where the raw volume is."""
    return Volume(
        voxels,
        tuple(properties["itk_spacing"]),
        tuple(properties["itk_origin"]),
        tuple(properties["itk_direction"]),
    )


def resample(volume: NDArray[Any], shape: Sequence[int]) -> NDArray[Any]:
    """Resamples channels (c, z, y, x) to another shape by cubic splines. Returns the volume itself
    if it has that shape already.
    """
    if volume.shape[1:] == tuple(shape):
        return volume
    resize: Any = require("skimage.transform").resize
    return np.stack(
        [
            resize(channel.astype(np.float32), shape, order=3, mode="edge", anti_aliasing=False)
            for channel in volume
        ]
    )


def all_channels(place: tuple[slice, ...]) -> tuple[slice, ...]:
    """Returns the slices of the same place in each channel of an array (c, z, y, x)."""
    return (slice(None), *place)


def centred(grid: Sequence[int], shape: Sequence[int]) -> tuple[slice, ...]:
    """Returns the slices of a volume of this shape in the middle of the grid."""
    fronts = [(room - side) // 2 for room, side in zip(grid, shape, strict=True)]
    return tuple(slice(front, front + side) for front, side in zip(fronts, shape, strict=True))


def _extent(mask: NDArray[np.bool_], axis: int) -> list[int]:
    places = np.flatnonzero(mask.any(axis=tuple({0, 1, 2} - {axis})))
    return [int(places[0]), int(places[-1]) + 1]


def _normalize(volume: NDArray[np.float32], mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    normalized = np.zeros_like(volume)
    for channel, values in zip(normalized, volume, strict=True):
        inside = values[mask]
        channel[mask] = (inside - inside.mean()) / (inside.std() + 1e-8)
    return normalized
