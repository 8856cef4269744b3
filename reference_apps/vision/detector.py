"""Runs the apps that find objects in COCO, from the command line to the result."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import mlperf_loadgen as lg
import numpy as np
import torch
from mlperf_loadgen.harness.accuracy_log import AccuracyLog
from mlperf_loadgen.harness.app import App, Score, run_app
from mlperf_loadgen.harness.arguments import Defaults
from mlperf_loadgen.harness.backends import TORCH, backends_for
from mlperf_loadgen.harness.in_memory import InMemoryLibrary
from numpy.typing import NDArray

from reference_apps.common.arguments import about_model, synthetic_parts
from reference_apps.common.checkpoint import load_into
from reference_apps.common.model import Formats, ModelSpec, open_backend, open_model
from reference_apps.common.synthetic import SyntheticModel
from reference_apps.registry import Entry
from reference_apps.vision import accuracy_coco
from reference_apps.vision.arguments import VisionOptions, options_of
from reference_apps.vision.coco import Coco, read_coco
from reference_apps.vision.detections import Detections
from reference_apps.vision.prepared import Prepared
from reference_apps.vision.preprocessing import Picture, Preprocess, to_nchw
from reference_apps.vision.profiles import ONLY_ANNOTATED, check_dataset
from reference_apps.vision.results import record
from reference_apps.vision.synthetic_data import about_data, synthetic_coco

Outputs = tuple[NDArray[Any], ...]
Decode = Callable[[Outputs, int], Detections]  # from the outputs for a batch to those of picture i

_NOTHING = Detections(np.empty((0, 4), np.float32), np.empty(0, np.float32), np.empty(0, np.int64))


@dataclass(frozen=True)
class DetectorNetwork:
    """The PyTorch network from which the other formats are made; it gives boxes and scores.

    decode: what follows after them. names: see checkpoint.load_into.
    """

    synthetic: SyntheticModel[Any]
    preprocess: Preprocess
    decode: Decode
    names: Mapping[str, str] = field(default_factory=dict)

    def spec(self, options: VisionOptions) -> DetectorSpec:
        """Returns the synthetic network, or one of its kind with the weights in a file. Raises
        ValueError as checkpoint.load_into.
        """
        network = (
            self.synthetic.network()
            if options.path is None
            else load_into(self.synthetic.make(), options.path, self.names)
        )
        return DetectorSpec(
            network,
            ("image",),
            ("boxes", "scores"),
            "NCHW",
            network=self,
            preprocess=self.preprocess,
            decode=self.decode,
        )

    def without_model(self, options: VisionOptions) -> DetectorSpec:
        """Returns what a backend opens that runs no model: it finds nothing."""
        del options
        return DetectorSpec(
            None,
            network=self,
            preprocess=self.preprocess,
            decode=lambda outputs, place: _NOTHING,
        )


@dataclass(frozen=True, kw_only=True)
class DetectorSpec(ModelSpec):
    """A detector in one format."""

    network: DetectorNetwork  # which labels synthetic data for it
    preprocess: Preprocess
    decode: Decode


@dataclass(frozen=True)
class Detector:
    """A model with its data. labels: its classes are places in the list of categories; else
    category ids.
    """

    app: Entry
    defaults: Defaults
    formats: Formats[VisionOptions, DetectorSpec]
    side: int  # of its pictures, pixels
    labels: bool
    performance_sample_count: int
    synthetic_count: int  # pictures


class _Batch(NamedTuple):
    indices: NDArray[np.int64]
    images: Any


class _Library(InMemoryLibrary):
    """Batches that know their samples: a response names its sample."""

    def batch(self, indices: NDArray[np.int64]) -> Any:
        return _Batch(indices, super().batch(indices))


def run(detector: Detector, args: argparse.Namespace) -> lg.Report:
    """Runs what a parsed command line asks for."""
    check_dataset(detector.app.model, args.backend, args.dataset)
    model = open_model(args.backend, detector.formats, options_of(args))
    spec, backend = model.spec, model.backend
    data = _data(detector, spec.network, args).head(args.count)
    prepared = Prepared(spec.preprocess, model.layout)
    prepared.prepare([data.file(index) for index in range(len(data))])
    input_name = backend.inputs[0]

    def predict(batch: _Batch) -> list[NDArray[np.float32]]:
        outputs = backend.predict({input_name: batch.images})
        return [
            spec.decode(outputs, place).rows(index)
            for place, index in enumerate(batch.indices.tolist())
        ]

    return run_app(
        App(
            model=args.model_name,
            about_model=about_model(detector.app.title, args.model_path),
            about_data=about_data(len(data), data.folder, synthetic=args.dataset_path is None),
            about_backend=backend.name,
            library=_Library(
                len(data),
                lambda index: prepared(data.file(index)),
                performance_sample_count=min(len(data), detector.performance_sample_count),
                name=detector.app.model,
            ),
            predict=predict,
            score=lambda log: _score(log, data, detector.labels),
            defaults=detector.defaults,
            synthetic=synthetic_parts(args),
            record=lambda outcome, output: record(outcome, output, args, backend),
        ),
        args,
    )


def _data(detector: Detector, network: DetectorNetwork, args: argparse.Namespace) -> Coco:
    if args.dataset_path:
        annotated = args.dataset == ONLY_ANNOTATED
        return read_coco(args.dataset_path, args.dataset_list, only_annotated=annotated)
    return synthetic_data(detector, network)


def synthetic_data(detector: Detector, network: DetectorNetwork) -> Coco:
    """Returns the small data set of a detector, labelled by one of its networks."""
    return synthetic_coco(
        network.synthetic,
        lambda: _finder(network),
        count=detector.synthetic_count,
        side=detector.side,
        labels=detector.labels,
    )


def _finder(network: DetectorNetwork) -> Callable[[Picture], Detections]:
    options = VisionOptions(device="cpu")
    spec = network.spec(options)
    backend = open_backend(backends_for([TORCH])[0], spec, options)

    def find(picture: Picture) -> Detections:
        pixels = np.asarray(to_nchw(spec.preprocess(picture)), np.float32)
        return spec.decode(backend.predict({backend.inputs[0]: pixels[None]}), 0)

    return find


def _score(log: AccuracyLog, data: Coco, labels: bool) -> Score:
    result = accuracy_coco.judge(log, data, labels=labels)
    figures = {"mAP": 100 * result.mean_average_precision}
    return Score(result.line(), lambda: print(result.summary), figures)


def least_of_most(logits: torch.Tensor, most: int) -> float:
    """Returns the value that at most `most` of the logits (n, k, classes) of any picture are above,
    class 0 left out.
    """
    return float(logits[..., 1:].flatten(1).topk(most + 1).values[:, -1].max())
