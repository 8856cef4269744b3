"""Progress of long steps."""

from __future__ import annotations

import io
import sys
import threading

import mlperf_loadgen as lg
import numpy as np
import pytest
from mlperf_loadgen.harness import progress
from mlperf_loadgen.harness.progress import running_lines, track


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_file_gets_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(progress, "_INTERVAL_S", 0.0)
    list(track([1, 2], "counting"))
    list(track(iter("a"), "letters"))
    assert screen.getvalue().splitlines() == ["counting: 0 of 2", "counting: 1 of 2", "letters: 0"]


class TestWhileATestRuns:
    """Lines on a run of a SUT that waits for one."""

    @pytest.fixture
    def said(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        said: list[str] = []
        self.spoken = threading.Event()

        def say(line: str) -> None:
            said.append(line)
            self.spoken.set()

        monkeypatch.setattr(progress, "_say", say)
        monkeypatch.setattr(progress, "_INTERVAL_S", 0.01)
        return said

    def run(self, wanted: bool, seconds: float) -> None:
        def answer(samples: lg.Samples) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
            self.spoken.wait(seconds)
            return np.zeros(len(samples))

        with running_lines(wanted):
            lg.run(answer, range(3), mode="AccuracyOnly")

    def test_they_say_what_runs(self, said: list[str]) -> None:
        self.run(True, 60)
        assert said[0].startswith("SingleStream accuracy: ")
        assert "queries issued" in said[0]

    def test_none_where_none_are_wanted(self, said: list[str]) -> None:
        self.run(False, 0.05)
        assert not said

    def test_a_terminal_has_the_live_view(
        self, said: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "stderr", Terminal())
        with running_lines(True):
            assert "running lines" not in [thread.name for thread in threading.enumerate()]


@pytest.mark.parametrize("screen", [io.StringIO(), Terminal()], ids=["file", "terminal"])
def test_every_item_passes_through(screen: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", screen)
    assert list(track([1, 2, 3], "counting")) == [1, 2, 3]
    assert list(track(iter("ab"), "letters", total=2)) == ["a", "b"]
    assert list(track([], "nothing")) == []


def test_a_file_gets_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    list(track([1, 2, 3], "counting"))
    assert screen.getvalue() == ""


def test_a_terminal_without_rich_gets_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setitem(sys.modules, "rich.console", None)
    assert list(track([1, 2, 3], "counting")) == [1, 2, 3]
    assert screen.getvalue() == ""


def test_a_terminal_sees_what_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rich")
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    list(track([1, 2, 3], "counting sheep"))
    assert "counting sheep" in screen.getvalue()
