"""The profiles and data sets of the official vision script, by the names that it has for them."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# The data sets by the names of the official script, each with a pre-processing of its own and a way
# to read the answers: those that the files for a backend take.
DATASETS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "resnet50": {
        "onnxruntime": ("imagenet", "imagenet_pytorch"),
        "torch": ("imagenet", "imagenet_pytorch"),
        "tensorflow": ("imagenet",),
    },
    "mobilenet": {
        "onnxruntime": ("imagenet_mobilenet",),
        "torch": ("imagenet_mobilenet",),
        "tensorflow": ("imagenet_mobilenet",),
    },
    "ssd-mobilenet": {
        "onnxruntime": ("coco-300",),
        "torch": ("coco-300-pt",),
        "tensorflow": ("coco-300",),
    },
    "ssd-resnet34": {
        "onnxruntime": ("coco-1200-onnx", "coco-1200-tf", "coco-1200"),
        "torch": ("coco-1200-pt",),
        "tensorflow": ("coco-1200-tf", "coco-1200"),
    },
}

ONLY_ANNOTATED = "coco-1200-pt"  # leaves out the pictures without boxes


@dataclass(frozen=True)
class Profile:
    """What a profile says in place of arguments that are not given."""

    model: str  # under which settings files know it
    backend: str
    dataset: str | None = None  # None: as the model file has it
    max_batchsize: int = 32
    data_format: str | None = None  # None: as the model file has it

    def defaults(self) -> dict[str, object]:
        """By the names of the parsed arguments; the scenario is that of the official script."""
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
    """--profile and --dataset, with the names for `model`."""
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
        help="pre-processing and meaning of the answers (%(choices)s; without it: as the model has "
        "them)",
    )


def parse(parser: argparse.ArgumentParser, argv: Sequence[str] | None) -> argparse.Namespace:
    """The command line: arguments that are given go before the profile, the profile before the
    defaults. Raises SystemExit as the parser does.
    """
    profile = parser.parse_args(argv).profile
    if profile is not None:
        parser.set_defaults(**PROFILES[profile].defaults())
    return parser.parse_args(argv)


def check_dataset(model: str, backend: str, dataset: str | None) -> None:
    """Raises ValueError when the files for the backend do not take the data set."""
    by_backend = DATASETS[model]
    allowed = by_backend.get(backend, [name for names in by_backend.values() for name in names])
    if dataset is not None and dataset not in allowed:
        raise ValueError(
            f"--dataset {dataset} does not go with --backend {backend}, which takes "
            f"{', '.join(allowed)}"
        )
