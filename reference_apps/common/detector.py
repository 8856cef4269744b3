"""What the detection apps share: from the command line to the result."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import mlperf_loadgen as lg
import numpy as np
import torch
from mlperf_loadgen.harness.accuracy_log import AccuracyLog
from mlperf_loadgen.harness.app import App, Score, run_app
from mlperf_loadgen.harness.backends import Backend
from mlperf_loadgen.harness.in_memory import InMemoryLibrary
from numpy.typing import NDArray

from reference_apps.common import accuracy_coco, null_backend
from reference_apps.common.arguments import (
    ModelOptions,
    Vision,
    about_data,
    about_model,
    model_options,
    stand_ins,
)
from reference_apps.common.backends import open_module
from reference_apps.common.coco import Coco, read_coco
from reference_apps.common.detections import Detections
from reference_apps.common.generated_coco import generated_coco
from reference_apps.common.pickled_module import load_into
from reference_apps.common.prepared import Prepared
from reference_apps.common.preprocessing import Picture, Preprocess, to_nchw
from reference_apps.common.profiles import ONLY_ANNOTATED, check_dataset, parse
from reference_apps.common.results import record
from reference_apps.common.stand_in import StandIn

Outputs = tuple[NDArray[Any], ...]

_NOTHING = Detections(np.empty((0, 4), np.float32), np.empty(0, np.float32), np.empty(0, np.int64))


@dataclass(frozen=True)
class Origin:
    """The network of PyTorch behind a form of a model, which gives boxes and scores.

    detections: from these for a batch to those of picture i. names: see pickled_module.load_into.
    """

    stand_in: StandIn[Any]
    preprocess: Preprocess
    detections: Callable[[Outputs, int], Detections]
    names: Mapping[str, str] = field(default_factory=dict)

    def form(self, options: ModelOptions) -> Form:
        """The network as a form: the stand-in, or one of its kind with weights from a file. Raises
        ValueError as pickled_module.load_into.
        """
        made = (
            self.stand_in.network()
            if options.path is None
            else load_into(self.stand_in.make(), options.path, self.names)
        )
        opened = open_module(options, made, ["boxes", "scores"])
        return Form(self, opened, self.preprocess, "NCHW", self.detections)


@dataclass(frozen=True)
class Form:
    """One of the forms in which a model comes, opened.

    detections: from the outputs of the backend for a batch to those of picture i.
    """

    origin: Origin
    backend: Backend
    preprocess: Preprocess
    layout: str
    detections: Callable[[Outputs, int], Detections]


@dataclass(frozen=True)
class Design:
    """A detector.

    open: a form by the name of a backend. labels: its classes are places in the list of categories;
    else category ids.
    """

    vision: Vision
    side: int  # of its pictures, pixels
    labels: bool
    open: Callable[[str, ModelOptions], Form]
    performance_sample_count: int
    generated: int  # pictures


class _Batch(NamedTuple):
    indices: NDArray[np.int64]
    images: Any


class _Library(InMemoryLibrary):
    """Batches that know their samples: a response names its sample."""

    def batch(self, indices: NDArray[np.int64]) -> Any:
        return _Batch(indices, super().batch(indices))


def main(design: Design, argv: Sequence[str] | None = None) -> lg.Report:
    """Runs what the command line asks for. argv: without the program's name; None: the process's
    own.
    """
    args = parse(design.vision.detector(), argv)
    check_dataset(design.vision.name, args.backend, args.dataset)
    options = model_options(args)
    form = _open(design, args.backend, options)
    data = _data(design, form.origin, args).first(args.count)
    prepared = Prepared(form.preprocess, options.layout or form.layout)
    prepared.prepare([data.file(index) for index in range(len(data))])
    input_name = form.backend.inputs[0]

    def predict(batch: _Batch) -> list[NDArray[np.float32]]:
        outputs = form.backend.predict({input_name: batch.images})
        return [
            form.detections(outputs, place).rows(index)
            for place, index in enumerate(batch.indices.tolist())
        ]

    return run_app(
        App(
            model=args.model_name,
            about_model=about_model(design.vision.title, args.model_path),
            about_data=about_data(len(data), data.folder, generated=args.dataset_path is None),
            about_backend=form.backend.name,
            library=_Library(
                len(data),
                lambda index: prepared(data.file(index)),
                performance_sample_count=min(len(data), design.performance_sample_count),
                name=design.vision.name,
            ),
            predict=predict,
            score=lambda log: _score(log, data, design.labels),
            defaults=design.vision.defaults,
            synthetic=stand_ins(args),
            record=lambda outcome, output: record(outcome, output, args, form.backend),
        ),
        args,
    )


def _open(design: Design, backend: str, options: ModelOptions) -> Form:
    if backend != null_backend.NAME:
        return design.open(backend, options)
    form = design.open("torch", replace(options, path=None))
    return replace(
        form,
        backend=null_backend.NullBackend(),
        layout="NHWC",
        detections=lambda outputs, place: _NOTHING,
    )


def _data(design: Design, origin: Origin, args: argparse.Namespace) -> Coco:
    if args.dataset_path:
        annotated = args.dataset == ONLY_ANNOTATED
        return read_coco(args.dataset_path, args.dataset_list, only_annotated=annotated)
    return generated(design, origin)


def generated(design: Design, origin: Origin) -> Coco:
    """The small data set of a design, labelled by a stand-in."""
    return generated_coco(
        origin.stand_in,
        lambda: _finder(origin.form(ModelOptions(device="cpu"))),
        count=design.generated,
        side=design.side,
        labels=design.labels,
    )


def _finder(form: Form) -> Callable[[Picture], Detections]:
    def find(picture: Picture) -> Detections:
        pixels = np.asarray(to_nchw(form.preprocess(picture)), np.float32)
        return form.detections(form.backend.predict({form.backend.inputs[0]: pixels[None]}), 0)

    return find


def _score(log: AccuracyLog, data: Coco, labels: bool) -> Score:
    verdict = accuracy_coco.judge(log, data, labels=labels)
    figures = {"mAP": 100 * verdict.mean_average_precision}
    return Score(verdict.line(), lambda: print(verdict.summary), figures)


def least_of_most(logits: torch.Tensor, most: int) -> float:
    """The value that at most so many of the logits (n, k, classes) of any picture are above, class
    0 left out.
    """
    return float(logits[..., 1:].flatten(1).topk(most + 1).values[:, -1].max())
