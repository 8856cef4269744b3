"""Says what of an environment would spoil a measurement, and what to do about it."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlperf_loadgen.units import duration, quantity

__all__ = ["Finding", "changes", "findings", "lag_finding"]

Facts = Mapping[str, Any]

_BUSY = 0.2  # runnable threads a processor
_LEAST_FREE = 2  # processors: one issues, one completes
_LEAST_DISK = 1 << 30  # bytes
_MOST_LAG_NS = 100_000
_NETWORK = ("nfs", "nfs4", "cifs", "smb3", "9p", "ceph", "lustre", "fuse.sshfs", "glusterfs")
_SLOWER = 0.8  # of its frequency before
_SWAPPED = 1 << 20  # bytes
_THROTTLED = {  # bits of NVML's reasons that lower the clocks of a busy GPU
    0x4: "its power limit",
    0x8: "the hardware",
    0x20: "its temperature",
    0x40: "its temperature",
    0x80: "the power supply",
}


@dataclass(frozen=True)
class Finding:
    """What would spoil a measurement."""

    check: str
    found: str
    cure: str


def findings(facts: Facts, folder: str | os.PathLike[str] = ".") -> list[Finding]:
    """Return what is found in the facts of an environment; ``folder``: where results go.

    What could not be read is not a finding.
    """
    processor, system = facts.get("processor", {}), facts.get("system", {})
    found: list[Finding] = []
    for check in (_governor, _quota, _clock, _load):
        found += check(processor, system)
    found += _swap(facts.get("memory", {}))
    found += _gpus(facts.get("gpus", []))
    return [*found, *_disk(Path(folder))]


def changes(before: Facts, after: Facts) -> list[Finding]:
    """Return what happened to the machine between two looks at its environment."""
    found = []
    processor, later = before.get("processor", {}), after.get("processor", {})
    was, became = processor.get("frequency_hz", 0), later.get("frequency_hz", 0)
    if 0 < became < _SLOWER * was:
        found.append(
            Finding(
                "frequency",
                f"the processor went from {was / 1e9:.1f} to {became / 1e9:.1f} GHz",
                "look to its cooling, its power limit and its governor",
            )
        )
    stopped = _grown(processor, later, "throttled_periods")
    if stopped > 0:
        found.append(
            Finding(
                "quota",
                f"the container was stopped {quantity(stopped)} times: it had used up its quota",
                "give it more processors",
            )
        )
    swapped = _grown(before.get("memory", {}), after.get("memory", {}), "swap_used_bytes")
    if swapped > _SWAPPED:
        found.append(
            Finding(
                "swap",
                f"{quantity(swapped / 1e6)} MB were swapped out",
                "give the machine more memory, or the test less",
            )
        )
    return [*found, *_gpus(after.get("gpus", []))]


def _grown(before: Facts, after: Facts, name: str) -> int:
    """Return by how much a count has grown; 0 when it is not known."""
    return int(after.get(name, 0) - before[name]) if name in before else 0


def lag_finding(lag_p99_ns: int) -> list[Finding]:
    """Return what is found in how late LoadGen issues queries at a low rate."""
    if lag_p99_ns <= _MOST_LAG_NS:
        return []
    late = duration(lag_p99_ns * 1e-9)
    return [
        Finding(
            "lag",
            f"1 % of the queries are issued {late} late or more, at 1,000 a second",
            "stop other work, or take a machine whose processors are its own",
        )
    ]


def _governor(processor: Facts, system: Facts) -> Iterator[Finding]:
    governor = processor.get("governor")
    if governor not in (None, "performance"):
        yield Finding(
            "governor",
            f"the frequency governor is {governor}",
            "sudo cpupower frequency-set --governor performance",
        )


def _quota(processor: Facts, system: Facts) -> Iterator[Finding]:
    usable = processor.get("affinity", processor.get("threads", 0))
    limit = processor.get("cgroup_cpus")
    if limit is not None and limit < usable:
        yield Finding(
            "quota",
            f"the container may use {limit:g} of {usable} processors, and is stopped beyond that",
            f"give it {usable} (docker run --cpus {usable})",
        )
    if 0 < usable < _LEAST_FREE:
        yield Finding(
            "processors",
            "there is one processor, which LoadGen and the SUT share",
            "give the process two or more",
        )


def _clock(processor: Facts, system: Facts) -> Iterator[Finding]:
    source = system.get("clock_source")
    x86 = re.search(r"Intel|AMD", str(processor.get("model", "")))
    if source not in (None, "tsc") and x86 and not system.get("virtual"):
        yield Finding(
            "clock",
            f"the clock source is {source}, which takes a system call to read",
            "boot with clocksource=tsc tsc=reliable",
        )


def _load(processor: Facts, system: Facts) -> Iterator[Finding]:
    load, processors = system.get("load_average"), processor.get("threads")
    if load is None or not processors:
        return
    if load > _BUSY * processors:
        yield Finding(
            "load",
            f"{load:g} threads want to run on {processors} processors",
            "stop other work before measuring",
        )


def _swap(memory: Facts) -> Iterator[Finding]:
    used = memory.get("swap_used_bytes", 0)
    if used > 0:
        yield Finding(
            "swap",
            f"{quantity(used / 1e6)} MB are swapped out",
            "sudo swapoff -a, once there is memory enough",
        )


def _gpus(gpus: Sequence[Facts]) -> Iterator[Finding]:
    for number, gpu in enumerate(gpus):
        reasons = gpu.get("throttle_reasons", 0)
        causes = sorted({cause for bit, cause in _THROTTLED.items() if reasons & bit})
        if causes:
            yield Finding(
                "throttling",
                f"GPU {number} is slowed down by {' and '.join(causes)}",
                "nvidia-smi -q -d PERFORMANCE says more; look to its cooling and power limit",
            )


def _disk(folder: Path) -> Iterator[Finding]:
    there = next((one for one in (folder, *folder.absolute().parents) if one.exists()), None)
    if there is None:
        return
    with suppress(OSError):
        free = shutil.disk_usage(there).free
        if free < _LEAST_DISK:
            yield Finding(
                "disk", f"{folder} has {quantity(free / 1e6)} MB left", "free some, or use --output"
            )
    kind = _file_system(there)
    if kind in _NETWORK:
        yield Finding(
            "disk",
            f"{folder} is on a network ({kind}), which may hold up the writing of logs",
            "write to a local disk: --output",
        )


def _file_system(folder: Path) -> str:
    """Return the kind of the file system a folder is on, or ""."""
    best, kind = "", ""
    with suppress(OSError):
        real = str(folder.resolve())
        for line in Path("/proc/mounts").read_text().splitlines():
            _, mount, name, *_ = line.split()
            inside = real == mount or real.startswith(mount.rstrip("/") + "/")
            if inside and len(mount) >= len(best):
                best, kind = mount, name
    return kind
