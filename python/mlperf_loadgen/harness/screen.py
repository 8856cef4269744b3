"""Prints what the apps say: plain text, styled where rich is installed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mlperf_loadgen.text import one_line

_SHORT = 16  # characters of a cell that stays in one line
_ANY_WIDTH = 100_000  # characters, of what is not a terminal


def heading(text: str) -> None:
    """Prints a line that begins a part of the output."""
    text = one_line(text)
    try:
        from rich.console import Console
        from rich.text import Text
    except ModuleNotFoundError:
        print(f"\n{text}\n{'-' * len(text)}")
    else:
        console = Console(highlight=False)
        console.print()
        console.rule(Text(text, style="bold"), align="left", style="cyan")


def note(text: str) -> None:
    """Prints a remark, of one line or several."""
    text = "\n".join(map(one_line, text.split("\n")))
    try:
        from rich.console import Console
        from rich.text import Text
    except ModuleNotFoundError:
        print(text)
    else:
        Console(highlight=False, soft_wrap=True).print(Text(text, style="dim"))


def facts(rows: Sequence[tuple[str, str]]) -> None:
    """Prints names on the left, what they are on the right."""
    rows = [(name, one_line(value)) for name, value in rows]
    try:
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text
    except ModuleNotFoundError:
        width = max(len(name) for name, _ in rows)
        for name, value in rows:
            print(f"{name:<{width}}  {value}")
    else:
        grid = Table.grid(padding=(0, 2))
        for name, value in rows:
            grid.add_row(Text(name, style="cyan"), Text(value, overflow="fold"))
        _print_whole(Console(highlight=False), grid)


def result(text: str, good: bool) -> None:
    """Prints a text whose first line is the verdict, coloured by it."""
    try:
        from rich.console import Console
        from rich.text import Text
    except ModuleNotFoundError:
        print(text)
    else:
        verdict, _, rest = text.partition("\n")
        styled = Text.assemble((verdict, "bold green" if good else "bold red"), "\n", rest)
        Console(highlight=False, soft_wrap=True).print(styled)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Prints a table; every cell is plain text. Where it is too wide for a terminal, long cells go
    on below; a file or a pipe gets each row in one line.
    """
    rows = [[one_line(cell) for cell in row] for row in rows]
    try:
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text
    except ModuleNotFoundError:
        print(f"\n{title}")
        lines = [columns, *rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        for line in lines:
            print("  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip())
    else:
        drawn = Table(title=title, title_justify="left", title_style="bold")
        for column, *cells in zip(columns, *rows, strict=True):
            longest = max(map(len, (column, *cells)))
            drawn.add_column(column, no_wrap=longest <= _SHORT, overflow="fold")
        for row in rows:
            drawn.add_row(*(Text(cell) for cell in row))
        _print_whole(Console(highlight=False), drawn)


def markdown(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Returns the same as a table of Markdown."""
    lines = [columns, ["---"] * len(columns), *rows]
    cells = [[cell.replace("|", r"\|").replace("\n", " ") for cell in line] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


def _print_whole(console: Any, drawn: Any) -> None:
    """Prints something of rich that has columns, however wide it is where nothing has a width."""
    if console.is_terminal:
        console.print(drawn)
        return
    console.width = _ANY_WIDTH
    with console.capture() as captured:
        console.print(drawn)
    for line in captured.get().splitlines():
        print(line.rstrip())
