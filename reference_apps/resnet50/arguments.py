"""Reads the command line of the app."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from mlperf_loadgen.harness.arguments import Defaults

from reference_apps.registry import APPS
from reference_apps.vision.arguments import parse_classifier

APP = APPS["resnet50"]
DEFAULTS = Defaults(max_latency=0.5)


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Returns the parsed command line. Raises SystemExit as argparse does."""
    return parse_classifier(APP, DEFAULTS, argv)
