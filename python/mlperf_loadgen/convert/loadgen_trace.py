"""Reads the samples of a performance run from mlperf_log_trace.json."""

from __future__ import annotations

import re
from array import array
from pathlib import Path

import numpy as np

from mlperf_loadgen.convert.series import Series
from mlperf_loadgen.untrusted import FileError, open_file

__all__ = ["NAME", "read_trace"]

NAME = "mlperf_log_trace.json"

_LONGEST = 1 << 16  # bytes of a line
_MOST_SAMPLES = 20_000_000
_SAMPLE = re.compile(
    rb'\{"name":"Sample","cat":"default","ph":"b",.*"ts":(\d{1,15})\.(\d{3}),"args":'
    rb'\{"sample_seq":(\d{1,15}),"query_seq":(\d{1,15}),"sample_idx":(\d{1,15}),'
    rb'"issue_start_ns":(-?\d{1,18}),"complete_ns":(-?\d{1,18})\}'
)
_SCHEDULED = ("Server", "MultiStreamFixedInterval")


def read_trace(path: Path, scenario: str) -> Series | None:
    """Return the series, or None when no sample is in the trace.

    Raises OSError, and FileError, which names file and line, for what LoadGen does not write.
    """
    columns = array("q"), array("q"), array("q"), array("q"), array("q"), array("q")
    with open_file(path) as file:
        for number, line in enumerate(iter(lambda: file.readline(_LONGEST), b""), 1):
            if not line.startswith(b'{"name":"Sample",') or b'"ph":"b"' not in line[:60]:
                continue
            found = _SAMPLE.match(line)
            if found is None:
                raise FileError(f"{path}:{number}: not a sample as LoadGen traces it")
            if number > 10 * _MOST_SAMPLES or len(columns[0]) >= _MOST_SAMPLES:
                raise FileError(f"{path}: more than {_MOST_SAMPLES} samples")
            micros, thousandths, *numbers = (int(part) for part in found.groups())
            for column, value in zip(columns, (1000 * micros + thousandths, *numbers), strict=True):
                column.append(value)
    if not columns[0]:
        return None
    by_column = np.array([np.frombuffer(column, np.int64) for column in columns])
    due, sequence, query_of, sample, delay, latency = by_column[:, np.argsort(by_column[1])]
    if len(np.unique(sequence)) != len(sequence):
        raise FileError(f"{path}: a sample is in it twice")
    _, first, query = np.unique(query_of, return_index=True, return_inverse=True)
    if (np.diff(due[first]) < 0).any():
        raise FileError(f"{path}: a query is due before the one it follows")
    scheduled = scenario in _SCHEDULED
    issued = due[first] + delay[first] if scheduled else due[first]
    return Series(
        scenario=scenario,
        issued_ns=issued,
        completed_ns=due + latency,
        query=query.reshape(-1),
        due_ns=due[first] if scheduled else None,
        sample=sample,
    )
