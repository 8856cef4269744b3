"""Runs of old rounds: their page, their scripts, their files."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import mlperf_loadgen as lg
import pytest

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/rounds.md").read_text(encoding="utf-8")
V0_7_SEEDS = (
    "*.*.qsl_rng_seed = 12786827339337101903\n"
    "*.*.sample_index_rng_seed = 12640797754436136668\n"
    "*.*.schedule_rng_seed = 3135815929913719677\n"
)


def complete(samples: lg.Samples) -> None:
    samples.complete()


def quick(**more: Any) -> lg.Report:
    return lg.run(complete, range(8), **{"min_duration_ms": 0, "min_query_count": 80, **more})


def settings_for(scenario: str) -> lg.TestSettings:
    settings = lg.TestSettings()
    settings.scenario = getattr(lg.TestScenario, scenario)
    settings.min_duration_ms = 0
    settings.min_query_count = 10
    return settings


def start(sut: Any, settings: lg.TestSettings, folder: Path) -> None:
    logs = lg.LogSettings()
    logs.log_output.outdir = str(folder)
    qsl = lg.ConstructQSL(8, 8, lambda indices: None, lambda indices: None)
    lg.StartTestWithLogSettings(sut, qsl, settings, logs)


def test_the_script_of_the_page_runs(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    ran = subprocess.run(
        [sys.executable, "-W", "always", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr.count("DeprecationWarning: latencies_cb") == 1
    assert re.fullmatch(r"\d{4,} latencies, the longest \d+ ns\n", ran.stdout)
    summary = (tmp_path / "mlperf_log_summary.txt").read_text(encoding="utf-8")
    assert "Scenario : Single Stream\nMode     : Performance\n90th percentile latency" in summary
    assert "Result is : VALID" in summary
    assert "qsl_rng_seed : 12786827339337101903" in summary


@pytest.mark.parametrize("rules", lg.rounds())
def test_every_detail_log_is_read_as_the_round_reads_it(rules: str, tmp_path: Path) -> None:
    report = quick(rules=rules, output=tmp_path)
    assert report.settings.rules == rules
    lines = Path(report.detail_path).read_text(encoding="utf-8").splitlines()
    entries = {}
    for line in lines:
        if rules in ("v0.5", "v0.7"):
            text = re.fullmatch(r'"pid": \d+, "tid": \d+, "ts": \d+ns : (.*)', line)
            assert text is not None, line
            key, _, value = text[1].partition(" : ")
            entries[key] = value
        else:
            assert line.startswith(":::MLLOG ")
            entry = json.loads(line.removeprefix(":::MLLOG "))
            entries[entry["key"]] = entry["value"]
            assert entry["metadata"]["is_error"] is False
    assert entries["result_validity"] == "VALID"
    assert int(entries["result_90.00_percentile_latency_ns"]) == report.latency_ns.p90
    since = {
        "early_stopping_met": "v2.0",
        "result_query_count": "v2.0",
        "get_sut_name_duration_ns": "v2.1",
        "effective_sample_concatenate_permutation": "v4.1",
        "num_errors": "v5.1",
        "effective_accuracy_sample_count": "v6.0",
    }
    assert {key for key in since if key in entries} == {
        key for key, first in since.items() if rules >= first
    }
    assert ("requested_rules" in entries) is (rules != "v6.1")
    assert (f"  rules             {rules}\n" in str(report)) is (rules != "v6.1")


class TestTheThirdCallback:
    @pytest.mark.parametrize("fast", [False, True])
    @pytest.mark.parametrize("scenario", ["SingleStream", "MultiStream", "Server", "Offline"])
    def test_it_gets_every_latency(self, fast: bool, scenario: str, tmp_path: Path) -> None:
        got: list[list[int]] = []

        def issue(samples: list[lg.QuerySample]) -> None:
            lg.QuerySamplesComplete([lg.QuerySampleResponse(s.id, 0, 0) for s in samples])

        def issue_fast(ids: list[int], indices: list[int]) -> None:
            lg.QuerySamplesComplete([lg.QuerySampleResponse(i, 0, 0) for i in ids])

        settings = settings_for(scenario)
        settings.server_target_qps = 5000
        with pytest.warns(DeprecationWarning, match="latencies_cb: accepted for scripts"):
            sut = (
                lg.ConstructFastSUT(issue_fast, lambda: None, got.append)
                if fast
                else lg.ConstructSUT(issue, lambda: None, got.append)
            )
        start(sut, settings, tmp_path)
        (latencies,) = got
        assert len(latencies) == {"MultiStream": 80}.get(scenario, 10)
        assert all(type(latency) is int and latency > 0 for latency in latencies)

    def test_what_it_raises_comes_out(self, tmp_path: Path) -> None:
        def issue(samples: list[lg.QuerySample]) -> None:
            lg.QuerySamplesComplete([lg.QuerySampleResponse(s.id, 0, 0) for s in samples])

        def fail(latencies: list[int]) -> None:
            raise KeyError(len(latencies))

        with pytest.warns(DeprecationWarning, match="latencies_cb"):
            sut = lg.ConstructSUT(issue, lambda: None, fail)
        with pytest.raises(KeyError, match="10"):
            start(sut, settings_for("SingleStream"), tmp_path)

    def test_none_is_none_and_others_are_refused(self) -> None:
        lg.ConstructSUT(lambda samples: None, lambda: None, None)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with pytest.raises(TypeError, match="latencies_cb must be callable, not int"):
                lg.ConstructSUT(lambda samples: None, lambda: None, 5)  # type: ignore[arg-type]


class TestOldNames:
    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("multi_stream_target_qps", "multi_stream_interval_target_qps"),
            ("multi_stream_max_async_queries", "multi_stream_interval_max_async_queries"),
        ],
    )
    def test_two_settings_have_another_name(self, old: str, new: str) -> None:
        settings = lg.TestSettings()
        with pytest.warns(DeprecationWarning, match=f"{old}: .* sets {new}"):
            setattr(settings, old, 3)
        assert getattr(settings, new) == getattr(settings, old) == 3

    def test_the_latency_bound_is_kept(self) -> None:
        settings = lg.TestSettings()
        assert settings.multi_stream_target_latency_ns == 100_000_000
        settings.multi_stream_target_latency_ns = 50_000_000
        assert settings.multi_stream_target_latency_ns == 50_000_000

    @pytest.mark.parametrize(
        ("name", "instead"),
        [
            ("enable_spec_overrides", "set the setting itself"),
            ("override_min_duration_ms", "set min_duration_ms itself"),
        ],
    )
    def test_what_is_gone_is_said_by_name(self, name: str, instead: str) -> None:
        with pytest.raises(AttributeError, match=f"^{name}: gone since .*{instead}"):
            setattr(lg.TestSettings(), name, 1)

    def test_a_scenario_that_is_gone(self, tmp_path: Path) -> None:
        sut = lg.ConstructSUT(lambda samples: None, lambda: None)
        with pytest.raises(lg.SettingsError, match=r"MultiStreamFree: gone since round v2\.0"):
            start(sut, settings_for("MultiStreamFree"), tmp_path)
        assert list(tmp_path.iterdir()) == []

    def test_multi_stream_is_the_one_of_the_round(self, tmp_path: Path) -> None:
        got: list[list[int]] = []

        def issue(samples: list[lg.QuerySample]) -> None:
            got.append([sample.index for sample in samples])
            lg.QuerySamplesComplete([lg.QuerySampleResponse(s.id, 0, 0) for s in samples])

        settings = settings_for("MultiStream")
        settings.rules = "v1.0"
        settings.multi_stream_samples_per_query = 3
        settings.multi_stream_interval_target_qps = 500
        start(lg.ConstructSUT(issue, lambda: None), settings, tmp_path)
        assert {len(indices) for indices in got} == {3}
        summary = (tmp_path / "mlperf_log_summary.txt").read_text(encoding="utf-8")
        assert "Scenario : MultiStream\n" in summary
        assert "Samples per query : 3\n" in summary
        detail = (tmp_path / "mlperf_log_detail.txt").read_text(encoding="utf-8")
        assert '"requested_multi_stream_target_qps", "value": 500,' in detail
        assert '"requested_multi_stream_target_latency_ns", "value": 100000000,' in detail


class TestTheFileOfARound:
    @pytest.fixture
    def conf(self, tmp_path: Path) -> Path:
        conf = tmp_path / "mlperf.conf"
        conf.write_text(V0_7_SEEDS + "*.Server.min_query_count = 80\n")
        return conf

    def test_from_config(self, conf: Path, tmp_path: Path) -> None:
        settings = lg.TestSettings()
        with pytest.warns(UserWarning, match=r"mlperf\.conf: its seeds are those of round v0\.7"):
            settings.FromConfig(str(conf), "bert", "Server")
        assert settings.rules == "v0.7"
        assert settings.server_target_latency_ns == 130_000_000
        user = tmp_path / "user.conf"
        user.write_text("*.Server.target_qps = 5\n")
        settings.FromConfig(str(user), "bert", "Server")  # as that round's scripts do
        assert settings.server_target_qps == 5
        assert settings.qsl_rng_seed == 12786827339337101903

    def test_run(self, conf: Path) -> None:
        with pytest.warns(UserWarning, match=r"those of round v0\.7, whose rules apply"):
            report = quick(scenario="Server", target_qps=5000, user_conf=conf, model="bert")
        assert report.settings.rules == "v0.7"
        assert report.settings.schedule_rng_seed == 3135815929913719677
        assert report.settings.min_duration_ms == 0  # of the call, which goes before

    def test_one_of_no_known_round(self, tmp_path: Path) -> None:
        conf = tmp_path / "mlperf.conf"
        conf.write_text(V0_7_SEEDS.replace("3135815929913719677", "5"))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            lg.TestSettings().FromConfig(str(conf), "bert", "Server")
        assert any("its seeds are of no known round" in str(w.message) for w in caught)


def test_the_seeds_of_test05_reach_the_log(tmp_path: Path) -> None:
    audit = tmp_path / "audit.config"
    audit.write_text("*.*.mode = 2\n*.*.qsl_rng_seed = 313588358309856706\n")
    for rules, seed in (("v0.7", 313588358309856706), ("v5.0", 6023615788873153749)):
        report = quick(rules=rules, audit_config=audit, output=tmp_path / rules)
        assert report.settings.qsl_rng_seed == seed
        detail = Path(report.detail_path).read_text(encoding="utf-8")
        for key in ("requested_qsl_rng_seed", "effective_qsl_rng_seed"):
            assert re.search(rf'{key}(", "value":| :) {seed}', detail)
