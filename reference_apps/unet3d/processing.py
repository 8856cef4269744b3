"""From the volumes of a case to what the network takes, and back to the labels of every voxel."""

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
CLASSES = 4  # background, then as task043.LABELS
DOWN_SAMPLINGS = 5
DIVISOR = 2**DOWN_SAMPLINGS  # of every side of a grid

Grid = tuple[int, int, int]


@dataclass(frozen=True)
class Plan:
    """What nnU-Net has planned for a data set."""

    grid: Grid  # (z, y, x) of what the network takes
    spacing_mm: tuple[float, float, float]  # (z, y, x)


OFFICIAL = Plan(grid=(224, 224, 160), spacing_mm=(1.0, 1.0, 1.0))


class Prepared(NamedTuple):
    """A case as the network takes it. properties: where it came from, by the names of nnU-Net."""

    array: NDArray[np.float32]  # (modalities, *grid)
    properties: dict[str, Any]


def prepare(modalities: Sequence[Volume], files: Sequence[str], plan: Plan, case: str) -> Prepared:
    """Cuts to the box around what is not zero in any modality, resamples to the spacing of the
    plan, makes each modality mean 0 and deviation 1 where there is something, and pads to the
    grid, the smaller half in front.

    files: the names of the modalities' files. Raises ValueError naming the case when modalities
    differ in shape, when all is zero, and when it is larger than the grid.
    """
    first = modalities[0]
    shapes = {volume.voxels.shape for volume in modalities}
    if len(shapes) > 1:
        raise ValueError(f"{case}: its modalities differ in shape: {sorted(shapes)}")
    raw = np.stack([volume.voxels for volume in modalities]).astype(np.float32)
    there = binary_fill_holes((raw != 0).any(axis=0))
    if not there.any():
        raise ValueError(f"{case}: all voxels are zero")
    box = [_extent(there, axis) for axis in range(3)]
    cut = tuple(slice(*side) for side in box)
    volume, mask = np.nan_to_num(raw[every_channel(cut)], nan=0.0), there[cut]
    spacing_zyx = np.array(first.spacing_mm[::-1])
    target: Grid = tuple(  # type: ignore[assignment]
        round(float(side * old / new))
        for side, old, new in zip(mask.shape, spacing_zyx, plan.spacing_mm, strict=True)
    )
    volume = resampled(volume, target)
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
    array[every_channel(inside(plan.grid, target))] = _normalized(volume, mask)
    return Prepared(array, properties)


def labels_of(logits: NDArray[Any], properties: dict[str, Any]) -> NDArray[np.uint8]:
    """The label of every voxel of the raw volume, from logits (classes, *grid)."""
    small = tuple(int(side) for side in properties["size_after_resampling"])
    cropped = tuple(int(side) for side in properties["size_after_cropping"])
    grid: Grid = logits.shape[1:]
    logits = resampled(logits[every_channel(inside(grid, small))], cropped)
    labels = np.zeros(tuple(properties["original_size_of_raw_data"]), np.uint8)
    box = tuple(slice(int(side[0]), int(side[1])) for side in properties["crop_bbox"])
    labels[box] = logits.argmax(axis=0)
    return labels


def place_of(voxels: NDArray[Any], properties: dict[str, Any]) -> Volume:
    """Voxels of the raw volume where that one lies."""
    return Volume(
        voxels,
        tuple(properties["itk_spacing"]),
        tuple(properties["itk_origin"]),
        tuple(properties["itk_direction"]),
    )


def resampled(volume: NDArray[Any], shape: Sequence[int]) -> NDArray[Any]:
    """Channels (c, z, y, x) at another resolution, by cubic splines; itself when shapes agree."""
    if volume.shape[1:] == tuple(shape):
        return volume
    resize: Any = require("skimage.transform").resize
    return np.stack(
        [
            resize(channel.astype(np.float32), shape, order=3, mode="edge", anti_aliasing=False)
            for channel in volume
        ]
    )


def every_channel(place: tuple[slice, ...]) -> tuple[slice, ...]:
    """The same place in each channel of an array (c, z, y, x)."""
    return (slice(None), *place)


def _extent(there: NDArray[np.bool_], axis: int) -> list[int]:
    places = np.flatnonzero(there.any(axis=tuple({0, 1, 2} - {axis})))
    return [int(places[0]), int(places[-1]) + 1]


def inside(grid: Sequence[int], shape: Sequence[int]) -> tuple[slice, ...]:
    """Where a volume of this shape lies in the grid."""
    fronts = [(room - side) // 2 for room, side in zip(grid, shape, strict=True)]
    return tuple(slice(front, front + side) for front, side in zip(fronts, shape, strict=True))


def _normalized(volume: NDArray[np.float32], mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    made = np.zeros_like(volume)
    for channel, values in zip(made, volume, strict=True):
        inside = values[mask]
        channel[mask] = (inside - inside.mean()) / (inside.std() + 1e-8)
    return made
