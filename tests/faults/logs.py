"""The log files of a test: what they say, and whether they are whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PREFIX = ":::MLLOG "


def text(folder: Path, kind: str) -> str:
    return (folder / f"mlperf_log_{kind}").read_text(encoding="utf-8", errors="strict")


def refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def entries(folder: Path) -> list[dict[str, Any]]:
    found = []
    for line in text(folder, "detail.txt").splitlines():
        assert line.startswith(PREFIX), f"no MLLOG line: {line[:80]}"
        found.append(json.loads(line[len(PREFIX) :], parse_constant=refuse))
    return found


def errors(folder: Path) -> list[str]:
    return [str(entry["value"]) for entry in entries(folder) if entry["metadata"]["is_error"]]


def verdict(folder: Path) -> str:
    """What a user takes from the summary of a test that raised nothing."""
    if not (folder / "mlperf_log_summary.txt").exists():
        return "no summary"
    summary = (folder / "mlperf_log_summary.txt").read_text(encoding="utf-8", errors="replace")
    said = "INVALID" if "INVALID" in summary else "VALID" if "VALID" in summary else "no verdict"
    try:
        found = errors(folder)
    except Exception as error:
        return f"{said}; bad detail log: {error}"
    return f"{said}: {found[0]} ({len(found)} lines of errors)" if found else f"{said}, no errors"


def problems(folder: Path, ends: str) -> Iterator[str]:
    """What is wrong with the files of a test that ended so."""
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    yield from (f"{folder}: {name} was left" for name in names if name.endswith((".part", ".tmp")))
    if ends == "refused":
        if names & {"mlperf_log_summary.txt", "mlperf_log_accuracy.json"}:
            yield f"{folder}: no test began, yet there are {sorted(names)}"
        return
    if ends == "any" and "mlperf_log_summary.txt" not in names:
        return
    if ends == "torn":
        summary = text(folder, "summary.txt") if "mlperf_log_summary.txt" in names else ""
        if summary and "INVALID" not in summary:
            yield f"{folder}: the summary does not say INVALID"
        return
    try:
        found = errors(folder)
        summary = text(folder, "summary.txt")
        for kind in ("accuracy.json", "trace.json"):
            json.loads(text(folder, kind), parse_constant=refuse)
    except Exception as error:
        yield f"{folder}: {type(error).__name__}: {error}"
        return
    if ends == "invalid":
        if "INVALID" not in summary:
            yield f"{folder}: the summary does not say INVALID:\n{summary}"
        if not found:
            yield f"{folder}: the detail log has no error"
    if ends == "clean" and (found or "No errors encountered" not in summary):
        yield f"{folder}: not clean: {found[:3]}"
