"""Makes the ``repr()`` of settings and reports."""

from __future__ import annotations

from mlperf_loadgen._core import Report, TestMode

__all__ = ["all_fields", "changed_fields", "report_line"]


def all_fields(instance: object) -> str:
    """Return a call with all attributes."""
    return _call(instance, _names(instance))


def changed_fields(instance: object) -> str:
    """Return a call with the attributes that differ from those of a new object."""
    new = type(instance)()
    # By their text: settings inside settings compare by identity.
    return _call(instance, [n for n in _names(instance) if _text(instance, n) != _text(new, n)])


def report_line(report: Report) -> str:
    """Return the verdict in one line."""
    if not report.complete:
        verdict = "not complete"
    elif report.mode == TestMode.AccuracyOnly or not report.has_performance:
        verdict = f"{report.accuracy_sample_count} samples for accuracy"
    else:
        verdict = "VALID" if report.valid else "INVALID"
    counted = f"{report.sample_count} samples in {report.duration_seconds:.2f} s"
    test = f"{report.scenario.name} {report.mode.name}"
    return f"<Report of {report.sut_name}: {test}, {verdict}, {counted}>"


def _names(instance: object) -> list[str]:
    known = [vars(kind) for kind in type(instance).__mro__]
    return [name for names in known for name, kind in names.items() if isinstance(kind, property)]


def _text(instance: object, name: str) -> str:
    value = getattr(instance, name)
    return str(value) if hasattr(type(value), "__members__") else repr(value)


def _call(instance: object, names: list[str]) -> str:
    values = ", ".join(f"{name}={_text(instance, name)}" for name in names)
    return f"{type(instance).__name__}({values})"
