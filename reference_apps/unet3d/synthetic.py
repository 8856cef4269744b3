"""Makes a small 3D-UNet and a small BraTS 2019 of generated patients: the network is trained on
others of them for some seconds, enough for a meaningful DICE.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from mlperf_loadgen.harness.backends import GRAPH, ONNX
from mlperf_loadgen.harness.backends.torch import TorchBackend
from mlperf_loadgen.harness.cache import cached_folder
from mlperf_loadgen.harness.progress_bar import track
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from reference_apps.common.synthetic import SyntheticModel
from reference_apps.unet3d import nifti, patients, task043
from reference_apps.unet3d.arguments import APP
from reference_apps.unet3d.dataset import Preprocessed, read_preprocessed
from reference_apps.unet3d.formats import (
    TORCH_INPUTS,
    TORCH_OUTPUTS,
    write_frozen_graph,
    write_onnx,
)
from reference_apps.unet3d.model import UNet3d
from reference_apps.unet3d.preprocess import preprocess, read_fold
from reference_apps.unet3d.processing import (
    CLASSES,
    all_channels,
    centred,
    prepare,
    to_labels,
    to_responses,
    to_volume,
)

WIDTH = 16  # channels of the first stage

HIGH_GRADE = 6  # patients
LOW_GRADE = 2
_BRATS = "MICCAI_BraTS_2019_Data_Training"
_FOLD = Path("folds", "fold1_validation.txt")

_FIRST_TRAINING_PATIENT = 1000  # not in the data set
_TRAINING_PATIENTS = 6
_STEPS = 40
_LEARNING_RATE = 0.01
_CROP = np.array((64, 32, 32))  # voxels of a step, the fewest that the network takes
_MAX_SHIFT = 4  # voxels, of the crop's centre from a voxel of the tumour
_CLASS_WEIGHTS = (0.3, 1.0, 3.0, 3.0)  # the classes differ in size
_LEVELS = 3  # of resolution that the loss takes into account
_BACKGROUND = 8000  # voxels of a patient for the last layer


@dataclass(frozen=True)
class Generated:
    """Holds the data set and, in two folders like labelsTr, where the tumours are."""

    data: Preprocessed
    lesions: Path  # as generated
    predictions: Path  # by the synthetic model


def generated_brats() -> Generated:
    """Returns patients as BraTS 2019 lays them out, converted and preprocessed by the commands for
    it. The predictions are those of the synthetic model in float32, so anything that a run loses
    shows as a lower DICE.
    """
    folder = cached_folder("brats", SYNTHETIC.key(), _write_brats)
    return Generated(
        read_preprocessed(folder / "preprocessed_data"),
        folder / task043.NAME / "labelsTr",
        folder / "predictions",
    )


def _write_brats(folder: Path) -> None:
    patients_by_grade = {
        "HGG": range(HIGH_GRADE),
        "LGG": range(HIGH_GRADE, HIGH_GRADE + LOW_GRADE),
    }
    for grade, numbers in patients_by_grade.items():
        for number in numbers:
            _write_patient(folder / _BRATS / grade, number, enhancing=grade == "HGG")
    cases = task043.convert(folder / _BRATS, folder / task043.NAME)
    (folder / _FOLD).parent.mkdir()
    (folder / _FOLD).write_text("".join(f"{case}\n" for case in cases), encoding="utf-8")
    images = folder / task043.NAME / "imagesTr"
    preprocessed = folder / "preprocessed_data"
    preprocess(read_fold(folder / _FOLD), images, preprocessed, patients.PLAN, threads=2)
    _write_predictions(folder / "predictions", read_preprocessed(preprocessed))


def _write_patient(folder: Path, number: int, *, enhancing: bool) -> None:
    patient = task043.Patient(folder / f"BraTS19_MNI152_{number + 1}_1")
    patient.folder.mkdir(parents=True)
    scan = patients.scan(number, enhancing=enhancing)
    for kind, volume in zip(task043.MODALITIES, scan.modalities, strict=True):
        nifti.write(patient.file(kind), volume)
    nifti.write(patient.file("seg"), scan.labels)


def _write_predictions(folder: Path, data: Preprocessed) -> None:
    backend = TorchBackend(
        SYNTHETIC.network(), inputs=TORCH_INPUTS, outputs=TORCH_OUTPUTS, device="cpu"
    )
    folder.mkdir()
    for index, case in enumerate(data.cases):
        array, properties = data.case(index)
        logits, *_ = backend.predict({TORCH_INPUTS[0]: array[None]})
        labels = to_labels(to_responses(logits)[0], properties)
        nifti.write(folder / f"{case}.nii.gz", to_volume(labels, properties))


@dataclass(frozen=True)
class TrainingExample:
    """Holds a patient to train on."""

    volume: NDArray[np.float32]  # (modalities, *grid)
    labels: NDArray[np.int64]  # (*grid)


def train(network: UNet3d) -> None:
    """Trains the weights as torch has drawn them. The result is the same each time."""
    random = np.random.default_rng(_FIRST_TRAINING_PATIENT)
    examples = [
        _training_example(_FIRST_TRAINING_PATIENT + number) for number in range(_TRAINING_PATIENTS)
    ]
    with torch.enable_grad():
        _init_center_weighted_kernels(network)
        _descend(network, examples, random)
    _fit_head(network, examples, random)


def _training_example(number: int) -> TrainingExample:
    scan = patients.scan(number, enhancing=number % 4 != 3)
    prepared = prepare(scan.modalities, [], patients.PLAN, f"patient {number}")
    properties = prepared.properties
    box = tuple(slice(*side) for side in properties["crop_bbox"])
    labels = np.zeros(patients.PLAN.grid, np.int64)
    place = centred(patients.PLAN.grid, properties["size_after_cropping"])
    labels[place] = task043.relabel(scan.labels.voxels[box], f"patient {number}")
    return TrainingExample(prepared.array, labels)


@torch.no_grad()
def _init_center_weighted_kernels(network: UNet3d) -> None:
    """Gives the centre of each kernel most of the weight: a voxel's own value tells more about its
    tissue than its neighbours, and starting from there saves most of the steps.
    """
    for layer in network.modules():
        if isinstance(layer, nn.Conv3d) and layer.kernel_size == (3, 3, 3):
            layer.weight *= 0.3
            layer.weight[:, :, 1, 1, 1] *= 12


def _descend(
    network: UNet3d, examples: Sequence[TrainingExample], random: np.random.Generator
) -> None:
    optimizer = torch.optim.Adam(network.parameters(), _LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _LEARNING_RATE, total_steps=_STEPS)
    for _ in track(range(_STEPS), "training a small 3D-UNet"):
        volume, labels = _crop(examples[int(random.integers(len(examples)))], random)
        optimizer.zero_grad()
        _loss(network(volume), labels).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()


def _crop(example: TrainingExample, random: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Cuts out a crop around a voxel of the tumour, with each class equally likely."""
    kind = random.choice(np.unique(example.labels)[1:])
    centre = random.choice(np.argwhere(example.labels == kind))
    front = centre - _CROP // 2 + random.integers(-_MAX_SHIFT, _MAX_SHIFT + 1, 3)
    front = front.clip(0, np.array(example.labels.shape) - _CROP)
    crop = tuple(slice(a, a + side) for a, side in zip(front, _CROP, strict=True))
    volume = np.ascontiguousarray(example.volume[all_channels(crop)])
    labels = np.ascontiguousarray(example.labels[crop])
    return torch.from_numpy(volume)[None], torch.from_numpy(labels)[None]


def _loss(logits: Sequence[Tensor], labels: Tensor) -> Tensor:
    total = torch.zeros(())
    for level, level_logits in enumerate(logits[:_LEVELS]):
        step = 2**level
        truth = labels[:, ::step, ::step, ::step]
        entropy = functional.cross_entropy(level_logits, truth, torch.tensor(_CLASS_WEIGHTS))
        total = total + (entropy + _dice_loss(level_logits, truth)) / step
    return total


def _dice_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Returns 1 minus the soft DICE of the three classes of the tumour."""
    axes = (0, 2, 3, 4)
    found = logits.softmax(1)[:, 1:]
    truth = functional.one_hot(labels, CLASSES).movedim(-1, 1)[:, 1:]
    both = (found * truth).sum(axes)
    return 1 - ((2 * both + 1) / (found.sum(axes) + truth.sum(axes) + 1)).mean()


def _fit_head(
    network: UNet3d, examples: Sequence[TrainingExample], random: np.random.Generator
) -> None:
    """Makes the last layer the best one for the features before it."""
    seen: list[Tensor] = []
    last = network.seg_outputs[-1]
    hook = last.register_forward_hook(lambda layer, inputs, output: seen.append(inputs[0]))
    features, classes, weights = [], [], []
    for example in examples:
        network(torch.from_numpy(example.volume)[None])
        labels = torch.from_numpy(example.labels.ravel())
        background = np.flatnonzero(example.labels == 0)
        some = torch.from_numpy(random.choice(background, _BACKGROUND, replace=False))
        tumour = labels.nonzero().flatten()
        chosen = torch.cat([some, tumour])
        features.append(seen.pop()[0].flatten(1).T[chosen])
        classes.append(labels[chosen])
        weights += [torch.full(some.shape, len(background) / len(some)), torch.ones(tumour.shape)]
    hook.remove()
    weight = last.get_parameter("weight")
    fitted = _logistic_regression(torch.cat(features), torch.cat(classes), torch.cat(weights))
    weight.copy_(fitted.reshape(weight.shape))


def _logistic_regression(features: Tensor, classes: Tensor, weights: Tensor) -> Tensor:
    """Returns the coefficients, without a bias, (classes, features)."""
    coefficients = torch.zeros(CLASSES, features.shape[1], requires_grad=True)
    optimizer = torch.optim.LBFGS([coefficients], max_iter=150, line_search_fn="strong_wolfe")
    shares = weights / weights.sum()

    def loss() -> Tensor:
        optimizer.zero_grad()
        entropy = functional.cross_entropy(features @ coefficients.T, classes, reduction="none")
        total = (entropy * shares).sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    with torch.enable_grad():
        optimizer.step(loss)  # type: ignore[no-untyped-call]
    return coefficients.detach()


SYNTHETIC = SyntheticModel(
    name=APP.model,
    make=lambda: UNet3d(WIDTH),
    init_weights=train,
    code=__file__,
    write={ONNX: write_onnx, GRAPH: write_frozen_graph},
)
