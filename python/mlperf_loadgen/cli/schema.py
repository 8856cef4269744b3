"""``mlperf-loadgen schema``: the JSON Schema of report.json."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from mlperf_loadgen.cli.parser import Parser
from mlperf_loadgen.exit_codes import Exit

__all__ = ["main", "parser"]


def parser() -> Parser:
    return Parser("schema", "Prints the JSON Schema (draft 2020-12) of report.json.")


def main(given: dict[str, Any]) -> int:
    schema = files("mlperf_loadgen.result").joinpath("schema.json")
    print(schema.read_text(encoding="utf-8"), end="")
    return Exit.VALID
