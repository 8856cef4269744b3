"""The arguments of the vision apps, beside those of every app."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mlperf_loadgen.harness.argument_types import existing_file, names
from mlperf_loadgen.harness.arguments import threads_of_a_worker

from reference_apps.common import profiles

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


def add_arguments(parser: argparse.ArgumentParser, model: str, *, list_name: str) -> None:
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
