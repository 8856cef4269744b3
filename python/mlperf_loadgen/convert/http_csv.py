"""Reads requests from CSV: of ``vegeta encode --to csv``, and of ``k6 run --out csv``."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from mlperf_loadgen.convert.imported import of_requests
from mlperf_loadgen.convert.requests import Requests, whole_ns
from mlperf_loadgen.untrusted import FileError

__all__ = ["is_k6", "is_vegeta", "read_k6", "read_vegeta"]

_K6 = ("metric_name", "timestamp", "metric_value")
_VEGETA_COLUMNS = 12
_EARLIEST_NS = 10**17  # since the epoch: 1973; what is smaller is in a larger unit
_MS = 1e6  # ns
_ROUGH = (
    "k6 wrote times in whole seconds, and the timeline is as coarse; latencies are exact. "
    "K6_CSV_TIME_FORMAT=unix_nano makes it write ns."
)


def is_k6(text: str) -> bool:
    return text.startswith(",".join(_K6))


def is_vegeta(text: str) -> bool:
    cells = text.partition("\n")[0].split(",")
    return len(cells) >= _VEGETA_COLUMNS and all(cell.isdigit() for cell in cells[:5])


def read_vegeta(path: Path, text: str) -> dict[str, Any]:
    """Return the record. Raises FileError, which names file and line.

    The columns are: when the request was sent, in ns since the epoch, the HTTP status, the latency
    in ns, bytes out and in, the error, and more that is not used.
    """
    requests = Requests()
    for where, row in _rows(path, text):
        if len(row) < _VEGETA_COLUMNS:
            raise FileError(f"{where}: {len(row)} columns, {_VEGETA_COLUMNS} are needed")
        start, latency = (_number(row[i], int, where) for i in (0, 2))
        requests.add(where, start, latency, failed=bool(row[5]) or not row[1].startswith("2"))
    return of_requests("vegeta", requests.series(str(path)))


def read_k6(path: Path, text: str) -> dict[str, Any]:
    """Return the record, from the rows of http_req_duration. Raises FileError, which names file and
    line.

    The time of a row is that of the end of a request, by default in whole seconds.
    """
    requests = Requests()
    rows = _rows(path, text)
    _, heading = next(rows)
    places = {name: place for place, name in enumerate(heading)}
    rough = False
    for where, row in rows:
        if not row or row[0] != "http_req_duration":
            continue
        if len(row) != len(heading):
            raise FileError(f"{where}: {len(row)} columns, the first line has {len(heading)}")
        end_ns, seconds = _since_epoch_ns(_number(row[1], int, where))
        rough |= seconds
        latency = whole_ns(_number(row[2], float, where), _MS)
        status = row[places["status"]] if "status" in places else ""
        error = row[places["error_code"]] if "error_code" in places else ""
        failed = bool(error) or (bool(status) and not status.startswith(("2", "3")))
        requests.add(where, end_ns - latency, latency, failed=failed)
    notes = (_ROUGH,) if rough else ()
    return of_requests("k6", requests.series(str(path)), notes=notes)


def _since_epoch_ns(value: int) -> tuple[int, bool]:
    """Return a time in s, ms, us or ns since the epoch in ns, and whether it was in s."""
    ns = value
    while 0 < ns < _EARLIEST_NS:
        ns *= 1000
    return ns, 0 < value < _EARLIEST_NS / 1e6


def _rows(path: Path, text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each row with its place in the file."""
    rows = csv.reader(text.split("\n"), strict=True)
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            raise FileError(f"{path}:{rows.line_num}: not CSV: {error}") from None
        if row:
            yield f"{path}:{rows.line_num}", row


def _number(text: str, kind: Callable[[str], Any], where: str) -> Any:
    try:
        value = kind(text) if len(text) < 40 else None
    except ValueError:
        value = None
    if value is None or not 0 <= value < 1 << 62:
        raise FileError(f"{where}: {text!r:.60} is not a time")
    return value
