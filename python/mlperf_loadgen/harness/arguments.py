"""Reads the command line that every app understands."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mlperf_loadgen import rounds
from mlperf_loadgen.harness.argument_types import (
    existing_file,
    existing_folder,
    int_at_least,
    positive_float,
)
from mlperf_loadgen.harness.backends import BACKENDS, DEVICES
from mlperf_loadgen.harness.processors import available

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


class _Parser(argparse.ArgumentParser):
    """Also refuses arguments that exclude each other."""

    def parse_known_args(  # type: ignore[override]  # all overloads of argparse end here
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        found, rest = super().parse_known_args(args, namespace)
        if found.find_peak_performance and found.scenario != "Server":
            self.error(f"--find-peak-performance requires --scenario Server, not {found.scenario}")
        devices = _devices(found.backend)
        if found.device not in devices:
            self.error(
                f"--device {found.device}: --backend {found.backend} has {', '.join(devices)}"
            )
        return found, rest


def parser(
    description: str,
    *,
    backends: Sequence[str],
    defaults: Defaults,
    dataset: str = "folder of the data set",
    model: str = "model file",
) -> argparse.ArgumentParser:
    """Returns the parser that an app starts from; the app may add arguments of its own.

    backends: names for --backend, the first is the default; what official scripts call them is
    understood, too (see backends.backends_for). dataset, model: help for --dataset-path and
    --model-path.
    """
    options = _Parser(description=description)
    _add_what(options.add_argument_group("what to run"), dataset, model)
    _add_how(options.add_argument_group("how to run it"), backends, defaults)
    settings = options.add_argument_group("settings of the run")
    _add_settings(settings, defaults)
    _add_config_files(settings)
    _add_output(options.add_argument_group("output"))
    return options


def _add_what(group: argparse._ArgumentGroup, dataset: str, model: str) -> None:
    add = group.add_argument
    add(
        "--scenario",
        choices=SCENARIOS,
        default="Offline",
        help="how queries arrive (%(choices)s; default %(default)s)",
        metavar="NAME",
    )
    add("--accuracy", action="store_true", help="measure accuracy, not performance")
    add(
        "--find-peak-performance",
        action="store_true",
        help="search for the highest rate that is still valid (Server)",
    )
    add(
        "--count",
        type=int_at_least(1),
        metavar="N",
        help="only the first N samples of the data set, and just as many queries",
    )
    add("--dataset-path", type=existing_folder, metavar="DIR", help=dataset)
    add("--model-path", "--model", type=existing_file, metavar="FILE", help=model)


def _add_how(group: argparse._ArgumentGroup, backends: Sequence[str], defaults: Defaults) -> None:
    add = group.add_argument
    add(
        "--backend",
        type=lambda name: name if name in backends else _named(name),
        choices=backends,
        default=backends[0],
        help="inference package (%(choices)s; default %(default)s)",
        metavar="NAME",
    )
    add(
        "--device",
        choices=list(dict.fromkeys(device for name in backends for device in _devices(name))),
        default="auto",
        help="%(choices)s (default %(default)s)",
        metavar="NAME",
    )
    add(
        "--max-batchsize",
        type=int_at_least(1),
        default=defaults.max_batch_size,
        metavar="N",
        help="most samples in one inference (default %(default)s)",
    )
    add(
        "--fixed-batch",
        action="store_true",
        help="every inference takes as many samples as the largest: fewer are filled up, so that "
        "no bit of an answer depends on how many share its batch (for TEST01; slower)",
    )
    add(
        "--threads",
        type=int_at_least(0),
        default=available(),
        metavar="N",
        help="workers, which share the processors (default %(default)s); 0 and SingleStream: "
        "inference on LoadGen's own thread",
    )


def _add_settings(group: argparse._ArgumentGroup, defaults: Defaults) -> None:
    add = group.add_argument
    add(
        "--time",
        type=positive_float,
        metavar="SECONDS",
        help=f"minimum and maximum duration (default: at least {defaults.seconds:g})",
    )
    add(
        "--qps",
        type=positive_float,
        metavar="RATE",
        help="samples per second: to send in Server, to expect in Offline (default: measured)",
    )
    add(
        "--max-latency",
        type=positive_float,
        metavar="SECONDS",
        help=f"latency limit of Server (default {defaults.max_latency:g})",
    )
    add(
        "--samples-per-query",
        type=int_at_least(1),
        metavar="N",
        help=f"samples in a query of MultiStream (default {defaults.samples_per_query})",
    )
    add(
        "--count-queries",
        type=int_at_least(1),
        metavar="N",
        help="minimum and maximum number of queries",
    )
    add(
        "--performance-sample-count",
        type=int_at_least(1),
        metavar="N",
        help="samples held in memory at once",
    )


def _add_config_files(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add(
        "--mlperf_conf",
        "--mlperf-conf",
        "--config",
        type=existing_file,
        metavar="FILE",
        help="settings file of a round, read before --user_conf (default: the built-in rules)",
    )
    add(
        "--user_conf",
        "--user-conf",
        type=existing_file,
        metavar="FILE",
        help="settings file; the official rules apply to what it leaves out",
    )
    add(
        "--rules",
        choices=rounds(),
        metavar="ROUND",
        help="the official rules of this round decide, with a settings file or without "
        "(%(choices)s; a settings file alone takes the last)",
    )
    add(
        "--audit_conf",
        "--audit-conf",
        type=existing_file,
        metavar="FILE",
        help="settings of a compliance test, applied last (default: audit.config in the working "
        "directory, if there is one)",
    )


def _add_output(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--output", type=Path, metavar="DIR", help="folder for the logs (default: under results/)")
    add("--debug", action="store_true", help="write a trace of every call and sample, too")
    add("--no-progress", action="store_true", help="no progress display")
    add("--no-html", action="store_true", help="no page of the result")


def _named(name: str) -> str:
    """Returns the name of the backend that official scripts call `name`."""
    return next((opener.name for opener in BACKENDS.values() if name in opener.aliases), name)


def _devices(backend: str) -> Sequence[str]:
    return BACKENDS[backend].devices if backend in BACKENDS else DEVICES


def mode_of(args: argparse.Namespace) -> str:
    """Returns the mode that the command line asks for; a peak search goes before accuracy."""
    if args.find_peak_performance:
        return "FindPeakPerformance"
    return "AccuracyOnly" if args.accuracy else "PerformanceOnly"


def workers_of(args: argparse.Namespace) -> int:
    """Returns the number of worker threads; 0: inference runs on the thread that issues."""
    return 0 if args.scenario == "SingleStream" else int(args.threads)


def threads_per_worker(args: argparse.Namespace) -> int:
    """Returns the number of processors that each worker has for one inference."""
    return max(1, available() // max(1, workers_of(args)))
