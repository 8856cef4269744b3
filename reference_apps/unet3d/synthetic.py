"""A small 3D-UNet, trained on generated patients for some seconds, enough for a DICE that means
something; and a data set of such patients in the layouts of the official one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mlperf_loadgen.harness.cache import cached_folder
from mlperf_loadgen.harness.progress_bar import track
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from reference_apps.common.stand_in import StandIn
from reference_apps.unet3d import nifti, patients, task043
from reference_apps.unet3d.arguments import MODEL
from reference_apps.unet3d.dataset import Preprocessed, read_preprocessed
from reference_apps.unet3d.formats import write_frozen_graph, write_onnx
from reference_apps.unet3d.model import UNet3d
from reference_apps.unet3d.preprocess import preprocess, read_fold
from reference_apps.unet3d.processing import (
    CLASSES,
    every_channel,
    inside,
    labels_of,
    place_of,
    prepare,
)

_FIRST_PATIENT = 1000  # none that is in the data set
_PATIENTS = 6
_STEPS = 40
_RATE = 0.01
_CUTTING = np.array((64, 32, 32))  # voxels of a step, the fewest that the network takes
_SHIFT = 4  # voxels, of its centre from one of the tumour
_WEIGHTS = (0.3, 1.0, 3.0, 3.0)  # of the classes, which differ in size
_LEVELS = 3  # of resolution whose logits are judged
_BACKGROUND = 8000  # voxels of a patient for the last layer


@dataclass(frozen=True)
class _Lesson:
    volume: NDArray[np.float32]  # (modalities, *grid)
    labels: NDArray[np.int64]  # (*grid)


def train(network: UNet3d) -> None:
    """Trains the weights as torch has drawn them, the same way each time."""
    random = np.random.default_rng(_FIRST_PATIENT)
    lessons = [_lesson(_FIRST_PATIENT + number) for number in range(_PATIENTS)]
    with torch.enable_grad():
        _look_at_the_centre(network)
        _descend(network, lessons, random)
    _fit_head(network, lessons, random)


def _lesson(number: int) -> _Lesson:
    made = patients.scan(number, enhancing=number % 4 != 3)
    prepared = prepare(made.modalities, [], patients.PLAN, f"patient {number}")
    properties = prepared.properties
    box = tuple(slice(*side) for side in properties["crop_bbox"])
    labels = np.zeros(patients.PLAN.grid, np.int64)
    place = inside(patients.PLAN.grid, properties["size_after_cropping"])
    labels[place] = task043.relabelled(made.labels.voxels[box], f"patient {number}")
    return _Lesson(prepared.array, labels)


@torch.no_grad()
def _look_at_the_centre(network: UNet3d) -> None:
    """Tissues are told apart by their own voxel more than by its neighbours; starting there saves
    most of the steps.
    """
    for layer in network.modules():
        if isinstance(layer, nn.Conv3d) and layer.kernel_size == (3, 3, 3):
            layer.weight *= 0.3
            layer.weight[:, :, 1, 1, 1] *= 12


def _descend(network: UNet3d, lessons: Sequence[_Lesson], random: np.random.Generator) -> None:
    descent = torch.optim.Adam(network.parameters(), _RATE)
    rates = torch.optim.lr_scheduler.OneCycleLR(descent, _RATE, total_steps=_STEPS)
    for _ in track(range(_STEPS), "training a small 3D-UNet"):
        volume, labels = _cutting(lessons[int(random.integers(len(lessons)))], random)
        descent.zero_grad()
        _loss(network(volume), labels).backward()  # type: ignore[no-untyped-call]
        descent.step()
        rates.step()


def _cutting(lesson: _Lesson, random: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Around a voxel of one of the classes that the patient has, each as likely as the others."""
    kind = random.choice(np.unique(lesson.labels)[1:])
    centre = random.choice(np.argwhere(lesson.labels == kind))
    front = centre - _CUTTING // 2 + random.integers(-_SHIFT, _SHIFT + 1, 3)
    front = front.clip(0, np.array(lesson.labels.shape) - _CUTTING)
    cut = tuple(slice(a, a + side) for a, side in zip(front, _CUTTING, strict=True))
    volume = np.ascontiguousarray(lesson.volume[every_channel(cut)])
    labels = np.ascontiguousarray(lesson.labels[cut])
    return torch.from_numpy(volume)[None], torch.from_numpy(labels)[None]


def _loss(logits: Sequence[Tensor], labels: Tensor) -> Tensor:
    total = torch.zeros(())
    for level, answer in enumerate(logits[:_LEVELS]):
        step = 2**level
        truth = labels[:, ::step, ::step, ::step]
        entropy = functional.cross_entropy(answer, truth, torch.tensor(_WEIGHTS))
        total = total + (entropy + _missing_overlap(answer, truth)) / step
    return total


def _missing_overlap(logits: Tensor, labels: Tensor) -> Tensor:
    """1 less the DICE of the three classes, in its form for probabilities."""
    axes = (0, 2, 3, 4)
    found = logits.softmax(1)[:, 1:]
    truth = functional.one_hot(labels, CLASSES).movedim(-1, 1)[:, 1:]
    both = (found * truth).sum(axes)
    return 1 - ((2 * both + 1) / (found.sum(axes) + truth.sum(axes) + 1)).mean()


def _fit_head(network: UNet3d, lessons: Sequence[_Lesson], random: np.random.Generator) -> None:
    """Makes the last layer the best there is for what the layers before it see."""
    seen: list[Tensor] = []
    last = network.seg_outputs[-1]
    hook = last.register_forward_hook(lambda layer, inputs, output: seen.append(inputs[0]))
    features, classes, weights = [], [], []
    for lesson in lessons:
        network(torch.from_numpy(lesson.volume)[None])
        labels = torch.from_numpy(lesson.labels.ravel())
        empty = np.flatnonzero(lesson.labels == 0)
        some = torch.from_numpy(random.choice(empty, _BACKGROUND, replace=False))
        tumour = labels.nonzero().flatten()
        chosen = torch.cat([some, tumour])
        features.append(seen.pop()[0].flatten(1).T[chosen])
        classes.append(labels[chosen])
        weights += [torch.full(some.shape, len(empty) / len(some)), torch.ones(tumour.shape)]
    hook.remove()
    weight = last.get_parameter("weight")
    fitted = _regression(torch.cat(features), torch.cat(classes), torch.cat(weights))
    weight.copy_(fitted.reshape(weight.shape))


def _regression(features: Tensor, classes: Tensor, weights: Tensor) -> Tensor:
    """Logistic, without bias: (classes, features)."""
    slopes = torch.zeros(CLASSES, features.shape[1], requires_grad=True)
    search = torch.optim.LBFGS([slopes], max_iter=150, line_search_fn="strong_wolfe")
    shares = weights / weights.sum()

    def loss() -> Tensor:
        search.zero_grad()
        entropy = functional.cross_entropy(features @ slopes.T, classes, reduction="none")
        total = (entropy * shares).sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    with torch.enable_grad():
        search.step(loss)  # type: ignore[no-untyped-call]
    return slopes.detach()


STAND_IN_WIDTH = 16  # channels of the first stage
STAND_IN = StandIn(
    name=MODEL,
    make=lambda: UNet3d(STAND_IN_WIDTH),
    settle=train,
    write_onnx=write_onnx,
    write_graph=write_frozen_graph,
    code=__file__,
)

HIGH_GRADE = 6
LOW_GRADE = 2
_BRATS = "MICCAI_BraTS_2019_Data_Training"
_FOLD = Path("folds", "fold1_validation.txt")

Volumes = NDArray[np.float32]
Logits = NDArray[np.float16]


@dataclass(frozen=True)
class Generated:
    """The data set, and two opinions of where the tumours are: files as in labelsTr."""

    data: Preprocessed
    lesions: Path  # as they were made
    answers: Path  # what the stand-in answers


def generated_brats(key: str, network: Callable[[], Callable[[Volumes], Logits]]) -> Generated:
    """Patients as BraTS 2019 lays them out, converted and preprocessed by the commands for it.

    key: of the stand-in's code. network: opens the stand-in when its answers are to be made: from
    float32 (1, 4, d, h, w) to float16 logits of that shape, responses of the float32 network.
    """

    def fill(folder: Path) -> None:
        for grade, numbers in _numbers().items():
            for number in numbers:
                _write_patient(folder / _BRATS / grade, number, enhancing=grade == "HGG")
        cases = task043.convert(folder / _BRATS, folder / task043.NAME)
        (folder / _FOLD).parent.mkdir()
        (folder / _FOLD).write_text("".join(f"{case}\n" for case in cases), encoding="utf-8")
        images = folder / task043.NAME / "imagesTr"
        made = folder / "preprocessed_data"
        preprocess(read_fold(folder / _FOLD), images, made, patients.PLAN, threads=2)
        _write_answers(folder / "answers", read_preprocessed(made), network())

    folder = cached_folder("brats", key, fill)
    return Generated(
        read_preprocessed(folder / "preprocessed_data"),
        folder / task043.NAME / "labelsTr",
        folder / "answers",
    )


def _numbers() -> dict[str, range]:
    total = HIGH_GRADE + LOW_GRADE
    return {"HGG": range(HIGH_GRADE), "LGG": range(HIGH_GRADE, total)}


def _write_patient(folder: Path, number: int, *, enhancing: bool) -> None:
    patient = task043.Patient(folder / f"BraTS19_MNI152_{number + 1}_1")
    patient.folder.mkdir(parents=True)
    made = patients.scan(number, enhancing=enhancing)
    for kind, volume in zip(task043.MODALITIES, made.modalities, strict=True):
        nifti.write(patient.file(kind), volume)
    nifti.write(patient.file("seg"), made.labels)


def _write_answers(folder: Path, data: Preprocessed, predict: Callable[[Volumes], Logits]) -> None:
    folder.mkdir()
    for index, case in enumerate(data.cases):
        array, properties = data.case(index)
        logits: NDArray[Any] = predict(array[None])[0]
        labels = labels_of(logits, properties)
        nifti.write(folder / f"{case}.nii.gz", place_of(labels, properties))
