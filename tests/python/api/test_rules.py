"""The rules of a round, chosen by name."""

from __future__ import annotations

import copy
from pathlib import Path

import mlperf_loadgen as lg
import pytest

V6_1_SEED = 2085463073848966840
V1_0_SEED = 0x659ED94292334B96
V0_7_SEED = 12786827339337101903


def complete(samples: lg.Samples) -> None:
    samples.complete()


def run(**more: object) -> lg.Report:
    quick = {"min_duration_ms": 0, "min_query_count": 20, "target_qps": 5000}
    return lg.run(complete, range(5), scenario="Server", **{**quick, **more})  # type: ignore[arg-type]


def of_round(name: str, model: str = "resnet50", scenario: str = "Server") -> lg.TestSettings:
    settings = lg.TestSettings()
    settings.rules = name
    settings.FromConfig("", model, scenario, conf_type=0)
    return settings


def test_the_rounds() -> None:
    assert lg.rounds()[:4] == ["v0.5", "v0.7", "v1.0", "v1.1"]
    assert lg.rounds()[4:] == [
        *("v2.0", "v2.1", "v3.0", "v3.1", "v4.0"),
        *("v4.1", "v5.0", "v5.1", "v6.0", "v6.1"),
    ]
    assert lg.TestSettings().rules == "v6.1"


def test_every_round_has_seeds_of_its_own() -> None:
    fields = ("qsl_rng_seed", "sample_index_rng_seed", "schedule_rng_seed")
    seeds = [getattr(of_round(name), field) for name in lg.rounds() for field in fields]
    assert len(set(seeds)) == len(seeds) == 3 * 14
    assert 0 not in seeds


def test_the_rules_of_v1_0() -> None:
    settings = of_round("v1.0")
    assert settings.qsl_rng_seed == V1_0_SEED
    assert settings.min_query_count == 270336
    assert settings.min_duration_ms == 600_000
    assert settings.server_target_latency_ns == 15_000_000
    assert of_round("v0.5", "gnmt").server_target_latency_percentile == 97 * 0.01


def test_a_round_below_a_user_conf(tmp_path: Path) -> None:
    conf = tmp_path / "user.conf"
    conf.write_text("*.Server.min_query_count = 7\n")
    settings = lg.TestSettings()
    settings.rules = "v0.7"
    settings.FromConfig(str(conf), "resnet50", "Server")
    assert settings.qsl_rng_seed == V0_7_SEED
    assert settings.min_query_count == 7
    assert settings.min_duration_ms == 60_000


def test_a_copy_keeps_the_round() -> None:
    settings = of_round("v1.0")
    assert copy.copy(settings).rules == copy.deepcopy(settings).rules == "v1.0"


def test_run_takes_a_round(tmp_path: Path) -> None:
    report = run(rules="v1.0", model="resnet50")
    assert report.settings.qsl_rng_seed == V1_0_SEED
    assert report.settings.target_latency_ns == 15_000_000
    for_any_model = run(rules="v1.0")
    assert for_any_model.settings.qsl_rng_seed == V1_0_SEED
    assert for_any_model.settings.target_latency_ns == 10_000_000
    conf = tmp_path / "user.conf"
    conf.write_text("*.Server.target_latency = 33\n")
    with_file = run(rules="v0.7", user_conf=conf)
    assert with_file.settings.qsl_rng_seed == V0_7_SEED
    assert with_file.settings.target_latency_ns == 33_000_000


def test_run_takes_the_round_of_the_settings() -> None:
    settings = lg.TestSettings()
    settings.rules = "v0.7"
    assert run(settings=settings, model="bert").settings.qsl_rng_seed == V0_7_SEED
    assert run(settings=settings, model="bert", rules="v1.0").settings.qsl_rng_seed == V1_0_SEED
    assert settings.rules == "v0.7"  # given settings are not changed
    assert run(settings=settings).settings.qsl_rng_seed == 0  # no rules were asked for


def test_only_another_round_is_logged(tmp_path: Path) -> None:
    for name, logged in (("v6.1", False), ("v1.0", True)):
        report = run(rules=name, output=tmp_path / name)
        detail = Path(report.detail_path).read_text(encoding="utf-8")
        assert ('"key": "requested_rules", "value": "v1.0"' in detail) is logged
        assert ("requested_rules" in detail) is logged
        assert report.warning_count == 0


def test_a_round_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(lg.SettingsError, match=r"rules: 'v9' given; allowed are v0\.5, .*v6\.1$"):
        run(rules="v9")
    with pytest.raises(lg.SettingsError, match="rules: 5 given"):
        run(rules=5)
    with pytest.raises(lg.SettingsError, match=r"rules = 1\.0: must be one of v0\.5, .*v6\.1$"):
        of_round("1.0")
    settings = lg.TestSettings()
    settings.rules = "v9"
    with pytest.raises(lg.SettingsError, match="rules = v9: must be one of"):
        settings.FromConfig(str(tmp_path / "user.conf"), "resnet50", "Server")
    with pytest.raises(lg.SettingsError, match="rules = v9: must be one of"):
        run(settings=settings)


@pytest.mark.parametrize(
    ("model", "qps", "percentile", "queries"),
    [("resnet50", 20, 0.99, 270336), ("ssd-resnet34", 15, 0.99, 270336), ("gnmt", 10, 0.97, 90112)],
)
@pytest.mark.parametrize("rules", ["v0.5", "v0.7", "v1.0"])
def test_the_old_multi_stream(
    rules: str, model: str, qps: float, percentile: float, queries: int
) -> None:
    settings = lg.TestSettings()
    settings.rules = rules
    settings.FromConfig("", model, "MultiStreamFixedInterval", 0)
    assert settings.multi_stream_interval_target_qps == qps
    assert settings.multi_stream_interval_target_latency_percentile == percentile
    assert settings.multi_stream_interval_samples_per_query == 4
    assert settings.multi_stream_interval_max_async_queries == 1
    assert settings.min_query_count == queries
