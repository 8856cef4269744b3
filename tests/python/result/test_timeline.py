"""The timelines that the core computes are those of the definitions, number for number."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.python.result import synthetic

ROOT = Path(__file__).resolve().parents[3]
BY = {"due": 0, "order": 1, "completion": 2}
PROGRAM = Path(os.environ.get("MLPERF_LOADGEN_TIMELINE", ROOT / "build/tests/tests/cpp/timeline"))


def computed(series: Iterable[object], lines: Iterable[Iterable[object]]) -> dict[str, Any]:
    """Returns what tests/cpp/tools/timeline.cc makes of a series."""
    text = "\n".join(" ".join(map(str, line)) for line in [series, *lines])
    out = subprocess.run([PROGRAM], input=text, capture_output=True, text=True, check=True).stdout
    made: dict[str, Any] = {"slow": []}
    rows: list[dict[str, Any]] = []
    for line in out.splitlines():
        name, *numbers = line.split()
        values = [int(number) for number in numbers]
        if name == "slow":
            made["slow"].append(values)
        elif name.endswith("_grid"):
            rows = made[name] = []
        elif name.isdigit():
            rows.append({"first_bin": int(name), "counts": values})
        else:
            made[name] = values
    return made


@pytest.mark.skipif(not PROGRAM.exists(), reason="needs the C++ tests: make ctest")
@pytest.mark.parametrize("n", [1, 7, 150, 30_000])
@pytest.mark.parametrize("scenario", ["Server", "SingleStream", "MultiStream", "Offline"])
def test_timeline(scenario: str, n: int) -> None:
    rng = np.random.default_rng([n, len(scenario)])
    per_query = {"MultiStream": 3, "Offline": n}.get(scenario, 1)
    queries = 1 if scenario == "Offline" else n
    samples = queries * per_query
    latency = rng.lognormal(12, 1.5, samples).astype(np.int64)
    tokens = rng.integers(0, 50, samples)
    if scenario == "Server":
        due = np.cumsum(rng.exponential(2e4, n)).astype(np.int64)
        issued = due + rng.integers(0, 300_000, n)
        completed = issued + latency
    elif scenario == "Offline":
        due = issued = np.zeros(1, np.int64)
        completed = np.sort(latency)
    else:
        taken = latency.reshape(n, per_query).max(axis=1)
        due = issued = np.cumsum(rng.integers(0, 900, n) + np.concatenate([[0], taken[:-1]]))
        completed = np.repeat(issued, per_query) + latency
    first = completed - (completed - np.repeat(due, per_query)) // 2
    plan_end = int(due.max()) + 5_000
    record = synthetic.record(
        scenario,
        due_ns=due if scenario == "Server" else None,
        issued_ns=issued,
        completed_ns=completed,
        first_token_ns=first,
        tokens=tokens,
        plan_end_ns=plan_end,
    )
    expected = record["timeline"]
    by = expected["by"]
    span = {"due": plan_end, "order": 0, "completion": int(completed.max())}[by]
    divided = samples if by == "completion" else queries
    lines = []
    for query in range(queries):
        line = [due[query], issued[query]]
        for i in range(query * per_query, (query + 1) * per_query):
            line += [i % 1024, completed[i], first[i], tokens[i]]
        lines.append(line)
    found = computed(
        [BY[by], divided, per_query, span, int(by == "due"), int(by == "order"), 1], lines
    )

    assert found.pop("plan_columns") == [expected["plan_columns"]]
    slow = found.pop("slow")
    assert [latency for _, latency in slow] == [row["latency_ns"] for row in record["slowest"]]
    for name, values in found.items():
        if name.endswith("_grid"):
            values = synthetic.compressed(values)
        assert values == expected[name], name
