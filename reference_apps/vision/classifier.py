"""Runs the apps that classify ImageNet, from the command line to the result."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import mlperf_loadgen as lg
import numpy as np
from mlperf_loadgen.harness.accuracy_log import AccuracyLog
from mlperf_loadgen.harness.app import App, Score, run_app
from mlperf_loadgen.harness.arguments import Defaults
from mlperf_loadgen.harness.backends import GRAPH, NO_MODEL, ONNX, TORCH
from mlperf_loadgen.harness.in_memory import InMemoryLibrary
from numpy.typing import NDArray
from torch import nn

from reference_apps.common.arguments import about_model, synthetic_parts
from reference_apps.common.model import Formats, LoadedModel, ModelSpec, open_model
from reference_apps.common.synthetic import SyntheticModel
from reference_apps.registry import Entry
from reference_apps.vision import accuracy_imagenet, preprocessing
from reference_apps.vision.arguments import VisionOptions, options_of
from reference_apps.vision.imagenet import ImageNet, read_imagenet
from reference_apps.vision.prepared import Prepared
from reference_apps.vision.preprocessing import Preprocess
from reference_apps.vision.profiles import check_dataset
from reference_apps.vision.results import record
from reference_apps.vision.synthetic_data import about_data, synthetic_imagenet

_DATASETS: dict[str, dict[str, Any]] = {  # what the official names say of the model
    "imagenet": {"preprocess": preprocessing.vgg, "offset": -1},
    "imagenet_mobilenet": {"preprocess": preprocessing.mobilenet, "offset": -1},
    "imagenet_pytorch": {"preprocess": preprocessing.torchvision, "offset": 0},
}


@dataclass(frozen=True)
class Checkpoint:
    """A network from a PyTorch file, and what it expects."""

    network: nn.Module
    preprocess: Preprocess
    background: bool  # class 0 is the background


@dataclass(frozen=True)
class Classifier:
    """A model as its official files have it: 1001 classes, of which the first is the background."""

    app: Entry
    defaults: Defaults
    preprocess: Preprocess
    synthetic: SyntheticModel[Any]
    input: str  # tensors of the frozen graph and of the ONNX file
    output: str
    load: Callable[[Path], Checkpoint]  # reads a PyTorch file
    performance_sample_count: int = 1024


@dataclass(frozen=True)
class ClassifierSpec(ModelSpec):
    """A classifier in one format. offset: from what it answers to a class 0..999."""

    preprocess: Preprocess = preprocessing.vgg
    offset: int = -1


def formats(classifier: Classifier) -> Formats[VisionOptions, ClassifierSpec]:
    """Returns the formats that the model comes in."""
    synthetic, preprocess = classifier.synthetic, classifier.preprocess
    outputs = (classifier.output,)

    def onnx(options: VisionOptions) -> ClassifierSpec:
        source = options.path or synthetic.file(ONNX)
        return ClassifierSpec(source, outputs=outputs, preprocess=preprocess)

    def graph(options: VisionOptions) -> ClassifierSpec:
        source = options.path or synthetic.file(GRAPH)
        return ClassifierSpec(source, (classifier.input,), outputs, preprocess=preprocess)

    def module(options: VisionOptions) -> ClassifierSpec:
        checkpoint = (
            classifier.load(options.path)
            if options.path
            else Checkpoint(synthetic.network(), preprocess, background=True)
        )
        return ClassifierSpec(
            checkpoint.network,
            ("image",),
            ("logits",),
            preprocess=checkpoint.preprocess,
            offset=-1 if checkpoint.background else 0,
        )

    def nothing(options: VisionOptions) -> ClassifierSpec:
        return ClassifierSpec(None, preprocess=preprocess)

    return {ONNX: onnx, GRAPH: graph, TORCH: module, NO_MODEL: nothing}


def predict(model: LoadedModel[ClassifierSpec], images: NDArray[Any]) -> NDArray[np.float32]:
    """Returns the class of each image, float32 (n)."""
    answers, *_ = model.backend.predict({model.backend.inputs[0]: images})
    classes = answers if answers.ndim == 1 else answers.argmax(axis=1)
    return (classes + model.spec.offset).astype(np.float32)


def run(classifier: Classifier, args: argparse.Namespace) -> lg.Report:
    """Runs what a parsed command line asks for."""
    check_dataset(classifier.app.model, args.backend, args.dataset)
    model = open_model(args.backend, formats(classifier), options_of(args))
    if args.dataset is not None:
        model = replace(model, spec=replace(model.spec, **_DATASETS[args.dataset]))
    data = _data(classifier, args).head(args.count)
    prepared = Prepared(model.spec.preprocess, model.layout)
    prepared.prepare([data.folder / name for name in data.names])
    return run_app(
        App(
            model=args.model_name,
            about_model=about_model(classifier.app.title, args.model_path),
            about_data=about_data(len(data), data.folder, synthetic=args.dataset_path is None),
            about_backend=model.backend.name,
            library=InMemoryLibrary(
                len(data),
                lambda index: prepared(data.folder / data.names[index]),
                performance_sample_count=min(len(data), classifier.performance_sample_count),
                name=classifier.app.model,
            ),
            predict=lambda images: predict(model, images),
            score=lambda log: _score(log, data),
            defaults=classifier.defaults,
            synthetic=synthetic_parts(args),
            record=lambda outcome, output: record(outcome, output, args, model.backend),
        ),
        args,
    )


def _data(classifier: Classifier, args: argparse.Namespace) -> ImageNet:
    if args.dataset_path:
        return read_imagenet(args.dataset_path, args.dataset_list)
    return synthetic_imagenet(classifier.synthetic, classifier.preprocess)


def _score(log: AccuracyLog, data: ImageNet) -> Score:
    result = accuracy_imagenet.judge(log, data)
    return Score(result.line(), figures={"good": result.good, "total": len(result.indices)})
