"""The options of ``run`` and ``explain``, which are also the keys of a configuration file."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mlperf_loadgen._core import TestMode, TestScenario, TestSettings, rounds
from mlperf_loadgen.cli import quantities
from mlperf_loadgen.cli.parser import Parser, UsageError, did_you_mean
from mlperf_loadgen.runner import SHORT_FORMS

__all__ = ["OPTIONS", "Option", "add_options", "assignment", "field_of", "field_value"]


@dataclass(frozen=True)
class Option:
    """An option that is a key of a configuration file as well."""

    name: str
    metavar: str
    read: Callable[[str], Any]
    help: str
    setting: str = ""  # what it sets, if that is a setting: a field, or a short form
    group: str = "what"

    @property
    def key(self) -> str:
        """Its name in a configuration file, and in what was typed."""
        return self.name.replace("-", "_")


def _one_of(what: str, names: Mapping[str, str]) -> Callable[[str], str]:
    """Return what reads one of ``names``, whatever its case."""
    known = {name.casefold(): meant for name, meant in names.items()}

    def read(text: str) -> str:
        if text.casefold() in known:
            return known[text.casefold()]
        near = did_you_mean(text, names) or f"There are {', '.join(names)}."
        raise ArgumentTypeError(f'{text}: no {what} "{text}". {near}')

    return read


_MODES = {
    "performance": "PerformanceOnly",
    "accuracy": "AccuracyOnly",
    "submission": "SubmissionRun",
    "peak": "FindPeakPerformance",
}

_SCENARIO = _one_of("scenario", {name: name for name in TestScenario.__members__})
_MODE = _one_of("mode", _MODES | {name: name for name in TestMode.__members__})
_ROUND = _one_of("round", {name: name for name in rounds()})

OPTIONS = (
    Option("scenario", "NAME", _SCENARIO, "SingleStream, MultiStream, Server, Offline ..."),
    Option("mode", "NAME", _MODE, "performance, accuracy, submission, peak"),
    Option("duration", "TIME", quantities.duration_ms, "shortest run", "min_duration_ms"),
    Option("max-duration", "TIME", quantities.duration_ms, "longest run", "max_duration_ms"),
    Option("queries", "COUNT", quantities.count, "fewest queries", "min_query_count"),
    Option("max-queries", "COUNT", quantities.count, "most queries", "max_query_count"),
    Option(
        "qps", "RATE", quantities.rate, "Server: the rate; Offline: what to expect", "target_qps"
    ),
    Option(
        "samples-per-query",
        "N",
        quantities.whole_number,
        "MultiStream: samples in a query",
        "samples_per_query",
    ),
    Option(
        "limit",
        "LATENCY",
        quantities.duration_ns,
        "Server: the latency that the percentile must keep",
        "target_latency_ns",
    ),
    Option(
        "percentile",
        "PERCENT",
        quantities.percentage,
        "the percentile that is judged or reported",
        "target_latency_percentile",
    ),
    Option("model", "NAME", str, "the official rules for this model", group="rules"),
    Option("round", "ROUND", _ROUND, "of this round", group="rules"),
    Option("user-conf", "FILE", str, "a user.conf, on top of the rules", group="rules"),
    Option("audit-conf", "FILE", str, "an audit.config; else that of the folder", group="rules"),
)


def add_options(parser: Parser) -> None:
    """Add what says which test it is."""
    groups = {
        "what": parser.add_argument_group("what"),
        "rules": parser.add_argument_group("rules"),
    }
    for option in OPTIONS:
        groups[option.group].add_argument(
            f"--{option.name}", metavar=option.metavar, type=option.read, help=option.help
        )
    groups["rules"].add_argument(
        "--set",
        metavar="NAME=VALUE",
        type=assignment,
        action="append",
        help="any setting, in the unit of its name; may be repeated",
    )
    groups["rules"].add_argument(
        "--config", metavar="FILE", help="TOML; else mlperf-loadgen.toml of the folder"
    )


def field_of(option: Option, scenario: str) -> str:
    """Return the field that an option sets in a scenario."""
    meanings = SHORT_FORMS.get(option.setting)
    if meanings is None:
        return option.setting
    if scenario not in meanings:
        raise UsageError(f"--{option.name} goes with {' and '.join(meanings)}, not {scenario}.")
    return meanings[scenario]


def assignment(text: str) -> tuple[str, bool | int | float]:
    """Read NAME=VALUE for a field of TestSettings."""
    name, equals, value = text.partition("=")
    if not equals:
        raise ArgumentTypeError(f"{text}: must be NAME=VALUE.")
    return name, field_value(name, value)


def field_value(name: str, value: str) -> bool | int | float:
    """Read a value for a field of TestSettings; raises ArgumentTypeError."""
    default = getattr(TestSettings(), name, None) if name not in ("scenario", "mode") else None
    if not isinstance(default, bool | int | float):
        near = did_you_mean(name, vars(TestSettings)) or "See mlperf-loadgen explain --all."
        raise ArgumentTypeError(f'{name}={value}: no setting "{name}". {near}')
    try:
        if isinstance(default, bool):
            return {"0": False, "false": False, "1": True, "true": True}[value.lower()]
        return float(value) if isinstance(default, float) else _integer(value)
    except (ArgumentTypeError, KeyError, ValueError):
        kind = {bool: "true or false", int: "a whole number", float: "a number"}[type(default)]
        raise ArgumentTypeError(f"{name}={value}: must be {kind}.") from None


def _integer(text: str) -> int:
    return -quantities.count(text[1:]) if text.startswith("-") else quantities.count(text)
