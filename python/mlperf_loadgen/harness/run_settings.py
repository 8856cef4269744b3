"""Translates the command line of an app into the settings of a run."""

from __future__ import annotations

import argparse
import math
import warnings
from collections.abc import Mapping
from typing import Any

from mlperf_loadgen import TestSettings
from mlperf_loadgen.harness.arguments import Defaults, mode_of
from mlperf_loadgen.runner import SHORT_FORMS

_OF_RATE = {"Server": 0.4, "Offline": 1.5}  # of the rate that was measured
_LEAST_SLACK_MS = 2e3
_ON_TOP = 2  # conf_type of a file that brings no rules with it


def needs_throughput_estimate(args: argparse.Namespace) -> bool:
    """Returns whether run_fields has to be told how fast the system is."""
    timed = mode_of(args) != "AccuracyOnly" or args.scenario == "Server"
    return timed and args.qps is None and not _official(args)


def run_fields(
    args: argparse.Namespace,
    *,
    sample_count: int,
    defaults: Defaults,
    rate: float | None = None,
) -> dict[str, Any]:
    """Returns the keywords of lg.run that follow from the command line, but for those of
    config_fields: scenario, mode, progress, audit_config, and names of TestSettings.

    sample_count: samples of the library, of which --count has been taken already. rate: samples
    per second that the system was seen to do (see needs_throughput_estimate).
    """
    mode = mode_of(args)
    fields: dict[str, Any] = {"scenario": args.scenario, "mode": mode}
    if args.no_progress:
        fields["progress"] = False
    if not _official(args):
        fields |= _default_fields(args, mode, defaults, rate)
    if args.audit_conf is not None:
        fields["audit_config"] = args.audit_conf
    if args.count is not None:
        fields["min_query_count"] = sample_count
        if _official(args):  # as the official flag: the least time of the rules is kept
            fields["max_query_count"] = sample_count
        else:
            fields["min_duration_ms"] = 0
    if args.time is not None:
        fields["min_duration_ms"] = round(args.time * 1e3)
        if mode != "FindPeakPerformance":  # a run that is cut short is not valid, nor a peak
            fields["max_duration_ms"] = round(args.time * 1e3 + _slack_ms(args, fields))
    if args.count_queries is not None:
        fields["min_query_count"] = fields["max_query_count"] = args.count_queries
    if args.qps is not None:
        fields |= _short(args, "target_qps", args.qps)
    if args.max_latency is not None:
        fields |= _short(args, "target_latency_ns", round(args.max_latency * 1e9))
    if args.samples_per_query is not None:
        fields |= _short(args, "samples_per_query", args.samples_per_query)
    if args.performance_sample_count is not None:
        fields["performance_sample_count_override"] = args.performance_sample_count
    return fields


def config_fields(args: argparse.Namespace, model: str) -> dict[str, Any]:
    """Returns the keywords of lg.run for what holds before the fields of run_fields: the rules for
    `model`, the name under which settings files know it, and those files.

    Raises SettingsError for a file of --mlperf_conf that is malformed, or of --user_conf beside it.
    """
    if args.mlperf_conf is None:
        named = {"rules": args.rules, "user_conf": args.user_conf}
        return {"model": model} | {name: value for name, value in named.items() if value}
    settings = TestSettings()
    if args.rules is not None:
        settings.rules = args.rules
    settings.FromConfig(str(args.mlperf_conf), model, args.scenario)
    if b"qsl_rng_seed" not in args.mlperf_conf.read_bytes():
        warnings.warn(
            f"{args.mlperf_conf}: it has no seeds, so it is of no known round; the rules of "
            f"{settings.rules} apply below it",
            stacklevel=2,
        )
    if args.user_conf is not None:
        settings.FromConfig(str(args.user_conf), model, args.scenario, _ON_TOP)
    return {"settings": settings}


def _slack_ms(args: argparse.Namespace, fields: Mapping[str, Any]) -> float:
    """Returns the time between minimum and maximum duration. A run ends with the first
    query after the minimum; in Server this comes at random, late where the machine is busy, and a
    run that is cut before it is not valid.
    """
    if args.scenario != "Server":
        return 0.0
    rate: float = args.qps or fields.get(SHORT_FORMS["target_qps"][args.scenario], math.inf)
    return max(_LEAST_SLACK_MS, 20e3 / rate)  # 20 intervals without one: not once in 10**8 runs


def _official(args: argparse.Namespace) -> bool:
    """Returns whether the official rules decide what the command line does not say, not the app."""
    return any(given is not None for given in (args.mlperf_conf, args.user_conf, args.rules))


def _default_fields(
    args: argparse.Namespace, mode: str, defaults: Defaults, rate: float | None
) -> dict[str, Any]:
    """Returns settings with which a short run of a system that does `rate` samples/s is valid."""
    fields: dict[str, Any] = {"min_duration_ms": round(defaults.seconds * 1e3)}
    samples = args.samples_per_query or defaults.samples_per_query
    if args.scenario == "MultiStream":
        fields |= _short(args, "samples_per_query", samples)
    elif args.scenario == "Server":
        fields |= _short(args, "target_latency_ns", round(defaults.max_latency * 1e9))
        timed = args.time is not None and mode != "FindPeakPerformance"
        fields["min_query_count"] = 1 if timed else defaults.server_queries
    elif args.scenario == "Offline":
        fields["min_query_count"] = 1  # the one query is as large as the time needs
    if rate is None:
        return fields
    if args.scenario in SHORT_FORMS["target_qps"]:
        # Server: random arrivals bunch, less than half the speed leaves them time to pass. Offline:
        # half more than seen, or a run that goes faster would be too short to be valid.
        return fields | _short(args, "target_qps", _OF_RATE[args.scenario] * rate)
    # Twice the speed seen: LoadGen must not run out of prepared queries.
    size = samples if args.scenario == "MultiStream" else 1
    return fields | _short(args, "expected_latency_ns", 0.5e9 * size / rate)


def _short(args: argparse.Namespace, name: str, value: object) -> dict[str, Any]:
    """Returns the setting that a short form of lg.run stands for; none where the scenario has
    none.
    """
    field = SHORT_FORMS[name].get(args.scenario)
    return {} if field is None else {field: value}
