"""3D-UNet on BraTS 2019."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlperf_loadgen as lg
import numpy as np
from mlperf_loadgen.harness.app import App, Score, StreamedScore, run_app
from mlperf_loadgen.harness.arguments import threads_per_worker
from mlperf_loadgen.harness.backends import Backend
from mlperf_loadgen.harness.backends.onnxruntime import OnnxRuntimeBackend
from mlperf_loadgen.harness.backends.tensorflow import TensorFlowBackend
from mlperf_loadgen.harness.backends.torch import TorchBackend
from numpy.typing import NDArray

from reference_apps.common.arguments import stand_ins
from reference_apps.unet3d import formats
from reference_apps.unet3d.accuracy import Tally, answers, check_truth, read_truth
from reference_apps.unet3d.arguments import DEFAULTS, MODEL, TITLE, parse
from reference_apps.unet3d.dataset import Preprocessed, VolumeLibrary, read_preprocessed
from reference_apps.unet3d.model import BASE_WIDTH, checkpoint_in, read_checkpoint
from reference_apps.unet3d.synthetic import STAND_IN, STAND_IN_WIDTH, generated_brats
from reference_apps.unet3d.task043 import LABELS_FOLDER

_COARSER = tuple(f"logits_{parts}" for parts in (2, 4, 8, 16))


@dataclass(frozen=True)
class _Opinion:
    """Labels to compare with: files of a folder as labelsTr."""

    name: str
    folder: Path


@dataclass(frozen=True)
class _Data:
    """What runs. opinions: the first is the one that counts."""

    cases: Preprocessed
    opinions: Sequence[_Opinion]
    about: str


def main(argv: Sequence[str] | None = None) -> lg.Report:
    """Runs what the command line asks for. argv: without the program's name; None: the process's
    own.
    """
    args = parse(argv)
    backend = open_backend(args)
    data = _data(args)
    name = backend.inputs[0]
    return run_app(
        App(
            model=MODEL,
            about_model=_about_model(args),
            about_data=data.about,
            about_backend=backend.name,
            library=VolumeLibrary(data.cases, args.performance_count),
            predict=lambda volumes: responses(backend.predict({name: volumes})[0]),
            defaults=DEFAULTS,
            synthetic=_stand_ins(args),
            score=StreamedScore(lambda log: _score(log, data)),
        ),
        args,
    )


def responses(logits: NDArray[Any]) -> NDArray[np.float16]:
    """Float16 (n, 4, d, h, w), a response a row."""
    return logits.astype(np.float16)


def open_backend(args: argparse.Namespace) -> Backend:
    """The model that the command line names. Its first output are the logits at the resolution of
    the input.
    """
    options = {"device": args.device, "threads": threads_per_worker(args)}
    if args.backend == "onnxruntime":
        path = args.model_path or STAND_IN.onnx_file()
        return OnnxRuntimeBackend(path, outputs=[formats.OUTPUT], **options)
    if args.backend == "tensorflow":
        return _open_graph(args.model_path or STAND_IN.frozen_graph(), options)
    path = checkpoint_in(args.model_dir) if args.model_dir else args.model_path
    module = read_checkpoint(path) if path else STAND_IN.network()
    return TorchBackend(module, inputs=["volumes"], outputs=["logits", *_COARSER], **options)


def _open_graph(path: Path, options: dict[str, Any]) -> Backend:
    """Names of tensors as in the file, or with the prefix that importing gives them."""

    def opened(prefix: str) -> Backend:
        inputs, outputs = [f"{prefix}{formats.INPUT}:0"], [f"{prefix}{formats.OUTPUT}:0"]
        return TensorFlowBackend(path, inputs=inputs, outputs=outputs, **options)

    try:
        return opened("")
    except ValueError as error:
        try:
            return opened("import/")
        except ValueError:
            raise error from None


def _stand_ins(args: argparse.Namespace) -> list[str]:
    return [name for name in stand_ins(args) if name == "data" or args.model_dir is None]


def _about_model(args: argparse.Namespace) -> str:
    path = args.model_dir or args.model_path
    if path is not None:
        return f"{TITLE}, {path}"
    return (
        f"{TITLE}, NOT the trained weights: {STAND_IN_WIDTH} channels, not "
        f"{BASE_WIDTH}, trained for seconds on generated patients"
    )


def _data(args: argparse.Namespace) -> _Data:
    if args.dataset_path is None:
        made = generated_brats(STAND_IN.key(), _answering)
        cases = made.data.first(args.count)
        own, lesions = _Opinion("the stand-in", made.answers), _Opinion("the lesions", made.lesions)
        about = (
            f"{len(cases)} generated patients in {cases.folder}, labelled by the stand-in itself"
        )
        opinions = (
            [_Opinion("labels", args.label_data_dir)] if args.label_data_dir else [own, lesions]
        )
    else:
        cases = read_preprocessed(args.dataset_path).first(args.count)
        opinions = [_Opinion("labels", args.label_data_dir or LABELS_FOLDER)]
        about = f"{len(cases)} cases in {cases.folder}"
    if args.accuracy:
        for opinion in opinions:
            check_truth(opinion.folder, cases)
    return _Data(cases, opinions, about)


def _answering() -> Callable[[NDArray[np.float32]], NDArray[np.float16]]:
    args = argparse.Namespace(
        backend="torch",
        device="cpu",
        scenario="SingleStream",
        model_dir=None,
        model_path=None,
    )
    backend = open_backend(args)
    return lambda volumes: responses(backend.predict({backend.inputs[0]: volumes})[0])


def _score(log: Path, data: _Data) -> Score:
    tallies = [Tally() for _ in data.opinions]
    for case, labels in answers(log, data.cases):
        for opinion, tally in zip(data.opinions, tallies, strict=True):
            tally.add(case, labels.voxels, read_truth(opinion.folder, case, labels.voxels.shape))

    def show() -> None:
        for opinion, tally in zip(data.opinions[1:], tallies[1:], strict=True):
            print(f"Against {opinion.name}: {tally.line().removeprefix('Accuracy: ')}")

    return Score(tallies[0].line(), show)
