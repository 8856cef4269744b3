"""Results over time: lines that are whole, groups that are alike, a gate against the last ones."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from mlperf_loadgen import OutputError
from mlperf_loadgen.compare import history
from mlperf_loadgen.result.condition import parse
from mlperf_loadgen.untrusted import FileError

from tests.python.result import synthetic


def entry(seed: int, slower: float = 1.0, **more: Any) -> history.Entry:
    return history.entry_of(run(seed, slower, **more), f"results/{seed}")


def run(seed: int, slower: float = 1.0, **more: Any) -> synthetic.Record:
    return synthetic.single_stream(
        200,
        seed=seed,
        slower=slower,
        identity=f"{seed:016x}",
        started_at=f"2026-11-{seed:02}T12:00:00Z",
        **more,
    )


def test_an_entry_is_short_and_says_what_was_measured() -> None:
    record = synthetic.with_tokens(label="fp8 " * 1000, settings={"min_duration_ms": 5})
    found = history.entry_of(record, "results/a")
    assert len(json.dumps(found)) < 3_000
    assert found["metrics"]["p99"] == record["metrics"]["p99"]
    assert (found["scenario"], found["path"], found["valid"]) == ("Server", "results/a", True)


def test_results_are_alike_with_equal_settings_on_one_machine() -> None:
    other = run(4)
    other["environment"] = {"processor": {"model": "other", "cores": 8}}
    entries = [
        entry(1),
        entry(2, settings={"min_duration_ms": 5}),
        entry(3),
        history.entry_of(other, "results/4"),
    ]
    assert history.like(entries, entry(9)) == [entries[0], entries[2]]


def test_what_is_added_is_read(tmp_path: Path) -> None:
    file = tmp_path / ".mlperf-loadgen" / "history.jsonl"
    for seed in (1, 2):
        history.add(file, entry(seed))
    assert history.read(file) == [entry(1), entry(2)]


def test_processes_add_at_the_same_time(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    text = (
        "import sys; from mlperf_loadgen.compare import history\n"
        "for i in range(50): history.add(sys.argv[1], {'scenario': 'Server', 'metrics': {},"
        " 'label': str(i) * 2000})\n"
    )
    writers = [subprocess.Popen([sys.executable, "-c", text, file]) for _ in range(3)]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert len(history.read(file)) == 150


@pytest.mark.parametrize("line", ["{", "[1]", '{"scenario": "Server"}', "[" * 100_000])
def test_a_line_that_is_not_a_result_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "history.jsonl"
    history.add(file, entry(1))
    with open(file, "a") as appended:
        appended.write(line + "\n")
    with pytest.raises(FileError, match=f"^{re.escape(str(file))}:2: not a result"):
        history.read(file)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "history.jsonl").symlink_to(tmp_path / "other")
    with pytest.raises(OutputError, match=r"history\.jsonl: cannot be written"):
        history.add(tmp_path / "history.jsonl", entry(1))
    assert not (tmp_path / "other").exists()


def test_the_table() -> None:
    entries = [
        {**entry(1), "label": "a\x1b[2J", "metrics": {"p99": 1_000_000}},
        {**entry(2), "metrics": {"p99": 1_500_000}, "git": "a1b2c3d4e5"},
        {**entry(3), "metrics": {"qps": 5}},
        {**entry(4), "metrics": {"p99": 7_000_000}, "settings": "other"},
        {**entry(5), "metrics": {"p99": 1_200_000}},
    ]
    assert history.show(entries, "p99").splitlines() == [
        "when                  label     git          p99   change",
        "2026-11-01T12:00:00Z  a\\x1b[2J  -        1.00 ms        -",
        "2026-11-02T12:00:00Z  -         a1b2c3d  1.50 ms  +50.0 %",
        "2026-11-04T12:00:00Z  -         -        7.00 ms        -",
        "2026-11-05T12:00:00Z  -         -        1.20 ms  -20.0 %",
        "",
        "▁█▄  3 with the settings and on the machine of the last",
    ]
    assert len(history.show(entries, "p99", last=1).splitlines()) == 2
    assert history.show(entries, "accuracy") == "no result with accuracy"
    with pytest.raises(ValueError, match='no metric "p9"'):
        history.show(entries, "p9")


def test_csv_has_a_column_a_metric() -> None:
    entries = [entry(1), entry(2)]
    rows = list(csv.DictReader(history.as_csv(entries).splitlines()))
    assert [float(row["p50"]) for row in rows] == [each["metrics"]["p50"] for each in entries]
    assert rows[0]["scenario"] == "SingleStream"


def test_the_gate_compares_with_the_last_ones() -> None:
    spread = [1.0, 1.01, 0.99, 1.005, 0.995]
    entries = [entry(30, 0.1), *(entry(i + 1, by) for i, by in enumerate(spread))]
    gates = [parse("p50>+15%", change=True)]
    fine = history.gate(entries, run(20), gates, "last:5")
    assert (fine.runs, fine.verdict) == ((5, 1), "fine")
    assert history.gate(entries, run(21, 1.5), gates, "last:5").verdict == "worse"
    # A result is not compared with itself.
    assert history.gate(entries, run(5), gates, "last:5").runs == (5, 1)
    with pytest.raises(ValueError, match=r"the history has 0 of 6 results with these settings"):
        history.gate(entries, run(22, settings={"min_duration_ms": 5}), gates)
    with pytest.raises(ValueError, match=r'--against five: not "last:N"\. Write last:10\.'):
        history.gate(entries, run(22), gates, "five")
