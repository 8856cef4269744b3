"""Knows the profiles and data sets of the official vision script by its names for them."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mlperf_loadgen.harness.backends import BACKENDS, GRAPH, ONNX, TORCH

# The data sets by the names of the official script, each with a pre-processing of its own and a way
# to read the answers: by model, and by the format that takes them.
DATASETS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "resnet50": {
        ONNX: ("imagenet", "imagenet_pytorch"),
        TORCH: ("imagenet", "imagenet_pytorch"),
        GRAPH: ("imagenet",),
    },
    "mobilenet": {
        ONNX: ("imagenet_mobilenet",),
        TORCH: ("imagenet_mobilenet",),
        GRAPH: ("imagenet_mobilenet",),
    },
    "ssd-mobilenet": {
        ONNX: ("coco-300",),
        TORCH: ("coco-300-pt",),
        GRAPH: ("coco-300",),
    },
    "ssd-resnet34": {
        ONNX: ("coco-1200-onnx", "coco-1200-tf", "coco-1200"),
        TORCH: ("coco-1200-pt",),
        GRAPH: ("coco-1200-tf", "coco-1200"),
    },
}

ONLY_ANNOTATED = "coco-1200-pt"  # leaves out the pictures without boxes


@dataclass(frozen=True)
class Profile:
    """What a profile sets where the command line does not."""

    model: str  # under which settings files know it
    backend: str
    dataset: str | None = None  # None: as the model file has it
    max_batchsize: int = 32
    data_format: str | None = None  # None: as the model file has it

    def defaults(self) -> dict[str, object]:
        """Returns them by the names of parsed arguments; the scenario is the official script's."""
        return {
            "backend": self.backend,
            "dataset": self.dataset,
            "max_batchsize": self.max_batchsize,
            "data_format": self.data_format,
            "scenario": "SingleStream",
        }


PROFILES: Mapping[str, Profile] = {
    "resnet50-tf": Profile("resnet50", "tensorflow"),
    "resnet50-onnxruntime": Profile("resnet50", "onnxruntime"),
    "resnet50-pytorch": Profile("resnet50", "torch", "imagenet_pytorch"),
    "mobilenet-tf": Profile("mobilenet", "tensorflow"),
    "mobilenet-onnxruntime": Profile("mobilenet", "onnxruntime"),
    "ssd-mobilenet-tf": Profile("ssd-mobilenet", "tensorflow", "coco-300"),
    "ssd-mobilenet-pytorch": Profile("ssd-mobilenet", "torch", "coco-300-pt"),
    "ssd-mobilenet-onnxruntime": Profile("ssd-mobilenet", "onnxruntime", "coco-300"),
    "ssd-resnet34-tf": Profile("ssd-resnet34", "tensorflow", "coco-1200-tf"),
    "ssd-resnet34-pytorch": Profile("ssd-resnet34", "torch", "coco-1200-pt"),
    "ssd-resnet34-onnxruntime": Profile("ssd-resnet34", "onnxruntime", "coco-1200-onnx", 1),
    "ssd-resnet34-onnxruntime-tf": Profile(
        "ssd-resnet34", "onnxruntime", "coco-1200-tf", data_format="NHWC"
    ),
}


def add_arguments(parser: argparse.ArgumentParser, model: str) -> None:
    """Adds --profile and --dataset, with the names for `model`."""
    parser.add_argument(
        "--profile",
        choices=[name for name, profile in PROFILES.items() if profile.model == model],
        metavar="NAME",
        help="backend, data set and batch size of this name, scenario SingleStream, where other "
        "arguments do not say (%(choices)s)",
    )
    known = {name for names in DATASETS[model].values() for name in names}
    parser.add_argument(
        "--dataset",
        choices=sorted(known),
        metavar="NAME",
        help="pre-processing and meaning of the answers (%(choices)s; default: those of the model)",
    )


def parse(parser: argparse.ArgumentParser, argv: Sequence[str] | None) -> argparse.Namespace:
    """Reads the command line: arguments that are given go before the profile, the profile before
    the defaults. Raises SystemExit as the parser does.
    """
    profile = parser.parse_args(argv).profile
    if profile is not None:
        parser.set_defaults(**PROFILES[profile].defaults())
    return parser.parse_args(argv)


def check_dataset(model: str, backend: str, dataset: str | None) -> None:
    """Raises ValueError when the model does not take the data set on the backend."""
    by_format = DATASETS[model]
    known = [name for names in by_format.values() for name in names]
    allowed = by_format.get(BACKENDS[backend].format, known)
    if dataset is not None and dataset not in allowed:
        raise ValueError(
            f"--dataset {dataset} does not go with --backend {backend}, which takes "
            f"{', '.join(allowed)}"
        )
