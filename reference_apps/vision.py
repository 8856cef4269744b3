"""The vision apps behind one command, which the profile chooses, as the official main.py has it:
python -m reference_apps.vision --profile NAME [what the app understands]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence

import mlperf_loadgen as lg

from reference_apps.common.profiles import PROFILES
from reference_apps.mobilenet import app as mobilenet
from reference_apps.resnet50 import app as resnet50
from reference_apps.ssd_mobilenet import app as ssd_mobilenet
from reference_apps.ssd_resnet34 import app as ssd_resnet34

APPS: Mapping[str, Callable[[Sequence[str] | None], lg.Report]] = {
    app.DESIGN.name: app.main for app in (resnet50, mobilenet, ssd_mobilenet, ssd_resnet34)
}


def main(argv: Sequence[str] | None = None) -> lg.Report:
    """Runs the app of the profile. argv: as classifier.main."""
    chooser = argparse.ArgumentParser(
        description="A vision app, chosen by its profile. More: --profile NAME --help",
        add_help=False,
    )
    chooser.add_argument("--profile", choices=list(PROFILES), required=True)
    known, _ = chooser.parse_known_args(argv)
    return APPS[PROFILES[known.profile].model](argv)


if __name__ == "__main__":
    main()
