"""A run of each app with two samples: what `make test` runs of the apps."""

from __future__ import annotations

from pathlib import Path

import pytest

from reference_apps.registry import APPS


@pytest.mark.smoke
@pytest.mark.parametrize("name", APPS)
def test_an_accuracy_run(name: str) -> None:
    report = APPS[name].main(["--accuracy", "--count", "2", "--no-progress", "--output", "out"])
    assert report.complete
    assert report.error_count == 0
    assert report.accuracy_sample_count == 2
    assert Path("out", "accuracy.txt").read_text(encoding="utf-8")
