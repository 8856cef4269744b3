"""Reads the command line: the arguments of every app, and the flags of the official run.py."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from mlperf_loadgen.harness.argument_types import existing_folder, first_existing, int_at_least
from mlperf_loadgen.harness.arguments import Defaults
from mlperf_loadgen.harness.arguments import parser as app_parser
from mlperf_loadgen.harness.backends import BACKENDS, GRAPH, ONNX, TORCH

from reference_apps.registry import APPS
from reference_apps.unet3d.task043 import LABELS_FOLDER

APP = APPS["unet3d"]
DEFAULTS = Defaults(max_batch_size=1, max_latency=20.0, samples_per_query=2)
_PERFORMANCE_COUNT = 16
_OFFICIAL_DATA = "build/preprocessed_data"
_OFFICIAL_MODELS = {  # by format, where the official scripts put them
    TORCH: (
        "build/result/nnUNet/3d_fullres/Task043_BraTS2019/nnUNetTrainerV2__nnUNetPlansv2.mlperf.1"
    ),
    ONNX: "build/model/224_224_160.onnx",
    GRAPH: "build/model/224_224_160.pb",
}


def arguments() -> argparse.ArgumentParser:
    """Returns the parser. `parse` completes what it reads."""
    parser = app_parser(
        f"{APP.title} on BraTS 2019 under LoadGen.",
        backends=APP.backends,
        defaults=DEFAULTS,
        dataset="folder of preprocessed cases (default: a small one)",
        model="frozen graph, ONNX file or weights of nnU-Net (default: a small network)",
    )
    parser.add_argument(
        "--preprocessed_data_dir",
        dest="dataset_path",
        type=existing_folder,
        metavar="DIR",
        help="same as --dataset-path",
    )
    parser.add_argument(
        "--label_data_dir",
        type=existing_folder,
        metavar="DIR",
        help=f"labelsTr, for --accuracy (default for a data set of your own: {LABELS_FOLDER})",
    )
    parser.add_argument(
        "--model_dir",
        type=existing_folder,
        metavar="DIR",
        help="model directory of nnU-Net, for torch",
    )
    parser.add_argument(
        "--performance_count",
        type=int_at_least(1),
        default=_PERFORMANCE_COUNT,
        metavar="N",
        help="cases in memory in a performance run (default %(default)s)",
    )
    return parser


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parses the command line. A model or data set that is not named is taken from its place in
    the official app, if it is there. Raises SystemExit as argparse does.
    """
    parser = arguments()
    args = parser.parse_args(argv)
    format = BACKENDS[args.backend].format
    if args.model_dir is not None and format != TORCH:
        parser.error(
            f"--model_dir has weights for PyTorch: --backend {args.backend} requires --model"
        )
    if args.model_dir is None and args.model_path is None:
        name = "model_dir" if format == TORCH else "model_path"
        setattr(args, name, first_existing(_OFFICIAL_MODELS[format]))
    args.dataset_path = args.dataset_path or first_existing(_OFFICIAL_DATA)
    return args
