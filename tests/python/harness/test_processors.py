"""How many processors there are for an inference, and what waiting threads do."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from mlperf_loadgen.harness import processors

NAMES = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Four processors, nobody else, nothing chosen, no torch."""
    for name in NAMES:
        monkeypatch.setenv(name, "so that it is undone")
        del os.environ[name]
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1, 2, 3}, raising=False)
    monkeypatch.setattr(processors, "_QUOTA", tmp_path / "cpu.max")
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    load(monkeypatch, 0.1)


def chosen() -> dict[str, str]:
    return {name: os.environ[name] for name in NAMES if name in os.environ}


def load(monkeypatch: pytest.MonkeyPatch, processes: float) -> None:
    monkeypatch.setattr(os, "getloadavg", lambda: (processes, 0.0, 0.0))


def test_a_free_machine() -> None:
    waiting = processors.choose_waiting()
    assert waiting.spin
    assert waiting.about == "spin briefly before they sleep"
    assert chosen() == {"GOMP_SPINCOUNT": "1000", "KMP_BLOCKTIME": "1"}


def test_a_busy_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    load(monkeypatch, 2.5)
    waiting = processors.choose_waiting()
    assert not waiting.spin
    assert waiting.about == "sleep at once: others want the processors, too (load 2.5)"
    assert chosen() == {"OMP_WAIT_POLICY": "PASSIVE", "KMP_BLOCKTIME": "0"}


def test_load_on_processors_that_are_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    load(monkeypatch, 1.9)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1})
    assert processors.available() == 2
    assert processors.choose_waiting().spin


@pytest.mark.parametrize("name", NAMES)
def test_what_the_user_has_set_stays(name: str) -> None:
    os.environ[name] = "7"
    assert processors.choose_waiting().about == f"wait as set by {name}"
    assert chosen() == {name: "7"}


def test_torch_was_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", os)
    assert "torch" in processors.choose_waiting().about
    assert chosen() == {}


@pytest.mark.parametrize(
    ("text", "count"), [("max 100000", 4), ("150000 100000", 2), ("20000 100000", 1)]
)
def test_a_control_group_gets_less(text: str, count: int, tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text(text)
    assert processors.available() == count
