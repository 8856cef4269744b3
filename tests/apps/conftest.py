"""The tests of the reference apps need what the apps need; without it none is collected."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import mlperf_loadgen.harness  # noqa: F401  # before torch, whose threads it keeps from spinning
import pytest

_NEEDED = (
    *("anyascii", "cv2", "inflect", "jiwer", "nilearn", "onnxruntime"),
    *("pycocotools", "skimage", "sklearn", "soundfile", "SimpleITK"),
    *("tokenizers", "torch"),
)

missing = [package for package in _NEEDED if find_spec(package) is None]
collect_ignore_glob = ["test_*.py"] if missing else []


def pytest_report_header() -> str:
    """Says which tests are left out."""
    return f"tests/apps left out, no {', '.join(missing)}" if missing else "tests/apps: all"


@pytest.fixture(scope="session", autouse=True)
def cache() -> Iterator[Path]:
    """One for all tests, kept in build/ for the next ones: each file is named after the code that
    made it."""
    folder = Path(__file__).parents[2] / "build" / "synthetic"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLPERF_LOADGEN_CACHE", str(folder))
        yield folder


@pytest.fixture(autouse=True)
def no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing the page of a result takes a second, and has tests of its own."""
    monkeypatch.setattr("mlperf_loadgen.harness.result_page.write_page", lambda _, path: path)


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has a working directory of its own."""
    monkeypatch.chdir(tmp_path)
