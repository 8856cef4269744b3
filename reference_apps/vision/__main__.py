"""Runs the vision app that the profile chooses, as the official main.py does:
python -m reference_apps.vision [--profile NAME] [what the app understands]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

import mlperf_loadgen as lg
from mlperf_loadgen.harness.command import command

from reference_apps.registry import APPS
from reference_apps.vision.profiles import DATASETS, PROFILES

# What the official script takes where no profile says.
_WITHOUT_PROFILE = ("--backend", "tensorflow", "--scenario", "SingleStream")


def main(argv: Sequence[str] | None = None) -> lg.Report:
    """Runs the app that the command line chooses. argv: without the program's name; None: the
    process's own.
    """
    package, words = choice(argv)
    report: lg.Report = import_module(f"{package}.app").main(words)
    return report


def choice(argv: Sequence[str] | None = None) -> tuple[str, list[str]]:
    """Returns the package of the app and its command line. Without a profile --model-name or
    --dataset says which app, and without these it is resnet50.

    Raises SystemExit as argparse does, and for --help without a profile.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    chooser = argparse.ArgumentParser(
        prog="python -m reference_apps.vision",
        description="A vision app, chosen by its profile. Its own arguments: --profile NAME --help",
        add_help=False,
        allow_abbrev=False,
    )
    chooser.add_argument("--profile", choices=list(PROFILES), metavar="NAME", help="%(choices)s")
    chooser.add_argument(
        "--model-name", metavar="NAME", help=f"without a profile: {', '.join(DATASETS)}"
    )
    chooser.add_argument(
        "--dataset", metavar="NAME", help="without profile and model name: one of that app"
    )
    asked, _ = chooser.parse_known_args(words)
    if asked.profile is not None:
        return _package(PROFILES[asked.profile].model), words
    if {"-h", "--help"} & set(words):
        chooser.print_help()
        raise SystemExit
    return _package(_model(asked)), [*_WITHOUT_PROFILE, *words]


def _model(asked: argparse.Namespace) -> str:
    if asked.model_name in DATASETS:
        return str(asked.model_name)
    for model, by_format in DATASETS.items():
        if any(asked.dataset in names for names in by_format.values()):
            return model
    return "resnet50"


def _package(model: str) -> str:
    return next(app.package for app in APPS.values() if app.model == model)


if __name__ == "__main__":
    sys.exit(command(*choice()))
