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


def closed_loop(
    name: str, title: str, count: int, *rows: Row, scenario: str = "Server", **options: Any
) -> Case:
    options = {"measure": "closed_loop", "scenario": scenario, "count": count, **options}
    return Case(name, f"Python, {title}", options, rows)


def wall(times: float | None = None) -> Row:
    return Row("wall_ns", "wall, a query", "ns", times)


def cpu(times: float | None = None) -> Row:
    return Row("cpu_ns", "CPU, a query", "ns", times)


def native(name: str, title: str, count: int, *rows: Row, **options: Any) -> Case:
    return Case(name, f"C++, {title}", {"count": count, **options}, rows, program="native")


TOTAL_S = Row("total_s", "whole test", "s")
PEAK = Row("peak_mib", "peak memory", "MiB")

SINGLE_STREAM = (
    wall(5),
    cpu(8),
    Row("latency_p50_ns", "latency reported, p50", "ns", limit=400),
    Row("latency_p99_ns", "latency reported, p99", "ns", limit=1000),
)

CASES: tuple[Case, ...] = (
    closed_loop("single_stream", "SingleStream", 100_000, *SINGLE_STREAM, scenario="SingleStream"),
    closed_loop(
        "single_stream_trace",
        "SingleStream, traced",
        100_000,
        wall(),
        cpu(10),
        scenario="SingleStream",
        trace=True,
    ),
    closed_loop("multi_stream", "MultiStream of 8", 50_000, wall(5), cpu(), scenario="MultiStream"),
    closed_loop(
        "multi_stream_trace",
        "MultiStream of 8, traced",
        50_000,
        wall(),
        cpu(),
        scenario="MultiStream",
        trace=True,
    ),
    closed_loop("server", "Server over capacity", 100_000, wall(5), cpu()),
    closed_loop("server_trace", "Server over capacity, traced", 100_000, wall(), cpu(), trace=True),
    closed_loop("server_coalesced", "Server, coalesced", 100_000, wall(5), cpu(), coalesce=True),
    closed_loop("server_tokens", "Server, tokens", 50_000, wall(5), cpu(), tokens=True),
    closed_loop(
        "offline",
        "Offline, an object a sample",
        5_000_000,
        Row("total_s", "whole test", "s", times=7),
        Row("peak_mib", "peak memory", "MiB", times=3),
        scenario="Offline",
    ),
    Case(
        "offline_arrays",
        "Python, Offline, arrays (peer: its fast SUT)",
        {"measure": "arrays", "count": 5_000_000},
        (
            Row("total_s", "whole test", "s", times=20),
            Row("peak_mib", "peak memory", "MiB", times=10),
        ),
    ),
    closed_loop(
        "million",
        "SingleStream, a million queries",
        1_000_000,
        Row("generate_ns", "generated in, a query", "ns", times=10),
        Row("generate_bytes", "memory generated, a query", "B", times=8),
        Row("drain_s", "results", "s", times=20),
        TOTAL_S,
        PEAK,
        scenario="SingleStream",
    ),
    Case(
        "accuracy_log",
        "Python, 50,000 responses of 4 KiB logged",
        {"measure": "accuracy_log", "count": 50_000, "bytes": 4096},
        (Row("mb_per_s", "responses", "MB/s", times=5, more_is_better=True), PEAK),
    ),
    *(
        Case(
            f"pacing_{qps}",
            f"Python, Server at {qps:,} queries/s",
            {"measure": "pacing", "qps": qps, "seconds": 5.0},
            (
                Row("lag_p50_us", "issued late, p50", "us", limit=1),
                Row("lag_p99_us", "issued late, p99", "us", limit=50),
                Row("cpu_share", "CPU", "cores"),
            ),
        )
        for qps in (2_000, 10_000)
    ),
    Case(
        "hand_over",
        "Python, SingleStream, another thread completes",
        {"measure": "hand_over", "count": 20_000},
        (
            Row("hand_over_p50_us", "completion to next issue, p50", "us", limit=1),
            Row("hand_over_p99_us", "completion to next issue, p99", "us"),
            cpu(),
        ),
    ),
    Case(
        "smallest",
        "Python, a test of one query",
        {"measure": "smallest", "count": 10},
        (Row("total_ms", "whole test", "ms", limit=2), Row("cpu_ms", "CPU", "ms")),
    ),
    Case(
        "wake_ups",
        "Python, a SUT that works for seconds",
        {"measure": "wake_ups", "seconds": 2.0},
        (Row("per_s", "wake-ups", "1/s", limit=0),),
    ),
    native(
        "native_single_stream",
        "SingleStream",
        500_000,
        Row("issue_ns", "wall, a query", "ns", times=10),
        Row("generate_ns", "generated in, a query", "ns", times=10),
        Row("generate_bytes", "memory generated, a query", "B", times=8),
        Row("drain_s", "results", "s", times=20),
        case="single_stream",
    ),
    native(
        "native_server",
        "Server over capacity",
        500_000,
        Row("issue_ns", "wall, a query", "ns", times=10),
        case="server",
    ),
    native(
        "native_multi_stream",
        "MultiStream of 8",
        200_000,
        Row("issue_ns", "wall, a query", "ns", times=10),
        case="multi_stream",
    ),
    native(
        "native_offline",
        "Offline, 10 million samples",
        10_000_000,
        Row("total_s", "whole test", "s", times=6),
        PEAK,
        case="offline",
    ),
    native(
        "native_offline_trace",
        "Offline, 10 million samples, traced",
        10_000_000,
        Row("total_s", "whole test", "s", times=15),
        PEAK,
        case="offline",
        trace=True,
    ),
    native(
        "native_hand_over",
        "SingleStream, another thread completes",
        100_000,
        Row("hand_over_ns", "completion to next issue, p50", "ns", limit=1000),
        case="hand_over",
    ),
)


def recorded() -> Mapping[str, Mapping[str, list[float]]]:
    """Of the peer's C++ core, which no package ships, by case and key: median, least, most."""
    text = Path(__file__).with_name("recorded.json").read_text(encoding="utf-8")
    figures: dict[str, dict[str, list[float]]] = json.loads(text)["figures"]
    return figures
