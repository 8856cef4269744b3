"""Reads the command line: the arguments of every app, and the flags of the official run.py."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from mlperf_loadgen.harness.arguments import Defaults
from mlperf_loadgen.harness.arguments import parser as app_parser

from reference_apps.registry import APPS

APP = APPS["rnnt"]
DEFAULTS = Defaults(max_batch_size=8, max_latency=5.0, server_queries=64, samples_per_query=2)


def arguments() -> argparse.ArgumentParser:
    """Returns the parser."""
    parser = app_parser(
        f"{APP.title} on LibriSpeech under LoadGen.",
        backends=APP.backends,
        defaults=DEFAULTS,
        dataset="folder with dev-clean-wav.json and its recordings, or with the tree of the "
        "archive (default: a small one)",
        model="PyTorch checkpoint (default: weights from a seed)",
    )
    parser.add_argument(
        "--dataset_dir", type=Path, dest="dataset_path", help="same as --dataset-path"
    )
    parser.add_argument(
        "--manifest", type=Path, help="manifest to read instead of dev-clean-wav.json in the folder"
    )
    parser.add_argument(
        "--pytorch_config_toml",
        type=Path,
        help="sizes, sound and alphabet (default: the official ones; a smaller synthetic model)",
    )
    parser.add_argument(
        "--pytorch_checkpoint", type=Path, dest="model_path", help="same as --model-path"
    )
    parser.add_argument("--log_dir", type=Path, dest="output", help="same as --output")
    parser.add_argument(
        "--perf_count",
        type=int,
        dest="performance_sample_count",
        help="same as --performance-sample-count",
    )
    return parser


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parses the command line. Raises SystemExit as argparse does."""
    return arguments().parse_args(argv)
