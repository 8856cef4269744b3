"""Knows how many processors an inference may use, and how its threads wait for each other.

A thread that waits can spin, which is quickest where it has a processor to itself. Where others
want that processor, it takes the time of the very thread that it waits for: an inference on all
processors then takes ten to a hundred times as long. So it spins briefly where processors are free,
and sleeps at once where they are not. The number of threads does not follow the load: bits of
answers may depend on it, and fewer are no quicker.
"""

from __future__ import annotations

import math
import os
import sys
from dataclasses import dataclass
from pathlib import Path

# Of OpenMP, GNU's and LLVM's, which read them once, when they are loaded; torch brings one along.
_SLEEP = {"OMP_WAIT_POLICY": "PASSIVE", "KMP_BLOCKTIME": "0"}
_SPIN_BRIEFLY = {"GOMP_SPINCOUNT": "1000", "KMP_BLOCKTIME": "1"}  # rounds; ms
_QUOTA = Path("/sys/fs/cgroup/cpu.max")


@dataclass(frozen=True)
class Waiting:
    """What waiting threads do."""

    spin: bool
    about: str  # for the screen


def available() -> int:
    """Processors that this process may use: those that it is bound to, and no more than its control
    group gets time for.
    """
    if hasattr(os, "sched_getaffinity"):
        count = len(os.sched_getaffinity(0))
    else:
        count = os.cpu_count() or 1
    return max(1, math.ceil(min(count, _quota())))


def choose_waiting() -> Waiting:
    """Sets the environment for OpenMP, unless the user has set it or torch is there already."""
    load = os.getloadavg()[0]
    spin = load + available() <= (os.cpu_count() or 1) + 0.5
    given = sorted({*_SLEEP, *_SPIN_BRIEFLY} & os.environ.keys())
    if given:
        return Waiting(spin, f"wait as set by {', '.join(given)}")
    if "torch" in sys.modules:
        return Waiting(spin, "wait as set by torch, which was imported first")
    os.environ.update(_SPIN_BRIEFLY if spin else _SLEEP)
    if spin:
        return Waiting(spin, "spin briefly before they sleep")
    return Waiting(spin, f"sleep at once: others want the processors, too (load {load:.1f})")


def _quota() -> float:
    try:
        time, period = _QUOTA.read_text(encoding="ascii").split()
        return float(time) / float(period)
    except (OSError, ValueError):  # there is no control group, or it has no limit: "max"
        return math.inf


WAITING = choose_waiting()
