"""Reads the command line of the app."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from mlperf_loadgen.harness.arguments import Defaults, parser

from reference_apps.registry import APPS

APP = APPS["efficientnet_lite0"]
DEFAULTS = Defaults(max_batch_size=4, max_latency=0.2, samples_per_query=4)


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Returns the parsed command line. Raises SystemExit as argparse does."""
    return parser(
        "EfficientNet-Lite0 on photographs under LoadGen.",
        backends=APP.backends,
        defaults=DEFAULTS,
        dataset="folder with pictures and a val_map.txt (default: a few dozen from packages)",
        model="ONNX file to run in place of the packaged network",
    ).parse_args(argv)
