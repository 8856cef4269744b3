"""Keeps the result of an app beside its logs: report.json, and the page that is drawn from it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import mlperf_loadgen as lg
from mlperf_loadgen.errors import Error
from mlperf_loadgen.harness import screen
from mlperf_loadgen.harness.run_settings import config_fields
from mlperf_loadgen.page import write_page
from mlperf_loadgen.result.environment import capture
from mlperf_loadgen.result.provenance import NAMES, Setting, Source, Stack, departures
from mlperf_loadgen.result.record import Context, make, write

__all__ = ["keep_result"]


def keep_result(
    report: lg.Report,
    args: argparse.Namespace,
    output: Path,
    *,
    model: str,
    sample_count: int,
    fields: Mapping[str, Any],
    caution: str,
    accuracy: Mapping[str, Any],
) -> Path | None:
    """Writes report.json and report.html to the folder of a run; returns the page, or None.

    fields: the keywords of lg.run that followed from the command line. caution: what makes the run
    other than one of the model, or "". accuracy: the figures of a scored run.
    """
    settings = _settings(args, model, fields)
    official = departures(settings, report.scenario)
    if not settings or (args.rules is None and args.user_conf is None):
        official = ["no rules were asked for: --rules or --user_conf"]
    if caution:
        official.insert(0, caution)
    context = Context(
        model=model,
        library={"total_count": sample_count},
        official=official or None,
        settings=[setting.plain() for setting in settings],
        environment=capture(),
        accuracy=accuracy,
    )
    record = make(report, context)
    write(record, output)
    if args.no_html:
        return None
    try:
        return write_page([record], output / "report.html")
    except Error as error:  # what draws it is not installed
        screen.note(f"No page: {error}")
        return None


def _settings(args: argparse.Namespace, model: str, fields: Mapping[str, Any]) -> Sequence[Setting]:
    """Returns the settings that were asked for, and where they come from; none with --mlperf_conf,
    whose rules may be of any round.
    """
    if "settings" in config_fields(args, model):
        return []
    stack = Stack()
    scenario = lg.TestScenario.__members__[args.scenario]
    stack.values({"scenario": scenario}, {"scenario": Source("--scenario")})
    if args.rules is not None:
        stack.values({"rules": args.rules}, {"rules": Source("--rules")})
    if args.user_conf is not None:
        stack.user_conf(args.user_conf, model)
    else:
        stack.rules(model)
    given = {name: value for name, value in fields.items() if name in NAMES and name != "scenario"}
    mode = given.pop("mode", None)
    if mode is not None:
        given["mode"] = lg.TestMode.__members__[mode]
    stack.values(given, dict.fromkeys(given, Source("options")))
    return stack.explained()
