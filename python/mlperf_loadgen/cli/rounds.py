"""``mlperf-loadgen rounds``: the rounds whose rules are built in."""

from __future__ import annotations

import json
from typing import Any

from mlperf_loadgen._core import rounds
from mlperf_loadgen.cli.parser import Parser
from mlperf_loadgen.exit_codes import Exit

__all__ = ["main", "parser"]


def parser() -> Parser:
    described = Parser("rounds", "Lists the rounds whose rules are built in, oldest first.")
    described.add_argument("--json", action="store_true", help="as JSON")
    return described


def main(given: dict[str, Any]) -> int:
    print(json.dumps(rounds()) if "json" in given else "\n".join(rounds()))
    return Exit.VALID
