"""What the live line costs a test: a SUT that does nothing, with and without the line, in turn.

    python benchmarks/live_progress.py [--runs N] [--queries N]

Prints medians and the spread of ns per query (SingleStream, one answered inline) and of the p50
latency that the report shows. The line is drawn on a pseudo-terminal, as on a screen.
"""

from __future__ import annotations

import argparse
import os
import pty
import statistics
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import mlperf_loadgen as lg


@contextmanager
def _screen() -> Iterator[None]:
    """Standard error is a terminal that somebody reads, while the block runs."""
    master, slave = pty.openpty()
    kept = os.dup(sys.stderr.fileno())
    os.dup2(slave, sys.stderr.fileno())
    reader = threading.Thread(target=_drain, args=(master,), daemon=True)
    reader.start()
    try:
        yield
    finally:
        os.dup2(kept, sys.stderr.fileno())
        os.close(kept)
        os.close(slave)
        reader.join()
        os.close(master)


def _drain(master: int) -> None:
    try:
        while os.read(master, 65536):
            pass
    except OSError:  # the other end is closed
        pass


def _run(queries: int, progress: bool) -> tuple[float, float]:
    """ns per query, and the median latency in ns."""
    report = lg.run(
        lambda samples: samples.complete(),
        range(1000),
        scenario="SingleStream",
        min_query_count=queries,
        min_duration_ms=1,
        progress=progress,
    )
    return 1e9 / report.qps_with_loadgen_overhead, report.latency_ns.p50


def _row(name: str, figures: list[tuple[float, float]]) -> str:
    columns = []
    for values in zip(*figures, strict=True):
        columns.append(f"{statistics.median(values):8.0f} ({min(values):.0f}-{max(values):.0f})")
    return f"{name:<14}{columns[0]:>24}{columns[1]:>24}"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--runs", type=int, default=7)
    arguments.add_argument("--queries", type=int, default=1_000_000)
    args = arguments.parse_args()
    without: list[tuple[float, float]] = []
    with_line: list[tuple[float, float]] = []
    for _ in range(args.runs):
        without.append(_run(args.queries, progress=False))
        with _screen():
            with_line.append(_run(args.queries, progress=True))
    print(f"{'median (range)':<14}{'ns a query':>24}{'p50 latency, ns':>24}")
    print(_row("without", without))
    print(_row("with", with_line))
    ratios = sorted(b[0] / a[0] for a, b in zip(without, with_line, strict=True))
    print(f"with/without, pair by pair: {statistics.median(ratios):.3f}", end=" ")
    print(f"({ratios[0]:.3f}-{ratios[-1]:.3f})")


if __name__ == "__main__":
    main()
