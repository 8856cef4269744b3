"""The arguments of the vision apps, beside those of every app."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from mlperf_loadgen.harness.argument_types import comma_separated, existing_file
from mlperf_loadgen.harness.arguments import Defaults, parser, threads_per_worker

from reference_apps.common import profiles
from reference_apps.common.null_backend import NAME as NULL

BACKENDS = ("onnxruntime", "torch", "tensorflow")
Options = TypeVar("Options", bound="ModelOptions")

LAYOUTS = ("NCHW", "NHWC")


@dataclass(frozen=True)
class ModelOptions:
    """What the command line says about the model. An app may derive options of its own."""

    path: Path | None = None  # None: the synthetic model
    device: str = "auto"
    threads: int = 0  # of one inference; 0: the backend decides
    layout: str | None = None  # of images; None: as the model has it
    inputs: Sequence[str] = ()  # tensors; empty: as the format has them
    outputs: Sequence[str] = ()
    clamp_overlaps: bool = False  # of a detector; see detections.overlaps

    @classmethod
    def of(cls: type[Options], args: argparse.Namespace, **own: Any) -> Options:
        """Returns those of a parsed command line. own: what not every app has."""
        path, threads = args.model_path, threads_per_worker(args)
        return cls(path=path, device=args.device, threads=threads, **own)


@dataclass(frozen=True)
class Vision:
    """What the command line of a vision app says of its model."""

    name: str  # under which settings files know it
    title: str
    defaults: Defaults
    clamps: bool = False  # a detector that can be asked for overlaps that it has not by default

    def classifier(self) -> argparse.ArgumentParser:
        """Of an app that classifies ImageNet."""
        made = parser(
            f"{self.title} on ImageNet under LoadGen.",
            backends=(*BACKENDS, NULL),
            defaults=self.defaults,
            dataset="ImageNet 2012 folder with pictures and val_map.txt (without it: a small one)",
            model="frozen graph, ONNX file or PyTorch checkpoint (without it: weights from a seed)",
        )
        _add_arguments(made, self.name, list_name="val_map.txt in the folder")
        return made

    def detector(self) -> argparse.ArgumentParser:
        """Of an app that finds things in COCO."""
        made = parser(
            f"{self.title} on COCO under LoadGen.",
            backends=(*BACKENDS, NULL),
            defaults=self.defaults,
            dataset="COCO 2017 folder with val2017 and annotations (without it: a small one)",
            model="frozen graph, ONNX file or PyTorch module (without it: weights from a seed)",
        )
        annotations = "annotations/instances_val2017.json in the folder"
        _add_arguments(made, self.name, list_name=annotations)
        if self.clamps:
            made.add_argument(
                "--clamp-overlaps",
                action="store_true",
                help="boxes of one class that do not meet never suppress each other (without it: "
                "they may, as in the official PyTorch model); with --backend torch",
            )
        return made


def _add_arguments(parser: argparse.ArgumentParser, model: str, *, list_name: str) -> None:
    """model: the name under which settings files know it. list_name: the file of the data set that
    --dataset-list replaces.
    """
    profiles.add_arguments(parser, model)
    parser.add_argument(
        "--model-name",
        default=model,
        metavar="NAME",
        help="under which settings files know the model (default %(default)s)",
    )
    parser.add_argument(
        "--cache", type=int, metavar="N", help="understood and left alone, as in official scripts"
    )
    parser.add_argument(
        "--dataset-list", type=existing_file, metavar="FILE", help=f"in place of {list_name}"
    )
    parser.add_argument(
        "--data-format",
        choices=LAYOUTS,
        metavar="LAYOUT",
        help="of what the model takes: %(choices)s (without it: as its official file)",
    )
    parser.add_argument(
        "--inputs",
        type=comma_separated,
        metavar="NAMES",
        help="tensors to feed, separated by commas",
    )
    parser.add_argument(
        "--outputs",
        type=comma_separated,
        metavar="NAMES",
        help="tensors to fetch, separated by commas",
    )


def model_options(args: argparse.Namespace) -> ModelOptions:
    """Those of a parsed command line. Raises ValueError for a backend that does not read the model
    file.
    """
    if args.backend == "torch" and args.model_path and args.model_path.suffix == ".onnx":
        raise ValueError(
            f"PyTorch reads no ONNX files any more: {args.model_path} goes with "
            "--backend onnxruntime"
        )
    return ModelOptions.of(
        args,
        layout=args.data_format,
        inputs=args.inputs or (),
        outputs=args.outputs or (),
        clamp_overlaps=getattr(args, "clamp_overlaps", False),
    )


def synthetic_parts(args: argparse.Namespace) -> list[str]:
    """Returns App.synthetic: what the command line does not name is synthetic."""
    named = {"model": args.model_path, "data": args.dataset_path}
    return [name for name, path in named.items() if path is None]


stand_ins = synthetic_parts


def about_model(title: str, path: Path | None) -> str:
    """Returns a line for the screen."""
    if path is not None:
        return f"{title}, {path}"
    return f"{title}, NOT the trained weights: a synthetic model from a seed"


def about_data(count: int, folder: Path, *, generated: bool) -> str:
    """Returns a line for the screen."""
    labelled = ", labelled by the synthetic model itself" if generated else ""
    return f"{count} pictures in {folder}{labelled}"
