"""What an app leaves for people who look before they read: report.json, and its page."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pytest
from mlperf_loadgen.errors import Error
from mlperf_loadgen.harness import result_page
from mlperf_loadgen.harness.accuracy_log import AccuracyLog
from mlperf_loadgen.harness.app import App, Score, run_app
from mlperf_loadgen.harness.arguments import Defaults, parser
from mlperf_loadgen.harness.in_memory import InMemoryLibrary
from mlperf_loadgen.result import store

DEFAULTS = Defaults(max_batch_size=4)


def score(log: AccuracyLog) -> Score:
    return Score(f"accuracy=50.000%, total={len(log)}", figures={"accuracy": 0.5})


def run(folder: Path, flags: str, **more: object) -> store.Record:
    options = parser("test", backends=["numpy"], defaults=DEFAULTS)
    flags = f"--no-progress --threads 1 --qps 1000 --count 20 --output {folder} {flags}"
    args: argparse.Namespace = options.parse_args(flags.split())
    app = App(
        model="resnet50",
        about_model="zeros",
        about_data="numbers",
        about_backend="numpy",
        library=InMemoryLibrary(20, lambda index: np.array(index)),
        predict=lambda numbers: np.zeros(len(numbers), np.float32),
        score=score,
        defaults=DEFAULTS,
        **more,  # type: ignore[arg-type]
    )
    run_app(app, args)
    return store.load(folder)


def test_a_run_ends_by_naming_its_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = run(tmp_path, "")
    assert capsys.readouterr().out.splitlines()[-1] == f"Page: {tmp_path / 'report.html'}"
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert found["id"] in page
    assert found["run"]["model"] == "resnet50"
    assert found["environment"]["software"]["numpy"] == np.__version__
    sources = {entry["name"]: entry["source"]["layer"] for entry in found["settings"]}
    assert sources["min_query_count"] == "options"
    assert sources["qsl_rng_seed"] == "rules v6.1"


def test_a_run_without_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, "--no-html")["headline"]["name"] == "samples_per_second"
    assert "Page:" not in capsys.readouterr().out
    assert not (tmp_path / "report.html").exists()


def test_a_page_that_cannot_be_drawn_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> Path:
        raise Error("pip install 'mlperf-loadgen[report]'")

    monkeypatch.setattr(result_page, "write_page", fail)
    run(tmp_path, "")
    assert "No page: pip install 'mlperf-loadgen[report]'" in capsys.readouterr().out


def test_why_a_run_is_not_official(tmp_path: Path) -> None:
    reasons = run(tmp_path, "--no-html", synthetic=["model"])["official"]["reasons"]
    assert reasons[0] == "NOT a result of resnet50: the model is synthetic"
    assert "no rules were asked for" in reasons[1]
    reasons = run(tmp_path, "--no-html --rules v6.1 --time 1")["official"]["reasons"]
    assert any(reason.startswith("min_duration_ms is 1000") for reason in reasons)


def test_the_score_is_kept(tmp_path: Path) -> None:
    found = run(tmp_path, "--no-html --accuracy")
    assert found["accuracy"]["value"] == 0.5
    assert found["accuracy"]["lines"] == ["accuracy=50.000%, total=20"]
