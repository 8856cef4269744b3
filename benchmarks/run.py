"""What ours costs beside mlcommons-loadgen: both in turn, several times, a fresh process each.

    python -m benchmarks.run [--peer DIR] [--native PROGRAM] [--repeat N] [--case NAME ...]
                             [--scale X] [--json FILE] [--growth] [--plot FILE] [--markdown]

Prints medians with the range of the runs, their ratio, that of the best runs, and what each figure
is to reach; the JSON file has every sample, and says on which machine. Both modules run on the same
CPUs, those that this process may use (taskset narrows them), one at a time. Log files go to the
temporary folder (TMPDIR), which needs 3 GB for a traced run. Linux only: memory and wake-ups are
read from /proc.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import growth, table
from benchmarks.cases import CASES, Case, recorded
from benchmarks.comparison import Compared, Spread
from benchmarks.machine import description
from benchmarks.processes import Bench, Figures

Samples = dict[str, dict[str, list[Figures]]]  # case -> "ours" or "peer" -> a sample a run


def measure(bench: Bench, cases: Sequence[Case], repeat: int, scale: float) -> Samples:
    """Runs every case `repeat` times, round by round, so that a slow minute hits all alike."""
    samples: Samples = {case.name: {"ours": [], "peer": []} for case in cases}
    for turn in range(repeat):
        for case in cases:
            _say(f"{turn + 1}/{repeat} {case.name}")
            for module in modules(bench, case, turn):
                samples[case.name][module].append(sample(bench, case, module, scale))
    _say("")
    return samples


def modules(bench: Bench, case: Case, turn: int) -> list[str]:
    """Who runs; each goes first every other time."""
    if case.program == "native":
        return ["ours"]
    modules = ["ours"] if bench.peer is None else ["ours", "peer"]
    return modules[::-1] if turn % 2 else modules


def sample(bench: Bench, case: Case, module: str, scale: float) -> Figures:
    options = case.scaled(scale)
    if case.program == "native":
        return bench.cpp(options)
    return bench.python(options, peer=module == "peer")


def compare(
    cases: Sequence[Case], samples: Samples, known: Mapping[str, Mapping[str, list[float]]]
) -> Iterator[Compared]:
    """The rows of the table; `known` stands in for a peer that was not measured."""
    for case in cases:
        for row in case.rows:

            def spread(module: str, case: Case = case, key: str = row.key) -> Spread | None:
                return Spread.of([figures[key] for figures in samples[case.name][module]])

            ours, peer = spread("ours"), None if row.ours_only else spread("peer")
            if ours is None:
                continue
            old = known.get(case.name, {}).get(row.key)
            if peer is None and old is not None:
                yield Compared(case, row, ours, Spread(*old), peer_is_recorded=True)
            else:
                yield Compared(case, row, ours, peer)


def as_json(compared: Compared) -> dict[str, Any]:
    return {
        "case": compared.case.name,
        "key": compared.row.key,
        "unit": compared.row.unit,
        "ours": asdict(compared.ours),
        "peer": asdict(compared.peer) if compared.peer else None,
        "peer_is_recorded": compared.peer_is_recorded,
        "ratio": compared.ratio,
        "ratio_of_best": compared.ratio_of_best,
        "target": compared.target,
        "reached": compared.reached,
    }


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    names = [case.name for case in CASES]
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.run", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--peer", type=Path, help="the folder with mlcommons-loadgen ('make peer')")
    parser.add_argument("--native", type=Path, help="the program built from benchmarks/cpp")
    parser.add_argument("--repeat", type=int, default=5, help="runs of each case (%(default)s)")
    parser.add_argument("--case", action="append", choices=names, help="only this; may be repeated")
    parser.add_argument("--scale", type=float, default=1, help="times as many queries")
    parser.add_argument("--json", type=Path, help="where to write all samples")
    parser.add_argument("--growth", action="store_true", help="also sizes and threads, once each")
    parser.add_argument("--plot", type=Path, help="where to draw those (needs matplotlib)")
    parser.add_argument(
        "--markdown", action="store_true", help="also print the table of docs/benchmarks.md"
    )
    parsed = parser.parse_args(arguments)
    if parsed.repeat < 1 or parsed.scale <= 0:
        parser.error("--repeat and --scale must be positive")
    for path in (parsed.peer, parsed.native):
        if path is not None and not path.exists():
            parser.error(f"no such file: {path}")
    return parsed


def _say(text: str) -> None:
    """Where the run is, on one line of a terminal."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    asked = parse(arguments)
    if sys.platform != "linux":
        sys.exit("The benchmarks read /proc: they need Linux.")
    peer, native = (path and path.resolve() for path in (asked.peer, asked.native))
    bench = Bench(peer, native)
    cases = [
        case
        for case in CASES
        if case.name in (asked.case or [case.name]) and (native or case.program != "native")
    ]
    where = description(peer)
    samples = measure(bench, cases, asked.repeat, asked.scale)
    # What was recorded is of the full size.
    comparison = list(compare(cases, samples, recorded() if asked.scale == 1 else {}))
    print("\n".join(f"{key}: {value}" for key, value in where.items()))
    table.show(table.HEADINGS, table.rows(comparison))
    if any(compared.peer_is_recorded for compared in comparison):
        print("* recorded elsewhere: no package ships the peer's C++ core.")
    if asked.markdown:
        print(table.markdown(comparison))
    grown = list(growth.points(bench, asked.scale)) if asked.growth else []
    if grown:
        table.show(growth.HEADINGS, [point.cells() for point in grown])
    if asked.plot and not growth.plot(grown, asked.plot):
        print("no plot: matplotlib is not installed", file=sys.stderr)
    if asked.json:
        whole = {
            "machine": where,
            "scale": asked.scale,
            "comparison": [as_json(compared) for compared in comparison],
            "samples": samples,
            "growth": [asdict(point) for point in grown],
        }
        asked.json.parent.mkdir(parents=True, exist_ok=True)
        asked.json.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
