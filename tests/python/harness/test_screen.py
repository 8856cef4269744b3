"""What the apps print, into a pipe and onto a terminal, with rich and without."""

from __future__ import annotations

import re
import sys

import pytest
from mlperf_loadgen.harness import screen

COLUMNS = ("app", "result")
LONG = "a result of many words " * 20
ROWS = [("mobilenet", "12 samples/s"), ("ssd_resnet34", LONG.strip())]


@pytest.fixture
def rich() -> None:
    pytest.importorskip("rich")


@pytest.mark.usefixtures("rich")
class TestWithRich:
    def test_a_pipe_gets_a_row_in_one_line(self, capsys: pytest.CaptureFixture[str]) -> None:
        screen.table("Apps", COLUMNS, ROWS)
        lines = capsys.readouterr().out.splitlines()
        assert lines[0] == "Apps"  # no blanks behind
        assert len(lines) == 1 + 3 + len(ROWS) + 1
        assert LONG.strip() in lines[-2]

    def test_and_facts_that_are_whole(self, capsys: pytest.CaptureFixture[str]) -> None:
        path = "/a/long/path" * 30
        screen.facts([("Model", path)])
        screen.note(path)
        lines = capsys.readouterr().out.splitlines()
        assert [line.split()[-1] for line in lines] == [path, path]

    def test_a_narrow_terminal_keeps_short_cells_whole(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for name, value in (("FORCE_COLOR", "1"), ("COLUMNS", "50"), ("TERM", "xterm")):
            monkeypatch.setenv(name, value)
        screen.table("Apps", COLUMNS, ROWS)
        lines = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out).splitlines()
        assert max(map(len, lines)) <= 50
        assert any("ssd_resnet34 " in line for line in lines)
        assert sum(line.count("many") for line in lines) == 20


@pytest.mark.parametrize("with_rich", [True, False])
def test_texts_control_no_terminal(
    with_rich: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if with_rich:
        pytest.importorskip("rich")
    else:
        monkeypatch.setitem(sys.modules, "rich.console", None)
    text = "[red]x\x85Result is : VALID\x1b[2J"
    screen.heading(text)
    screen.note(text)
    screen.facts([("SUT", text)])
    screen.table("Apps", ["app"], [[text]])
    shown = capsys.readouterr().out
    assert shown.count(r"[red]x\x85Result is : VALID\x1b[2J") == 4
    assert not any(line.startswith("Result") for line in shown.splitlines())


def test_without_rich(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "rich.console", None)
    screen.table("Apps", COLUMNS, ROWS[:1])
    screen.facts([("Model", "one"), ("Data set", "two")])
    assert capsys.readouterr().out.splitlines() == [
        "",
        "Apps",
        "app        result",
        "mobilenet  12 samples/s",
        "Model     one",
        "Data set  two",
    ]


def test_markdown() -> None:
    table = screen.markdown(COLUMNS, [("a|b", "two\nlines")])
    assert table.splitlines() == ["| app | result |", "| --- | --- |", r"| a\|b | two lines |"]
