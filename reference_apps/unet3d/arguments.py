"""The command line: that of every app, and the flags of the official run.py."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from mlperf_loadgen.harness.argument_types import existing_folder, first_there, int_at_least
from mlperf_loadgen.harness.arguments import Defaults, parser

from reference_apps.unet3d.task043 import LABELS_FOLDER

BACKENDS = ("torch", "onnxruntime", "tensorflow")
DEFAULTS = Defaults(max_batch_size=1, max_latency=20.0, samples_per_query=2)
PERFORMANCE_COUNT = 16
MODEL = "3d-unet"  # under which settings files know it
TITLE = "3D-UNet"
_OFFICIAL_DATA = "build/preprocessed_data"
_OFFICIAL_MODELS = {  # as the official scripts unpack and name them
    "torch": (
        "build/result/nnUNet/3d_fullres/Task043_BraTS2019/nnUNetTrainerV2__nnUNetPlansv2.mlperf.1"
    ),
    "onnxruntime": "build/model/224_224_160.onnx",
    "tensorflow": "build/model/224_224_160.pb",
}


def arguments() -> argparse.ArgumentParser:
    """The parser. `parse` says what follows from what it reads."""
    made = parser(
        f"{TITLE} on BraTS 2019 under LoadGen.",
        backends=BACKENDS,
        defaults=DEFAULTS,
        dataset="folder of preprocessed cases (without it: a small one)",
        model="frozen graph, ONNX file or weights of nnU-Net (without it: a small network)",
    )
    made.add_argument(
        "--preprocessed_data_dir",
        dest="dataset_path",
        type=existing_folder,
        metavar="DIR",
        help="another name for --dataset-path",
    )
    made.add_argument(
        "--label_data_dir",
        type=existing_folder,
        metavar="DIR",
        help=f"labelsTr, for --accuracy (with a data set of yours: {LABELS_FOLDER})",
    )
    made.add_argument(
        "--model_dir",
        type=existing_folder,
        metavar="DIR",
        help="model directory of nnU-Net, for torch",
    )
    made.add_argument(
        "--performance_count",
        type=int_at_least(1),
        default=PERFORMANCE_COUNT,
        metavar="N",
        help="cases in memory in a performance run (%(default)s)",
    )
    return made


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The parsed command line. Model and data that it does not name are those in the places that
    the official app has for them, where these are there. Raises SystemExit as argparse does.
    """
    made = arguments()
    args = made.parse_args(argv)
    if args.model_dir is not None and args.backend != "torch":
        made.error(f"--model_dir goes with --backend torch, not {args.backend}: see --model")
    if args.model_dir is None and args.model_path is None:
        place = first_there(_OFFICIAL_MODELS[args.backend])
        if args.backend == "torch":
            args.model_dir = place
        else:
            args.model_path = place
    args.dataset_path = args.dataset_path or first_there(_OFFICIAL_DATA)
    return args
