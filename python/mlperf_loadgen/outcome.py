"""Raises what ended a test early, with the report of what was measured."""

from __future__ import annotations

import contextlib

from mlperf_loadgen._core import Report

__all__ = ["raise_failure"]


def raise_failure(report: Report, failure: BaseException | None) -> None:
    """Raise ``failure``, if there is one, with the report as its attribute ``report``."""
    if failure is None:
        return
    # An exception class with slots takes no attribute; it is raised all the same.
    with contextlib.suppress(AttributeError, TypeError):
        failure.report = report  # type: ignore[attr-defined]
        if isinstance(failure, KeyboardInterrupt):
            failure.add_note(str(report))  # type: ignore[attr-defined, unused-ignore]
    raise failure
