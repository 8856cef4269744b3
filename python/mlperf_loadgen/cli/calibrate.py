"""``mlperf-loadgen calibrate``: what LoadGen itself costs on this machine."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from mlperf_loadgen.calibration import calibrate
from mlperf_loadgen.cli.parser import Parser
from mlperf_loadgen.exit_codes import Exit

__all__ = ["main", "parser"]


def parser() -> Parser:
    described = Parser("calibrate", "Measures what LoadGen itself costs on this machine.")
    described.add_argument("--json", action="store_true", help="as JSON; times in ns")
    return described


def main(given: dict[str, Any]) -> int:
    measured = calibrate()
    print(json.dumps(dataclasses.asdict(measured), indent=2) if "json" in given else measured)
    return Exit.VALID
