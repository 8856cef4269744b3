"""Puts together what a test is asked to be: by a configuration file and by options, over it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mlperf_loadgen._core import Report, TestMode, TestScenario
from mlperf_loadgen.cli.config_file import NAME, Config, Entry, load
from mlperf_loadgen.cli.options import OPTIONS, field_of
from mlperf_loadgen.cli.parser import UsageError
from mlperf_loadgen.result.provenance import Setting, Source, Stack, departures

__all__ = ["Request"]

_AUDIT_CONFIG = "audit.config"  # in the working directory


@dataclass(frozen=True)
class _Values:
    """Fields of TestSettings, and where each is given."""

    values: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)

    def add(self, name: str, value: Any, source: Source) -> None:
        self.values[name] = value
        self.sources[name] = source


class Request:
    """What a command line and its configuration file ask for."""

    def __init__(self, typed: Mapping[str, Any]) -> None:
        self._typed = typed
        self.config: Config = load(typed.get("config"))
        self.scenario = str(self.get("scenario", "SingleStream"))
        self.mode = str(self.get("mode", "PerformanceOnly"))
        self.model: str | None = self.get("model")
        self.user_conf: str | None = self.get("user_conf")
        self.round: str | None = self.get("round")
        self.audit_conf: str | None = self.get("audit_conf")

    @property
    def official(self) -> bool:
        """Whether rules are asked for: nothing is then chosen by trying the SUT."""
        asked = (self.model, self.round, self.user_conf, self.audit_conf)
        return any(one is not None for one in asked)

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of an option, or of its key in the configuration file."""
        if name in self._typed:
            return self._typed[name]
        entry = self.config.options.get(name)
        return default if entry is None else entry.value

    def fields(self) -> dict[str, Any]:
        """Return the fields of TestSettings that are given, but for scenario, mode and round."""
        return self._of_config().values | self._of_options().values

    def stack(self) -> Stack:
        """Return the settings that all layers say together; raises SettingsError."""
        stack = Stack()
        first = _Values()
        first.add(
            "scenario", TestScenario.__members__[self.scenario], self._source("scenario", "default")
        )
        if self.round is not None:
            first.add("rules", self.round, self._source("round"))
        stack.values(first.values, first.sources)
        below = self._of_config()
        if "mode" in self.config.options:
            below.add("mode", _mode(self.config.options["mode"].value), self._written("mode"))
        model = self.model or "*"
        if self.user_conf is not None:
            stack.user_conf(self.user_conf, model, below.values, below.sources)
        else:
            if self.model is not None or self.round is not None:
                stack.rules(model)
            stack.values(below.values, below.sources)
        above = self._of_options()
        if "mode" in self._typed:
            above.add("mode", _mode(self._typed["mode"]), Source("--mode"))
        stack.values(above.values, above.sources)
        return stack

    def explained(self, report: Report) -> list[Setting]:
        """Return the settings that a test ran with, and where they come from."""
        stack = self.stack()
        if not self.official:
            stack.chosen(report.settings, self.fields())
        ran = report.settings
        total = max(ran.accuracy_sample_count, ran.performance_sample_count)
        if total > 0:
            stack.resolve(self.audit_path, total, ran.performance_sample_count)
        return stack.explained()

    def departures(self, explained: Sequence[Setting]) -> list[str] | None:
        """Return why a run is not by MLPerf's rules; None: it is."""
        if self.model is None:
            return ["no rules were asked for: --model"]
        return departures(explained, TestScenario.__members__[self.scenario]) or None

    @property
    def audit_path(self) -> str:
        """Where an audit.config is, if there is one."""
        return self.audit_conf or _AUDIT_CONFIG

    def _of_config(self) -> _Values:
        found = _Values()
        for option in OPTIONS:
            entry = self.config.options.get(option.key)
            if option.setting and entry is not None:
                try:
                    name = field_of(option, self.scenario)
                except UsageError as error:
                    raise UsageError(f"{entry.file}:{entry.line}: {error}") from None
                found.add(name, entry.value, _of(entry))
        for name, entry in self.config.settings.items():
            found.add(name, entry.value, _of(entry))
        return found

    def _of_options(self) -> _Values:
        found = _Values()
        for option in OPTIONS:
            if option.setting and option.key in self._typed:
                name = field_of(option, self.scenario)
                found.add(name, self._typed[option.key], Source(f"--{option.name}"))
        for name, value in self._typed.get("set", []):
            found.add(name, value, Source("--set"))
        return found

    def _source(self, key: str, otherwise: str = "") -> Source:
        if key in self._typed:
            return Source(f"--{key}")
        return self._written(key) if key in self.config.options else Source(otherwise)

    def _written(self, key: str) -> Source:
        return _of(self.config.options[key])


def _of(entry: Entry) -> Source:
    return Source(NAME, entry.file, entry.line, entry.key)


def _mode(name: str) -> TestMode:
    return TestMode.__members__[name]
