"""The README keeps its promises: its code runs as pasted, its commands and folders exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PYTHON_BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_there_is_code_for_both_faces() -> None:
    assert len(PYTHON_BLOCKS) == 3
    assert "lg.run(" in PYTHON_BLOCKS[0]
    assert "lg.SampleQueue(" in PYTHON_BLOCKS[1]
    assert "lg.StartTest" in PYTHON_BLOCKS[2]


@pytest.mark.parametrize("code", PYTHON_BLOCKS)
def test_pasted_code_runs(code: str, tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    summaries = list(tmp_path.rglob("mlperf_log_summary.txt"))
    assert len(summaries) == 1
    assert "Result is : VALID" in summaries[0].read_text(encoding="utf-8")
    assert "VALID" in ran.stdout  # whoever pastes it sees that something was done


def test_the_module_runs_as_shown() -> None:
    commands = "\n".join(re.findall(r"```sh\n(.*?)```", README, re.DOTALL))
    arguments = re.findall(r"^python (-m mlperf_loadgen .*?)  #", commands, re.MULTILINE)
    assert arguments == ["-m mlperf_loadgen calibrate"]
    ran = subprocess.run(
        [sys.executable, *arguments[0].split()],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "SingleStream, a query" in ran.stdout


def test_make_knows_the_commands() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    commands = "\n".join(re.findall(r"```sh\n(.*?)```", README, re.DOTALL))
    targets = re.findall(r"^make (\w+)", commands, re.MULTILINE)
    assert targets == ["demo", "test", "bench"]
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


def test_the_map_names_real_folders() -> None:
    folders = re.findall(r"^\| `([^`]+/)` \|", README, re.MULTILINE)
    assert len(folders) >= 5
    for folder in folders:
        assert (ROOT / folder).is_dir(), folder
