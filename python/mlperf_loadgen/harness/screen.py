"""What the apps print: plain text, made handsome where rich is installed."""

from __future__ import annotations

from collections.abc import Sequence


def heading(text: str) -> None:
    """A line that begins a part of the output."""
    try:
        from rich.console import Console
    except ModuleNotFoundError:
        print(f"\n{text}\n{'-' * len(text)}")
    else:
        console = Console(highlight=False)
        console.print()
        console.rule(f"[bold]{text}[/bold]", align="left", style="cyan")


def note(text: str) -> None:
    """A remark."""
    try:
        from rich.console import Console
        from rich.text import Text
    except ModuleNotFoundError:
        print(text)
    else:
        Console(highlight=False).print(Text(text, style="dim"))


def facts(rows: Sequence[tuple[str, str]]) -> None:
    """Names on the left, what they are on the right."""
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
            grid.add_row(Text(name, style="cyan"), Text(value))
        Console(highlight=False).print(grid)


def result(text: str, good: bool) -> None:
    """A text whose first line is the verdict, coloured by it."""
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
    """A table; every cell is plain text."""
    try:
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text
    except ModuleNotFoundError:
        print(f"\n{title}")
        for row in (columns, *rows):
            print("  ".join(row))
    else:
        drawn = Table(title=title, title_justify="left", title_style="bold")
        for column in columns:
            drawn.add_column(column)
        for row in rows:
            drawn.add_row(*(Text(cell) for cell in row))
        Console(highlight=False).print(drawn)
