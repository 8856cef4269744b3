"""The backends that tests of the apps run on, and the score that a run left."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from reference_apps.registry import APPS

NEEDS_TENSORFLOW = pytest.mark.skipif(find_spec("tensorflow") is None, reason="no tensorflow")


def backends_of(app: str) -> list[Any]:
    """Its backends as parameters of a test; those that are not installed are skipped."""
    return [
        pytest.param(name, marks=pytest.mark.skipif(find_spec(name) is None, reason=f"no {name}"))
        for name in APPS[app].backends
    ]


def score_line() -> str:
    """What the last run in this folder wrote for the submission checker."""
    return Path("out", "accuracy.txt").read_text(encoding="utf-8").splitlines()[0]
