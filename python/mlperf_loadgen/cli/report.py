"""``mlperf-loadgen report``: draws results again as one HTML page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mlperf_loadgen.cli.main import say
from mlperf_loadgen.cli.parser import Parser
from mlperf_loadgen.cli.results import read_results
from mlperf_loadgen.exit_codes import Exit
from mlperf_loadgen.page import write_page

__all__ = ["main", "parser"]

_NAME = "report.html"


def parser() -> Parser:
    described = Parser(
        "report", "Draws results as one HTML page; several are laid over each other.", "RESULT ..."
    )
    described.add_argument(
        "results", metavar="RESULT", nargs="+", help="a result folder, a report.json, or a page"
    )
    described.add_argument(
        "-o", "--output", metavar="FILE", help="the page; else report.html beside the result"
    )
    described.add_argument("--interactive", action="store_true", help="live charts; 0.9 MB more")
    return described


def main(given: dict[str, Any]) -> int:
    paths: list[str] = given["results"]
    records = read_results(paths)
    path = write_page(
        records, given.get("output") or _beside(paths), interactive="interactive" in given
    )
    say(f"written: {path}")
    return Exit.VALID


def _beside(paths: list[str]) -> Path:
    """Return where the page goes: to its result, or, of several, to the working directory."""
    first = Path(paths[0])
    if len(paths) > 1:
        return Path(_NAME)
    return first / _NAME if first.is_dir() else first.with_name(_NAME)
