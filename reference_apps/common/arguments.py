"""The arguments of the vision apps, beside those of every app."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mlperf_loadgen.harness.argument_types import existing_file, names
from mlperf_loadgen.harness.arguments import Defaults, parser, threads_of_a_worker

from reference_apps.common import profiles
from reference_apps.common.null_backend import NAME as NULL

BACKENDS = ("onnxruntime", "torch", "tensorflow")
LAYOUTS = ("NCHW", "NHWC")


@dataclass(frozen=True)
class ModelOptions:
    """What the command line says of the model. None: as the official file has it."""

    path: Path | None = None  # None: the stand-in
    device: str = "auto"
    threads: int = 0
    layout: str | None = None
    inputs: Sequence[str] | None = None
    outputs: Sequence[str] | None = None
    clamp_overlaps: bool = False  # of a detector; see detections.overlaps


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
        "--inputs", type=names, metavar="NAMES", help="tensors to feed, with commas between"
    )
    parser.add_argument(
        "--outputs", type=names, metavar="NAMES", help="tensors to fetch, with commas between"
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
    return ModelOptions(
        path=args.model_path,
        device=args.device,
        threads=threads_of_a_worker(args),
        layout=args.data_format,
        inputs=args.inputs,
        outputs=args.outputs,
        clamp_overlaps=getattr(args, "clamp_overlaps", False),
    )


def stand_ins(args: argparse.Namespace) -> list[str]:
    """See App.stand_ins: what the command line does not name is one."""
    named = {"model": args.model_path, "data": args.dataset_path}
    return [name for name, path in named.items() if path is None]


def about_model(title: str, path: Path | None) -> str:
    """A line for the screen."""
    if path is not None:
        return f"{title}, {path}"
    return f"{title}, NOT the trained weights: a stand-in from a seed"


def about_data(count: int, folder: Path, *, generated: bool) -> str:
    """A line for the screen."""
    return f"{count} pictures in {folder}" + (
        ", labelled by the stand-in itself" if generated else ""
    )
