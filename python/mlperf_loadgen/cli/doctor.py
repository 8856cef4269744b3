"""``mlperf-loadgen doctor``: what on this machine would spoil a measurement."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from mlperf_loadgen.calibration import calibrate
from mlperf_loadgen.cli.parser import Parser
from mlperf_loadgen.exit_codes import Exit
from mlperf_loadgen.result.environment import capture
from mlperf_loadgen.result.findings import Finding, findings, lag_finding

__all__ = ["main", "parser"]


def parser() -> Parser:
    described = Parser(
        "doctor",
        "Says what on this machine would spoil a measurement; exits with 4 if there is any.",
    )
    described.add_argument("--output", metavar="DIR", help="the folder where results will go")
    described.add_argument("--facts", action="store_true", help="what is known of the machine, too")
    described.add_argument("--anonymous", action="store_true", help="no names of host and user")
    described.add_argument("--json", action="store_true", help="all of it as JSON")
    return described


def main(given: dict[str, Any]) -> int:
    facts = capture(anonymous="anonymous" in given)
    found = findings(facts, given.get("output", "."))
    found += lag_finding(calibrate().native.lag_p99_ns)
    if "json" in given:
        whole = {"environment": facts, "findings": [asdict(finding) for finding in found]}
        print(json.dumps(whole, indent=2))
    else:
        print(_text(found))
        if "facts" in given:
            print(_facts(facts))
    return Exit.GATE if found else Exit.VALID


def _text(found: list[Finding]) -> str:
    if not found:
        return "nothing on this machine is known to spoil a measurement"
    lines = [f"  {one.check:<12}{one.found}\n{'':<14}{one.cure}" for one in found]
    return "\n".join(lines)


def _facts(facts: dict[str, Any]) -> str:
    lines = []
    for group, values in facts.items():
        for i, part in enumerate(values if isinstance(values, list) else [values]):
            lines += ["", f"  {group}" + (f" {i}" if isinstance(values, list) else "")]
            lines += [f"    {name:<20}{value}" for name, value in part.items()]
    return "\n".join(lines)
