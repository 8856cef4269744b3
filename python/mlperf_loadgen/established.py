"""Provides the established functions, so that existing SUT scripts run unmodified."""

from __future__ import annotations

import os

from mlperf_loadgen import _core
from mlperf_loadgen._core import (
    LogSettings,
    QslHandle,
    QuerySample,
    QuerySampleResponse,
    SutHandle,
    TestSettings,
)
from mlperf_loadgen.outcome import raise_failure
from mlperf_loadgen.termination import Terminated, ended_by_sigterm
from mlperf_loadgen.text import shown

__all__ = [
    "StartTest",
    "StartTestWithLogSettings",
    "VectorQuerySample",
    "VectorQuerySampleResponse",
]


class VectorQuerySample(list[QuerySample]):
    """A list of :class:`QuerySample`."""


class VectorQuerySampleResponse(list[QuerySampleResponse]):
    """A list of :class:`QuerySampleResponse`."""


def StartTest(
    sut: SutHandle,
    qsl: QslHandle,
    test_settings: TestSettings,
    audit_config_filename: str | bytes | os.PathLike[str] = "audit.config",
) -> None:
    """Run a whole test on this thread; its log files go to the working directory.

    Blocks, with the interpreter lock released. Raises SettingsError, OutputError or StateError
    before anything runs; afterwards whatever a callback raised, KeyboardInterrupt, or
    IncompleteError. The log files are complete then too, and say what happened.
    """
    StartTestWithLogSettings(sut, qsl, test_settings, LogSettings(), audit_config_filename)


def StartTestWithLogSettings(
    sut: SutHandle,
    qsl: QslHandle,
    test_settings: TestSettings,
    log_settings: LogSettings,
    audit_config_filename: str | bytes | os.PathLike[str] = "audit.config",
) -> None:
    """Run a whole test as :func:`StartTest`; ``log_settings`` says what is written, and where."""
    for name, given, needed, maker in (
        ("sut", sut, SutHandle, "ConstructSUT(issue, flush)"),
        ("qsl", qsl, QslHandle, "ConstructQSL(total, performance, load, unload)"),
        ("test_settings", test_settings, TestSettings, "TestSettings()"),
        ("log_settings", log_settings, LogSettings, "LogSettings()"),
    ):
        if not isinstance(given, needed):
            raise TypeError(f"{name}: what {maker} returns is needed, not {shown(given)}")
    with ended_by_sigterm():
        report, failure = _core.run_test(
            sut, qsl, test_settings, log_settings, audit_config_filename
        )
        if isinstance(failure, Terminated):
            raise_failure(report, failure)
    raise_failure(report, failure)
