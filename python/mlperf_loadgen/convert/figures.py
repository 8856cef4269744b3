"""Writes the metrics of a result, flat: as JSON, or as CSV for a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

from mlperf_loadgen.result.metrics import METRICS, flat, metric

__all__ = ["as_csv", "as_json", "known"]


def known(record: Mapping[str, Any]) -> dict[str, float]:
    """Return the figures of a record that have a name in METRICS, in its order."""
    figures = flat(record)
    return {name: figures[name] for name in METRICS if name in figures}


def as_json(record: Mapping[str, Any]) -> str:
    """Return one object, name to number; durations are in ns."""
    return json.dumps(known(record), indent=2, allow_nan=False) + "\n"


def as_csv(record: Mapping[str, Any]) -> str:
    """Return a row a figure: its name, value, unit, and which direction is better."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["metric", "value", "unit", "better"])
    for name, value in known(record).items():
        described = metric(name, record)
        table.writerow([name, repr(value), described.unit, described.better])
    return text.getvalue()
