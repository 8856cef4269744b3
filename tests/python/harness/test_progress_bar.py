"""Progress of long steps."""

from __future__ import annotations

import io
import sys

import pytest
from mlperf_loadgen.harness import progress_bar
from mlperf_loadgen.harness.progress_bar import track


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_file_gets_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(progress_bar, "_INTERVAL_S", 0.0)
    list(track([1, 2], "counting"))
    list(track(iter("a"), "letters"))
    assert screen.getvalue().splitlines() == ["counting: 0 of 2", "counting: 1 of 2", "letters: 0"]


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
