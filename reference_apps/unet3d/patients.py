"""Generates patients like those of BraTS: the brain of MNI152 with lesions in its white matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from mlperf_loadgen.harness.extras import require
from numpy.typing import NDArray
from scipy.ndimage import affine_transform, gaussian_filter
from scipy.spatial.transform import Rotation

from reference_apps.unet3d import nifti
from reference_apps.unet3d.nifti import Volume
from reference_apps.unet3d.processing import Plan

# The coarsest resolution at which the brain keeps its folds, and the smallest grid that holds it.
PLAN = Plan(grid=(64, 64, 64), spacing_mm=(3.0, 3.0, 3.0))
_SPACING_MM = PLAN.spacing_mm[0]
_SEED = 152
_NOISE = 0.03  # of the brightest tissue
_BRIGHTEST = 1000

# Brightness of white matter, grey matter, fluid, oedema, dead core and enhancing rim by modality,
# in the order of task043.MODALITIES. T1 is the brain's own where it is healthy.
_BRIGHTNESS = (
    (0.95, 0.65, 0.25, 0.60, 0.35, 0.60),
    (0.95, 0.65, 0.25, 0.62, 0.38, 1.40),
    (0.45, 0.62, 1.00, 0.95, 1.05, 0.85),
    (0.50, 0.65, 0.20, 1.05, 0.65, 0.95),
)
_LESION_LABELS = (2, 1, 4)  # of BraTS, in the order of the last three
_T1_OF_THE_BRAIN = 2  # modalities

Field = NDArray[np.float32]


@dataclass(frozen=True)
class Scan:
    """Holds the volumes of a patient. labels: those of BraTS."""

    modalities: Sequence[Volume]
    labels: Volume


def scan(number: int, *, enhancing: bool) -> Scan:
    """Returns patient `number`, the same each time: a rotated, stretched and perhaps mirrored brain
    with one lesion, as int16 at 3 mm. enhancing: with a bright rim in T1ce, as most lesions of high
    grade have.

    Raises ModuleNotFoundError if nilearn, which includes the brain, is not installed.
    """
    random = np.random.default_rng((_SEED, number))
    t1, grey, white = _transform(_brain(), random)
    inside = t1 > 0.1
    fluid = (1 - grey - white).clip(0, 1)
    labels = _lesion(white, inside, random, enhancing)
    tissues = np.stack([white, grey, fluid, *(labels == label for label in _LESION_LABELS)])
    healthy = labels == 0
    modalities = []
    for place, brightness in enumerate(_BRIGHTNESS):
        mixed = np.tensordot(np.array(brightness[:3], np.float32), tissues[:3], axes=1)
        if place < _T1_OF_THE_BRAIN:
            mixed = t1
        ill = np.tensordot(np.array(brightness[3:], np.float32), tissues[3:], axes=1)
        seen = np.where(healthy, mixed, gaussian_filter(ill + healthy * mixed, 0.5))
        seen = seen * _shading(seen.shape, random) + random.normal(0, _NOISE, seen.shape)
        bright = np.where(inside, (_BRIGHTEST * seen).clip(1, None), 0)
        modalities.append(_volume(bright.astype(np.int16)))
    return Scan(modalities, _volume(labels))


def _volume(voxels: NDArray[Any]) -> Volume:
    side = _SPACING_MM
    return Volume(voxels, (side,) * 3, (0.0, -side * (voxels.shape[1] - 1), 0.0))


@cache
def _brain() -> Field:
    """Returns T1 and the shares of grey and white matter, (3, z, y, x) in 0..1, with back and left
    ahead.
    """
    factor = int(_SPACING_MM)
    shrink: Any = require("skimage.transform").downscale_local_mean
    read = [nifti.read(_file(kind)).voxels[:, ::-1, ::-1] for kind in ("t1", "gm", "wm")]
    return np.stack([shrink(one / 255, (factor,) * 3) for one in read]).astype(np.float32)


def _file(kind: str) -> Path:
    spec = find_spec("nilearn")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(
            "nilearn, which has the brain of the generated patients, is not installed; install it "
            "with: pip install '.[apps]'"
        )
    name = f"mni_icbm152_{kind}_tal_nlin_sym_09a_converted.nii.gz"
    return Path(spec.origin).parent / "datasets" / "data" / name


def _transform(fields: Field, random: np.random.Generator) -> Field:
    turn = Rotation.from_euler("zyx", random.uniform(-10, 10, 3), degrees=True).as_matrix()
    matrix = turn / random.uniform(0.92, 1.02, 3)
    centre = (np.array(fields.shape[1:]) - 1) / 2
    moved = np.stack(
        [affine_transform(one, matrix, centre - matrix @ centre, order=1) for one in fields]
    )
    return moved[..., ::-1] if random.random() < 0.5 else moved


def _lesion(
    white: Field, inside: NDArray[np.bool_], random: np.random.Generator, enhancing: bool
) -> NDArray[np.uint8]:
    """Returns labels of a core, with a rim if it is enhancing, and of oedema around it, which stays
    in white matter.
    """
    centre = random.choice(np.argwhere(white > 0.9))
    radii = random.uniform(10, 20, 3) / _SPACING_MM  # of the core, in voxels
    places = np.moveaxis(np.indices(white.shape), 0, -1)
    ragged = gaussian_filter(random.normal(size=white.shape), 1.5)
    distance = np.linalg.norm((places - centre) / radii, axis=-1) + 0.25 * ragged / ragged.std()
    labels = np.zeros(white.shape, np.uint8)
    labels[inside & (white > 0.3) & (distance < 1.9)] = 2
    labels[inside & (distance < 1)] = 1
    if enhancing:
        labels[inside & (distance < 1) & (distance > 0.6)] = 4
    return labels


def _shading(shape: Sequence[int], random: np.random.Generator) -> Field:
    """Returns the uneven sensitivity of a coil."""
    slopes = random.uniform(-0.1, 0.1, 3)
    axes = np.meshgrid(*(np.linspace(-1, 1, side) for side in shape), indexing="ij", sparse=True)
    total = 1 + sum(slope * axis for slope, axis in zip(slopes, axes, strict=True))
    return np.asarray(total, np.float32)
