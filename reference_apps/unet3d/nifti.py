"""Reads and writes volumes in NIfTI files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from typing import Any

from mlperf_loadgen.harness.extras import require
from mlperf_loadgen.untrusted import FileError
from numpy.typing import NDArray

_MAX_VOXELS = 1 << 26  # of a file; those of BraTS have 9 million


@dataclass(frozen=True)
class Volume:
    """Holds voxels (z, y, x) and their place as ITK describes it: in the order x, y, z, positive
    towards the patient's left, back and head.
    """

    voxels: NDArray[Any]
    spacing_mm: tuple[float, float, float] = (1.0, 1.0, 1.0)
    origin_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    direction: tuple[float, ...] = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)  # by rows

    def with_voxels(self, voxels: NDArray[Any]) -> Volume:
        """Returns other voxels in the same place."""
        return replace(self, voxels=voxels)


def read(path: Path) -> Volume:
    """Reads a volume. Raises FileNotFoundError, and FileError for a file that is not a volume or
    claims to be too large: a few bytes can be unpacked to any number of voxels.
    """
    itk = require("SimpleITK")
    if not path.is_file():
        raise FileNotFoundError(f"no such file: {path}")
    reader = itk.ImageFileReader()
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
        if reader.GetDimension() != 3:
            raise FileError(f"{path} has {reader.GetDimension()} axes; a volume must have 3")
        if prod(reader.GetSize()) * reader.GetNumberOfComponents() > _MAX_VOXELS:
            raise FileError(
                f"{path} has {reader.GetSize()} voxels; at most {_MAX_VOXELS} are allowed"
            )
        image = reader.Execute()
    except RuntimeError:
        raise FileError(f"{path} is not a NIfTI file") from None
    return Volume(
        itk.GetArrayFromImage(image),
        image.GetSpacing(),
        image.GetOrigin(),
        image.GetDirection(),
    )


def write(path: Path, volume: Volume) -> None:
    """Writes a volume, compressed if the name ends in .gz."""
    itk = require("SimpleITK")
    image = itk.GetImageFromArray(volume.voxels)
    image.SetSpacing(volume.spacing_mm)
    image.SetOrigin(volume.origin_mm)
    image.SetDirection(volume.direction)
    itk.WriteImage(image, str(path))
