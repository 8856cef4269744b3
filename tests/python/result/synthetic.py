"""A result made from arrays of times, by the definitions, one after another and nothing shared.

The timeline that the core computes is compared with this one, and tests of what reads results get
theirs here. Definitions beyond those of grids and curves (loadgen/results/timeline.h):

- Times count from the start of the series. Counts are of samples.
- `due` form: a column is ceil(end of the plan / C) ns wide, so the plan may need fewer than C.
  Up to 60 more follow, as many as the last event needs; the last one then ends with that event.
- `completion` form: C columns of ceil(last completion / C) ns, as many as are needed.
- `order` form: query q of n is in column floor(q * C / n); edge c is the issue time of the first
  query of column c; the last edge is the last completion.
- An event at t is in the column whose edges have edge[c] <= t < edge[c + 1]; the last column
  includes its end.
- A column has 16 sub-columns, whose ends are edge[c] + floor(width * s / 16), s = 1 ... 16. In
  flight are the samples issued minus those completed before such an end (at or before the last).
  In `order` form, events are in the column of their query. Where a query was issued, the most in
  flight are at least its samples, except in `completion` form.
- C = min(240, max(1, floor(n / 4))), n queries, in `completion` form samples.
- Columns are joined while all grids together have more than 60,000 cells that are not empty.
- Two and more empty cells in a row are written as minus their number.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Record = dict[str, Any]
Maker = Callable[..., Record]

FORMS = {
    "Server": "due",
    "MultiStreamFixedInterval": "due",
    "OpenLoop": "due",
    "SingleStream": "order",
    "MultiStream": "order",
    "ClosedLoop": "order",
    "Offline": "completion",
}
PERCENTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p97": 0.97, "p99": 0.99, "p99.9": 0.999}
CELLS = 60_000


def bin_of(value: int) -> int:
    if value < 64:
        return value
    exponent = value.bit_length() - 1
    return 64 * (exponent - 5) + (value << 6 >> exponent) - 64


def bins_of(values: Ints) -> Ints:
    """As bin_of, for arrays: the exponent by comparison with the powers of two."""
    powers = np.array([1 << e for e in range(63)], dtype=np.int64)
    exponent = np.searchsorted(powers, values, side="right") - 1
    above = 64 * (exponent - 5) + (values >> np.maximum(exponent - 6, 0)) - 64
    return np.where(values < 64, values, above)


def curve(values: Ints) -> list[int]:
    ordered = np.sort(values)
    n = len(ordered)
    points = []
    j = 0
    while n and 10.0 ** (-j / 24) >= 1 / n:
        points.append(int(ordered[math.floor(n * (1 - 10.0 ** (-j / 24)))]))
        j += 1
    return [*points, int(ordered[-1])] if n else []


def summary(values: Ints) -> dict[str, Any]:
    return {
        "count": len(values),
        "min_ns": int(values.min()),
        "max_ns": int(values.max()),
        "mean_ns": int(values.sum(dtype=np.int64)) // len(values),
        "curve_ns": curve(values),
    }


def percentiles(values: Ints, prefix: str = "") -> dict[str, float]:
    ordered = np.sort(values)
    n = len(ordered)
    found = {prefix + name: float(ordered[math.floor(n * p)]) for name, p in PERCENTILES.items()}
    if n >= 10_000:
        found[prefix + "p99.99"] = float(ordered[math.floor(n * 0.9999)])
    found[prefix + "max"] = float(ordered[-1])
    found[prefix + "mean"] = float(values.mean())
    return found


def column_of(edges: Ints, times: Ints) -> Ints:
    return np.clip(np.searchsorted(edges, times, side="right") - 1, 0, len(edges) - 2)


def counted(edges: Ints, times: Ints) -> list[int]:
    return np.bincount(column_of(edges, times), minlength=len(edges) - 1).tolist()


def grid(columns: int, column: Ints, values: Ints) -> list[dict[str, Any]]:
    bins = bins_of(values)
    order = np.argsort(column, kind="stable")
    starts = np.searchsorted(column[order], np.arange(columns + 1))
    rows = []
    for c in range(columns):
        inside = bins[order[starts[c] : starts[c + 1]]]
        first = int(inside.min()) if len(inside) else 0
        counts = np.bincount(inside - first).tolist() if len(inside) else []
        rows.append({"first_bin": first, "counts": counts})
    return rows


def edges_of(form: str, n: int, plan_end: int, last: int, issued: Ints) -> tuple[Ints, int]:
    """Returns the edges, and how many columns lie within the plan."""
    c = min(240, max(1, n // 4))
    if form == "order":
        first = [-(-i * n // c) for i in range(c)]  # the first q with floor(q * c / n) == i
        return np.array([*(int(issued[q]) for q in first), last], dtype=np.int64), c
    end = plan_end if form == "due" else last
    width = max(1, -(-end // c))
    within = max(1, -(-end // width))
    beyond = max(0, -(-(last - within * width) // width)) if form == "due" else 0
    edges = np.arange(within + min(beyond, 60) + 1, dtype=np.int64) * width
    edges[-1] = max(edges[-1], last)
    return edges, within


def in_flight(edges: Ints, issued: Ints, completed: Ints) -> tuple[list[int], list[int]]:
    issued, completed = np.sort(issued), np.sort(completed)
    widths = np.diff(edges)
    ends = edges[:-1, None] + widths[:, None] * np.arange(1, 17) // 16
    out = np.searchsorted(issued, ends, "left") - np.searchsorted(completed, ends, "left")
    out[-1, -1] = len(issued) - len(completed)
    return out.max(axis=1).tolist(), out[:, -1].tolist()


def join_pairs(timeline: Record) -> Record:
    joined: Record = dict(timeline)
    for name, values in timeline.items():
        if name in ("by", "marks"):
            continue
        if name == "plan_columns":
            joined[name] = -(-values // 2)
        elif name == "edges_ns":
            joined[name] = values[:-1:2] + values[-1:]
        elif name.endswith("_grid"):
            joined[name] = [_sum_of(values[i : i + 2]) for i in range(0, len(values), 2)]
        else:
            pairs = [values[i : i + 2] for i in range(0, len(values), 2)]
            how = {"in_flight_max": max, "in_flight_end": lambda pair: pair[-1]}.get(name, sum)
            joined[name] = [how(pair) for pair in pairs]
    return joined


def _sum_of(pair: list[dict[str, Any]]) -> dict[str, Any]:
    used = [column for column in pair if column["counts"]]
    if not used:
        return {"first_bin": 0, "counts": []}
    first = min(column["first_bin"] for column in used)
    end = max(column["first_bin"] + len(column["counts"]) for column in used)
    counts = [0] * (end - first)
    for column in used:
        for i, count in enumerate(column["counts"]):
            counts[column["first_bin"] - first + i] += count
    return {"first_bin": first, "counts": counts}


def cells(timeline: Record) -> int:
    grids = [rows for name, rows in timeline.items() if name.endswith("_grid")]
    return sum(count > 0 for rows in grids for row in rows for count in row["counts"])


def compressed(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With minus their number in the place of empty cells in a row."""
    shorter = []
    for row in rows:
        counts: list[int] = []
        for empty, cells in itertools.groupby(row["counts"], lambda count: count == 0):
            run = list(cells)
            counts += [-len(run)] if empty and len(run) > 1 else run
        shorter.append({"first_bin": row["first_bin"], "counts": counts})
    return shorter


def record(
    scenario: str,
    *,
    issued_ns: Ints,
    completed_ns: Ints,
    due_ns: Ints | None = None,
    first_token_ns: Ints | None = None,
    tokens: Ints | None = None,
    failed: NDArray[np.bool_] | None = None,
    plan_end_ns: int | None = None,
    settings: dict[str, float] | None = None,
    headline: str | None = None,
    label: str = "",
    identity: str = "0123456789abcdef",
    started_at: str = "2026-11-25T22:15:44Z",
    valid: bool = True,
) -> Record:
    """Returns a whole record. `due_ns` and `issued_ns` are of queries, the others of samples, in
    the order of issue. `plan_end_ns` is one past the last due time unless it is given.
    """
    form = FORMS[scenario]
    n = len(issued_ns)
    samples = len(completed_ns)
    per_query = samples // n
    query = np.arange(samples) // per_query
    due = issued_ns if due_ns is None else due_ns
    start = due if form == "due" else issued_ns
    latency = completed_ns - start[query]
    last = int(max(completed_ns.max(), issued_ns.max()))
    plan_end = int(due.max()) + 1 if plan_end_ns is None else plan_end_ns
    size = samples if form == "completion" else n
    edges, within = edges_of(form, size, plan_end, last, issued_ns)
    columns = len(edges) - 1

    if form == "order":
        query_column = np.arange(n) * columns // n
        sample_column = query_column[query]
    elif form == "due":
        query_column = column_of(edges, due)
        sample_column = query_column[query]
    else:
        query_column = column_of(edges, issued_ns)
        sample_column = column_of(edges, completed_ns)

    all_issued = np.repeat(issued_ns, per_query)
    most, end = in_flight(edges, all_issued, completed_ns)
    issued = counted(edges, all_issued)
    if form == "order":
        end = [0] * columns
        most = [per_query] * columns
    elif form == "due":
        most = [max(m, per_query if i else 0) for m, i in zip(most, issued, strict=True)]
    failed_ns = completed_ns[failed] if failed is not None else completed_ns[:0]
    timeline: Record = {
        "by": form,
        "edges_ns": edges.tolist(),
        "plan_columns": within,
        "due": counted(edges, np.repeat(due, per_query)),
        "issued": issued,
        "completed": counted(edges, completed_ns),
        "failed": counted(edges, failed_ns),
        "in_flight_max": most,
        "in_flight_end": end,
        "latency_grid": grid(columns, sample_column, latency),
        "marks": [],
    }
    made: Record = {
        "schema": "mlperf-loadgen/report/1",
        "id": identity,
        "made": {
            "by": {"program": "mlperf-loadgen", "version": "0.1.0"},
            "at": started_at,
            "command": ["mlperf-loadgen", "run", "synthetic:sut"],
            "python": "3.11.2",
            "label": label,
        },
        "run": {
            "scenario": scenario,
            "mode": "performance",
            "sut": "synthetic",
            "library": {"name": "synthetic", "total_count": 1024, "performance_count": 1024},
            "complete": True,
            "end_reason": "",
            "started_at": started_at,
            "duration_ns": last,
        },
        "official": {"is": False, "reasons": ["no rules were asked for"]},
        "latency": summary(latency),
        "timeline": timeline,
    }
    figures: dict[str, float] = {}
    if per_query > 1 and form != "completion":
        of_query = latency.reshape(n, per_query).max(axis=1)
        made["query_latency"] = summary(of_query)
        figures |= percentiles(of_query, "query_latency.")
    figures |= percentiles(latency)
    seconds = last / 1e9
    figures["qps"] = n / seconds
    figures["samples_per_second"] = samples / seconds
    figures["errors"] = len(failed_ns) / samples
    figures["in_flight.max"] = max(most)
    made["generator"] = {"notes": []}
    if form == "due":
        lag = issued_ns - due
        made["lag"] = summary(lag)
        timeline["lag_grid"] = grid(columns, query_column, lag)
        figures |= percentiles(lag, "lag.")
        figures["rate.share"] = (plan_end / 1e9) / max(plan_end / 1e9, int(issued_ns.max()) / 1e9)
    elif form == "order" and scenario != "ClosedLoop" and n > 1:
        done = completed_ns.reshape(n, per_query).max(axis=1)
        gap = np.maximum(issued_ns[1:] - done[:-1], 0)
        made["gap"] = summary(gap)
        timeline["gap_grid"] = grid(columns, query_column[1:], gap)
        figures["gap.share"] = float(gap.sum()) / last
        made["generator"]["share"] = figures["gap.share"]
    if tokens is not None:
        weights = np.bincount(column_of(edges, completed_ns), weights=tokens, minlength=columns)
        timeline["tokens"] = weights.astype(np.int64).tolist()
        figures["tokens_per_second"] = int(tokens.sum()) / seconds
    if tokens is not None and first_token_ns is not None:
        ttft = first_token_ns - start[query]
        several = tokens > 1
        tpot = (completed_ns - first_token_ns)[several] // (tokens[several] - 1)
        made["ttft"], made["tpot"] = summary(ttft), summary(tpot)
        timeline["ttft_grid"] = grid(columns, sample_column, ttft)
        timeline["tpot_grid"] = grid(columns, sample_column[several], tpot)
        figures |= percentiles(ttft, "ttft.") | percentiles(tpot, "tpot.")
    while cells(made["timeline"]) > CELLS:
        made["timeline"] = join_pairs(made["timeline"])
    for grid_name, rows in made["timeline"].items():
        if grid_name.endswith("_grid"):
            made["timeline"][grid_name] = compressed(rows)

    name = headline or {"order": "p90", "completion": "samples_per_second", "due": "qps"}[form]
    is_rate = name in ("qps", "samples_per_second")
    made["headline"] = {
        "name": name,
        "value": figures[name],
        "unit": "1/s" if is_rate else "ns",
        "better": "higher" if is_rate else "lower",
    }
    made["metrics"] = figures
    made["verdict"] = {"valid": valid, "checks": [], "reasons": [], "advice": []}
    made["phases"] = [
        {"name": scenario, "measured": True, "from_ns": 0, "to_ns": last, "queries": n}
    ]
    slow = np.argsort(-latency, kind="stable")[:50]
    made["slowest"] = [
        {
            "sequence": int(i),
            "sample": int(i) % 1024,
            "due_ns": int(due[query[i]]),
            "lag_ns": int(issued_ns[query[i]] - due[query[i]]),
            "latency_ns": int(latency[i]),
            "in_flight": int(most[sample_column[i]]) if len(most) == columns else 0,
        }
        for i in slow
    ]
    made["settings"] = [
        {"name": key, "value": value, "source": {"layer": "default"}, "overrides": []}
        for key, value in (settings or {}).items()
    ]
    made["environment"] = {"processor": {"model": "synthetic", "cores": 8}}
    made["errors"] = []
    made["warnings"] = []
    made["files"] = []
    return made


def queue(n: int, *, rate: float, service_ns: Ints, seed: int) -> dict[str, Ints]:
    """Returns due, issue and completion times of Poisson arrivals at a queue with one server."""
    rng = np.random.default_rng(seed)
    due = np.cumsum(rng.exponential(1e9 / rate, n)).astype(np.int64)
    done = np.cumsum(service_ns)
    start = np.maximum.accumulate(due - np.concatenate([[0], done[:-1]]))
    return {"due_ns": due, "issued_ns": due + 500, "completed_ns": start + done}


def server(n: int = 20_000, *, seed: int = 1, slower: float = 1.0, **more: Any) -> Record:
    """Returns a Server run of a queue at 80 % load."""
    rng = np.random.default_rng([seed, 7])
    service = (rng.gamma(2, 4e5, n) * slower).astype(np.int64)
    return record("Server", **queue(n, rate=1000, service_ns=service, seed=seed), **more)


def single_stream(n: int = 2_000, *, seed: int = 1, slower: float = 1.0, **more: Any) -> Record:
    """Returns a SingleStream run with latencies of a log-normal distribution."""
    rng = np.random.default_rng([seed, 8])
    latency = (rng.lognormal(14, 0.3, n) * slower).astype(np.int64)
    gap = rng.integers(500, 3_000, n)
    issued = np.cumsum(gap + np.concatenate([[0], latency[:-1]]))
    return record("SingleStream", issued_ns=issued, completed_ns=issued + latency, **more)


def multi_stream(n: int = 500, *, per_query: int = 8, seed: int = 1, **more: Any) -> Record:
    """Returns a MultiStream run; a query is issued when the one before it is complete."""
    rng = np.random.default_rng([seed, 9])
    latency = rng.lognormal(14, 0.3, (n, per_query)).astype(np.int64)
    gap = rng.integers(500, 3_000, n)
    issued = np.cumsum(gap + np.concatenate([[0], latency.max(axis=1)[:-1]]))
    completed = (issued[:, None] + latency).ravel()
    return record("MultiStream", issued_ns=issued, completed_ns=completed, **more)


def drifting(n: int = 2_000) -> Record:
    """Returns a SingleStream run whose latency grows all the time."""
    latency = np.linspace(1e6, 2e6, n).astype(np.int64)
    issued = np.cumsum(1_000 + np.concatenate([[0], latency[:-1]])).astype(np.int64)
    return record("SingleStream", issued_ns=issued, completed_ns=issued + latency)


def offline(n: int = 20_000, *, seed: int = 1, slower: float = 1.0, **more: Any) -> Record:
    """Returns an Offline run whose samples complete one after another."""
    rng = np.random.default_rng([seed, 10])
    completed = np.cumsum(rng.exponential(1e5 * slower, n)).astype(np.int64) + 1
    return record("Offline", issued_ns=np.zeros(1, np.int64), completed_ns=completed, **more)


def with_tokens(n: int = 5_000, *, seed: int = 1, **more: Any) -> Record:
    """Returns a Server run of a model that generates tokens."""
    rng = np.random.default_rng([seed, 11])
    due = np.cumsum(rng.exponential(1e8, n)).astype(np.int64)
    tokens = rng.integers(1, 400, n)
    first = due + rng.gamma(3, 4e7, n).astype(np.int64)
    completed = first + (tokens - 1) * rng.integers(15_000_000, 30_000_000, n)
    times = {"due_ns": due, "issued_ns": due + 800, "completed_ns": completed}
    return record("Server", **times, first_token_ns=first, tokens=tokens, **more)
