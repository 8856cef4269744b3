"""Every setting has a source: its layer, file and line, whatever the layers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import mlperf_loadgen as lg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mlperf_loadgen.result.provenance import NAMES, Setting, Source, Stack, departures, unit_of

ROOT = Path(__file__).parents[3]
RULES = ROOT / "loadgen/settings/rules"

# Of each setting that a user's file can set: its key in the table, and the scenario of that.
KEYS = {
    name: (key, scenario)
    for name, form, key, scenario in re.findall(
        r'\.name = "(\w+)",(?:(?!\.name).)*?\.config = (\w*Key)\("(\w+)"(?:, TestScenario::(\w+))?',
        (ROOT / "loadgen/settings/table.cc").read_text(),
        re.DOTALL,
    )
    if form != "RulesKey" and name != "mode"
}


def value_for(name: str, number: int) -> Any:
    """Return a value that no other layer has."""
    default = getattr(lg.TestSettings(), name)
    return bool(number % 2) if isinstance(default, bool) else type(default)(number)


def line_for(name: str, number: int) -> str:
    key, own = KEYS[name]
    in_configs = (own or "*").replace("MultiStreamFixedInterval", "MultiStream")
    return f"*.{in_configs}.{key} = {number}\n"


def explained(stack: Stack, name: str) -> Setting:
    (found,) = stack.explained([name])
    return found


def scenario_of(name: str) -> str:
    return (KEYS[name][1] if name in KEYS else "") or "Server"


def stack_for(scenario: str) -> Stack:
    stack = Stack()
    asked = {"scenario": lg.TestScenario.__members__[scenario]}
    stack.values(asked, {"scenario": Source("--scenario")})
    return stack


def test_the_table_was_read() -> None:
    assert len(KEYS) > 30
    assert set(KEYS) < set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_without_layers_the_source_is_the_default(name: str) -> None:
    assert explained(Stack(), name).source == Source("default")


@pytest.mark.parametrize(
    "name", [name for name in NAMES if name not in ("scenario", "mode", "rules")]
)
def test_an_option_is_named(name: str) -> None:
    stack = Stack()
    stack.values({name: value_for(name, 1)}, {name: Source("--set")})
    found = explained(stack, name)
    assert found.source == Source("--set")
    assert found.overrides == [(getattr(lg.TestSettings(), name), Source("default"))]


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", KEYS)
def test_a_file_is_named_with_the_line_and_the_key(name: str, tmp_path: Path) -> None:
    needed = "*.*.use_token_latencies = 1\n*.*.infer_token_latencies = 1\n"
    text = needed + line_for(name, 7)
    (tmp_path / "user.conf").write_text(text)
    stack = stack_for(scenario_of(name))
    stack.user_conf(tmp_path / "user.conf", "*")
    source = explained(stack, name).source
    line = text.splitlines().index(f"{source.text} = {7}") + 1
    assert source == Source("user.conf", str(tmp_path / "user.conf"), line, source.text)
    assert source.text.endswith(f".{KEYS[name][0]}")

    audited = stack_for(scenario_of(name))
    (tmp_path / "audit.config").write_text(text)
    audited.audit_config(tmp_path / "audit.config")
    assert explained(audited, name).source.layer == "audit.config"
    assert explained(audited, name).source.line == line


@pytest.mark.parametrize("scenario", ["SingleStream", "MultiStream", "Server", "Offline"])
@pytest.mark.parametrize("round_name", lg.rounds())
def test_rules_are_named_with_a_line_that_has_the_key(round_name: str, scenario: str) -> None:
    stack = stack_for(scenario)
    stack.values({"rules": round_name}, {"rules": Source("--round")})
    stack.rules("resnet50")
    sources = [one.source for one in stack.explained(NAMES)]
    by_rules = [one for one in sources if one.layer == f"rules {round_name}"]
    assert len(by_rules) >= 8
    for source in by_rules:
        line = (RULES / source.file).read_text().splitlines()[source.line - 1]
        assert line.split()[0] == source.text


LAYERS = ("mlperf-loadgen.toml", "user.conf", "options", "audit.config")
# Those of Server with which a test can run whatever their value.
FREE = sorted(
    name
    for name in KEYS
    if KEYS[name][1] in ("", "Server")
    and not name.endswith(("_percentile", "_latency", "_latencies", "_factor"))
    and not name.startswith("performance_issue")
)
STACKS = st.dictionaries(
    st.sampled_from(FREE), st.sets(st.sampled_from(LAYERS), min_size=1), max_size=8
)


@pytest.mark.filterwarnings("ignore::UserWarning")
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(STACKS, st.booleans())
def test_the_last_layer_that_sets_it_is_named(
    tmp_path: Path, asked: dict[str, set[str]], test05: bool
) -> None:
    number = {name: {layer: i + 2 for i, layer in enumerate(LAYERS)} for name in asked}
    files = {layer: tmp_path / layer for layer in ("user.conf", "audit.config")}
    for layer, path in files.items():
        lines = [line_for(n, number[n][layer]) for n in asked if layer in asked[n]]
        path.write_text("".join(lines))

    def values(layer: str) -> tuple[dict[str, Any], dict[str, Source]]:
        names = [name for name in asked if layer in asked[name]]
        return (
            {name: value_for(name, number[name][layer]) for name in names},
            {name: Source(layer, "a.toml", 3, name) for name in names},
        )

    stack = stack_for("Server")
    stack.user_conf(files["user.conf"], "resnet50", *values("mlperf-loadgen.toml"))
    stack.values(*values("options"))
    if test05:
        stack.values({"test05": True}, {"test05": Source("--set")})
    stack.resolve(files["audit.config"], 10_000)
    requested = stack.settings
    for found in stack.explained(NAMES):
        assert found.source.layer
        value = getattr(requested, found.name)
        assert found.value == (value if isinstance(value, bool | int | float | str) else value.name)
        layers = [layer for layer in LAYERS if layer in asked.get(found.name, ())]
        if layers:
            assert found.source.layer == layers[-1], found
            assert [s.layer for _, s in found.overrides if s.layer in LAYERS] == layers[-2::-1]
        elif test05 and found.name in ("qsl_rng_seed", "schedule_rng_seed"):
            assert found.source.layer == "test05"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, []),
        ({"server_target_qps": 7.0}, []),
        ({"min_duration_ms": 900_000, "min_query_count": 500}, []),
        ({"min_duration_ms": 5}, ["min_duration_ms is 5 (--set), not 600000"]),
        ({"min_query_count": 5}, ["min_query_count is 5 (--set), not 100"]),
        (
            {"server_target_latency_ns": 1, "performance_issue_same": True},
            [
                "server_target_latency_ns is 1 (--set), not 15000000",
                "performance_issue_same is True (--set), not False",
            ],
        ),
    ],
)
def test_what_departs_from_the_rules_is_said(values: dict[str, Any], said: list[str]) -> None:
    stack = stack_for("Server")
    stack.rules("resnet50")
    stack.values(values, {name: Source("--set") for name in values})
    assert departures(stack.explained(), lg.TestScenario.Server) == said


def test_what_run_chooses_is_named() -> None:
    report = lg.run(
        lambda samples: samples.complete(),
        range(64),
        scenario="Server",
        min_duration_ms=20,
        progress=False,
    )
    stack = stack_for("Server")
    stack.values({"min_duration_ms": 20}, {"min_duration_ms": Source("--duration")})
    stack.chosen(report.settings, ["min_duration_ms"])
    assert explained(stack, "server_target_qps").source.layer == "chosen"
    assert explained(stack, "server_target_qps").value == report.settings.target_qps
    assert explained(stack, "min_duration_ms").source.layer == "--duration"


def test_units_are_those_of_the_table() -> None:
    units = {name: unit_of(name) for name in NAMES}
    for name, unit in units.items():
        ending = name.rpartition("_")[2]
        if ending in ("ns", "ms", "us"):
            assert unit == ending, name
        if ending in ("percentile", "probability"):
            assert unit == "fraction", name
    assert units["ttft_latency"] == "ns"
    assert units["server_target_qps"] == "1/s"
    assert units["min_query_count"] == ""
