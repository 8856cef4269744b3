"""Short tests of every kind, many in one process: what each leaves behind would add up.

python tests/soak/soak.py [--tests 20000]

Prints the memory, files, threads and Python objects at a tenth of the tests (but not before each
kind has run twice), at half and at the end, and fails when they grew after that tenth.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import dataclasses
import gc
import os
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlperf_loadgen as lg
import numpy as np

SCENARIOS = ["SingleStream", "MultiStream", "Server", "Offline", "MultiStreamFixedInterval"]
MODES = ["PerformanceOnly", "AccuracyOnly", "SubmissionRun"]
ROWS = np.arange(64, dtype=np.float32).reshape(16, 4)
QUICK = {
    "min_duration_ms": 0,
    "min_query_count": 20,
    "server_target_qps": 20000.0,
    "multi_stream_interval_target_qps": 20000.0,
    "offline_expected_qps": 1000.0,
    "accuracy_log_probability": 0.5,
}


class Refused(Exception):
    """What the callbacks below raise."""


def rows_of(indices: Any) -> Any:
    return ROWS[np.asarray(indices) % len(ROWS)]


def well(samples: lg.Samples) -> None:
    samples.complete(rows_of(samples.indices))


def slices(samples: lg.Samples) -> None:
    half = len(samples) // 2
    samples[:half].complete(rows_of(samples.indices[:half]))
    lg.complete(samples.ids[half:], rows_of(samples.indices[half:]))


def other_thread(samples: lg.Samples) -> None:
    thread = threading.Thread(target=well, args=(samples,))
    thread.start()
    thread.join()


def tokens(samples: lg.Samples) -> None:
    samples.first_token(rows_of(samples.indices))
    samples.complete(rows_of(samples.indices), n_tokens=np.full(len(samples), 4))


def faulty(samples: lg.Samples) -> None:
    well(samples)
    well(samples)
    lg.complete(np.array([12345]), ROWS[:1])


def raises(samples: lg.Samples) -> None:
    raise Refused("issue")


def forgets(samples: lg.Samples) -> None:
    pass


def aborts(samples: lg.Samples) -> None:
    well(samples)
    lg.abort()


def returns(samples: lg.Samples) -> Any:
    return rows_of(samples.indices)


MODERN: list[Callable[[lg.Samples], Any]] = [
    well, slices, other_thread, tokens, faulty, raises, forgets, aborts, returns,
]  # fmt: skip


def modern(number: int, kind: Callable[[lg.Samples], Any], scenario: str, mode: str) -> None:
    fields: dict[str, Any] = dict(QUICK, use_token_latencies=kind is tokens)
    if kind is forgets:
        fields["drain_timeout_ms"] = 1
    logs = lg.LogSettings()
    logs.enable_trace = number % 2 == 0
    ended = None
    try:
        report = lg.run(
            kind, range(48), scenario=scenario, mode=mode, log_settings=logs, output="modern",
            progress=False, **fields,
        )  # fmt: skip
    except (Refused, lg.IncompleteError) as error:
        ended, report = type(error), error.report  # type: ignore[union-attr]
    assert ended is {raises: Refused, forgets: lg.IncompleteError}.get(kind), (kind, ended)
    assert report.complete == (kind not in (raises, forgets, aborts)), kind
    assert (report.error_count > 0) == (kind in (faulty, raises, forgets, aborts)), report.errors
    assert report.latencies_ns is not None
    assert str(report)


def established(number: int, scenario: str, mode: str) -> None:
    settings = lg.TestSettings()
    for name, value in QUICK.items():
        setattr(settings, name, value)
    settings.scenario = getattr(lg.TestScenario, scenario)
    settings.mode = getattr(lg.TestMode, mode)
    raising = number % 5 == 0
    stray = number % 5 == 1

    def issue(samples: list[lg.QuerySample]) -> None:
        if raising:
            raise Refused("issue")
        rows = [rows_of([sample.index]) for sample in samples]
        responses = [
            lg.QuerySampleResponse(sample.id, row.ctypes.data, row.nbytes)
            for sample, row in zip(samples, rows, strict=True)
        ]
        if stray:
            lg.QuerySamplesComplete([lg.QuerySampleResponse(1, 0, 0)])
        lg.QuerySamplesComplete(responses, lambda response: None)

    def nothing(*_: object) -> None:
        pass

    sut = lg.ConstructSUT(issue, nothing)
    qsl = lg.ConstructQSL(48, 16, nothing, nothing)
    with contextlib.suppress(Refused):
        lg.StartTest(sut, qsl, settings)
    # Handles that are not destroyed are let go of as well.
    if number % 2 == 0:
        lg.DestroyQSL(qsl)
        lg.DestroySUT(sut)


def refused(number: int) -> None:
    """Calls that raise before or outside a test."""
    with contextlib.suppress(lg.SettingsError):
        lg.run(well, range(48), min_query_count=0, min_duration_ms=0, progress=False)
    with contextlib.suppress(lg.StateError):
        lg.complete(np.array([number + 1]), ROWS[:1])
    with contextlib.suppress(Exception):
        lg.TestSettings().FromConfig("missing.conf", "*", "Offline")


KINDS = len(MODERN) + 3
WARM_UP = 2 * KINDS * len(SCENARIOS) * len(MODES)


def run_one(number: int) -> None:
    kind = number % KINDS
    scenario = SCENARIOS[number // KINDS % len(SCENARIOS)]
    mode = MODES[number // KINDS // len(SCENARIOS) % len(MODES)]
    if kind < len(MODERN):
        modern(number, MODERN[kind], scenario, mode)
    elif kind < len(MODERN) + 2:
        established(number, scenario, mode)
    else:
        refused(number)


class _Heap(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            "arena", "ordblks", "smblks", "hblks", "hblkhd",
            "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost",
        )
    ]  # fmt: skip


@dataclasses.dataclass
class Footprint:
    rss_mib: float
    allocated_mib: float
    files: int
    threads: int
    objects: int
    blocks: int


def measure() -> Footprint:
    gc.collect()
    mallinfo2 = ctypes.CDLL(None).mallinfo2
    mallinfo2.restype = _Heap
    heap = mallinfo2()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return Footprint(
        rss_mib=pages * os.sysconf("SC_PAGESIZE") / 2**20,
        allocated_mib=(heap.uordblks + heap.hblkhd) / 2**20,
        files=len(os.listdir("/proc/self/fd")),
        threads=len(os.listdir("/proc/self/task")),
        objects=len(gc.get_objects()),
        blocks=sys.getallocatedblocks(),
    )


# Growth after the first tenth that is not a leak: a leak of one small object in one kind of test
# would exceed it within the tests of `make soak`.
ALLOWED = {"rss_mib": 4.0, "allocated_mib": 0.5, "files": 0, "threads": 0,
           "objects": 50, "blocks": 1000}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tests", type=int, default=20000)
    tests = parser.parse_args().tests
    warm = max(tests // 10, WARM_UP)
    if tests < 4 * WARM_UP:
        parser.error(f"--tests: at least {4 * WARM_UP} are needed to tell a leak from the start")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        measured = []
        for number in range(tests):
            if number in (warm, tests // 2):
                measured.append(measure())
            run_one(number)
        measured.append(measure())
        os.chdir("/")
    early, middle, last = measured
    figures = [
        f"{name} {getattr(early, name):,.6g}, {getattr(middle, name):,.6g}, "
        f"{getattr(last, name):,.6g}"
        for name in ALLOWED
    ]
    print(f"{tests:,} tests; after {warm:,}, half of them, all: {'; '.join(figures)}")
    grown = [
        f"{name} grew by {getattr(last, name) - getattr(early, name):,.6g}"
        for name, allowed in ALLOWED.items()
        if getattr(last, name) - getattr(early, name) > allowed
    ]
    for line in grown:
        print(line, file=sys.stderr)
    return 1 if grown else 0


if __name__ == "__main__":
    sys.exit(main())
