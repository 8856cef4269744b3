"""The command line of the app."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from mlperf_loadgen.harness.arguments import Defaults

from reference_apps.common import profiles
from reference_apps.common.arguments import Vision

VISION = Vision("mobilenet", "MobileNet v1 1.0 224", Defaults(max_latency=0.2))


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The parsed command line. Raises SystemExit as argparse does."""
    return profiles.parse(VISION.classifier(), argv)
