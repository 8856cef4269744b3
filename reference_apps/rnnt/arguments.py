"""The command line: that of every app, and the flags of the official run.py."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from mlperf_loadgen.harness.arguments import Defaults, parser

BACKENDS = ("torch", "onnxruntime")
DEFAULTS = Defaults(max_batch_size=8, max_latency=5.0, server_queries=64, samples_per_query=2)


def arguments() -> argparse.ArgumentParser:
    """The parser. `parse` says what follows from what it reads."""
    made = parser(
        "RNN-T on LibriSpeech under LoadGen.",
        backends=BACKENDS,
        defaults=DEFAULTS,
        dataset="folder with dev-clean-wav.json and its recordings, or with the tree of the "
        "archive (without it: a small one)",
        model="PyTorch checkpoint (without it: weights from a seed)",
    )
    made.add_argument("--dataset_dir", type=Path, dest="dataset_path", help="as --dataset-path")
    made.add_argument("--manifest", type=Path, help="in place of dev-clean-wav.json in the folder")
    made.add_argument(
        "--pytorch_config_toml",
        type=Path,
        help="sizes, sound and alphabet (without it: the official ones; the stand-in is smaller)",
    )
    made.add_argument("--pytorch_checkpoint", type=Path, dest="model_path", help="as --model-path")
    made.add_argument("--log_dir", type=Path, dest="output", help="as --output")
    made.add_argument(
        "--perf_count",
        type=int,
        dest="performance_sample_count",
        help="as --performance-sample-count",
    )
    return made


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The parsed command line. Raises SystemExit as argparse does."""
    return arguments().parse_args(argv)
