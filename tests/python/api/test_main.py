"""``python -m mlperf_loadgen``."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

import mlperf_loadgen as lg


def main(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mlperf_loadgen", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_version_is_the_installed_one() -> None:
    ended = main("--version")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.strip() == lg.__version__ == version("mlperf_loadgen")


def test_it_is_the_program() -> None:
    ended = main("rounds")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.split() == lg.rounds()
