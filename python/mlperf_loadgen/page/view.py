"""What the page says, as plain values for the template: no text is made in the template itself."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from mlperf_loadgen.page.figures import clock, date, figure, share, time
from mlperf_loadgen.page.runs import Run
from mlperf_loadgen.page.sentences import Finding, findings, headline_sentence
from mlperf_loadgen.result.metrics import METRICS
from mlperf_loadgen.units import quantity

__all__ = ["COMPARED", "Banner", "Card", "Fact", "Result", "own_part", "result"]

COMPARED = ("p50", "p99", "p99.9", "qps", "tokens_per_second", "errors")

_VERDICTS = {True: ("valid", "VALID"), False: ("invalid", "INVALID")}
_UNITS = {"qps": "queries a second", "samples_per_second": "samples a second"}


@dataclass(frozen=True)
class Banner:
    """The top of a page, or a row of several results."""

    key: str
    kind: str  # "valid", "invalid", "broken" or "none": the shape and colour of the verdict
    verdict: str
    value: str  # of the headline
    unit: str
    sentence: str
    name: str
    about: str  # scenario, model, rules
    when: str
    label: str
    unofficial: list[str] | None  # why this is not an MLPerf result; None: it is one
    colour: str
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True)
class Card:
    """A figure of the run."""

    name: str
    value: str
    hint: str = ""


@dataclass(frozen=True)
class Fact:
    """A row of a table of facts."""

    name: str
    value: str
    origin: str = ""
    instead: str = ""


@dataclass(frozen=True)
class Result:
    """All that the page says about a result in words and tables."""

    run: Run
    prefix: str  # of the titles of its parts, where there are several results
    banner: Banner
    cards: list[Card]
    checks: list[dict[str, str | bool]]
    early_stopping: list[str]
    metrics: dict[str, str]  # for the table of several results
    slowest: list[list[str]]
    told: list[list[str]]  # errors and warnings
    settings: list[Fact]
    environment: list[tuple[str, list[Fact]]]
    command: str
    files: list[list[str]]


def result(run: Run) -> Result:
    """Return what the page says about a run."""
    record = run.record
    return Result(
        run=run,
        prefix=f"{run.key}: " if run.key else "",
        banner=banner(run),
        cards=cards(run),
        checks=checks(record),
        early_stopping=early_stopping(record),
        metrics={
            name: figure(run.metrics[name], METRICS[name].unit)
            for name in COMPARED
            if name in run.metrics
        },
        slowest=[_slow(row) for row in record.get("slowest", ())],
        told=[
            [
                str(row.get("kind", "")),
                quantity(row["count"]) if "count" in row else "",
                str(row.get("first") or ""),
            ]
            for name in ("errors", "warnings")
            for row in record.get(name, ())
        ],
        settings=settings(record),
        environment=environment(record),
        command=command(record),
        files=[
            [str(file.get("name", "")), quantity(file.get("size", 0)), str(file.get("sha256", ""))]
            for file in record.get("files", ())
        ],
    )


def own_part(run: Run) -> str:
    """Return what LoadGen's own part in a run means, in sentences."""
    lag, latency = run.percentile("lag", 0.99), run.percentile("latency", 0.99)
    texts = []
    if lag is not None and latency:
        texts.append(
            f"99 % of the queries were issued within {time(lag)} of the time they were due, "
            f"which is {share(lag / latency)} of the latency's 99th percentile. "
            "Latencies count from the due time, so they include it."
        )
    part = run.metrics.get("gap.share")
    if part is not None:
        texts.append(
            f"{share(part)} of the run passed between a query's end and the issue of the next. "
            "Latencies do not include it."
        )
    calibration = run.record.get("generator", {}).get("calibration")
    if isinstance(calibration, Mapping):
        facts = (f"{fact.name} {fact.value}" for fact in _facts(calibration))
        texts.append(f"Calibrated on this machine: {', '.join(facts)}.")
    return " ".join(texts)


def banner(run: Run) -> Banner:
    record, of_run = run.record, run.record["run"]
    kind, verdict = _verdict(record)
    value, unit = _headline(record)
    rules = of_run.get("round")
    about = [
        run.scenario,
        "" if of_run.get("mode") == "performance" else str(of_run.get("mode") or ""),
        str(of_run.get("model") or ""),
        f"rules {rules}" if rules else "",
    ]
    official = record.get("official", {})
    return Banner(
        key=run.key,
        kind=kind,
        verdict=verdict,
        value=value,
        unit=unit,
        sentence=headline_sentence(run),
        name=str(of_run.get("sut") or run.scenario),
        about=" · ".join(text for text in about if text),
        when=date(str(of_run.get("started_at") or record.get("made", {}).get("at") or "")),
        label=str(record.get("made", {}).get("label") or ""),
        unofficial=None if official.get("is") else [str(x) for x in official.get("reasons", ())],
        colour=run.colour,
        findings=findings(run),
    )


def _verdict(record: Mapping[str, Any]) -> tuple[str, str]:
    if not record["run"].get("complete", True):
        return "broken", "NOT COMPLETE"
    return _VERDICTS.get(record.get("verdict", {}).get("valid"), ("none", "COMPLETE"))


def _headline(record: Mapping[str, Any]) -> tuple[str, str]:
    headline = record.get("headline", {})
    if headline.get("value") is None:
        return "", ""
    name, unit, value = str(headline.get("name")), headline.get("unit"), headline["value"]
    if unit == "1/s":
        return quantity(value), _UNITS.get(name, f"{name.replace('_', ' ')}")
    if unit == "ns":
        number, of = time(value).split(" ")
        family, _, of_family = name.rpartition(".")
        return number, f"{of}, {of_family} {family.replace('_', ' ') or 'latency'}"
    if unit == "fraction":
        return share(value), name
    return quantity(value), " ".join(
        t for t in (str(unit or ""), name.replace("_", " ")) if t != "1"
    )


def cards(run: Run) -> list[Card]:
    """Return the figures that everyone asks for; what was not measured is left out."""
    metrics, of_run = run.metrics, run.record["run"]
    timeline = run.record.get("timeline", {})
    prefix = "query_latency." if run.whole_queries else ""
    found = [
        Card(f"latency {name}", time(metrics[prefix + name]))
        for name in ("p50", "p90", "p99", "p99.9", "max")
        if prefix + name in metrics
    ]
    for name, text in (
        ("tokens_per_second", "tokens a second"),
        ("ttft.p99", "TTFT p99"),
        ("tpot.p99", "TPOT p99"),
        ("goodput", "goodput"),
    ):
        if name in metrics:
            of = METRICS[name].unit
            value = quantity(metrics[name]) if of == "1/s" else figure(metrics[name], of)
            found.append(Card(text, value))
    phases = run.record.get("phases", ())
    issued = sum(phase.get("queries", 0) for phase in phases if phase.get("measured"))
    completed = sum(timeline.get("completed", ()))
    if issued:
        found.append(Card("queries", quantity(issued)))
    if completed and completed != issued:
        found.append(Card("samples", quantity(completed)))
    if of_run.get("duration_ns"):
        found.append(Card("duration", clock(of_run["duration_ns"])))
    if "errors" in metrics:
        found.append(Card("errors", share(metrics["errors"])))
    return found


def checks(record: Mapping[str, Any]) -> list[dict[str, str | bool]]:
    """Return the rows of the table of checks."""
    rows: list[dict[str, str | bool]] = []
    for check in record.get("verdict", {}).get("checks", ()):
        asked, got, unit = check.get("asked"), check.get("got"), str(check.get("unit") or "")
        numbers = _number(asked) and _number(got)
        rows.append(
            {
                "name": str(check.get("name", "")),
                "asked": _value(asked, unit),
                "got": _value(got, unit),
                "margin": _margin(asked, got) if numbers else "",
                "met": check.get("met") is not False,
                "sentence": str(check.get("sentence") or ""),
            }
        )
    return rows


def early_stopping(record: Mapping[str, Any]) -> list[str]:
    """Return what early stopping says, a point each, where its check does not say it all."""
    found = record.get("verdict", {}).get("early_stopping")
    if found == " * Run successful.":
        return []
    return [line.strip(" *") for line in str(found or "").splitlines() if line.strip(" *")]


def settings(record: Mapping[str, Any]) -> list[Fact]:
    """Return every setting, its value, and where it comes from."""
    return [
        Fact(
            str(row.get("name", "")),
            _value(row.get("value"), str(row.get("unit") or "")),
            _origin(row.get("source")),
            "; ".join(_overridden(other) for other in row.get("overrides") or ()),
        )
        for row in record.get("settings", ())
    ]


def environment(record: Mapping[str, Any]) -> list[tuple[str, list[Fact]]]:
    """Return the groups of facts about the machine."""
    return [
        (str(group).replace("_", " "), list(_facts(facts)))
        for group, facts in record.get("environment", {}).items()
    ]


def command(record: Mapping[str, Any]) -> str:
    """Return the command to run it again, as a shell takes it."""
    argv = record.get("made", {}).get("command") or []
    if not isinstance(argv, list):
        return str(argv)
    words = [str(word) for word in argv]
    if words and PurePath(words[0]).name == "__main__.py":
        words[:1] = ["python", "-m", PurePath(words[0]).parent.name]
    return shlex.join(words)


def _slow(row: Mapping[str, Any]) -> list[str]:
    return [
        clock(row["due_ns"]) if "due_ns" in row else "",
        quantity(row.get("sequence", 0)),
        quantity(row.get("sample", 0)),
        time(row.get("latency_ns", 0)),
        time(row["lag_ns"]) if "lag_ns" in row else "",
        quantity(row.get("in_flight", 0)),
    ]


def _facts(facts: Any, prefix: str = "") -> list[Fact]:
    if isinstance(facts, Mapping):
        return [
            fact
            for name, value in facts.items()
            for fact in _facts(value, f"{prefix} {str(name).replace('_', ' ')}".strip())
        ]
    if isinstance(facts, list):
        if all(not isinstance(value, Mapping | list) for value in facts):
            return [Fact(prefix, ", ".join(map(str, facts)))]
        return [
            fact for i, value in enumerate(facts) for fact in _facts(value, f"{prefix} {i}".strip())
        ]
    if isinstance(facts, bool):
        return [Fact(prefix, "yes" if facts else "no")]
    return [Fact(prefix, "" if facts is None else str(facts))]


def _origin(source: Any) -> str:
    if not isinstance(source, Mapping):
        return str(source or "")
    place = str(source.get("file") or "")
    if place and source.get("line"):
        place += f":{source['line']}"
    parts = [str(source.get("layer") or ""), place, str(source.get("text") or "")]
    return " ".join(part for part in parts if part)


def _overridden(other: Any) -> str:
    if not isinstance(other, Mapping):
        return str(other)
    origin = _origin(other.get("source", other))
    value = _value(other.get("value"), str(other.get("unit") or ""))
    return f"{value} ({origin})" if origin else value


def _value(value: Any, unit: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not _number(value):
        return str(value)
    if unit == "ms":
        return clock(value * 1e6)
    return figure(value, unit)


def _margin(asked: float, got: float) -> str:
    if not asked:
        return ""
    times = abs(got / asked)
    return f"{quantity(times)} times" if times >= 3 else share(abs(times - 1))


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
