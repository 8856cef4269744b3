"""The command line of the app."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from mlperf_loadgen.harness.arguments import Defaults

from reference_apps.common import profiles
from reference_apps.common.arguments import Vision

VISION = Vision(
    "ssd-resnet34",
    "SSD-ResNet34 1200x1200",
    Defaults(max_batch_size=1, max_latency=20.0, samples_per_query=2),
    clamps=True,
)


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The parsed command line. Raises SystemExit as argparse does."""
    return profiles.parse(VISION.detector(), argv)
