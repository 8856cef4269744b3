"""Reads the command lines of the vision apps: that of every app and of the official script."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

from mlperf_loadgen.harness.argument_types import comma_separated, existing_file
from mlperf_loadgen.harness.arguments import Defaults, parser
from mlperf_loadgen.harness.backends import BACKENDS, NO_MODEL, TORCH, backends_for

from reference_apps.common.arguments import ModelOptions
from reference_apps.registry import Entry
from reference_apps.vision import profiles

LAYOUTS = ("NCHW", "NHWC")


@dataclass(frozen=True)
class VisionOptions(ModelOptions):
    """What the command line of a vision app says about the model."""

    clamp_overlaps: bool = False  # of a detector; see detections.overlaps


def parse_classifier(
    app: Entry, defaults: Defaults, argv: Sequence[str] | None
) -> argparse.Namespace:
    """Reads the command line of an app that classifies ImageNet. Raises SystemExit as argparse."""
    return profiles.parse(_classifier(app, defaults), argv)


def parse_detector(
    app: Entry, defaults: Defaults, argv: Sequence[str] | None, *, clamps: bool = False
) -> argparse.Namespace:
    """Reads the command line of an app that finds objects in COCO. Raises SystemExit as argparse.

    clamps: it can be asked for overlaps that it does not have by default.
    """
    detector = _detector(app, defaults)
    if clamps:
        detector.add_argument(
            "--clamp-overlaps",
            action="store_true",
            help="boxes of one class that do not meet never suppress each other (default: they "
            "may, as in the official PyTorch model); with --backend torch",
        )
    return profiles.parse(detector, argv)


def options_of(args: argparse.Namespace) -> VisionOptions:
    """Returns those of a parsed command line. Raises ValueError for a backend that does not read
    the model file.
    """
    onnx = args.model_path and args.model_path.suffix == ".onnx"
    if onnx and BACKENDS[args.backend].format == TORCH:
        raise ValueError(
            f"PyTorch does not read ONNX files: use --backend onnxruntime for {args.model_path}"
        )
    return VisionOptions.of(
        args,
        layout=args.data_format,
        inputs=args.inputs or (),
        outputs=args.outputs or (),
        clamp_overlaps=getattr(args, "clamp_overlaps", False),
    )


def _classifier(app: Entry, defaults: Defaults) -> argparse.ArgumentParser:
    classifier = parser(
        f"{app.title} on ImageNet under LoadGen.",
        backends=backends_for((*app.formats, NO_MODEL)),
        defaults=defaults,
        dataset="ImageNet 2012 folder with pictures and val_map.txt (default: a small one)",
        model="frozen graph, ONNX file or PyTorch checkpoint (default: weights from a seed)",
    )
    _add_arguments(classifier, app.model, list_name="val_map.txt in the folder")
    return classifier


def _detector(app: Entry, defaults: Defaults) -> argparse.ArgumentParser:
    detector = parser(
        f"{app.title} on COCO under LoadGen.",
        backends=backends_for((*app.formats, NO_MODEL)),
        defaults=defaults,
        dataset="COCO 2017 folder with val2017 and annotations (default: a small one)",
        model="frozen graph, ONNX file or PyTorch module (default: weights from a seed)",
    )
    annotations = "annotations/instances_val2017.json in the folder"
    _add_arguments(detector, app.model, list_name=annotations)
    return detector


def _add_arguments(parser: argparse.ArgumentParser, model: str, *, list_name: str) -> None:
    """model: the name under which settings files know it. list_name: the file of the data set that
    --dataset-list replaces.
    """
    profiles.add_arguments(parser, model)
    parser.add_argument(
        "--model-name",
        default=model,
        metavar="NAME",
        help="the name of the model in settings files (default %(default)s)",
    )
    parser.add_argument(
        "--cache", type=int, metavar="N", help="accepted for compatibility, ignored"
    )
    parser.add_argument(
        "--dataset-list", type=existing_file, metavar="FILE", help=f"in place of {list_name}"
    )
    parser.add_argument(
        "--data-format",
        choices=LAYOUTS,
        metavar="LAYOUT",
        help="layout of the model's input: %(choices)s (default: that of its official file)",
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
