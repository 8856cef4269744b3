"""The soak in small: short tests of every kind in one process leave nothing behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

SOAK = Path(__file__).parents[2] / "soak" / "soak.py"


def test_nothing_adds_up() -> None:
    ended = subprocess.run(
        [sys.executable, str(SOAK), "--tests", "1600"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.startswith("1,600 tests"), ended.stdout
