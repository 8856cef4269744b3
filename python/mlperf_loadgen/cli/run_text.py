"""Shows the result of a run to CI: as Markdown for the summary of a job, as JUnit."""

from __future__ import annotations

import xml.etree.ElementTree as xml
from collections.abc import Mapping, Sequence
from typing import Any

from mlperf_loadgen.result.condition import Condition
from mlperf_loadgen.result.metrics import METRICS
from mlperf_loadgen.text import one_line
from mlperf_loadgen.units import duration, quantity

__all__ = ["junit", "markdown"]

_SHOWN = ("p50", "p90", "p99", "max", "qps", "samples_per_second", "tokens_per_second", "errors")


def markdown(record: Mapping[str, Any], gates: Sequence[Condition]) -> str:
    """Return a heading with the verdict, what is wrong, and the figures."""
    metrics = record["metrics"]
    names = [name for name in _SHOWN if name in metrics]
    cells = [_value(name, metrics[name]) for name in names]
    lines = [f"### {_escaped(_title(record))}", ""]
    lines += [f"- {_escaped(text)}" for text in _wrong(record, gates)]
    if names:
        lines += ["", f"| {' | '.join(names)} |", "|" + " ---: |" * len(names)]
        lines += [f"| {' | '.join(cells)} |"]
    return "\n".join([*lines, ""])


def junit(record: Mapping[str, Any], gates: Sequence[Condition]) -> str:
    """Return a test case for each check of the verdict and each gate."""
    cases = [
        (check["name"], "" if check["met"] else check["sentence"])
        for check in record["verdict"].get("checks", [])
    ]
    if not record["run"]["complete"]:
        cases.append(("complete", record["run"]["end_reason"] or "it did not reach its end"))
    cases += [(gate.text, _missed(record, gate)) for gate in gates]
    suite = xml.Element("testsuite", name="mlperf-loadgen run", tests=str(len(cases)))
    suite.set("failures", str(sum(bool(failure) for _, failure in cases)))
    for name, failure in cases:
        case = xml.SubElement(suite, "testcase", classname=record["run"]["scenario"], name=name)
        if failure:
            xml.SubElement(case, "failure", message=one_line(failure))
    xml.indent(suite)
    text = xml.tostring(suite, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _title(record: Mapping[str, Any]) -> str:
    run, verdict = record["run"], record["verdict"]
    words = [run["scenario"], run["mode"], run.get("model", ""), run["sut"]]
    valid = {True: "VALID", False: "INVALID"}.get(verdict.get("valid"), "complete")
    test = ", ".join(one_line(word) for word in words if word)
    return f"{test}: {valid if run['complete'] else 'NOT COMPLETE'}"


def _wrong(record: Mapping[str, Any], gates: Sequence[Condition]) -> list[str]:
    verdict = record["verdict"]
    unmet = [check["sentence"] for check in verdict.get("checks", []) if not check["met"]]
    missed = [text for gate in gates if (text := _missed(record, gate))]
    return [*unmet, *verdict.get("reasons", []), *verdict.get("advice", []), *missed]


def _missed(record: Mapping[str, Any], gate: Condition) -> str:
    """Return what to say of a gate that is missed; "" of one that is not."""
    value = record["metrics"].get(gate.metric.name)
    if value is None:
        return f"{gate.text}: this run has no {gate.metric.name}"
    if not gate.holds(value):
        return ""
    return f"{gate.text}: {gate.metric.name} is {_value(gate.metric.name, value)}"


def _value(name: str, value: float) -> str:
    unit = METRICS[name].unit
    if unit == "ns":
        return duration(value * 1e-9)
    return f"{100 * value:.3g} %" if unit == "fraction" else quantity(value)


def _escaped(text: str) -> str:
    """Return text whose characters mean nothing to Markdown or HTML."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\\{char}" if char in "\\`*_[]|#" else char for char in text)
