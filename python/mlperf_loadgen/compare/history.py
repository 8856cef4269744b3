"""Keeps results over time, a JSON line each, and compares a result with the last ones."""

from __future__ import annotations

import csv
import fcntl
import hashlib
import io
import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mlperf_loadgen.compare.comparison import Comparison, Options, compare
from mlperf_loadgen.compare.render import value
from mlperf_loadgen.errors import OutputError
from mlperf_loadgen.result.condition import Condition
from mlperf_loadgen.result.metrics import METRICS, flat, metric
from mlperf_loadgen.text import one_line
from mlperf_loadgen.untrusted import FileError, read_text

__all__ = ["DEFAULT", "Entry", "add", "as_csv", "entry_of", "gate", "like", "read", "show", "table"]

DEFAULT = Path(".mlperf-loadgen") / "history.jsonl"
Entry = dict[str, Any]

_LARGEST = 256 << 20  # bytes of a history: some hundred thousand results
_LONGEST_TEXT = 200
_BARS = "▁▂▃▄▅▆▇█"
_AGAINST = re.compile(r"last:([1-9][0-9]{0,5})")


def entry_of(record: Mapping[str, Any], path: str | Path) -> Entry:
    """Return the line of a result: less than 3 kB, and what later results are compared with."""
    made, run = record.get("made", {}), record.get("run", {})
    program = made.get("by") if isinstance(made.get("by"), dict) else {}
    entry = {
        "id": record.get("id", ""),
        "at": run.get("started_at", made.get("at", "")),
        "label": str(made.get("label", ""))[:_LONGEST_TEXT],
        "git": str(_git(record) or "")[:40],
        "version": str(program.get("version", ""))[:40],
        "machine": _hash(_machine(record.get("environment", {}))),
        "settings": _hash(_settings(record)),
        "scenario": run.get("scenario"),
        "mode": run.get("mode", ""),
        "model": str(run.get("model", ""))[:_LONGEST_TEXT],
        "valid": record.get("verdict", {}).get("valid"),
        "headline": {k: record.get("headline", {}).get(k) for k in ("name", "unit", "better")},
        "metrics": {name: _short(each) for name, each in flat(record).items() if name in METRICS},
        "path": str(path)[:_LONGEST_TEXT],
    }
    return {name: each for name, each in entry.items() if each not in ("", None)}


def add(file: str | Path, entry: Entry) -> None:
    """Append a line to a history, which is made when there is none. Other processes may do so at
    the same time. Raises OutputError."""
    path = Path(file)
    line = json.dumps(entry, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"
    data = line.encode(errors="replace")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        descriptor = os.open(path, flags, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            before = os.fstat(descriptor).st_size
            if os.write(descriptor, data) != len(data):  # a full disk: no half line is left
                os.ftruncate(descriptor, before)
                raise OSError("the disk is full")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from error


def read(file: str | Path) -> list[Entry]:
    """Return the entries of a history, the oldest first.

    Raises OSError, and FileError that names file and line for what is not an entry.
    """
    entries = []
    for number, line in enumerate(read_text(file, _LARGEST).split("\n"), 1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise FileError(f"{file}:{number}: not a result: {error}") from None
        if not _is_entry(entry):
            raise FileError(f"{file}:{number}: not a result: scenario and metrics are missing")
        entries.append(entry)
    return entries


def like(entries: Sequence[Entry], entry: Entry) -> list[Entry]:
    """Return the entries with the settings, and of the machine, of this one."""
    return [each for each in entries if kind(each) == kind(entry)]


def gate(
    entries: Sequence[Entry],
    record: Mapping[str, Any],
    gates: Sequence[Condition],
    against: str = "last:10",
) -> Comparison:
    """Compare a result with the last ones of the same settings and machine, as runs of BASE.

    Raises ValueError when ``against`` is not "last:N", or there are fewer than two.
    """
    found = _AGAINST.fullmatch(against)
    if found is None:
        raise ValueError(f'--against {against}: not "last:N". Write last:10.')
    alike = [
        each for each in like(entries, entry_of(record, "")) if each.get("id") != record.get("id")
    ]
    if len(alike) < 2:
        raise ValueError(
            f"--against {against}: the history has {len(alike)} of {len(entries)} results with "
            "these settings on this machine; two are needed. Add some: history add RESULT."
        )
    base = [_as_record(each) for each in alike[-int(found.group(1)) :]]
    new = {name: record[name] for name in ("run", "headline", "accuracy") if name in record}
    new["metrics"] = flat(record)
    return compare(base, [new], gates, Options(allow_different=True))


def show(entries: Sequence[Entry], name: str, last: int = 50) -> str:
    """Return the last values of a metric as a table, with a spark line of those like the newest.

    A change is to the result before with the same settings on the same machine. Raises ValueError
    for a metric that does not exist.
    """
    rows = table(entries, name, last)
    if len(rows) == 1:
        return f"no result with {name}"
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(_padded(row, widths)).rstrip() for row in rows]
    shown = having(entries, name)[-last:]
    alike = [float(each["metrics"][name]) for each in like(shown, shown[-1])]
    if len(alike) > 1:
        lines += [
            "",
            f"{spark(alike)}  {len(alike)} with the settings and on the machine of the last",
        ]
    return "\n".join(lines)


def having(entries: Sequence[Entry], name: str) -> list[Entry]:
    """Return the entries that have a metric. Raises ValueError when it does not exist."""
    metric(name)
    return [each for each in entries if name in each["metrics"]]


def table(entries: Sequence[Entry], name: str, last: int) -> list[tuple[str, ...]]:
    """Return what show() says of each entry as texts, below a head."""
    before: dict[Any, float] = {}
    rows: list[tuple[str, ...]] = [("when", "label", "git", name, "change")]
    for each in having(entries, name)[-last:]:
        number = float(each["metrics"][name])
        previous = before.get(kind(each))
        change = f"{100 * (number / previous - 1):+.1f} %" if previous else "-"
        before[kind(each)] = number
        when, label, git = (one_line(str(each.get(k, "-"))) for k in ("at", "label", "git"))
        rows.append((when, label[:30], git[:7], value(number, metric(name, each).unit), change))
    return rows


def as_csv(entries: Sequence[Entry]) -> str:
    """Return the entries as a table with a column a metric."""
    names = [name for name in METRICS if any(name in each["metrics"] for each in entries)]
    facts = ("at", "label", "git", "version", "scenario", "model", "settings", "machine", "path")
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*facts, *names])
    for each in entries:
        values = [each["metrics"].get(name, "") for name in names]
        writer.writerow([*(each.get(fact, "") for fact in facts), *values])
    return out.getvalue()


def spark(values: Sequence[float]) -> str:
    """Return a bar a value, from the lowest to the highest."""
    low, high = min(values), max(values)
    step = (high - low) / (len(_BARS) - 1) or 1
    return "".join(_BARS[round((each - low) / step)] for each in values)


def _is_entry(entry: Any) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("scenario"), str):
        return False
    metrics, head = entry.get("metrics"), entry.get("headline", {})
    return (
        isinstance(metrics, dict)
        and isinstance(head, dict)
        and all(
            isinstance(each, int | float) and not isinstance(each, bool) and each - each == 0
            for each in metrics.values()
        )
    )


def _as_record(entry: Entry) -> dict[str, Any]:
    run = {name: entry[name] for name in ("scenario", "mode", "model") if name in entry}
    return {"run": run, "metrics": entry["metrics"], "headline": entry.get("headline", {})}


def kind(entry: Entry) -> tuple[Any, ...]:
    """Return what two entries have in common when they are results of the same thing."""
    return tuple(entry.get(name) for name in ("scenario", "mode", "model", "settings", "machine"))


def _settings(record: Mapping[str, Any]) -> Any:
    return sorted((str(row.get("name")), row.get("value")) for row in record.get("settings", []))


def _machine(environment: Mapping[str, Any]) -> Any:
    """Return what makes a machine another one for a measurement."""
    processor = environment.get("processor")
    memory = environment.get("memory")
    gpus = environment.get("gpus", [])
    return [
        [_part(processor, name) for name in ("model", "sockets", "cores", "threads")],
        _part(memory, "total_bytes"),
        [_part(gpu, "name") for gpu in gpus] if isinstance(gpus, list) else None,
    ]


def _part(facts: Any, name: str) -> Any:
    return facts.get(name) if isinstance(facts, dict) else None


def _git(record: Mapping[str, Any]) -> Any:
    code = record.get("environment", {}).get("code")
    for facts in (code, record.get("made", {}).get("by")):
        for name in ("git", "revision"):
            if _part(facts, name):
                return _part(facts, name)
    return None


def _hash(facts: Any) -> str:
    text = json.dumps(facts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:16]


def _short(number: float) -> float:
    return int(number) if number == int(number) else float(f"{number:.9g}")


def _padded(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    left = [cell.ljust(width) for cell, width in zip(row[:3], widths[:3], strict=True)]
    return left + [cell.rjust(width) for cell, width in zip(row[3:], widths[3:], strict=True)]
