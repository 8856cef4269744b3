"""The comparison as text: a table of rich where it is installed, and plain columns elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.comparison import Compared, Spread, number

HEADINGS = ("case", "figure", "ours (range)", "peer (range)", "ratio", "of best", "target", "")


def cells(compared: Compared) -> tuple[str, ...]:
    row = compared.row
    return (
        compared.case.title,
        f"{row.title}, {row.unit}",
        _spread(compared.ours),
        (_spread(compared.peer) if compared.peer else "") + ("*" * compared.peer_is_recorded),
        _times(compared.ratio),
        _times(compared.ratio_of_best),
        compared.target,
        compared.verdict,
    )


def _times(ratio: float | None) -> str:
    return f"{ratio:.1f}x" if ratio is not None else ""


def _spread(spread: Spread) -> str:
    return f"{number(spread.median)} ({number(spread.least)}-{number(spread.most)})"


def rows(comparison: Sequence[Compared]) -> list[tuple[str, ...]]:
    """A case is named in its first row."""
    shown: list[tuple[str, ...]] = []
    last = ""
    for compared in comparison:
        first, *others = cells(compared)
        shown.append(("" if first == last else first, *others))
        last = first
    return shown


def plain(headings: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(headings, *lines, strict=True)]
    texts = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in [headings, *lines]
    ]
    return "\n".join(texts)


def show(headings: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    try:
        from rich.console import Console
        from rich.table import Table
    except ImportError:
        print(plain(headings, lines))
        return
    table = Table(*headings)
    for line in lines:
        table.add_row(*line)
    console = Console()
    # A file or a pipe has no width: cut nothing.
    console.print(table) if console.is_terminal else print(plain(headings, lines))


def markdown(comparison: Sequence[Compared]) -> str:
    """Return the rows that have a target as a Markdown table, for docs/benchmarks.md."""
    lines = [
        "| case | figure | ours | mlcommons-loadgen | ratio |",
        "| --- | --- | --- | --- | --- |",
    ]
    for compared in comparison:
        if not compared.target:
            continue
        title, figure, _, _, ratio, *_ = cells(compared)
        peer = number(compared.peer.median) if compared.peer else ""
        star = "\\*" * compared.peer_is_recorded
        lines.append(
            f"| {title} | {figure} | {number(compared.ours.median)} | {peer}{star} | {ratio} |"
        )
    return "\n".join(lines)
