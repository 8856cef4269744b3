"""The command line that every app understands."""

from __future__ import annotations

import pytest
from mlperf_loadgen.harness.arguments import (
    Defaults,
    mode_of,
    parser,
    threads_per_worker,
    workers_of,
)
from mlperf_loadgen.harness.backends import BACKENDS, Opener
from mlperf_loadgen.harness.backends.null import NullBackend

DEFAULTS = Defaults()


@pytest.mark.parametrize(
    ("flags", "workers", "processors"),
    [
        (["--threads", "4"], 4, 2),
        (["--threads", "0"], 0, 8),
        (["--threads", "16"], 16, 1),
        (["--threads", "4", "--scenario", "SingleStream"], 0, 8),
    ],
)
def test_workers_share_the_processors(
    flags: list[str], workers: int, processors: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlperf_loadgen.harness.arguments.available", lambda: 8)
    args = parser("test", backends=["one"], defaults=DEFAULTS).parse_args(flags)
    assert (workers_of(args), threads_per_worker(args)) == (workers, processors)


@pytest.mark.parametrize(
    ("said", "meant"),
    [("torch", "torch"), ("pytorch", "torch"), ("pytorch-native", "torch"), ("tf", "tensorflow")],
)
def test_backends_have_names_in_official_scripts(said: str, meant: str) -> None:
    options = parser("test", backends=["one", "torch", "tensorflow"], defaults=DEFAULTS)
    assert options.parse_args(["--backend", said]).backend == meant


def test_an_app_may_have_such_a_name_itself() -> None:
    options = parser("test", backends=["pytorch"], defaults=DEFAULTS)
    assert options.parse_args(["--backend", "pytorch"]).backend == "pytorch"


@pytest.mark.parametrize(
    ("flags", "mode"),
    [
        ([], "PerformanceOnly"),
        (["--accuracy"], "AccuracyOnly"),
        (
            ["--accuracy", "--find-peak-performance", "--scenario", "Server"],
            "FindPeakPerformance",
        ),
    ],
)
def test_modes(flags: list[str], mode: str) -> None:
    args = parser("test", backends=["one"], defaults=DEFAULTS).parse_args(flags)
    assert mode_of(args) == mode


@pytest.mark.parametrize(
    ("flags", "complaint"),
    [
        (["--count", "0"], "argument --count: must be a whole number of at least 1, not '0'"),
        (["--threads", "-1"], "argument --threads: must be a whole number of at least 0, not '-1'"),
        (["--time", "soon"], "argument --time: must be a number above 0, not 'soon'"),
        (["--qps", "nan"], "argument --qps: must be a number above 0, not 'nan'"),
        (["--max-latency", "0"], "argument --max-latency: must be a number above 0, not '0'"),
        (["--scenario", "offline"], "argument --scenario: invalid choice: 'offline'"),
        (["--rules", "v0"], "argument --rules: invalid choice: 'v0'"),
        (["--backend", "three"], "argument --backend: invalid choice: 'three'"),
        (["--dataset-path", "/nowhere"], "argument --dataset-path: no such folder: /nowhere"),
        (
            ["--user_conf", "/nowhere/user.conf"],
            "argument --user_conf/--user-conf: no such file: /nowhere/user.conf",
        ),
    ],
)
def test_a_bad_value_is_named_with_its_flag(
    flags: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        parser("test", backends=["one", "two"], defaults=DEFAULTS).parse_args(flags)
    assert stop.value.code == 2
    assert complaint in capsys.readouterr().err


def test_a_peak_search_needs_server(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        parser("test", backends=["one"], defaults=DEFAULTS).parse_args(["--find-peak-performance"])
    assert stop.value.code == 2
    assert "--find-peak-performance requires --scenario Server" in capsys.readouterr().err


@pytest.mark.parametrize(("said", "backend"), [("pytorch", "torch"), ("tf", "tensorflow")])
def test_names_of_packages_that_scripts_have(said: str, backend: str) -> None:
    options = parser("test", backends=["torch", "tensorflow"], defaults=DEFAULTS)
    assert options.parse_args(["--backend", said]).backend == backend


class TestDevices:
    def test_they_are_those_of_the_backends(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        tpu = Opener("abacus", "onnx", NullBackend, package=None, devices=("auto", "tpu"))
        monkeypatch.setitem(BACKENDS, tpu.name, tpu)
        options = parser("test", backends=["torch", "abacus"], defaults=DEFAULTS)
        assert options.parse_args(["--backend", "abacus", "--device", "tpu"]).device == "tpu"
        with pytest.raises(SystemExit):
            options.parse_args(["--device", "tpu"])
        assert "--device tpu: --backend torch has auto, cpu, cuda" in capsys.readouterr().err
