"""Captures what a measurement depends on besides the system under test.

Nothing is required: what cannot be read is absent. A run calls :func:`capture` before it begins,
and :func:`state` when it is over.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from mlperf_loadgen import _core

__all__ = ["PASSING", "capture", "cgroup_cpus", "cpu_ranges", "first_line", "memory", "state"]

Facts = dict[str, Any]

# Facts that change by themselves: they make no two results different.
PASSING = frozenset(
    (
        "available_bytes",
        "swap_used_bytes",
        "frequency_hz",
        "throttled_periods",
        "load_average",
        "uptime_s",
        "clock_sm_mhz",
        "clock_memory_mhz",
        "temperature_c",
        "throttle_reasons",
        "energy_mj",
        "energy",
    )
)

_CPU = Path("/sys/devices/system/cpu")
_CGROUP = Path("/sys/fs/cgroup")
_VARIABLES = re.compile(r"(OMP|MKL|OPENBLAS|NCCL|KMP|MALLOC)_\w+|CUDA_VISIBLE_DEVICES|LD_PRELOAD")
_PACKAGES = (
    "numpy",
    "scipy",
    "torch",
    "onnxruntime",
    "tensorflow",
    "transformers",
    "vllm",
    "triton",
)
_LONGEST = 300  # characters of a value
_MOST_GPUS = 16
_GIT_S = 2  # a repository on a slow network does not hold up a run


def capture(*, anonymous: bool = False) -> Facts:
    """Return the facts by group. ``anonymous``: without names of host and user, and paths."""
    found = state() | _read(
        {
            "system": _system,
            "software": _software,
            "code": _code,
            "variables": _variables,
            "energy": _energy,
        }
    )
    if not anonymous:
        found.setdefault("system", {})["host"] = platform.node()
        return found
    return _without_names(found)


def state() -> Facts:
    """Return the groups whose facts may change during a run."""
    found = _read({"processor": _processor, "memory": memory})
    gpus = _gpus()
    return found | {"gpus": gpus} if gpus else found


def _read(groups: Mapping[str, Callable[[], Facts]]) -> Facts:
    """Return what of these groups can be read."""
    found: Facts = {}
    for name, read in groups.items():
        with suppress(OSError, ValueError, ArithmeticError, LookupError):
            facts = {key: value for key, value in read().items() if value not in (None, "", [])}
            if facts:
                found[name] = facts
    return found


def first_line(path: str | Path) -> str | None:
    """Return the first line of a small file, or None if it cannot be read."""
    with suppress(OSError, UnicodeError), open(path, encoding="utf-8") as file:
        return file.readline().strip()[:_LONGEST]
    return None


def cpu_ranges(text: str | None) -> set[int]:
    """Return the processors of a list such as "0-3,8"."""
    found: set[int] = set()
    for part in (text or "").split(","):
        low, _, high = part.partition("-")
        if low.strip().isdigit():
            found.update(range(int(low), int(high or low) + 1))
    return found


def cgroup_cpus() -> float | None:
    """Return how many processors the cgroup may use; None: no limit."""
    limit = (first_line(_CGROUP / "cpu.max") or "").split()
    if len(limit) == 2 and limit[0].isdigit():
        return int(limit[0]) / int(limit[1])
    quota = first_line(_CGROUP / "cpu" / "cpu.cfs_quota_us")
    period = first_line(_CGROUP / "cpu" / "cpu.cfs_period_us")
    if quota and period and int(quota) > 0:
        return int(quota) / int(period)
    return None


def _throttled_periods() -> int | None:
    """Return how often the cgroup was stopped because it had used up its quota."""
    with suppress(OSError):
        found = re.search(r"^nr_throttled (\d+)", (_CGROUP / "cpu.stat").read_text(), re.M)
        return int(found[1]) if found else None
    return None


def memory() -> Facts:
    """Return the facts about memory, in bytes."""
    kib: dict[str, int] = {}
    with suppress(OSError):
        for line in Path("/proc/meminfo").read_text().splitlines():
            name, _, rest = line.partition(":")
            if rest.split():
                kib[name] = int(rest.split()[0])
    facts: Facts = {
        key: kib[name] * 1024
        for key, name in (
            ("total_bytes", "MemTotal"),
            ("available_bytes", "MemAvailable"),
            ("swap_total_bytes", "SwapTotal"),
        )
        if name in kib
    }
    if "SwapTotal" in kib and "SwapFree" in kib:
        facts["swap_used_bytes"] = (kib["SwapTotal"] - kib["SwapFree"]) * 1024
    huge = first_line("/sys/kernel/mm/transparent_hugepage/enabled")
    facts["huge_pages"] = _chosen(huge)
    limit = first_line(_CGROUP / "memory.max")
    if limit and limit.isdigit():
        facts["cgroup_limit_bytes"] = int(limit)
    return facts


def _processor() -> Facts:
    cpuinfo: dict[str, str] = {}
    sockets = set()
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            name, _, text = line.partition(":")
            cpuinfo.setdefault(name.strip(), text.strip())
            if name.strip() == "physical id":
                sockets.add(text.strip())
    frequency = _CPU / "cpu0" / "cpufreq"
    facts: Facts = {
        "model": cpuinfo.get("model name") or platform.processor(),
        "sockets": len(sockets) or None,
        "cores": _cores(),
        "threads": os.cpu_count(),
        "numa_nodes": len(cpu_ranges(first_line("/sys/devices/system/node/online"))) or None,
        "cgroup_cpus": cgroup_cpus(),
        "throttled_periods": _throttled_periods(),
        "governor": first_line(frequency / "scaling_governor"),
        "smt": first_line(_CPU / "smt" / "control"),
        "isolated": first_line(_CPU / "isolated"),
        "microcode": cpuinfo.get("microcode"),
        "boost": _boost(),
    }
    if hasattr(os, "sched_getaffinity"):
        facts["affinity"] = len(os.sched_getaffinity(0))
    for name, file in (
        ("frequency_min_hz", "cpuinfo_min_freq"),
        ("frequency_max_hz", "cpuinfo_max_freq"),
        ("frequency_hz", "scaling_cur_freq"),
    ):
        khz = first_line(frequency / file)
        facts[name] = int(khz) * 1000 if khz and khz.isdigit() else None
    if facts["frequency_hz"] is None and "cpu MHz" in cpuinfo:
        facts["frequency_hz"] = round(float(cpuinfo["cpu MHz"]) * 1e6)
    return facts


def _cores() -> int | None:
    """Return how many cores there are, each of which may have several threads."""
    siblings = {
        first_line(path / "topology" / "thread_siblings_list") for path in _CPU.glob("cpu[0-9]*")
    }
    return len(siblings - {None}) or None


def _boost() -> str | None:
    off = first_line(_CPU / "intel_pstate" / "no_turbo")
    if off is not None:
        return "off" if off == "1" else "on"
    on = first_line(_CPU / "cpufreq" / "boost")
    return None if on is None else {"1": "on"}.get(on, "off")


def _system() -> Facts:
    facts: Facts = {
        "kernel": f"{platform.system()} {platform.release()}",
        "distribution": _distribution(),
        "container": _container(),
        "virtual": _virtual(),
        "clock_source": first_line(
            "/sys/devices/system/clocksource/clocksource0/current_clocksource"
        ),
        "time_zone": time.strftime("%z"),
    }
    with suppress(OSError, AttributeError):
        facts["load_average"] = round(os.getloadavg()[0], 2)
    uptime = first_line("/proc/uptime")
    if uptime:
        facts["uptime_s"] = round(float(uptime.split()[0]))
    slack = first_line("/proc/self/timerslack_ns")
    if slack and slack.isdigit():
        facts["timer_slack_ns"] = int(slack)
    return facts


def _distribution() -> str | None:
    with suppress(OSError):
        return platform.freedesktop_os_release().get("PRETTY_NAME")
    return None


def _container() -> str | None:
    if Path("/.dockerenv").exists():
        return "docker"
    if Path("/run/.containerenv").exists():
        return "podman"
    return "systemd-nspawn" if Path("/run/systemd/container").exists() else None


def _virtual() -> str | None:
    product = first_line("/sys/class/dmi/id/product_name")
    with suppress(OSError):
        if re.search(r"^flags\b.*\bhypervisor\b", Path("/proc/cpuinfo").read_text(), re.M):
            return product or "yes"
    return None


def _gpus() -> list[Facts]:
    """Return the facts about each NVIDIA GPU, with the package nvidia-ml-py."""
    try:
        import pynvml as nvml
    except ImportError:
        return []
    try:
        nvml.nvmlInit()
    except nvml.NVMLError:
        return []
    try:
        driver = _text(nvml.nvmlSystemGetDriverVersion())
        count = min(nvml.nvmlDeviceGetCount(), _MOST_GPUS)
        handles = [nvml.nvmlDeviceGetHandleByIndex(i) for i in range(count)]
        return [{"driver": driver, **dict(_gpu(nvml, handle))} for handle in handles]
    except nvml.NVMLError:  # lost meanwhile
        return []
    finally:
        nvml.nvmlShutdown()


def _gpu(nvml: Any, gpu: Any) -> Iterator[tuple[str, Any]]:
    reads: dict[str, Callable[[], Any]] = {
        "name": lambda: _text(nvml.nvmlDeviceGetName(gpu)),
        "memory_bytes": lambda: nvml.nvmlDeviceGetMemoryInfo(gpu).total,
        "power_limit_w": lambda: nvml.nvmlDeviceGetEnforcedPowerLimit(gpu) / 1000,
        "clock_sm_mhz": lambda: nvml.nvmlDeviceGetClockInfo(gpu, nvml.NVML_CLOCK_SM),
        "clock_memory_mhz": lambda: nvml.nvmlDeviceGetClockInfo(gpu, nvml.NVML_CLOCK_MEM),
        "ecc": lambda: bool(nvml.nvmlDeviceGetEccMode(gpu)[0]),
        "mig": lambda: bool(nvml.nvmlDeviceGetMigMode(gpu)[0]),
        "persistence": lambda: bool(nvml.nvmlDeviceGetPersistenceMode(gpu)),
        "temperature_c": lambda: nvml.nvmlDeviceGetTemperature(gpu, nvml.NVML_TEMPERATURE_GPU),
        "throttle_reasons": lambda: nvml.nvmlDeviceGetCurrentClocksThrottleReasons(gpu),
        "energy_mj": lambda: nvml.nvmlDeviceGetTotalEnergyConsumption(gpu),
    }
    for name, read in reads.items():
        with suppress(nvml.NVMLError, AttributeError):  # not of this GPU, or of this version
            yield name, read()


def _text(text: str | bytes) -> str:
    return text.decode(errors="replace") if isinstance(text, bytes) else text


def _software() -> Facts:
    facts: Facts = {
        "mlperf_loadgen": _core.__version__,
        "python": f"{platform.python_implementation()} {platform.python_version()}",
    }
    for name in _PACKAGES:  # only what is imported: it is what the run used
        version = getattr(sys.modules.get(name), "__version__", None)
        if version is not None:
            facts[name] = str(version)[:_LONGEST]
    return facts


def _code() -> Facts:
    revision = _git("rev-parse", "HEAD")
    if revision is None:
        return {}
    changed = _git("status", "--porcelain", "--untracked-files=no")
    return {"revision": revision, "dirty": None if changed is None else bool(changed)}


def _git(*words: str) -> str | None:
    with suppress(OSError, subprocess.SubprocessError):
        ended = subprocess.run(
            ["git", "--no-optional-locks", *words],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_GIT_S,
            check=False,
        )
        if ended.returncode == 0:
            return ended.stdout.strip()
    return None


def _variables() -> Facts:
    return {
        name: value[:_LONGEST]
        for name, value in sorted(os.environ.items())
        if _VARIABLES.fullmatch(name)
    }


def _energy() -> Facts:
    """Return the energy counters of the processor packages, in microjoules."""
    facts: Facts = {}
    for zone in sorted(Path("/sys/class/powercap").glob("intel-rapl:?")):
        counter = first_line(zone / "energy_uj")
        if counter and counter.isdigit():
            facts[f"{first_line(zone / 'name') or zone.name}_uj"] = int(counter)
    return facts


def _chosen(text: str | None) -> str | None:
    """Return the word in brackets: "always [madvise] never"."""
    found = re.search(r"\[(\w+)\]", text or "")
    return found[1] if found else None


def _without_names(facts: Mapping[str, Any]) -> Facts:
    """Return the facts with the name of the last part of each path only."""
    hidden = {platform.node(), os.environ.get("USER", ""), os.environ.get("LOGNAME", "")} - {""}

    def cleaned(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: cleaned(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [cleaned(inner) for inner in value]
        if not isinstance(value, str):
            return value
        for name in hidden:
            value = re.sub(rf"\b{re.escape(name)}\b", "...", value)
        return re.sub(r"(/[\w.+@-]+)+/(?=[\w.+@-])", "", value)

    found: Facts = cleaned(facts)
    return found
