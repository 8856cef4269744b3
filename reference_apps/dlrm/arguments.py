"""Parses the command line: the arguments of every app, and those of the official script."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mlperf_loadgen.harness.argument_types import (
    comma_separated,
    existing_file,
    int_at_least,
    positive_float,
)
from mlperf_loadgen.harness.arguments import Defaults, parser

from reference_apps.common.arguments import ModelOptions
from reference_apps.dlrm.aggregation import Aggregation
from reference_apps.dlrm.variants import DATASETS, TERABYTE_40M, Variant, variant_of
from reference_apps.registry import APPS

APP = APPS["dlrm"]
DEFAULTS = Defaults(max_batch_size=TERABYTE_40M.max_batchsize, max_latency=0.2)
TRACE = Path("dlrm_trace_of_aggregated_samples.txt")
_MODEL_NAMES = ("dlrm", "tf_dlrm")
_PROFILES = {
    "defaults": {},
    "dlrm-kaggle-pytorch": {"dataset": "kaggle", "backend": "torch"},
    "dlrm-terabyte-pytorch": {"dataset": "terabyte", "backend": "torch"},
    "dlrm-kaggle-onnxruntime": {"dataset": "kaggle", "backend": "onnxruntime"},
    "dlrm-terabyte-onnxruntime": {"dataset": "terabyte", "backend": "onnxruntime"},
    "tf_dlrm-kaggle-tensorflow": {"dataset": "kaggle", "backend": "tensorflow"},
    "tf_dlrm-terabyte-tensorflow": {"dataset": "terabyte", "backend": "tensorflow"},
}


@dataclass(frozen=True)
class DlrmOptions(ModelOptions):
    """What the command line says about the model."""

    variant: Variant = TERABYTE_40M
    feeds: Sequence[str] = ()  # --inputs: the tensors that Predictor feeds, in its order

    def orders(self, *official: Sequence[str]) -> Sequence[Sequence[str]]:
        """Returns the orders of inputs that a file may have: that of --inputs, else the official
        ones. Raises ValueError for another number of inputs.
        """
        if not self.feeds:
            return official
        counts = [len(names) for names in official]
        if len(self.feeds) not in counts:
            raise ValueError(
                f"--inputs must be {' or '.join(map(str, counts))} names, not {len(self.feeds)}: "
                f"{', '.join(self.feeds)}"
            )
        return [self.feeds]


def arguments() -> argparse.ArgumentParser:
    """Makes the parser. `parse` adds what a profile or a data set changes."""
    app_parser = parser(
        "DLRM on Criteo's click logs under LoadGen.",
        backends=APP.backends,
        defaults=DEFAULTS,
        dataset="folder with preprocessed files (default: a small synthetic set)",
        model="PyTorch checkpoint, ONNX file or frozen graph (default: a small synthetic model)",
    )
    _add_data(app_parser)
    _add_aggregation(app_parser)
    _add_official(app_parser)
    return app_parser


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parses the command line. Its profile, and then its data set, say what it leaves out. Raises
    SystemExit as argparse does.
    """
    app_parser = arguments()
    profile = app_parser.parse_known_args(argv)[0].profile
    app_parser.set_defaults(**_PROFILES[profile])
    dataset = app_parser.parse_known_args(argv)[0].dataset
    app_parser.set_defaults(max_batchsize=variant_of(dataset).max_batchsize)
    return app_parser.parse_args(argv)


def published_variant(args: argparse.Namespace) -> Variant:
    """Returns the variant that a parsed command line asks for. Raises ValueError for one that there
    is not, and for what does not fit it.
    """
    variant = variant_of(args.dataset, args.max_ind_range)
    rate = args.data_sub_sample_rate
    if rate not in (0.0, variant.data_sub_sample_rate):
        raise ValueError(
            f"--data-sub-sample-rate must be {variant.data_sub_sample_rate} for {variant.name}, "
            f"not {rate}"
        )
    if args.mlperf_bin_loader and variant.dataset != "terabyte":
        raise ValueError(f"--mlperf-bin-loader needs --dataset terabyte, not {variant.dataset}")
    return variant


def max_samples(args: argparse.Namespace) -> int | None:
    """Returns how many samples a parsed command line allows; None: any number."""
    counts = [count for count in (args.count, args.count_samples) if count is not None]
    return min(counts, default=None)


def aggregation(args: argparse.Namespace) -> Aggregation:
    """Returns what a parsed command line says about the samples."""
    return Aggregation(
        fixed=args.samples_to_aggregate_fix,
        minimum=args.samples_to_aggregate_min,
        maximum=args.samples_to_aggregate_max,
        quantile_file=args.samples_to_aggregate_quantile_file,
        seed=args.numpy_rand_seed,
    )


def _add_data(app_parser: argparse.ArgumentParser) -> None:
    data = app_parser.add_argument_group("the data set")
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


def _add_aggregation(app_parser: argparse.ArgumentParser) -> None:
    group = app_parser.add_argument_group("user-item pairs in a sample")
    group.add_argument(
        "--samples-to-aggregate-fix", type=int, metavar="N", help="pairs per sample (default 1)"
    )
    for flag, what in (("min", "fewest"), ("max", "most")):
        group.add_argument(
            f"--samples-to-aggregate-{flag}",
            type=int,
            metavar="N",
            help=f"{what} pairs per sample, drawn uniformly",
        )
    group.add_argument(
        "--samples-to-aggregate-quantile-file",
        type=existing_file,
        metavar="FILE",
        help="pairs per sample, drawn from its first line (official: tools/dist_quantile.txt)",
    )
    group.add_argument(
        "--samples-to-aggregate-trace-file",
        type=Path,
        default=TRACE,
        metavar="FILE",
        help="written to --output: start, end and length of each sample (default %(default)s)",
    )
    group.add_argument(
        "--numpy-rand-seed",
        type=int,
        default=123,
        metavar="N",
        help="of what is drawn (default %(default)s)",
    )
    group.add_argument(
        "--count-samples", type=int_at_least(1), metavar="N", help="use only the first N samples"
    )


def _add_official(app_parser: argparse.ArgumentParser) -> None:
    app_parser.conflict_handler = "resolve"  # --model is the file in every other app
    group = app_parser.add_argument_group("other names of the official script")
    group.add_argument(
        "--model",
        type=_model_name,
        default=_MODEL_NAMES[0],
        dest="model_name",
        metavar="NAME",
        help="accepted for compatibility, ignored: the name of the model; its file is --model-path",
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
        group.add_argument(
            flag, type=int, default=0, metavar="N", help="accepted for compatibility, ignored"
        )


def _model_name(text: str) -> str:
    if text not in _MODEL_NAMES:
        raise argparse.ArgumentTypeError(
            f"must be the name of the model, {' or '.join(_MODEL_NAMES)}, not {text!r}; its file "
            "is --model-path"
        )
    return text


def _seconds(milliseconds: str) -> float:
    return positive_float(milliseconds) / 1e3
