"""Runs 3D-UNet on BraTS 2019."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import mlperf_loadgen as lg
from mlperf_loadgen.harness.app import App, Score, StreamedScore, run_app
from mlperf_loadgen.harness.backends import GRAPH, ONNX, TORCH

from reference_apps.common.arguments import ModelOptions, synthetic_parts
from reference_apps.common.model import ModelSpec, open_model
from reference_apps.unet3d import formats
from reference_apps.unet3d.accuracy import ReferenceLabels, check_ground_truth, compare
from reference_apps.unet3d.arguments import APP, DEFAULTS, parse
from reference_apps.unet3d.dataset import Preprocessed, VolumeLibrary, read_preprocessed
from reference_apps.unet3d.model import BASE_WIDTH, checkpoint_in, read_checkpoint
from reference_apps.unet3d.processing import to_responses
from reference_apps.unet3d.synthetic import SYNTHETIC, WIDTH, generated_brats
from reference_apps.unet3d.task043 import LABELS_FOLDER


def _torch(options: ModelOptions) -> ModelSpec:
    network = read_checkpoint(options.path) if options.path else SYNTHETIC.network()
    return ModelSpec(network, formats.TORCH_INPUTS, formats.TORCH_OUTPUTS)


def _onnx(options: ModelOptions) -> ModelSpec:
    return ModelSpec(options.path or SYNTHETIC.file(ONNX), outputs=[formats.OUTPUT])


def _graph(options: ModelOptions) -> ModelSpec:
    path = options.path or SYNTHETIC.file(GRAPH)
    prefix = formats.graph_prefix(path)
    return ModelSpec(path, [f"{prefix}{formats.INPUT}:0"], [f"{prefix}{formats.OUTPUT}:0"])


# Of the first output: logits at the resolution of the input.
FORMATS = {TORCH: _torch, ONNX: _onnx, GRAPH: _graph}


def main(argv: Sequence[str] | None = None) -> lg.Report:
    """Runs what the command line asks for. argv: without the program's name; None: the process's
    own.
    """
    args = parse(argv)
    path = checkpoint_in(args.model_dir) if args.model_dir else args.model_path
    backend = open_model(args.backend, FORMATS, replace(ModelOptions.of(args), path=path)).backend
    data, references, about_data = _data(args)
    if args.accuracy:
        for reference in references:
            check_ground_truth(reference.folder, data)
    return run_app(
        App(
            model=APP.model,
            about_model=_about_model(args.model_dir or path),
            about_data=about_data,
            about_backend=backend.name,
            library=VolumeLibrary(data, args.performance_count),
            predict=lambda volumes: to_responses(backend.predict({backend.inputs[0]: volumes})[0]),
            defaults=DEFAULTS,
            synthetic=[part for part in synthetic_parts(args) if part == "data" or path is None],
            score=StreamedScore(lambda log: _score(log, data, references)),
        ),
        args,
    )


def _data(args: argparse.Namespace) -> tuple[Preprocessed, list[ReferenceLabels], str]:
    """Returns the cases, their labels, of which the first ones are scored, and a line for the
    screen.
    """
    labels = args.label_data_dir
    if args.dataset_path is not None:
        data = read_preprocessed(args.dataset_path).head(args.count)
        references = [ReferenceLabels("labels", labels or LABELS_FOLDER)]
        return data, references, f"{len(data)} cases in {data.folder}"
    generated = generated_brats()
    data = generated.data.head(args.count)
    references = [
        ReferenceLabels("the synthetic model", generated.predictions),
        ReferenceLabels("the lesions", generated.lesions),
    ]
    about = f"{len(data)} generated patients in {data.folder}"
    return (
        data,
        [ReferenceLabels("labels", labels)] if labels else references,
        f"{about}, labelled by the synthetic model itself",
    )


def _about_model(path: Path | None) -> str:
    if path is not None:
        return f"{APP.title}, {path}"
    return (
        f"{APP.title}, NOT the trained weights: {WIDTH} channels, not {BASE_WIDTH}, trained for "
        "seconds on generated patients"
    )


def _score(log: Path, data: Preprocessed, references: Sequence[ReferenceLabels]) -> Score:
    scores = compare(log, data, references)

    def show() -> None:
        for reference, score in zip(references[1:], scores[1:], strict=True):
            print(f"Against {reference.name}: {score.line().removeprefix('Accuracy: ')}")

    return Score(scores[0].line(), show)
