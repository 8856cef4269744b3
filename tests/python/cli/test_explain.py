"""``mlperf-loadgen explain``: where each setting comes from, and what would run."""

from __future__ import annotations

import json
from pathlib import Path

from .conftest import Program

USER_CONF = "# mine\n*.Server.target_latency = 20\nresnet50.Server.target_qps = 2000\n"
OFFICIAL = ("--model", "resnet50", "--scenario", "Server", "--round", "v6.1")


def rows(text: str) -> dict[str, list[str]]:
    """Return the words of each line behind its first."""
    return {line.split()[0]: line.split()[1:] for line in text.splitlines() if line.strip()}


def test_each_setting_is_shown_with_its_layer_and_what_it_replaced(
    program: Program, folder: Path
) -> None:
    (folder / "user.conf").write_text(USER_CONF)
    ended = program("explain", "user.conf", *OFFICIAL, "--qps", "2500")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("resnet50, Server, PerformanceOnly, rules v6.1\n")
    shown = rows(ended.out)
    assert " ".join(shown["server_target_qps"]) == "2,500 --qps instead of 2,000 (user.conf:3)"
    limit = "20 ms user.conf user.conf:2 instead of 15 ms (rules v6.1)"
    assert " ".join(shown["server_target_latency_ns"]) == limit
    assert shown["min_duration_ms"] == ["600", "s", "rules", "v6.1", "*.Server.min_duration"]
    assert "more as by default: --all" in ended.out


def test_the_plan_says_what_would_run(program: Program) -> None:
    ended = program("explain", *OFFICIAL, "--qps", "2500")
    plan = ended.out.partition("what would run\n")[2]
    assert "about 1,500,000, the last one due after 600 s" in plan
    assert "of 1,500,000 queries at most 14,716 may be later than 15 ms (0.981 %)" in plan
    assert "600 s; 459 queries if none is late" in plan


def test_the_plan_of_every_scenario(program: Program) -> None:
    for scenario in ("SingleStream", "MultiStream", "Offline", "MultiStreamFixedInterval"):
        ended = program("explain", "--scenario", scenario, "--duration", "10s")
        assert ended.code == 0, ended.err
        assert "  queries  " in ended.out
        assert "chosen by trying the SUT first" in ended.out


def test_layers_come_in_their_order(program: Program, folder: Path) -> None:
    (folder / "mlperf-loadgen.toml").write_text(
        'qps = 1\nduration = "1s"\n[settings]\nserver_target_latency_ns = 1\n'
    )
    (folder / "user.conf").write_text(USER_CONF)
    (folder / "audit.config").write_text("*.*.min_query_count = 77\n")
    ended = program("explain", "user.conf", *OFFICIAL)
    shown = rows(ended.out)
    assert shown["server_target_qps"][:4] == ["2,000", "user.conf", "user.conf:3", "instead"]
    assert shown["min_duration_ms"][:3] == ["1", "s", "mlperf-loadgen.toml"]
    assert "mlperf-loadgen.toml:2" in shown["min_duration_ms"]
    assert shown["min_query_count"][:3] == ["77", "audit.config", "audit.config:1"]


def test_as_json_it_is_the_settings_of_a_report(program: Program) -> None:
    ended = program("explain", *OFFICIAL, "--json", "--queries", "1e6")
    settings = {row["name"]: row for row in json.loads(ended.out)}
    assert settings["min_query_count"]["value"] == 1_000_000
    assert settings["min_query_count"]["source"]["layer"] == "--queries"
    assert settings["server_target_latency_ns"]["unit"] == "ns"
    assert settings["server_target_latency_ns"]["source"] == {
        "layer": "rules v6.1",
        "file": "v6.1.conf",
        "line": settings["server_target_latency_ns"]["source"]["line"],
        "text": "resnet50.Server.target_latency",
    }
    assert all(row["source"]["layer"] for row in settings.values())


def test_all_shows_the_defaults_too(program: Program) -> None:
    few, every = (program("explain", *OFFICIAL, *more).out for more in ([], ["--all"]))
    assert "drain_timeout_ms" not in few
    assert rows(every)["drain_timeout_ms"] == ["0", "default"]


def test_settings_that_no_test_can_run_with_are_refused(program: Program) -> None:
    ended = program("explain", "--set", "single_stream_target_latency_percentile=2")
    assert ended.code == 2
    assert ended.err.startswith("mlperf-loadgen: single_stream_target_latency_percentile = 2")


def test_two_configurations_side_by_side(program: Program, folder: Path) -> None:
    (folder / "user.conf").write_text(USER_CONF)
    (folder / "other.conf").write_text(USER_CONF.replace("2000", "3000"))
    ended = program("explain", "user.conf", *OFFICIAL, "--diff", "other.conf")
    assert (ended.code, ended.err) == (0, "")
    heads, row = ended.out.splitlines()
    assert heads.split() == ["setting", "value", "from", "with", "other.conf", "from"]
    told = ["server_target_qps", "2,000", "user.conf:3", "3,000", "other.conf:3"]
    assert row.split() == told
    same = program("explain", "user.conf", *OFFICIAL, "--diff", "user.conf")
    assert same.out == "no setting differs\n"
