"""The import warns where mlcommons-loadgen, which has the same import name, is installed too."""

from __future__ import annotations

import importlib.machinery
import subprocess
import sys
from pathlib import Path

IMPORT = "import sys; sys.path.append(sys.argv[1]); import mlperf_loadgen"


def imported(folder: Path) -> str:
    command = [sys.executable, "-c", IMPORT, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stderr


def test_both_are_installed(tmp_path: Path) -> None:
    other = tmp_path / ("mlperf_loadgen" + importlib.machinery.EXTENSION_SUFFIXES[0])
    other.touch()
    said = imported(tmp_path)
    assert said.startswith(
        "<string>:1: UserWarning: the package mlcommons-loadgen is installed too"
    )
    assert str(other) in said


def test_only_ours_is_installed(tmp_path: Path) -> None:
    assert imported(tmp_path) == ""
