"""Says of every setting where its value comes from: the layer, the file and line, what it replaced.

The layers are applied one after another, the later one wins: defaults, the rules of the round,
values of a program (its configuration file), user.conf, values again (its options), what was chosen
by trying the SUT, audit.config, and test05.
"""

from __future__ import annotations

import copy
import os
import re
import warnings
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from mlperf_loadgen import _core
from mlperf_loadgen._core import EffectiveSettings, TestScenario, TestSettings

__all__ = ["NAMES", "Setting", "Source", "Stack", "departures", "unit_of"]

_RULES, _USER, _ON_TOP = range(3)  # conf_type: _ON_TOP brings no rules with it

# Of the rounds until v1.1; other names of settings that are there.
_OLD_NAMES = ("multi_stream_target_qps", "multi_stream_max_async_queries")

NAMES = tuple(
    name
    for name, member in vars(TestSettings).items()
    if isinstance(member, property) and name not in _OLD_NAMES
)


# What the rules set, and a submitter may raise.
_MAY_BE_RAISED = ("min_duration_ms", "min_query_count", "performance_sample_count_override")
# What the rules leave as it is by default.
_LEFT_ALONE = ("min_query_count", "performance_issue_same", "performance_issue_unique")


@dataclass(frozen=True)
class Source:
    """Where a value comes from."""

    layer: str
    """ "default", "rules v6.1", "mlperf-loadgen.toml", "user.conf", "--qps", "audit.config" ..."""
    file: str = ""
    line: int = 0
    text: str = ""
    """The key as written."""


@dataclass(frozen=True)
class Setting:
    """A setting, its value, and where that comes from."""

    name: str
    value: Any
    unit: str
    source: Source
    overrides: list[tuple[Any, Source]] = field(default_factory=list)
    """What it replaced, the last first."""

    def plain(self) -> dict[str, Any]:
        """Return it as an entry of report.json."""
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "source": asdict(self.source),
            "overrides": [{"value": v, "source": asdict(s)} for v, s in self.overrides],
        }


class Stack:
    """Settings that are made layer by layer. ``settings`` has what all layers say together."""

    def __init__(self) -> None:
        self.settings = TestSettings()
        default = Source("default")
        self._history = {name: [(self._value(name), default)] for name in NAMES}

    def values(self, values: Mapping[str, Any], sources: Mapping[str, Source]) -> None:
        """Apply values of fields; each has its source."""
        for name, value in values.items():
            setattr(self.settings, name, value)
            self._note(name, sources[name])

    def rules(self, model: str) -> None:
        """Apply the rules of the round ``settings.rules`` for a model; "*": for any."""
        self._config("", model, _RULES, f"rules {self.settings.rules}")

    def user_conf(
        self,
        path: str | os.PathLike[str],
        model: str,
        below: Mapping[str, Any] | None = None,
        sources: Mapping[str, Source] | None = None,
    ) -> None:
        """Apply the rules, then the values ``below``, then a user.conf."""
        at_once = copy.copy(self.settings)  # warns, and knows a round by its seeds
        at_once.FromConfig(os.fspath(path), model, self.settings.scenario.name, _USER)
        if at_once.rules != self.settings.rules:
            self.values({"rules": at_once.rules}, {"rules": Source("user.conf", os.fspath(path))})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.rules(model)
            self.values(below or {}, sources or {})
            self._config(path, model, _ON_TOP, "user.conf")
        if not below:
            self.settings = at_once  # the same, with the notes for the log of a test

    def chosen(self, effective: EffectiveSettings, given: Collection[str]) -> None:
        """Apply what ``run`` has chosen by trying the SUT: where a test ran with another value, and
        the field is not ``given``."""
        forms = _core.scenario_traits(effective.scenario).short_forms
        fields = {"min_query_count": "min_query_count", "min_duration_ms": "min_duration_ms"}
        fields |= {form: field for form, field in forms.items() if hasattr(effective, form)}
        for attribute, name in fields.items():
            value = getattr(effective, attribute)
            if name not in given and value != getattr(self.settings, name):
                self.values({name: value}, {name: Source("chosen", text="by trying the SUT")})

    def audit_config(self, path: str | os.PathLike[str]) -> None:
        """Apply an audit.config, which a test does by itself, with the warnings that are due."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._config(path, "*", _ON_TOP, "audit.config")

    def resolve(
        self, audit: str | os.PathLike[str], total: int, performance: int | None = None
    ) -> EffectiveSettings:
        """Apply audit.config and test05; return what a test runs with, with a library of this size.

        Raises SettingsError when no test can run with these settings.
        """
        requested, effective = _core.resolve(
            self.settings, audit, total, total if performance is None else performance
        )
        if os.path.exists(audit):
            self.audit_config(audit)
        by_test05 = Source("test05", text="test05") if self.settings.test05 else None
        by_round = Source(f"rules {requested.rules}", text="MultiStream keeps an interval")
        self._replace(requested, by_test05 or by_round)
        return effective

    def explained(self, names: Iterable[str] | None = None) -> list[Setting]:
        """Return the settings of these names; those that matter in the scenario by default."""
        chosen = _core.settings_that_matter(self.settings) if names is None else names
        return [self._setting(name) for name in chosen]

    def _setting(self, name: str) -> Setting:
        *before, (value, source) = self._history[name]
        return Setting(name, value, unit_of(name), source, before[::-1])

    def _config(self, path: str | os.PathLike[str], model: str, conf_type: int, layer: str) -> None:
        found = _core.apply_config(
            self.settings, path, model, self.settings.scenario.name, conf_type
        )
        last = {name: (file, line, key) for name, file, line, key in found}
        for name, (file, line, key) in last.items():
            self._note(name, Source(layer, file or os.fspath(path), line, key))

    def _note(self, name: str, source: Source) -> None:
        self._history[name].append((self._value(name), source))

    def _replace(self, settings: TestSettings, source: Source) -> None:
        for name in NAMES:
            before = self._value(name)
            value = _plain(getattr(settings, name))
            if value != before:
                self._history[name].append((value, source))
        self.settings = settings

    def _value(self, name: str) -> Any:
        return _plain(getattr(self.settings, name))


def departures(explained: Iterable[Setting], scenario: TestScenario) -> list[str]:
    """Return a sentence for each setting that is other than the rules have it."""
    forms = _core.scenario_traits(scenario).short_forms
    free = {forms.get("target_qps"), forms.get("expected_latency_ns")}  # what a system can do
    found = []
    for setting in explained:
        ruled = [
            value
            for value, source in setting.overrides
            if source.layer.startswith("rules")
            or (source.layer == "default" and setting.name in _LEFT_ALONE)
        ]
        if not ruled or setting.name in free or setting.value == ruled[0]:
            continue
        if not (setting.name in _MAY_BE_RAISED and setting.value > ruled[0]):
            found.append(
                f"{setting.name} is {setting.value} ({setting.source.layer}), not {ruled[0]}"
            )
    return found


def unit_of(name: str) -> str:
    """Return the unit of a setting: "ns", "ms", "us", "fraction", "1/s", or ""."""
    doc = getattr(TestSettings, name).__doc__
    found = re.search(r", (ns|ms|us)\b", doc)
    if found:
        return found[1]
    if re.search(r"as a fraction|this fraction|^Fraction", doc):
        return "fraction"
    return "1/s" if "per second" in doc else ""


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int | float | str) else value.name
