"""Reads the command line of the app."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from mlperf_loadgen.harness.arguments import Defaults

from reference_apps.registry import APPS
from reference_apps.vision.arguments import parse_detector

APP = APPS["ssd_resnet34"]
DEFAULTS = Defaults(max_batch_size=1, max_latency=20.0, samples_per_query=2)


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Returns the parsed command line. Raises SystemExit as argparse does."""
    return parse_detector(APP, DEFAULTS, argv, clamps=True)
