"""What is measured: the cases, the figures shown of each, and what each is to reach."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Options = dict[str, Any]

# Options that say how large a measurement is: `--scale` multiplies them.
SIZES = ("count", "seconds")
LEAST = {"count": 2, "seconds": 0.05}


@dataclass(frozen=True)
class Row:
    """A figure of a case, and its target: at least `times` better than the peer's, or at most
    `limit`; neither: shown only."""

    key: str  # as the worker names it
    title: str
    unit: str
    times: float | None = None
    limit: float | None = None
    more_is_better: bool = False
    ours_only: bool = False  # the peer has no such figure


@dataclass(frozen=True)
class Case:
    """One measurement; `program` is the worker script, or the C++ program."""

    name: str
    title: str
    options: Options
    rows: tuple[Row, ...]
    program: str = "python"

    def scaled(self, scale: float) -> Options:
        """The options of a run that is `scale` times as large."""
        options = dict(self.options)
        for key in SIZES:
            if key in options:
                kind = type(options[key])
                options[key] = kind(max(LEAST[key], options[key] * scale))
        return options


def python(name: str, title: str, *rows: Row, measure: str = "closed_loop", **options: Any) -> Case:
    return Case(name, f"Python, {title}", {"measure": measure, **options}, rows)


def wall(times: float | None = None) -> Row:
    return Row("wall_ns", "wall, a query", "ns", times)


def cpu(times: float | None = None) -> Row:
    return Row("cpu_ns", "CPU, a query", "ns", times)


def off_and_on(
    name: str, title: str, *rows: Row, traced_cpu: float | None = None, **options: Any
) -> tuple[Case, Case]:
    """The case, and the same with a trace log."""
    traced = (wall(), cpu(traced_cpu))
    return (
        python(name, title, *rows, **options),
        python(f"{name}_trace", f"{title}, traced", *traced, trace=True, **options),
    )


def native(name: str, title: str, *rows: Row, **options: Any) -> Case:
    return Case(name, f"C++, {title}", options, rows, program="native")


TOTAL_S = Row("total_s", "whole test", "s")
PEAK = Row("peak_mib", "peak memory", "MiB")

CASES: tuple[Case, ...] = (
    *off_and_on(
        "single_stream",
        "SingleStream",
        wall(5),
        cpu(8),
        Row("latency_p50_ns", "latency reported, p50", "ns", limit=400),
        Row("latency_p99_ns", "latency reported, p99", "ns", limit=1000),
        traced_cpu=10,
        scenario="SingleStream",
        count=100_000,
    ),
    *off_and_on(
        "multi_stream",
        "MultiStream of 8",
        wall(5),
        cpu(),
        scenario="MultiStream",
        count=50_000,
    ),
    *off_and_on("server", "Server over capacity", wall(5), cpu(), scenario="Server", count=100_000),
    *off_and_on(
        "server_coalesced",
        "Server, coalesced",
        wall(5),
        cpu(),
        scenario="Server",
        count=100_000,
        coalesce=True,
    ),
    *off_and_on(
        "server_tokens",
        "Server, tokens",
        wall(5),
        cpu(),
        scenario="Server",
        count=50_000,
        tokens=True,
    ),
    python(
        "offline",
        "Offline, an object a sample",
        Row("total_s", "whole test", "s", times=7),
        Row("peak_mib", "peak memory", "MiB", times=3),
        scenario="Offline",
        count=5_000_000,
    ),
    python(
        "offline_fast",
        "Offline, a list of ids (fast SUT)",
        Row("total_s", "whole test", "s", times=7),
        PEAK,
        measure="fast_sut",
        count=5_000_000,
    ),
    python(
        "offline_arrays",
        "Offline, arrays (peer: its fast SUT)",
        Row("total_s", "whole test", "s", times=20),
        Row("peak_mib", "peak memory", "MiB", times=10),
        measure="arrays",
        count=5_000_000,
    ),
    python(
        "offline_arrays_trace",
        "Offline, arrays, traced",
        Row("total_s", "whole test", "s", times=15),
        Row("peak_mib", "peak memory", "MiB"),
        measure="arrays",
        trace=True,
        count=5_000_000,
    ),
    python(
        "million",
        "SingleStream, a million queries",
        Row("generate_ns", "generated in, a query", "ns", times=10),
        Row("generate_bytes", "memory generated, a query", "B", times=8),
        Row("drain_s", "results", "s", times=20),
        TOTAL_S,
        PEAK,
        scenario="SingleStream",
        count=1_000_000,
    ),
    python(
        "accuracy_log",
        "50,000 responses of 4 KiB logged",
        Row("mb_per_s", "responses", "MB/s", times=5, more_is_better=True),
        PEAK,
        measure="accuracy_log",
        count=50_000,
        bytes=4096,
    ),
    *(
        python(
            f"pacing_{qps}",
            f"Server at {qps:,} queries/s",
            Row(
                "reported_lag_p50_us",
                "issued late, by its own report, p50",
                "us",
                limit=1,
                ours_only=True,
            ),
            Row(
                "reported_lag_p99_us",
                "issued late, by its own report, p99",
                "us",
                limit=50,
                ours_only=True,
            ),
            Row("lag_p50_us", "issue_query entered late, p50", "us", limit=1),
            Row("lag_p99_us", "issue_query entered late, p99", "us", limit=50),
            Row("cpu_share", "CPU", "cores"),
            measure="pacing",
            qps=qps,
            seconds=5.0,
        )
        for qps in (2_000, 10_000)
    ),
    python(
        "hand_over",
        "SingleStream, another thread completes",
        Row("hand_over_p50_us", "completion to next issue, p50", "us", limit=1),
        Row("hand_over_p99_us", "completion to next issue, p99", "us"),
        cpu(),
        measure="hand_over",
        count=20_000,
    ),
    python(
        "smallest",
        "a test of one query",
        Row("total_ms", "whole test", "ms", limit=2),
        Row("cpu_ms", "CPU", "ms"),
        measure="smallest",
        count=10,
    ),
    python(
        "wake_ups",
        "a SUT that works for seconds",
        Row("per_s", "wake-ups", "1/s", limit=0),
        measure="wake_ups",
        seconds=2.0,
    ),
    native(
        "native_single_stream",
        "SingleStream",
        Row("issue_ns", "wall, a query", "ns", times=10),
        Row("generate_ns", "generated in, a query", "ns", times=10),
        Row("generate_bytes", "memory generated, a query", "B", times=8),
        Row("drain_s", "results", "s", times=20),
        case="single_stream",
        count=500_000,
    ),
    native(
        "native_server",
        "Server over capacity",
        Row("issue_ns", "wall, a query", "ns", times=10),
        case="server",
        count=500_000,
    ),
    native(
        "native_multi_stream",
        "MultiStream of 8",
        Row("issue_ns", "wall, a query", "ns", times=10),
        case="multi_stream",
        count=200_000,
    ),
    native(
        "native_offline",
        "Offline, 10 million samples",
        Row("total_s", "whole test", "s", times=6),
        PEAK,
        case="offline",
        count=10_000_000,
    ),
    native(
        "native_offline_trace",
        "Offline, 10 million samples, traced",
        Row("total_s", "whole test", "s", times=15),
        PEAK,
        case="offline",
        count=10_000_000,
        trace=True,
    ),
    native(
        "native_hand_over",
        "SingleStream, another thread completes",
        Row("hand_over_ns", "completion to next issue, p50", "ns", limit=1000),
        case="hand_over",
        count=100_000,
    ),
)


def recorded() -> Mapping[str, Mapping[str, list[float]]]:
    """Of the peer's C++ core, which no package ships, by case and key: median, least, most."""
    text = Path(__file__).with_name("recorded.json").read_text(encoding="utf-8")
    figures: dict[str, dict[str, list[float]]] = json.loads(text)["figures"]
    return figures
