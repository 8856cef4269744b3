"""report.json: written whole or not at all, read from wherever it lies, refused with the reason."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from mlperf_loadgen import OutputError
from mlperf_loadgen.result import store
from mlperf_loadgen.untrusted import FileError

from tests.python.result import synthetic

RECORD = synthetic.single_stream(40)


def test_a_folder_gets_a_report(tmp_path: Path) -> None:
    path = store.save(RECORD, tmp_path / "results" / "a")
    assert path == tmp_path / "results" / "a" / "report.json"
    assert [entry.name for entry in path.parent.iterdir()] == ["report.json"]
    assert store.load(path) == store.load(path.parent) == RECORD


def test_a_file_is_written_over(tmp_path: Path) -> None:
    path = store.save(RECORD, tmp_path / "a.json")
    assert store.save({**RECORD, "id": "f" * 16}, path) == path
    assert store.load(path)["id"] == "f" * 16


def test_what_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    path = store.save(RECORD, tmp_path / "a.json")
    with pytest.raises(ValueError, match="not JSON compliant"):
        store.save({**RECORD, "metrics": {"p50": float("nan")}}, path)
    assert store.load(path) == RECORD
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=re.escape(str(tmp_path / "file" / "report.json"))):
        store.save(RECORD, tmp_path / "file")
    assert sorted(os.listdir(tmp_path)) == ["a.json", "file"]


def test_a_page_is_a_data_file(tmp_path: Path) -> None:
    record = {**RECORD, "made": {"label": "</script><b>"}}
    text = json.dumps(record).replace("<", "\\u003c")
    page = tmp_path / "report.html"
    page.write_text(
        f'<!doctype html><script type="application/json" id="report">{text}</script><p>...'
    )
    assert store.load(page) == record


def test_keys_of_later_versions_are_kept(tmp_path: Path) -> None:
    path = store.save({**RECORD, "later": {"x": 1}}, tmp_path)
    assert store.load(path)["later"] == {"x": 1}


def changed(**values: Any) -> str:
    return json.dumps({**RECORD, **values})


TIMELINE = RECORD["timeline"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", " is not a JSON file: "),
        ("[" * 100_000, " is not a JSON file: it is nested too deeply"),
        ('{"a": ' * 40 + "1" + "}" * 40, ": this is not a result of mlperf-loadgen"),
        (changed(x=json.loads("[" * 40 + "]" * 40)), ": it is nested more than 32 levels deep"),
        (changed().replace('"made"', '"x":NaN,"made"', 1), ": NaN is not a number"),
        (changed().replace('"made"', '"x":1e999,"made"', 1), ": 1e999 is too large a number"),
        (changed(x=10**30), ": the number 10+ is too large"),
        ("[1]", ": this is not a result of mlperf-loadgen: it has no schema"),
        (changed(schema="other/1"), ": this is not a result of mlperf-loadgen: schema 'other/1'"),
        (
            changed(schema="mlperf-loadgen/report/2"),
            r": schema report/2; this version reads up to report/1\. Update it\.",
        ),
        (changed(run=[]), ": run must be of type dict"),
        (changed(run={}), ": run.scenario must be a text"),
        (changed(settings=[1]), r": settings\[0\] must be of type dict"),
        (changed(metrics={"p50": "1"}), ": metrics.'p50' must be a number"),
        (changed(latency={"curve_ns": [-1]}), ": latency.curve_ns must be a list of durations"),
        (changed(timeline={**TIMELINE, "edges_ns": [2, 1]}), ": timeline.edges_ns must be"),
        (changed(timeline={**TIMELINE, "due": [1]}), ": timeline.due must be a list of 10 counts"),
        (
            changed(
                timeline={**TIMELINE, "latency_grid": [{"first_bin": 4000, "counts": [1]}] * 10}
            ),
            ": timeline.latency_grid must be a list of 10 columns",
        ),
        ("<html>", ": this page holds no result of mlperf-loadgen"),
        (" " * (33 << 20), " has 34603008 bytes, at most 33554432 are allowed"),
    ],
)
def test_what_is_not_a_result(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(FileError, match=f"^{re.escape(str(path))}.*{message}"):
        store.load(path)


def test_a_folder_without_a_report(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"there is no report\.json in this folder"):
        store.load(tmp_path)
    with pytest.raises(FileNotFoundError):
        store.load(tmp_path / "none")


def test_a_seed_has_64_bits(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(changed(x=2**64 - 1))
    assert store.load(tmp_path / "a.json")["x"] == 2**64 - 1
    (tmp_path / "a.json").write_text(changed(x=2**64))
    with pytest.raises(FileError, match="is too large"):
        store.load(tmp_path / "a.json")
