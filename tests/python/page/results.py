"""Results that the tests of the page draw: the whole range of what a run can look like."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from tests.python.result import synthetic

Record = dict[str, Any]

LIMIT_NS = 15_000_000
SETTINGS = {"server_target_latency_percentile": 0.99}


def check(name: str, met: bool, asked: float, got: float, unit: str, sentence: str) -> Record:
    return {
        "name": name,
        "met": met,
        "asked": asked,
        "got": got,
        "unit": unit,
        "sentence": sentence,
    }


def limited(record: Record, met: bool = True) -> Record:
    """Adds the check of the latency's limit."""
    got = record["metrics"]["p99"]
    sentence = "99 % of the queries were fast enough."
    record["verdict"]["checks"] = [check("latency", met, LIMIT_NS, got, "ns", sentence)]
    return record


def good(n: int = 40_000) -> Record:
    """A valid Server run with a limit, settings with sources, an environment, files."""
    record = synthetic.server(n, label="after the new batcher", settings=SETTINGS)
    limited(record)
    record["official"] = {"is": True, "reasons": []}
    record["run"] |= {"model": "resnet50", "round": "v6.1"}
    enough = check("min queries", True, 100, n, "queries", "There were enough queries.")
    record["verdict"]["checks"].append(enough)
    record["verdict"]["early_stopping"] = " * Processed at least 64 queries (99).\n * Met."
    record["settings"].append(
        {
            "name": "target_qps",
            "value": 1000,
            "unit": "1/s",
            "source": {"layer": "command line", "text": "--qps"},
            "overrides": [{"value": 900, "source": {"file": "user.conf", "line": 3}}],
        }
    )
    record["environment"] = {
        "processor": {"model": "EPYC", "cores": 96},
        "gpus": [{"name": "H200", "ecc": True}],
    }
    record["files"] = [{"name": "mlperf_log_summary.txt", "size": 4211, "sha256": "9f86d081"}]
    return record


def overloaded(n: int = 40_000) -> Record:
    """An invalid Server run: the queue grows, the generator is late, samples fail."""
    rng = np.random.default_rng(3)
    service = (rng.gamma(2, 4e5, n) * np.linspace(1.0, 1.6, n)).astype(np.int64)
    times = synthetic.queue(n, rate=1000, service_ns=service, seed=5)
    times["issued_ns"] = times["due_ns"] + rng.gamma(1, 3e5, n).astype(np.int64)
    times["completed_ns"] = np.maximum(times["completed_ns"], times["issued_ns"] + 100_000)
    failed = rng.random(n) < 0.0005
    record = synthetic.record("Server", **times, failed=failed, valid=False, settings=SETTINGS)
    p99 = record["metrics"]["p99"]
    record["verdict"]["checks"] = [
        check("latency", False, LIMIT_NS, p99, "ns", "99 % took 1.2 s; the rules allow 15 ms.")
    ]
    record["verdict"]["advice"] = ["Pass a lower rate than 1,000: --qps."]
    record["errors"] = [{"kind": "RuntimeError", "count": 20, "first": "CUDA out of memory"}]
    return record


def broken() -> Record:
    """A run that did not reach its end, so without a verdict."""
    record = synthetic.single_stream(1500)
    record["run"] |= {"complete": False, "end_reason": "no query was answered for 60 s"}
    record["verdict"] = {"checks": [], "reasons": [], "advice": []}
    del record["headline"]
    return record


def bare() -> Record:
    """As little as a result can have."""
    return {
        "schema": "mlperf-loadgen/report/1",
        "id": "0" * 16,
        "run": {"scenario": "Server", "complete": False, "end_reason": "the SUT raised"},
    }


def huge(n: int = 100_000_000, *, tokens: bool = False) -> Record:
    """A run of ``n`` queries, whose columns are full: the grids have as many cells as they may."""
    record = (
        synthetic.with_tokens(20_000) if tokens else synthetic.server(20_000, settings=SETTINGS)
    )
    rng = np.random.default_rng(1)
    timeline = record["timeline"]
    columns = len(timeline["edges_ns"]) - 1
    grids = sum(name.endswith("_grid") for name in timeline)
    cells = synthetic.CELLS // columns // grids
    for name in timeline:
        if name.endswith("_grid"):
            counts = rng.poisson(n / columns / cells, (columns, cells))
            rows = [{"first_bin": 900, "counts": row.tolist()} for row in counts]
            timeline[name] = rows
        elif name in ("due", "issued", "completed"):
            timeline[name] = [n // columns] * columns
    curve = np.geomspace(1e6, 2e7, 193).astype(int).tolist()
    for name in ("latency", "lag", "ttft", "tpot"):
        if name in record:
            record[name] = {"count": n, "min_ns": 1_000_000, "max_ns": 20_000_000}
            record[name] |= {"mean_ns": 3_000_000, "curve_ns": curve}
    return record


ALL = {
    "good": good,
    "overloaded": overloaded,
    "broken": broken,
    "bare": bare,
    "one": functools.partial(synthetic.server, 1),
    "ten": functools.partial(synthetic.single_stream, 10),
    "multi_stream": synthetic.multi_stream,
    "offline": synthetic.offline,
    "tokens": synthetic.with_tokens,
    "huge": huge,
}
