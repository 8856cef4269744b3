"""The command line of the app: what every app understands, and what the official script has."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from mlperf_loadgen.harness.argument_types import (
    comma_separated,
    existing_file,
    int_at_least,
    positive_float,
)
from mlperf_loadgen.harness.arguments import Defaults, parser, threads_per_worker

from reference_apps.common.arguments import ModelOptions
from reference_apps.dlrm.aggregation import Aggregation
from reference_apps.dlrm.variants import DATASETS, TERABYTE_40M, variant_of

BACKENDS = ("torch", "onnxruntime", "tensorflow")
NAMES = ("dlrm", "tf_dlrm")
DEFAULTS = Defaults(max_batch_size=TERABYTE_40M.max_batchsize, max_latency=0.2)
TRACE = Path("dlrm_trace_of_aggregated_samples.txt")
_PROFILES = {
    "defaults": {},
    "dlrm-kaggle-pytorch": {"dataset": "kaggle", "backend": "torch"},
    "dlrm-terabyte-pytorch": {"dataset": "terabyte", "backend": "torch"},
    "dlrm-kaggle-onnxruntime": {"dataset": "kaggle", "backend": "onnxruntime"},
    "dlrm-terabyte-onnxruntime": {"dataset": "terabyte", "backend": "onnxruntime"},
    "tf_dlrm-kaggle-tensorflow": {"dataset": "kaggle", "backend": "tensorflow"},
    "tf_dlrm-terabyte-tensorflow": {"dataset": "terabyte", "backend": "tensorflow"},
}


def arguments() -> argparse.ArgumentParser:
    """The parser, without what a profile changes."""
    made = parser(
        "DLRM on Criteo's click logs under LoadGen.",
        backends=BACKENDS,
        defaults=DEFAULTS,
        dataset="folder with preprocessed files (without it: a small set)",
        model="PyTorch checkpoint, ONNX file or frozen graph (without it: a small stand-in)",
    )
    _add_data(made)
    _add_aggregation(made)
    _add_official(made)
    return made


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The parsed command line. What it does not say is as its profile, then as its data set, has
    it.
    """
    made = arguments()
    profile = made.parse_known_args(argv)[0].profile
    made.set_defaults(**_PROFILES[profile])
    dataset = made.parse_known_args(argv)[0].dataset
    made.set_defaults(max_batchsize=variant_of(dataset).max_batchsize)
    return made.parse_args(argv)


def model_options(args: argparse.Namespace) -> ModelOptions:
    """What the command line says of the model."""
    return ModelOptions(
        path=args.model_path,
        device=args.device,
        threads=threads_per_worker(args),
        inputs=args.inputs,
        outputs=args.outputs,
    )


def aggregation(args: argparse.Namespace) -> Aggregation:
    """What it says of the samples."""
    return Aggregation(
        fix=args.samples_to_aggregate_fix,
        least=args.samples_to_aggregate_min,
        most=args.samples_to_aggregate_max,
        quantile_file=args.samples_to_aggregate_quantile_file,
        seed=args.numpy_rand_seed,
    )


def _add_data(made: argparse.ArgumentParser) -> None:
    data = made.add_argument_group("the data set")
    data.add_argument(
        "--dataset",
        choices=DATASETS,
        default=DATASETS[0],
        help="%(choices)s (default %(default)s)",
    )
    data.add_argument(
        "--max-ind-range",
        type=int,
        default=-1,
        metavar="N",
        help="categories are taken modulo this: 40000000 (default) or 10000000 for terabyte",
    )
    data.add_argument(
        "--mlperf-bin-loader", action="store_true", help="read terabyte_processed_test.bin"
    )
    data.add_argument(
        "--data-sub-sample-rate",
        type=float,
        default=0.0,
        metavar="RATE",
        help="must be that of the preprocessed files: 0.875 with 10000000, else 0",
    )


def _add_aggregation(made: argparse.ArgumentParser) -> None:
    group = made.add_argument_group("user-item pairs in a sample")
    group.add_argument(
        "--samples-to-aggregate-fix", type=int, metavar="N", help="as many (without any: 1)"
    )
    group.add_argument("--samples-to-aggregate-min", type=int, metavar="N", help="from N ...")
    group.add_argument("--samples-to-aggregate-max", type=int, metavar="N", help="... to N")
    group.add_argument(
        "--samples-to-aggregate-quantile-file",
        type=existing_file,
        metavar="FILE",
        help="drawn from its first line; tools/dist_quantile.txt is the official one",
    )
    group.add_argument(
        "--samples-to-aggregate-trace-file",
        type=Path,
        default=TRACE,
        metavar="FILE",
        help="written, in --output: start, end and length of each (default %(default)s)",
    )
    group.add_argument("--numpy-rand-seed", type=int, default=123, metavar="N", help="%(default)s")
    group.add_argument(
        "--count-samples", type=int_at_least(1), metavar="N", help="only the first N samples"
    )


def _add_official(made: argparse.ArgumentParser) -> None:
    made.conflict_handler = "resolve"  # --model is the file in every other app
    group = made.add_argument_group("other names of the official script")
    group.add_argument(
        "--model",
        type=_name,
        default=NAMES[0],
        dest="model_name",
        metavar="NAME",
        help="taken, without effect: the name of the model; its file is --model-path",
    )
    group.add_argument(
        "--profile", choices=list(_PROFILES), default="defaults", help="%(choices)s", metavar="NAME"
    )
    group.add_argument("--use-gpu", action="store_const", dest="device", const="cuda")
    group.add_argument(
        "--duration", type=_seconds, dest="time", metavar="MS", help="--time in milliseconds"
    )
    group.add_argument(
        "--target-qps", type=positive_float, dest="qps", metavar="RATE", help="--qps"
    )
    group.add_argument(
        "--samples-per-query-multistream",
        type=int_at_least(1),
        dest="samples_per_query",
        metavar="N",
        help="--samples-per-query",
    )
    group.add_argument(
        "--samples-per-query-offline",
        type=int_at_least(1),
        default=2048,
        metavar="N",
        help="samples held in memory at once, unless rules say (default %(default)s)",
    )
    group.add_argument("--inputs", type=comma_separated, metavar="NAMES", help="tensors to feed")
    group.add_argument("--outputs", type=comma_separated, metavar="NAMES", help="tensor to fetch")
    for flag in ("--test-num-workers", "--cache"):
        group.add_argument(flag, type=int, default=0, metavar="N", help="taken, without effect")


def _name(text: str) -> str:
    if text not in NAMES:
        raise argparse.ArgumentTypeError(
            f"names the model, {' or '.join(NAMES)}, not {text!r}; its file is --model-path"
        )
    return text


def _seconds(milliseconds: str) -> float:
    return positive_float(milliseconds) / 1e3
