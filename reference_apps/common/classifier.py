"""What the classification apps share: from the command line to the result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import mlperf_loadgen as lg
import numpy as np
from mlperf_loadgen.harness.accuracy_log import AccuracyLog
from mlperf_loadgen.harness.app import App, Score, run_app
from mlperf_loadgen.harness.backends import Backend
from mlperf_loadgen.harness.in_memory import InMemoryLibrary
from numpy.typing import NDArray
from torch import nn

from reference_apps.common import accuracy_imagenet, null_backend, preprocessing
from reference_apps.common.arguments import (
    ModelOptions,
    Vision,
    about_data,
    about_model,
    model_options,
    stand_ins,
)
from reference_apps.common.backends import open_graph, open_module, open_onnx
from reference_apps.common.generated_imagenet import generated_imagenet
from reference_apps.common.imagenet import ImageNet, read_imagenet
from reference_apps.common.prepared import Prepared
from reference_apps.common.preprocessing import Preprocess
from reference_apps.common.profiles import check_dataset, parse
from reference_apps.common.results import record
from reference_apps.common.stand_in import StandIn

_DATASETS: dict[str, dict[str, Any]] = {  # what the official names say of the model
    "imagenet": {"preprocess": preprocessing.vgg, "offset": -1},
    "imagenet_mobilenet": {"preprocess": preprocessing.mobilenet, "offset": -1},
    "imagenet_pytorch": {"preprocess": preprocessing.torchvision, "offset": 0},
}
_LAYOUTS = {"onnxruntime": "NCHW", "torch": "NCHW", "tensorflow": "NHWC", "null": "NHWC"}


@dataclass(frozen=True)
class Design:
    """A model as its files have it: 1001 classes, of which the first is the background."""

    vision: Vision
    preprocess: Preprocess
    stand_in: StandIn[Any]
    graph_input: str  # tensors of the frozen graph
    graph_output: str
    checkpoint: Callable[[Path], Checkpoint]  # a PyTorch file
    performance_sample_count: int


@dataclass(frozen=True)
class Checkpoint:
    """A network from a PyTorch file, and what it wants."""

    network: nn.Module
    preprocess: Preprocess
    background: bool  # class 0 is the background


@dataclass(frozen=True)
class _Opened:
    """A model that answers."""

    backend: Backend
    preprocess: Preprocess
    layout: str
    offset: int  # from what it answers to a class 0..999

    def predict(self, images: NDArray[Any]) -> NDArray[np.float32]:
        """Float32 (n): the class of each image."""
        answers, *_ = self.backend.predict({self.backend.inputs[0]: images})
        classes = answers if answers.ndim == 1 else answers.argmax(axis=1)
        return (classes + self.offset).astype(np.float32)


def main(design: Design, argv: Sequence[str] | None = None) -> lg.Report:
    """Runs what the command line asks for. argv: without the program's name; None: the process's
    own.
    """
    args = parse(design.vision.classifier(), argv)
    check_dataset(design.vision.name, args.backend, args.dataset)
    opened = _open(design, args.backend, model_options(args))
    if args.dataset is not None:
        opened = replace(opened, **_DATASETS[args.dataset])
    data = (
        read_imagenet(args.dataset_path, args.dataset_list)
        if args.dataset_path
        else generated_imagenet(design.stand_in, design.preprocess)
    ).first(args.count)
    prepared = Prepared(opened.preprocess, opened.layout)
    prepared.prepare([data.folder / name for name in data.names])
    return run_app(
        App(
            model=args.model_name,
            about_model=about_model(design.vision.title, args.model_path),
            about_data=about_data(len(data), data.folder, generated=args.dataset_path is None),
            about_backend=opened.backend.name,
            library=InMemoryLibrary(
                len(data),
                lambda index: prepared(data.folder / data.names[index]),
                performance_sample_count=min(len(data), design.performance_sample_count),
                name=design.vision.name,
            ),
            predict=opened.predict,
            score=lambda log: _score(log, data),
            defaults=design.vision.defaults,
            synthetic=stand_ins(args),
            record=lambda outcome, output: record(outcome, output, args, opened.backend),
        ),
        args,
    )


def _open(design: Design, backend: str, options: ModelOptions) -> _Opened:
    offset, preprocess = -1, design.preprocess
    opened: Backend
    if backend == "onnxruntime":
        opened = open_onnx(options, design.stand_in, [design.graph_output])
    elif backend == null_backend.NAME:
        opened = null_backend.NullBackend()
    elif backend == "tensorflow":
        opened = open_graph(options, design.stand_in, [design.graph_input], [design.graph_output])
    else:
        if options.path is None:
            network = design.stand_in.network()
        else:
            checkpoint = design.checkpoint(options.path)
            network, preprocess = checkpoint.network, checkpoint.preprocess
            offset = -1 if checkpoint.background else 0
        opened = open_module(options, network, ["logits"])
    return _Opened(opened, preprocess, options.layout or _LAYOUTS[backend], offset)


def _score(log: AccuracyLog, data: ImageNet) -> Score:
    verdict = accuracy_imagenet.judge(log, data)
    return Score(verdict.line(), figures={"good": verdict.good, "total": len(verdict.indices)})
