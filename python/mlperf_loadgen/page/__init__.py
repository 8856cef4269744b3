"""Shows results as one HTML page, drawn from their records alone.

The page is complete without script, style sheet or network. What draws it is imported on use:
vl-convert-python and jinja2, the extra ``report``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["write_page"]


def write_page(
    records: Sequence[Mapping[str, Any]], path: str | Path, *, interactive: bool = False
) -> Path:
    """Write the page of one result, or of several laid over each other; return the file.

    ``interactive`` adds a script of 0.9 MB that makes the charts live. Raises OutputError, and
    Error when the extra is not installed.
    """
    from mlperf_loadgen.page.render import write_page as write

    return write(records, path, interactive=interactive)
