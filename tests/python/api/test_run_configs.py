"""The files that run() takes settings from: rules, user.conf and audit.config, and their order."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import mlperf_loadgen as lg
import pytest
from quick import complete, logged, run


def test_a_user_conf_stands_between_the_settings_and_the_fields(tmp_path: Path) -> None:
    conf = tmp_path / "user.conf"
    conf.write_text(
        "*.Server.target_qps = 3000\n"
        "*.Server.min_duration = 0\n"
        "mine.Server.min_query_count = 30\n"
        "other.Server.min_query_count = 99\n"
    )
    settings = lg.TestSettings()
    settings.server_target_qps = 1
    report = lg.run(
        complete,
        range(5),
        scenario="Server",
        settings=settings,
        user_conf=conf,
        model="mine",
        target_latency_ns=7_000_000,
    )
    assert report.settings.target_qps == 3000
    assert report.settings.min_query_count == 30
    assert report.settings.target_latency_ns == 7_000_000
    assert report.settings.qsl_rng_seed == 2085463073848966840  # of the built-in rules


def test_the_rules_for_a_model() -> None:
    report = run(complete, "Server", model="resnet50", target_qps=3000, min_duration_ms=0)
    assert report.settings.target_latency_ns == 15_000_000
    assert report.settings.qsl_rng_seed == 2085463073848966840
    assert run(complete, "Server", target_qps=3000).settings.qsl_rng_seed == 0


def test_a_wrong_user_conf(tmp_path: Path) -> None:
    conf = tmp_path / "user.conf"
    with pytest.raises(lg.SettingsError, match=r"user\.conf"):
        run(complete, user_conf=conf)
    conf.write_text("*.*.min_query_count = 5\n*.*.min_duration = long\n")
    with pytest.raises(lg.SettingsError, match=r"user\.conf.*line.*2"):
        run(complete, user_conf=conf)
    conf.write_text("*.*.min_query_cuont = 5\n")
    with pytest.warns(UserWarning, match="min_query_count"):
        run(complete, user_conf=conf)


def test_an_audit_config_comes_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    audit = Path("another.config")  # short: a long path is cut where it is shown
    with pytest.raises(lg.SettingsError, match="audit_config: no such file: "):
        run(complete, audit_config=audit)
    audit.write_text(
        "*.*.mode = 2\n*.*.accuracy_log_sampling_target = 1000\n*.*.min_query_count = 25\n"
    )
    report = run(lambda samples: samples.indices, "Offline", audit_config=audit, output=tmp_path)
    assert report.settings.accuracy_log_sampling_target == 1000
    changed = "min_query_count, accuracy_log_sampling_target"
    assert report.audited.startswith(f"settings of {audit} applied: {changed}; ")
    assert "  audit             settings of" in str(report)
    assert len(logged(report)) > 0


def test_an_audit_config_in_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("audit.config").write_text("*.*.mode = 1\n*.*.min_query_count = 25\n")
    report = run(lambda samples: samples.indices, "Offline")
    assert report.settings.mode == lg.TestMode.AccuracyOnly
    assert report.audited.startswith("settings of audit.config applied: mode, ")
    assert f"mlperf_loadgen: {report.audited}\n" in capfd.readouterr().err
    assert str(report).splitlines()[1].startswith("  audit             settings of audit.config")

    Path("other.config").write_text("*.*.max_query_count = 25\n")
    chosen = run(complete, audit_config="other.config")
    assert chosen.settings.mode == lg.TestMode.PerformanceOnly
    assert "other.config applied: max_query_count" in chosen.audited
    assert run(complete, audit_config="").audited == ""
    Path("audit.config").unlink()
    assert run(complete).audited == ""
    os.mkfifo("audit.config")
    with pytest.raises(lg.SettingsError, match=r"audit\.config: it is a named pipe"):
        run(complete)


def test_a_model_that_is_misspelt(tmp_path: Path) -> None:
    for model in ("resnet5O", "Resnet50", "resnet50-99"):
        with pytest.warns(UserWarning, match="^unknown model.*; the nearest known is 'resnet50'"):
            run(complete, "Server", model=model, target_qps=3000, min_duration_ms=0)
    with pytest.raises(lg.SettingsError, match="model: 5 given"):
        run(complete, model=5)  # type: ignore[arg-type]
    conf = tmp_path / "user.conf"
    conf.write_text("llama2-70b.Server.target_qps = 3000\n")
    with pytest.warns(UserWarning, match=r"no line is for the model 'mine'.*llama2-70b\.Server"):
        run(complete, "Server", model="mine", user_conf=conf, target_qps=3000, min_duration_ms=0)


def test_a_warning_that_the_program_wants_as_an_error_is_raised(tmp_path: Path) -> None:
    conf = tmp_path / "user.conf"
    conf.write_text("*.*.min_qery_count = 5\n")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning, match="unknown setting 'min_qery_count'"):
            lg.TestSettings().FromConfig(str(conf), "resnet50", "Server")
