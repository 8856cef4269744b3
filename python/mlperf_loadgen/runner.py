"""Runs a test in one call."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Sized
from pathlib import Path
from typing import TypeVar

from mlperf_loadgen import _core
from mlperf_loadgen import library as _library
from mlperf_loadgen import sut as _sut
from mlperf_loadgen._core import (
    LogSettings,
    Report,
    Samples,
    TestMode,
    TestScenario,
    TestSettings,
    scenario_traits,
)
from mlperf_loadgen.errors import OutputError, SettingsError
from mlperf_loadgen.issue_threads import issue_threads
from mlperf_loadgen.outcome import raise_failure
from mlperf_loadgen.probe import chooser
from mlperf_loadgen.progress import live_progress
from mlperf_loadgen.result import record
from mlperf_loadgen.sample_queue import SampleQueue
from mlperf_loadgen.suggest import did_you_mean
from mlperf_loadgen.termination import Terminated, ended_by_sigterm
from mlperf_loadgen.text import shown, utf8

__all__ = ["run"]

_Enum = TypeVar("_Enum", TestScenario, TestMode)

_AUDIT_CONFIG = "audit.config"  # in the working directory
_RULES = 0  # conf_type of the built-in rules


def _short_forms() -> dict[str, dict[str, str]]:
    forms: dict[str, dict[str, str]] = {}
    for name, scenario in TestScenario.__members__.items():
        for form, setting in scenario_traits(scenario).short_forms.items():
            forms.setdefault(form, {})[name] = setting
    return forms


# What a short form stands for in each scenario; a missing entry: it means nothing there.
SHORT_FORMS = _short_forms()

_FIELDS = sorted(
    name
    for name, member in vars(TestSettings).items()
    if isinstance(member, property) and name not in ("scenario", "mode", "rules")
)


def run(
    sut: _sut.SystemUnderTest | SampleQueue | Callable[[Samples], object],
    library: Sized,
    *,
    scenario: TestScenario | str | None = None,
    mode: TestMode | str | None = None,
    output: str | os.PathLike[str] | None = None,
    settings: TestSettings | None = None,
    model: str | None = None,
    rules: str | None = None,
    user_conf: str | os.PathLike[str] | None = None,
    audit_config: str | os.PathLike[str] | None = None,
    log_settings: LogSettings | None = None,
    progress: bool | None = None,
    **fields: bool | int | float,
) -> Report:
    """Run a whole test on this thread and return what it found.

    Without ``settings``, ``model``, ``rules`` and ``user_conf``, settings that are not given are
    chosen by trying the SUT briefly before the test, and named in the notes of the report:
    ``target_qps`` in Server and Offline, the expected latency elsewhere; ``min_query_count``; a
    lower percentile than usual if that one takes too long to show; in Server a larger latency limit
    for a slow SUT. SingleStream and MultiStream then draw queries as they are needed
    (``draw_queries_as_needed``).

    Args:
        sut: a :class:`SystemUnderTest`, a :class:`SampleQueue`, or a callable that takes
            :class:`Samples` and returns the rows that answer them (or None, having completed them
            itself).
        library: a :class:`SampleLibrary`, or anything with a length whose samples need no loading.
        scenario: "SingleStream" (the default), "MultiStream", "Server", "Offline" or
            "MultiStreamFixedInterval".
        mode: "PerformanceOnly" (the default), "AccuracyOnly", "SubmissionRun" or
            "FindPeakPerformance".
        output: the folder for the log files and report.json, created if it is missing. None: no
            files; ``report.save`` writes report.json later.
        settings: the settings to start from instead of the defaults; not changed.
        model: the name under which configs know the model. When given, the official rules for it
            are applied on top of ``settings``: seeds, 600 seconds, query counts, latency limits.
        rules: the round that those rules are of, one of :func:`rounds`. When given without
            ``model``, the rules for every model are applied. None: as ``settings`` says, "v6.1".
        user_conf: a user.conf, applied after the official rules, which it brings with it.
        audit_config: the settings of a compliance test, applied last. None: ``audit.config`` in
            the working directory, if there is one, as in :func:`StartTest`; "": none. What it
            changes is said on standard error and in ``report.audited``.
        log_settings: further log settings, not changed; ``output`` replaces its ``outdir``.
        progress: show a live view on the terminal, or a line of text now and then without one.
            None: if standard error is a terminal, or in a notebook.
        **fields: any field of :class:`TestSettings`, applied after the config, and the short forms
            ``target_qps``, ``target_latency_ns``, ``expected_latency_ns``,
            ``target_latency_percentile`` and ``samples_per_query``, each for the scenario that
            runs. Of ``server_num_issue_query_threads`` the threads are started, and joined, here;
            the SUT's ``issue`` is then called on them, several at once.

    Raises:
        SettingsError, OutputError, StateError, TypeError: before the SUT is touched.
        Exception: whatever a callback raised; KeyboardInterrupt; IncompleteError. The attribute
            ``report`` of the exception has what was measured before it.
    """
    requested = _settings(settings, scenario, mode, model, rules, user_conf, fields)
    official = any(given is not None for given in (model, rules, user_conf, audit_config))
    notes: list[str] = []
    choose = None
    if settings is None and not official:
        requested.draw_queries_as_needed = fields.get("draw_queries_as_needed", True) is True
        given = {_field(name, requested.scenario.name) for name in fields}
        choose = chooser(requested, given, notes)
    logs = _log_settings(log_settings, output)
    logs.keep_timeline = True
    sut_handle = _sut.construct(sut)
    qsl_handle = _library.construct(library)
    audit = os.fspath(audit_config) if audit_config is not None else _AUDIT_CONFIG
    if audit_config and not Path(audit).exists():
        raise SettingsError(f"audit_config: no such file: {audit}")
    with ended_by_sigterm():
        with live_progress(progress), issue_threads(requested):
            report, failure = _core.run_test(
                sut_handle, qsl_handle, requested, logs, audit, choose, notes
            )
        if output is not None:
            context = record.Context(model=model or "", library={"total_count": len(library)})
            try:
                record.write(record.make(report, context), output)
            except OutputError as error:
                failure = failure or error
        if isinstance(failure, Terminated):
            raise_failure(report, failure)
    raise_failure(report, failure)
    return report


def _settings(
    settings: TestSettings | None,
    scenario: TestScenario | str | None,
    mode: TestMode | str | None,
    model: str | None,
    rules: str | None,
    user_conf: str | os.PathLike[str] | None,
    fields: dict[str, bool | int | float],
) -> TestSettings:
    requested = copy.copy(settings) if settings is not None else TestSettings()
    if scenario is not None:
        requested.scenario = _member(TestScenario, "scenario", scenario)
    if mode is not None:
        requested.mode = _member(TestMode, "mode", mode)
    if rules is not None:
        if rules not in _core.rounds():
            raise SettingsError(
                f"rules: {shown(rules)} given; allowed are {', '.join(_core.rounds())}"
            )
        requested.rules = rules
    if model is not None and not isinstance(model, str):
        raise SettingsError(f"model: {shown(model)} given; the name of a model is a text")
    known_as = utf8(model or "*")
    if user_conf is not None:
        requested.FromConfig(os.fspath(user_conf), known_as, requested.scenario.name)
    elif model is not None or rules is not None:
        requested.FromConfig("", known_as, requested.scenario.name, _RULES)
    for name, value in fields.items():
        field = _field(name, requested.scenario.name)
        try:
            setattr(requested, field, value)
        except TypeError:
            kind = type(getattr(requested, field)).__name__
            raise SettingsError(
                f"{name}: {shown(value)} given; a value of type {kind} that is not negative is "
                "needed"
            ) from None
    return requested


def _member(kind: type[_Enum], argument: str, value: object) -> _Enum:
    if isinstance(value, kind):
        return value
    members: dict[str, _Enum] = kind.__members__
    for name, member in members.items():
        if isinstance(value, str) and value.casefold() == name.casefold():
            return member
    raise SettingsError(f"{argument}: {shown(value)} given; allowed are {', '.join(members)}")


def _field(name: str, scenario: str) -> str:
    if name in SHORT_FORMS:
        meanings = SHORT_FORMS[name]
        if scenario not in meanings:
            raise SettingsError(
                f"{name}: means nothing in {scenario}, only in {', '.join(meanings)}"
            )
        return meanings[scenario]
    if name not in _FIELDS:
        raise SettingsError(
            f"{name}: no such setting{did_you_mean(name, [*_FIELDS, *SHORT_FORMS])}"
        )
    return name


def _log_settings(
    log_settings: LogSettings | None, output: str | os.PathLike[str] | None
) -> LogSettings:
    logs = copy.copy(log_settings) if log_settings is not None else LogSettings()
    if output is not None:
        if Path(output).exists() and not Path(output).is_dir():
            raise OutputError(f"output: {output} is a file; a folder is needed")
        try:
            Path(output).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(
                f"output: cannot make the folder {output}: {error.strerror}"
            ) from error
        logs.log_output.outdir = os.fspath(output)
    elif log_settings is None:
        logs.write_files = False
    return logs
