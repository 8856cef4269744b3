"""Lists what differs between the runs of two sides, and says what makes them incomparable."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from mlperf_loadgen.result.environment import PASSING

__all__ = ["Difference", "NotComparedError", "differences", "same_schedule", "stopping"]

Record = Mapping[str, Any]

# A test under another load, of other samples or with other limits is another test.
_STOPPING = {"scenario", "mode", "library", "load"}
_LIMITS = ("target_latency", "ttft_latency", "tpot_latency")
# In the other scenarios these only say how long a test is.
_LOADS = {
    "Server": ("target_qps",),
    "MultiStream": ("samples_per_query",),
    "MultiStreamFixedInterval": ("target_qps", "samples_per_query"),
}
# With these equal, both sides had the same queries at the same times.
_SEEDS = ("qsl_rng_seed", "sample_index_rng_seed", "schedule_rng_seed")
_ORDER = ("performance_issue_", "sample_concatenate_permutation")


class Difference(NamedTuple):
    """One fact that is not the same on both sides."""

    name: str
    base: str
    new: str
    stops: bool  # the comparison, unless differences are allowed


class NotComparedError(ValueError):
    """The sides are results of different tests. The text says in what they differ."""


def differences(base: Sequence[Record], new: Sequence[Record]) -> list[Difference]:
    """Return what differs, that which stops a comparison first.

    A side whose runs differ among themselves differs too. What a result does not tell stops
    nothing.
    """
    old = [dict(_facts(record)) for record in base]
    young = [dict(_facts(record)) for record in new]
    names = dict.fromkeys(name for facts in [*old, *young] for name in facts)
    found = []
    for name in names:
        sides = [list(dict.fromkeys(facts.get(name, "-") for facts in s)) for s in (old, young)]
        if len({value for side in sides for value in side}) > 1:
            texts = [", ".join(side) for side in sides]
            known = all(name in facts for facts in [*old, *young])
            stops = known and _stops(name, str(base[0]["run"]["scenario"]))
            found.append(Difference(name, texts[0], texts[1], stops))
    return sorted(found, key=lambda each: not each.stops)


def stopping(found: Sequence[Difference], names: tuple[str, str]) -> NotComparedError | None:
    """Return what to raise when the sides must not be compared. ``names``: of the two sides."""
    stops = [f"{each.name} ({each.base}, {each.new})" for each in found if each.stops]
    if not stops:
        return None
    return NotComparedError(
        f"{names[0]} and {names[1]} differ in {', '.join(stops)}. Not compared."
    )


def same_schedule(base: Record, new: Record) -> tuple[float, float] | None:
    """Return which part of each run saw the same arrivals and samples, from its beginning; None
    when they did not, or it is not known."""
    by = base.get("timeline", {}).get("by")
    if by not in ("due", "order") or new.get("timeline", {}).get("by") != by:
        return None
    old, young = _settings(base), _settings(new)
    seeds = _SEEDS if by == "due" else _SEEDS[:2]
    if any(name not in old or old[name] != young.get(name) for name in seeds):
        return None
    same_test = [(each["run"]["scenario"], _library(each)) for each in (base, new)]
    scenario = same_test[0][0]
    loads = [
        {n: s[n] for n in s if _is_load(n, scenario) or n.startswith(_ORDER)} for s in (old, young)
    ]
    if same_test[0] != same_test[1] or loads[0] != loads[1]:
        return None
    lengths = [_length(each["timeline"]) for each in (base, new)]
    if min(lengths) <= 0:
        return None
    if by == "due" and lengths[0] == lengths[1]:
        dues = [_due(each["timeline"]) for each in (base, new)]
        if len(dues[0]) == len(dues[1]) and dues[0] != dues[1]:
            return None
    return min(lengths) / lengths[0], min(lengths) / lengths[1]


def _length(timeline: Mapping[str, Any]) -> float:
    """Return the length of the plan, or in a closed loop the number of queries."""
    if timeline["by"] == "order":
        return float(sum(timeline["issued"]))
    edges = timeline["edges_ns"]
    return float(edges[timeline.get("plan_columns", len(edges) - 1)])


def _due(timeline: Mapping[str, Any]) -> list[int]:
    return list(timeline["due"][: timeline.get("plan_columns")])


def _settings(record: Record) -> dict[str, Any]:
    return {str(row.get("name")): row.get("value") for row in record.get("settings", [])}


def _library(record: Record) -> str:
    return _text(record.get("run", {}).get("library", "-"))


def _stops(name: str, scenario: str) -> bool:
    limit = any(word in name for word in _LIMITS)
    return name in _STOPPING or limit or _is_load(name, scenario)


def _is_load(setting: str, scenario: str) -> bool:
    return setting.endswith(_LOADS.get(scenario, ()))


def _facts(record: Record) -> Iterator[tuple[str, str]]:
    made, run = record.get("made", {}), record.get("run", {})
    for name in ("scenario", "mode", "library", "model", "round", "sut"):
        if name in run:
            yield name, _text(run[name])
    loads = [phase["load"] for phase in record.get("phases", []) if phase.get("load")]
    if loads:
        yield "load", _text(loads)
    for name, value in _settings(record).items():
        yield name, _text(value)
    program = made.get("by", {})
    if isinstance(program, dict) and "version" in program:
        yield str(program.get("program", "program")), _text(program["version"])
    if isinstance(program, dict) and "git" in program:
        yield "git", _text(program["git"])
    if "python" in made:
        yield "python", _text(made["python"])
    yield from _leaves("", record.get("environment", {}))


def _leaves(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Return the facts of an environment; numbers that change by themselves are left out."""
    if name.rpartition(".")[2] in PASSING:
        return
    if isinstance(value, list) and all(isinstance(inner, dict) for inner in value):
        value = dict(enumerate(value))
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(f"{name}.{key}" if name else str(key), inner)
    else:
        yield name, _text(value)


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
