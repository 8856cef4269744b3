"""Settings between processes, and what repr() shows of them and of reports."""

from __future__ import annotations

import copy
import os
import pickle
from pathlib import Path
from typing import Any

import mlperf_loadgen as lg
import pytest
from mlperf_loadgen import _core


def state(settings: Any) -> dict[str, Any]:
    names = [name for name, kind in vars(type(settings)).items() if isinstance(kind, property)]
    found = {name: getattr(settings, name) for name in names}
    if "log_output" in found:
        found["log_output"] = state(found["log_output"])
    return found


def some_settings() -> lg.TestSettings:
    settings = lg.TestSettings()
    settings.scenario = lg.TestScenario.Server
    settings.mode = lg.TestMode.AccuracyOnly
    settings.server_target_qps = 12.5
    settings.min_query_count = 2**63
    settings.use_token_latencies = True
    settings.rules = "v0.7"
    return settings


def log_settings() -> lg.LogSettings:
    settings = lg.LogSettings()
    settings.enable_trace = True
    settings.log_output.outdir = os.fsdecode(b"caf\xe9")
    settings.log_output.prefix_with_datetime = True
    return settings


@pytest.mark.filterwarnings("ignore:.*accepted for scripts:DeprecationWarning")
@pytest.mark.parametrize("make", [some_settings, log_settings, lambda: log_settings().log_output])
def test_settings_are_copied_and_sent(make: Any) -> None:
    settings = make()
    for twin in (
        *(pickle.loads(pickle.dumps(settings, p)) for p in range(2, pickle.HIGHEST_PROTOCOL + 1)),
        copy.copy(settings),
        copy.deepcopy(settings),
    ):
        assert type(twin) is type(settings)
        assert state(twin) == state(settings) != state(type(settings)())


def test_a_subclass_is_sent() -> None:
    twin = pickle.loads(pickle.dumps(Mine()))
    assert type(twin) is Mine


class Mine(lg.TestSettings):
    pass


def test_what_repr_shows() -> None:
    assert repr(lg.TestSettings()) == "TestSettings()"
    settings = some_settings()
    assert eval(repr(settings).replace("TestSettings(", "dict(", 1), vars(lg)) == {
        name: value
        for name, value in state(settings).items()
        if value != state(lg.TestSettings())[name]
    }
    assert repr(lg.LogSettings()) == "LogSettings()"
    assert "enable_trace=True" in repr(log_settings())
    assert "log_output=LogOutputSettings(outdir=" in repr(log_settings())


def run(**fields: Any) -> lg.Report:
    quick = {"min_duration_ms": 0, "min_query_count": 20, "expected_latency_ns": 1e6}
    return lg.run(lambda samples: samples.complete(), range(8), **{**quick, **fields})


def test_reports() -> None:
    report = run()
    text = repr(report)
    assert "\n" not in text
    assert text.startswith("<Report of <lambda>: SingleStream PerformanceOnly, ")
    assert (" VALID, " in text) == report.valid
    assert f", {report.sample_count} samples in " in text
    assert "8 samples for accuracy" in repr(run(mode="AccuracyOnly"))
    assert repr(report.settings).startswith("EffectiveSettings(scenario=TestScenario.SingleStream")
    for part in (report.latency_ns, report.early_stopping, report.loadgen_overhead):
        assert part is None or f"{type(part).__name__}(" in repr(part)
    assert f"p99={report.latency_ns.p99}" in repr(report.latency_ns)


def test_a_report_of_a_test_that_did_not_end() -> None:
    def fails(_: lg.Samples) -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError) as raised:
        lg.run(fails, range(8))
    assert "not complete" in repr(raised.value.report)  # type: ignore[attr-defined]


@pytest.mark.skipif(os.name == "nt", reason="paths that are any bytes")
def test_a_folder_that_is_no_utf_8(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    report = run(output=folder)
    assert Path(report.summary_path).parent == folder
    assert Path(report.summary_path).read_text()
    logs = lg.LogSettings()
    logs.log_output.outdir = os.fspath(tmp_path / os.fsdecode(b"not there \xe9"))
    with pytest.raises(lg.OutputError, match="not there"):
        run(log_settings=logs)
    with pytest.raises(lg.SettingsError, match=r"user\.conf"):
        lg.TestSettings().FromConfig(os.fspath(folder / "user.conf"), "*", "Server")
    assert _core.LogOutputSettings().outdir == "."
