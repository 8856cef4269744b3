"""``mlperf-loadgen explain``: every effective setting, where it comes from, and what would run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from mlperf_loadgen import _core
from mlperf_loadgen._core import EffectiveSettings, TestSettings, scenario_traits
from mlperf_loadgen.cli.options import add_options
from mlperf_loadgen.cli.parser import Parser
from mlperf_loadgen.cli.quantities import whole_number
from mlperf_loadgen.cli.request import Request
from mlperf_loadgen.exit_codes import Exit
from mlperf_loadgen.result.provenance import Setting, Source
from mlperf_loadgen.units import duration, quantity

__all__ = ["main", "parser"]

_LIBRARY = 1024  # samples, if it is not said how many
_NS = {"ns": 1, "us": 1_000, "ms": 1_000_000}
_STEPS = ((1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "µs"), (1, "ns"))


def parser() -> Parser:
    described = Parser(
        "explain", "Says of every setting where it comes from, and what would run.", "[CONF]"
    )
    described.add_argument("user_conf", metavar="CONF", nargs="?", help="a user.conf")
    add_options(described)
    shown = described.add_argument_group("output")
    shown.add_argument("--library", metavar="COUNT", type=whole_number, help="its samples [1024]")
    shown.add_argument("--all", action="store_true", help="settings with their default, too")
    shown.add_argument(
        "--diff", metavar="OTHER", help="a user.conf, or a TOML file: what differs with it instead"
    )
    shown.add_argument("--json", action="store_true", help="as the settings of report.json")
    return described


def main(given: dict[str, Any]) -> int:
    if "diff" in given:
        print("\n".join(_difference(given, given["diff"])))
        return Exit.VALID
    request = Request(given)
    stack = request.stack()
    size = given.get("library", stack.settings.performance_sample_count_override or _LIBRARY)
    effective = stack.resolve(request.audit_path, size)
    explained = stack.explained()
    if "json" in given:
        print(json.dumps([setting.plain() for setting in explained], indent=2))
        return Exit.VALID
    print(_title(request, effective))
    print()
    print("\n".join(_table(explained, everything="all" in given)))
    print("\n  what would run")
    chosen = None if request.official else "without rules, what is not set is chosen by trying"
    print("\n".join(_plan(stack.settings, effective, size)))
    if chosen:
        print(f"  {'note':<16}{chosen} the SUT first")
    return Exit.VALID


def _difference(given: dict[str, Any], other: str) -> list[str]:
    """Return a line for each setting that has another value with the file ``other``."""
    key = "config" if other.endswith(".toml") else "user_conf"
    stacks = [Request(one).stack() for one in (given, given | {key: other})]
    rows = [("setting", "value", "from", f"with {other}", "from")]
    names = dict.fromkeys(one.name for stack in stacks for one in stack.explained())
    for ours, theirs in zip(*(stack.explained(names) for stack in stacks), strict=True):
        if ours.value != theirs.value:
            shown = [(_value(one.value, one.unit), _short(one.source)) for one in (ours, theirs)]
            rows.append((ours.name, *shown[0], *shown[1]))
    return _columns(rows) if len(rows) > 1 else ["no setting differs"]


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the rows as lines, each column but the last as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  "
        + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _title(request: Request, effective: EffectiveSettings) -> str:
    rules = f"rules {effective.rules}" if request.official else "no rules"
    words = [request.model, effective.scenario.name, effective.mode.name, rules]
    return ", ".join(word for word in words if word)


def _table(explained: list[Setting], everything: bool) -> list[str]:
    """Return a line for each setting that is not as by default, or for all."""
    rows = [("setting", "value", "from", "")]
    for setting in explained:
        if everything or setting.source.layer != "default":
            rows.append(
                (
                    setting.name,
                    _value(setting.value, setting.unit),
                    setting.source.layer,
                    _detail(setting),
                )
            )
    lines = _columns(rows)
    more = len(explained) + 1 - len(rows)
    return [*lines, f"  ... {more} more as by default: --all"] if more else lines


def _detail(setting: Setting) -> str:
    """Return where in its layer a value is, and what it replaced."""
    source = setting.source
    place = f"{source.file}:{source.line}" if source.line else source.file
    if source.layer.startswith("rules"):
        place = source.text
    changed = [
        (value, before)
        for value, before in setting.overrides
        if before.layer != "default" and value != setting.value
    ]
    if not changed:
        return place
    value, before = changed[0]
    return f"{place} instead of {_value(value, setting.unit)} ({_short(before)})".strip()


def _short(source: Source) -> str:
    if source.line and not source.layer.startswith("rules"):
        return f"{source.file}:{source.line}"
    return source.layer


def _value(value: Any, unit: str) -> str:
    if isinstance(value, bool | str):
        return str(value).lower() if isinstance(value, bool) else value
    if unit in _NS and value > 0:
        ns = value * _NS[unit]
        factor, name = next(step for step in _STEPS if ns >= step[0] or step[0] == 1)
        return f"{ns / factor:,.6g} {name}" if ns < 1e15 else f"{ns / factor:,.0f} {name}"
    if unit == "fraction":
        return f"{100 * value:g} %"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.10g}"


def _plan(settings: TestSettings, effective: EffectiveSettings, size: int) -> list[str]:
    """Return what a performance run with these settings is."""
    traits = scenario_traits(effective.scenario)
    seconds = effective.min_duration_ms / 1000
    percentile = effective.target_latency_percentile
    least = effective.min_query_count
    memory = f"{_core.memory_needed(effective, size) / 1e6:,.0f} MB at most, without the SUT"
    rows = []
    if traits.one_query:
        count = quantity(effective.samples_per_query)
        rows += [("queries", f"1, of {count} samples"), ("memory", memory)]
    elif traits.poisson:
        queries = max(least, round(effective.target_qps * seconds))
        due = duration(queries / effective.target_qps)
        rows += [
            ("queries", f"about {queries:,}, the last one due after {due}"),
            ("memory", memory),
            ("early stopping", _allowed(percentile, queries, effective.target_latency_ns)),
        ]
    else:
        rows += [("queries", f"{least:,} or more, until {duration(seconds)} are over")]
        needed = _core.queries_needed(percentile, 1)
        rows += [("early stopping", f"{needed:,} queries show p{100 * percentile:g}")]
    none_late = _core.queries_needed(percentile, 0)
    at_least = [f"{duration(seconds)}"] if seconds else []
    at_least += [f"{none_late:,} queries if none is late"] if traits.poisson else []
    rows += [("at least", "; ".join(at_least))] if at_least else []
    return [f"  {name:<16}{text}" for name, text in rows]


def _allowed(percentile: float, queries: int, limit_ns: int) -> str:
    allowed = _core.overlatency_allowed(percentile, queries)
    if allowed is None:
        return f"{queries:,} queries are too few to show p{100 * percentile:g}"
    share = f"{100 * allowed / queries:.3f} %"
    limit = f"later than {_value(limit_ns, 'ns')}" if limit_ns else "too late"
    return f"of {queries:,} queries at most {allowed:,} may be {limit} ({share})"
