"""Checks a pickle step by step, before anything of it runs."""

from __future__ import annotations

import pickletools
from collections.abc import Collection
from pathlib import Path
from typing import Any

from mlperf_loadgen.untrusted import FileError

_MOST_STEPS = 2_000_000  # official files have some thousands
_NOT_BY_NAME = {
    "STACK_GLOBAL",
    "INST",
    "EXT1",
    "EXT2",
    "EXT4",
}  # ways to name what is not spelled out


def check_pickle(content: Any, path: Path, names: Collection[str] | None = None) -> None:
    """Reads one pickle from where `content` stands, a file in memory or mapped, to its end.

    names: in full, all that it may name; None: whatever it likes, as whoever loads it looks at the
    names. Raises FileError for a pickle that is cut off or damaged, names something else, or would
    take more memory than it has bytes for.
    """
    try:
        for number, (step, argument, _) in enumerate(pickletools.genops(content)):
            fault = _fault(number, step.name, argument, names)
            if fault:
                raise FileError(f"{path}: its pickle {fault}")
    except FileError:
        raise
    except Exception as error:  # a broken pickle raises whatever it likes
        raise FileError(f"{path}: its pickle is damaged: {error}") from None


def _fault(number: int, step: str, argument: Any, names: Collection[str] | None) -> str:
    if number >= _MOST_STEPS:
        return f"has more than {_MOST_STEPS} steps"
    if step.endswith("PUT") and int(argument) > number:
        return f"keeps something at place {argument}, having had {number} steps"
    if names is None:
        return ""
    if step in _NOT_BY_NAME:
        return f"names things by {step}, which those of PyTorch do not"
    if step == "GLOBAL" and argument.replace(" ", ".") not in names:
        return f"names {argument.replace(' ', '.')!r:.200}, which no file of weights holds"
    return ""
