"""A load generator for MLPerf Inference.

Two interfaces to one core, which a program may mix:

- :func:`run` with a :class:`SystemUnderTest` (or any callable) and a library: samples and answers
  are arrays, and the result is a :class:`Report`.
- The established names (``ConstructSUT``, ``ConstructQSL``, ``StartTest``,
  ``QuerySamplesComplete`` ...): scripts written for them run unmodified.
"""

from __future__ import annotations

try:
    from mlperf_loadgen import _core as _core
except ImportError as error:  # pragma: no cover - a broken installation
    raise ImportError(
        "the compiled part of mlperf_loadgen cannot be loaded; install the package with "
        f"'pip install .' for this Python ({error})"
    ) from error

from mlperf_loadgen._core import (
    ConstructFastSUT,
    ConstructQDL,
    ConstructQSL,
    ConstructSUT,
    DestroyFastSUT,
    DestroyQDL,
    DestroyQSL,
    DestroySUT,
    EarlyStopping,
    EffectiveSettings,
    FirstTokenComplete,
    LatencySummary,
    LoggingMode,
    LogOutputSettings,
    LogSettings,
    OverheadReport,
    PeakTrial,
    Progress,
    QslHandle,
    QueryCount,
    QuerySample,
    QuerySampleResponse,
    QuerySamplesComplete,
    RegisterIssueQueryThread,
    Report,
    Samples,
    SutHandle,
    TestMode,
    TestScenario,
    TestSettings,
    TokenReport,
    __version__,
    abort,
    complete,
    current_progress,
    first_token,
    minimum_query_count,
    rounds,
)
from mlperf_loadgen.calibration import Calibration, Overhead, calibrate
from mlperf_loadgen.errors import (
    Error,
    IncompleteError,
    OutputError,
    SettingsError,
    StateError,
)
from mlperf_loadgen.established import (
    StartTest,
    StartTestWithLogSettings,
    VectorQuerySample,
    VectorQuerySampleResponse,
)
from mlperf_loadgen.import_conflict import warn_of_other as _warn_of_other
from mlperf_loadgen.library import SampleLibrary
from mlperf_loadgen.native import get_cmake_dir, get_include
from mlperf_loadgen.report_text import report_table as _report_table
from mlperf_loadgen.representation import all_fields as _all_fields
from mlperf_loadgen.representation import changed_fields as _changed_fields
from mlperf_loadgen.representation import report_line as _report_line
from mlperf_loadgen.result.record import figures as _report_figures
from mlperf_loadgen.result.record import html as _report_html
from mlperf_loadgen.result.record import save as _save_report
from mlperf_loadgen.runner import run
from mlperf_loadgen.sample_queue import Batches, SampleQueue
from mlperf_loadgen.sut import SystemUnderTest

__all__ = [
    "Batches",
    "Calibration",
    "ConstructFastSUT",
    "ConstructQDL",
    "ConstructQSL",
    "ConstructSUT",
    "DestroyFastSUT",
    "DestroyQDL",
    "DestroyQSL",
    "DestroySUT",
    "EarlyStopping",
    "EffectiveSettings",
    "Error",
    "FirstTokenComplete",
    "IncompleteError",
    "LatencySummary",
    "LogOutputSettings",
    "LogSettings",
    "LoggingMode",
    "OutputError",
    "Overhead",
    "OverheadReport",
    "PeakTrial",
    "Progress",
    "QslHandle",
    "QueryCount",
    "QuerySample",
    "QuerySampleResponse",
    "QuerySamplesComplete",
    "RegisterIssueQueryThread",
    "Report",
    "SampleLibrary",
    "SampleQueue",
    "Samples",
    "SettingsError",
    "StartTest",
    "StartTestWithLogSettings",
    "StateError",
    "SutHandle",
    "SystemUnderTest",
    "TestMode",
    "TestScenario",
    "TestSettings",
    "TokenReport",
    "VectorQuerySample",
    "VectorQuerySampleResponse",
    "__version__",
    "abort",
    "calibrate",
    "complete",
    "current_progress",
    "first_token",
    "get_cmake_dir",
    "get_include",
    "minimum_query_count",
    "rounds",
    "run",
]

_core.connect(
    settings_error=SettingsError,
    output_error=OutputError,
    state_error=StateError,
    incomplete_error=IncompleteError,
    all_fields=_all_fields,
    changed_fields=_changed_fields,
    report_line=_report_line,
    report_table=_report_table,
    report_html=_report_html,
    save_report=_save_report,
    report_figures=_report_figures,
)
_warn_of_other()
