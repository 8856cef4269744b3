"""Writes results.json, as the official vision script does beside the logs."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from mlperf_loadgen.harness.app import Outcome
from mlperf_loadgen.harness.backends import Backend

FILE = "results.json"
_PERCENTILES = (50.0, 80.0, 90.0, 95.0, 99.0, 99.9)


def record(outcome: Outcome, folder: Path, args: argparse.Namespace, backend: Backend) -> None:
    """Writes the file into the folder."""
    runtime, version, *_ = backend.name.replace(",", "").split()
    text = json.dumps(
        {
            "runtime": runtime,
            "version": version,
            "time": int(time.time()),
            "args": {name: _plain(value) for name, value in vars(args).items()},
            "cmdline": str(args),
            args.scenario: _figures(outcome),
        },
        indent=4,
        sort_keys=True,
    )
    (folder / FILE).write_text(text + "\n", encoding="utf-8")


def _figures(outcome: Outcome) -> dict[str, Any]:
    """Times in seconds. LoadGen measures no latency in an accuracy run, and no answers are counted
    in another: null.
    """
    report, score = outcome.report, outcome.score
    latencies_s = np.asarray(report.latencies_ns) * 1e-9
    measured = latencies_s.size > 0
    count = report.sample_count if report.has_performance else report.accuracy_sample_count
    took = report.duration_seconds if report.has_performance else outcome.took_seconds
    tiles = np.percentile(latencies_s, _PERCENTILES) if measured else [None] * len(_PERCENTILES)
    found: dict[str, Any] = {
        "took": took,
        "mean": float(latencies_s.mean()) if measured else None,
        "percentiles": dict(zip(map(str, _PERCENTILES), tiles, strict=True)),
        "qps": count / took if took else None,
        "count": count,
        "good_items": None,
        "total_items": count,
    }
    if score is not None:
        good = score.figures.get("good")
        found["good_items"] = good
        if good is not None:
            found["accuracy"] = 100 * good / max(score.figures["total"], 1)
        found |= {name: score.figures[name] for name in ("mAP",) if name in score.figures}
    return found


def _plain(value: object) -> object:
    return value if isinstance(value, (str, int, float, list, type(None))) else str(value)
