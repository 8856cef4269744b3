"""A measurement is a process of its own, in a folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WORKER = Path(__file__).with_name("worker.py")
LIMIT_S = 600

Figures = dict[str, float]


class MeasurementError(Exception):
    """A process that measures failed."""


@dataclass(frozen=True)
class Bench:
    """Where the modules and programs are. `peer` and `native` are None when there are none."""

    peer: Path | None = None
    native: Path | None = None

    def python(self, options: dict[str, Any], *, peer: bool = False) -> Figures:
        environment = dict(os.environ)
        if peer:
            environment["PYTHONPATH"] = str(self.peer)
        return _run([sys.executable, str(WORKER), json.dumps(options)], environment)

    def cpp(self, options: dict[str, Any]) -> Figures:
        command = [str(self.native), options["case"], str(options["count"])]
        if options.get("trace"):
            command.append("trace")
        if "threads" in options:
            command.append(f"threads={options['threads']}")
        return _run(command, None)


def _run(command: list[str], environment: dict[str, str] | None) -> Figures:
    with tempfile.TemporaryDirectory(prefix="loadgen_bench_") as folder:
        ended = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
    if ended.returncode != 0:
        raise MeasurementError(
            f"{' '.join(command)} ended with {ended.returncode}: {ended.stderr[-2000:]}"
        )
    figures: Figures = json.loads(ended.stdout.splitlines()[-1])
    return figures
