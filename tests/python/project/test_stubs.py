"""The stub of the compiled module says what the module has."""

from __future__ import annotations

import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import mlperf_loadgen
import pytest
from mlperf_loadgen import _core

STUB = Path(mlperf_loadgen.__file__).with_name("_core.pyi")

# How every class that a C extension makes looks; none of it can be said in a stub.
OF_COMPILED_CLASSES = (
    "is inconsistent, metaclass differs",
    '.__init__ is inconsistent, stub does not have *args parameter "args"',
    "is a disjoint base at runtime, but isn't marked with @disjoint_base in the stub",
)


def test_mypy_finds_nothing_missing_or_made_up(tmp_path: Path) -> None:
    # mypy refuses to look into site-packages, where the package may be installed.
    compiled = shutil.ignore_patterns("_core*.so", "_core*.pyd", "__pycache__", "harness")
    shutil.copytree(STUB.parent, tmp_path / "stubs" / "mlperf_loadgen", ignore=compiled)
    found = subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", "mlperf_loadgen._core", "--concise"],
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": str(tmp_path / "stubs")},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in found.stdout.splitlines() if not line.endswith(OF_COMPILED_CLASSES)]
    assert lines == []
    assert found.stderr == ""
    assert "mlperf_loadgen._core.TestSettings" in found.stdout  # it did look


def test_the_stub_is_what_make_stub_writes() -> None:
    tool = Path(__file__).parents[3] / "tools" / "make_stub.py"
    assert runpy.run_path(str(tool))["stub"]() == STUB.read_text(encoding="utf-8"), "run: make stub"


@pytest.mark.parametrize("enum", [_core.TestScenario, _core.TestMode, _core.LoggingMode])
def test_members_of_an_enum_go_by_name_and_number(enum: Any) -> None:
    for name, member in enum.__members__.items():
        assert member.name == name
        assert enum(member.value) == member


def test_what_the_package_exports_exists() -> None:
    for name in mlperf_loadgen.__all__:
        assert hasattr(mlperf_loadgen, name)
    assert STUB.with_name("py.typed").exists()
