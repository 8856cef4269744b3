"""Every reader of files from outside, every kind of bad file: one error, which names the file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from apps import bad_files

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """By name of the case. All are read in one process, which has little memory to take."""
    child = subprocess.run(
        [sys.executable, bad_files.__file__],
        cwd=tmp_path_factory.mktemp("bad"),
        env={"PYTHONPATH": str(ROOT), "PATH": "", "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        text=True,
        timeout=600,
        check=True,
    )
    found: dict[str, str] = json.loads(child.stdout)
    return found


def test_each_reader_has_its_cases() -> None:
    assert set(bad_files.readers()) == set(bad_files.NAMES)


def test_nothing_in_a_file_is_run(ended: dict[str, str]) -> None:
    assert ended["what a file had run"] == "[]"


@pytest.mark.parametrize("name", bad_files.cases())
def test_a_bad_file_is_refused(ended: dict[str, str], name: str) -> None:
    refused = ended[name].startswith("FileError: ")
    if name.endswith((": a folder", ": a device without end")):
        refused |= ended[name].startswith("FileNotFoundError: ") and "no such file: " in ended[name]
    assert refused, ended[name]
