"""What a measurement depends on: each fact optional, nothing secret."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from mlperf_loadgen.result import environment


def test_it_is_plain_data_and_has_what_every_machine_has() -> None:
    facts = environment.capture()
    assert json.loads(json.dumps(facts, allow_nan=False)) == facts
    assert facts["processor"]["threads"] >= 1
    assert facts["software"]["python"].endswith(platform.python_version())
    assert facts["system"]["host"] == platform.node()


def test_it_does_not_import_numpy() -> None:
    code = (
        "import sys; from mlperf_loadgen.result.environment import capture; capture(); "
        "assert 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_anonymous_leaves_out_names_and_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LD_PRELOAD", "/home/somebody/lib/libjemalloc.so")
    monkeypatch.setenv("USER", "somebody")
    monkeypatch.setenv("OMP_PLACES", "somebody's cores")
    assert environment.capture()["variables"]["LD_PRELOAD"].startswith("/home/somebody")
    facts = environment.capture(anonymous=True)
    assert "host" not in facts["system"]
    assert facts["variables"]["LD_PRELOAD"] == "libjemalloc.so"
    assert facts["variables"]["OMP_PLACES"] == "...'s cores"


def test_only_variables_of_the_list_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "4")
    monkeypatch.setenv("API_TOKEN", "secret")
    facts = environment.capture()
    assert facts["variables"]["OMP_NUM_THREADS"] == "4"
    assert "secret" not in json.dumps(facts)


def test_nothing_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*words: object) -> None:
        raise OSError("none of it")

    for name in ("first_line", "_git", "_cores", "_container"):
        monkeypatch.setattr(environment, name, fails)
    monkeypatch.setattr(Path, "read_text", fails)
    facts = environment.capture()
    assert "software" in facts


class FakeNvml(ModuleType):
    """pynvml for one GPU, of which only the name, the clocks and the driver can be read."""

    NVMLError = RuntimeError
    NVML_CLOCK_SM, NVML_CLOCK_MEM = 1, 2

    def __getattr__(self, name: str) -> Any:
        known = {
            "nvmlInit": lambda: None,
            "nvmlShutdown": lambda: None,
            "nvmlSystemGetDriverVersion": lambda: b"580.1",
            "nvmlDeviceGetCount": lambda: 1,
            "nvmlDeviceGetHandleByIndex": lambda number: number,
            "nvmlDeviceGetName": lambda gpu: "H200",
            "nvmlDeviceGetClockInfo": lambda gpu, kind: 100 * kind,
        }
        if name in known:
            return known[name]

        def refused(*given: object) -> None:
            raise self.NVMLError(name)

        if name == "nvmlDeviceGetEccMode":  # not of this version
            raise AttributeError(name)
        return refused


def test_what_a_gpu_does_not_tell_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", FakeNvml("pynvml"))
    assert environment.capture()["gpus"] == [
        {"driver": "580.1", "name": "H200", "clock_sm_mhz": 100, "clock_memory_mhz": 200}
    ]


def test_processors_of_a_list() -> None:
    assert environment.cpu_ranges("0-3,8") == {0, 1, 2, 3, 8}
    assert environment.cpu_ranges(None) == set()


@pytest.mark.parametrize(("text", "cpus"), [("250000 100000", 2.5), ("max 100000", None)])
def test_the_quota_of_a_container(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, cpus: float | None
) -> None:
    (tmp_path / "cpu.max").write_text(text)
    monkeypatch.setattr(environment, "_CGROUP", tmp_path)
    assert environment.cgroup_cpus() == cpus
