"""The command line that every app understands, and its translation into settings of a run."""

from __future__ import annotations

import argparse
import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlperf_loadgen import TestSettings, rounds
from mlperf_loadgen.harness.argument_types import (
    above_zero,
    existing_file,
    existing_folder,
    whole,
)
from mlperf_loadgen.harness.processors import available

# Of inference packages in official scripts, and what they are called here.
_OTHER_NAMES = {"pytorch": "torch", "pytorch-native": "torch", "tf": "tensorflow"}
SCENARIOS = ("SingleStream", "MultiStream", "Server", "Offline")


@dataclass(frozen=True)
class Defaults:
    """What an app does when the command line does not say. With --mlperf_conf, --user_conf or
    --rules, those files and the rules built into LoadGen decide about the settings of the run
    instead.
    """

    max_batch_size: int = 32
    seconds: float = 10.0  # least time of a performance run
    max_latency: float = 0.1  # seconds; the limit for Server
    server_queries: int = 838  # least number without --time; 2 of 838 may miss the limit at 99 %
    samples_per_query: int = 8  # MultiStream


_LEAST_SLACK_MS = 2e3
_ON_TOP = 2  # conf_type of a file that brings no rules with it


class _Parser(argparse.ArgumentParser):
    """Refuses arguments that do not go together, too."""

    def parse_known_args(  # type: ignore[override]  # all overloads of argparse end here
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        found, rest = super().parse_known_args(args, namespace)
        if found.find_peak_performance and found.scenario != "Server":
            self.error("--find-peak-performance goes with --scenario Server only")
        return found, rest


def parser(
    description: str,
    *,
    backends: Sequence[str],
    defaults: Defaults,
    dataset: str = "folder of the data set",
    model: str = "model file",
) -> argparse.ArgumentParser:
    """The parser that an app starts from; the app may add arguments of its own.

    backends: names for --backend, the first is the default; the names of official scripts for them
    are understood, too. dataset, model: help for
    --dataset-path and --model-path.
    """
    made = _Parser(description=description)

    what = made.add_argument_group("what to run")
    what.add_argument(
        "--scenario",
        choices=SCENARIOS,
        default="Offline",
        help="how queries arrive (%(choices)s; default %(default)s)",
        metavar="NAME",
    )
    what.add_argument("--accuracy", action="store_true", help="measure accuracy, not performance")
    what.add_argument(
        "--find-peak-performance",
        action="store_true",
        help="search for the highest rate that is still valid (Server)",
    )
    what.add_argument(
        "--count",
        type=whole(1),
        metavar="N",
        help="only the first N samples of the data set, and just as many queries",
    )
    what.add_argument("--dataset-path", type=existing_folder, metavar="DIR", help=dataset)
    what.add_argument("--model-path", "--model", type=existing_file, metavar="FILE", help=model)

    how = made.add_argument_group("how to run it")
    how.add_argument(
        "--backend",
        type=lambda name: name if name in backends else _OTHER_NAMES.get(name, name),
        choices=backends,
        default=backends[0],
        help="inference package (%(choices)s; default %(default)s)",
        metavar="NAME",
    )
    how.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda"),
        default="auto",
        help="%(choices)s (default %(default)s)",
        metavar="NAME",
    )
    how.add_argument(
        "--max-batchsize",
        type=whole(1),
        default=defaults.max_batch_size,
        metavar="N",
        help="most samples in one inference (default %(default)s)",
    )
    how.add_argument(
        "--fixed-batch",
        action="store_true",
        help="every inference takes as many samples as the largest: fewer are filled up, so that "
        "no bit of an answer depends on how many share its batch (for TEST01; slower)",
    )
    how.add_argument(
        "--threads",
        type=whole(0),
        default=available(),
        metavar="N",
        help="workers, which share the processors (default %(default)s); 0 and SingleStream: "
        "inference on LoadGen's own thread",
    )

    settings = made.add_argument_group("settings of the run")
    settings.add_argument(
        "--time",
        type=above_zero,
        metavar="SECONDS",
        help=f"how long to run (without it: at least {defaults.seconds:g})",
    )
    settings.add_argument(
        "--qps",
        type=above_zero,
        metavar="RATE",
        help="samples per second: to send in Server, to expect in Offline (without it: measured)",
    )
    settings.add_argument(
        "--max-latency",
        type=above_zero,
        metavar="SECONDS",
        help=f"latency limit of Server (without it: {defaults.max_latency:g})",
    )
    settings.add_argument(
        "--samples-per-query",
        type=whole(1),
        metavar="N",
        help=f"samples in a query of MultiStream (without it: {defaults.samples_per_query})",
    )
    settings.add_argument(
        "--count-queries", type=whole(1), metavar="N", help="least and greatest number of queries"
    )
    settings.add_argument(
        "--performance-sample-count",
        type=whole(1),
        metavar="N",
        help="samples held in memory at once",
    )
    settings.add_argument(
        "--mlperf_conf",
        "--mlperf-conf",
        "--config",
        type=existing_file,
        metavar="FILE",
        help="settings file of a round, read before --user_conf (without it: the built-in rules)",
    )
    settings.add_argument(
        "--user_conf",
        "--user-conf",
        type=existing_file,
        metavar="FILE",
        help="settings file; what it does not say is as the official rules have it",
    )
    settings.add_argument(
        "--rules",
        choices=rounds(),
        metavar="ROUND",
        help="the official rules of this round decide, with a settings file or without "
        "(%(choices)s; a settings file alone takes the last)",
    )
    settings.add_argument(
        "--audit_conf",
        "--audit-conf",
        type=existing_file,
        metavar="FILE",
        help="settings of a compliance test, applied last (without it: audit.config in the working "
        "directory, if there is one)",
    )

    output = made.add_argument_group("output")
    output.add_argument(
        "--output",
        type=Path,
        metavar="DIR",
        help="folder for the logs (without it: under results/)",
    )
    output.add_argument(
        "--debug", action="store_true", help="write a trace of every call and sample, too"
    )
    output.add_argument("--no-progress", action="store_true", help="no progress display")
    return made


def mode_of(args: argparse.Namespace) -> str:
    """The mode of LoadGen that the command line asks for; a peak search goes before accuracy."""
    if args.find_peak_performance:
        return "FindPeakPerformance"
    return "AccuracyOnly" if args.accuracy else "PerformanceOnly"


def workers_of(args: argparse.Namespace) -> int:
    """How many worker threads; 0: inference runs on the thread on which LoadGen issues."""
    return 0 if args.scenario == "SingleStream" else int(args.threads)


def threads_of_a_worker(args: argparse.Namespace) -> int:
    """How many processors each worker has for one inference."""
    return max(1, available() // max(1, workers_of(args)))


def needs_rate(args: argparse.Namespace) -> bool:
    """Whether run_fields has to be told how fast the system is."""
    timed = mode_of(args) != "AccuracyOnly" or args.scenario == "Server"
    return timed and args.qps is None and not _official(args)


def run_fields(
    args: argparse.Namespace,
    *,
    sample_count: int,
    defaults: Defaults,
    rate: float | None = None,
) -> dict[str, Any]:
    """The keywords of lg.run that follow from the command line, but for those of config_fields:
    scenario, mode, progress, audit_config, and names of TestSettings.

    sample_count: samples of the library, of which --count has been taken already. rate: samples
    per second that the system was seen to do (see needs_rate).
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
        fields["server_target_qps"] = fields["offline_expected_qps"] = args.qps
    if args.max_latency is not None:
        fields["server_target_latency_ns"] = round(args.max_latency * 1e9)
    if args.samples_per_query is not None:
        fields["multi_stream_samples_per_query"] = args.samples_per_query
    if args.performance_sample_count is not None:
        fields["performance_sample_count_override"] = args.performance_sample_count
    return fields


def config_fields(args: argparse.Namespace, model: str) -> dict[str, Any]:
    """The keywords of lg.run for what holds before the fields of run_fields: the rules for `model`,
    the name under which settings files know it, and those files.

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
    """From the least to the greatest time. A run ends with the first query after the least; in
    Server this comes at random, late where the machine is busy, and a run that is cut before it is
    not valid.
    """
    if args.scenario != "Server":
        return 0.0
    rate: float = args.qps or fields.get("server_target_qps", math.inf)
    return max(_LEAST_SLACK_MS, 20e3 / rate)  # 20 intervals without one: not once in 10**8 runs


def _official(args: argparse.Namespace) -> bool:
    """Whether the official rules decide what the command line does not say, not the app."""
    return any(given is not None for given in (args.mlperf_conf, args.user_conf, args.rules))


def _default_fields(
    args: argparse.Namespace, mode: str, defaults: Defaults, rate: float | None
) -> dict[str, Any]:
    """Settings with which a short run of a system that does `rate` samples/s comes out valid."""
    fields: dict[str, Any] = {"min_duration_ms": round(defaults.seconds * 1e3)}
    if args.scenario == "SingleStream":
        if rate:  # twice the speed seen: LoadGen must not run out of prepared queries
            fields["single_stream_expected_latency_ns"] = 0.5e9 / rate
    elif args.scenario == "MultiStream":
        samples = args.samples_per_query or defaults.samples_per_query
        fields["multi_stream_samples_per_query"] = samples
        if rate:
            fields["multi_stream_expected_latency_ns"] = 0.5e9 * samples / rate
    elif args.scenario == "Server":
        fields["server_target_latency_ns"] = round(defaults.max_latency * 1e9)
        timed = args.time is not None and mode != "FindPeakPerformance"
        fields["min_query_count"] = 1 if timed else defaults.server_queries
        if rate:  # random arrivals bunch; less than half the speed leaves them time to pass
            fields["server_target_qps"] = 0.4 * rate
    else:
        fields["min_query_count"] = 1  # the one query is as large as the time needs
        if rate:  # half more than seen, or a good day would be too short to be valid
            fields["offline_expected_qps"] = 1.5 * rate
    return fields
