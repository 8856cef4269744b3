"""The examples in Python run, and end with a valid result."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

# Those that take arguments have tests of their own.
EXAMPLES = sorted(
    path
    for path in (Path(__file__).parents[3] / "examples/python").glob("*.py")
    if "sys.argv" not in path.read_text(encoding="utf-8")
)


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 4


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_it_runs_and_is_valid(example: Path, tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, str(example)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "VALID" in ran.stdout
    assert not ran.stderr


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_it_can_be_read_at_once(example: Path) -> None:
    assert len(example.read_text(encoding="utf-8").splitlines()) <= 120
