"""What the tests of commands share: a folder with SUTs, and a program that runs in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from mlperf_loadgen_program import main

SUTS = """
import mlperf_loadgen as lg


class Sut(lg.SystemUnderTest):
    def issue(self, samples):
        samples.complete()


def make():
    return Sut(), range(64)


def answer(samples):
    samples.complete()


def nothing():
    return None


class Broken(lg.SystemUnderTest):
    def issue(self, samples):
        raise ValueError("the model broke")


class Silent(lg.SystemUnderTest):
    def issue(self, samples):
        pass


images = list(range(10))
"""


class Ended(NamedTuple):
    code: int
    out: str
    err: str


Program = Callable[..., Ended]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, but for my_sut.py."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLPERF_LOADGEN_CONFIG", raising=False)
    monkeypatch.delitem(__import__("sys").modules, "my_sut", raising=False)
    (tmp_path / "my_sut.py").write_text(SUTS)
    return tmp_path


@pytest.fixture
def program(folder: Path, capsys: pytest.CaptureFixture[str]) -> Program:
    """Runs the program in this process, in ``folder``."""

    def run(*words: str) -> Ended:
        code = main(words)
        printed = capsys.readouterr()
        return Ended(code, printed.out, printed.err)

    return run
