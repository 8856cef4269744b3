"""Volumes in NIfTI files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mlperf_loadgen.harness.extras import require
from numpy.typing import NDArray


@dataclass(frozen=True)
class Volume:
    """Voxels (z, y, x) and where they lie, as ITK says it: in the order x, y, z, patient's left,
    back and head being positive.
    """

    voxels: NDArray[Any]
    spacing_mm: tuple[float, float, float] = (1.0, 1.0, 1.0)
    origin_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    direction: tuple[float, ...] = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)  # by rows

    def with_voxels(self, voxels: NDArray[Any]) -> Volume:
        """Others in the same place."""
        return replace(self, voxels=voxels)


def read(path: Path) -> Volume:
    """Raises FileNotFoundError, and ValueError naming the file for one that is no volume."""
    itk = require("SimpleITK")
    if not path.is_file():
        raise FileNotFoundError(f"there is no {path}")
    try:
        image = itk.ReadImage(str(path))
    except RuntimeError:
        raise ValueError(f"{path} is no NIfTI file") from None
    if image.GetDimension() != 3:
        raise ValueError(f"{path} has {image.GetDimension()} axes, a volume has 3")
    return Volume(
        itk.GetArrayFromImage(image),
        image.GetSpacing(),
        image.GetOrigin(),
        image.GetDirection(),
    )


def write(path: Path, volume: Volume) -> None:
    """Compressed when the name ends in .gz."""
    itk = require("SimpleITK")
    image = itk.GetImageFromArray(volume.voxels)
    image.SetSpacing(volume.spacing_mm)
    image.SetOrigin(volume.origin_mm)
    image.SetDirection(volume.direction)
    itk.WriteImage(image, str(path))
