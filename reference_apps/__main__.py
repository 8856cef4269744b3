"""Runs a reference app: python -m reference_apps NAME | all | list [arguments]"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from mlperf_loadgen.harness import screen
from mlperf_loadgen.harness.command import command

from reference_apps import run_all
from reference_apps.registry import APPS

_PROGRAM = "python -m reference_apps"


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit code of the app, or of run_all."""
    words = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(
        prog=_PROGRAM,
        description="Runs a reference app, or every one of them. NAME --help says what one takes.",
    )
    parser.add_argument("name", choices=[*APPS, "all", "list"], metavar="NAME", help="%(choices)s")
    name = parser.parse_args(words[:1]).name
    sys.argv[0] = f"{_PROGRAM} {name}"  # as the usage and the errors of the app name it
    if name == "all":
        return run_all.main(words[1:])
    if name == "list":
        _show()
        return 0
    return command(APPS[name].package, words[1:])


def _show() -> None:
    columns = ("name", "model", "data", "backends", "official score")
    rows = [
        (app.name, app.title, app.data, ", ".join(app.backends), app.score) for app in APPS.values()
    ]
    screen.table("Reference apps", columns, rows)


if __name__ == "__main__":
    sys.exit(main())
