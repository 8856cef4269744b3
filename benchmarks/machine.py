"""Where figures come from: they mean nothing without it."""

from __future__ import annotations

import datetime
import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path


def description(peer: Path | None) -> dict[str, str]:
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "cpu": _cpu(),
        "cpus": ",".join(str(cpu) for cpu in sorted(os.sched_getaffinity(0))),
        "load": " ".join(f"{load:.2f}" for load in os.getloadavg()),
        "system": platform.platform(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "ours": _ours(),
        "peer": _peer(peer),
    }


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _ours() -> str:
    import mlperf_loadgen

    root = Path(__file__).parents[1]
    try:
        commit = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--exclude=*"],
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        commit = "of no checkout"
    return f"{mlperf_loadgen.__version__} {commit}"


def _peer(peer: Path | None) -> str:
    if peer is None:
        return "not measured"
    found = [f"{found.name} {found.version}" for found in metadata.distributions(path=[str(peer)])]
    return ", ".join(found) or "unknown"
