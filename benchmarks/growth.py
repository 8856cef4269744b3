"""Whether cost grows with size, and with threads: Offline with arrays of 10^4 to 10^8 samples, and
1 to 64 threads that complete samples one a call (C++)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.comparison import number
from benchmarks.processes import Bench

SIZES = (10**4, 10**5, 10**6, 10**7, 10**8)
MOST_FOR_THE_PEER = 10**7  # it would take minutes and 40 GiB for the next
THREADS = (1, 2, 4, 8, 16, 32, 64)
THREAD_SAMPLES = 4_000_000
HEADINGS = ("what", "size", "module", "ns a sample", "CPU ns a sample", "peak MiB")


@dataclass(frozen=True)
class Point:
    what: str  # "samples" or "threads"
    size: int
    module: str  # "ours" or "peer"
    ns: float  # of the whole test, a sample
    cpu_ns: float
    peak_mib: float

    def cells(self) -> tuple[str, ...]:
        figures = (self.ns, self.cpu_ns, self.peak_mib)
        return (self.what, f"{self.size:,}", self.module, *map(number, figures))


def points(bench: Bench, scale: float) -> Iterator[Point]:
    for size in SIZES:
        count = max(1, int(size * scale))
        for peer in (False, True):
            if peer and (bench.peer is None or size > MOST_FOR_THE_PEER):
                continue
            found = bench.python({"measure": "arrays", "count": count}, peer=peer)
            ns = found["total_s"] * 1e9 / count
            module = "peer" if peer else "ours"
            yield Point("samples", count, module, ns, found["cpu_ns"], found["peak_mib"])
    if bench.native is None:
        return
    count = max(1, int(THREAD_SAMPLES * scale))
    for threads in THREADS:
        found = bench.cpp({"case": "threads", "count": count, "threads": threads})
        cpu_ns = found["cpu_s"] * 1e9 / count
        yield Point("threads", threads, "ours", found["issue_ns"], cpu_ns, found["peak_mib"])


def plot(growth: list[Point], path: Path) -> bool:
    """Draws both; says whether it could (needs matplotlib)."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return False
    figure = Figure(figsize=(10, 4), layout="constrained")
    for place, what in enumerate(("samples", "threads"), 1):
        axes = figure.add_subplot(1, 2, place)
        for module in ("ours", "peer"):
            line = [point for point in growth if (point.what, point.module) == (what, module)]
            if line:
                sizes = [point.size for point in line]
                axes.plot(sizes, [point.ns for point in line], marker="o", label=module)
        axes.set(xscale="log", yscale="log", xlabel=what, ylabel="ns a sample")
        axes.legend()
    figure.savefig(path)
    return True
