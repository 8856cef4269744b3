"""When the code that a synthetic model is made from changes, it is made again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import reference_apps
from reference_apps.bert import synthetic as bert
from reference_apps.common import synthetic
from reference_apps.common.synthetic import SyntheticModel
from reference_apps.dlrm import synthetic as dlrm
from reference_apps.gnmt import synthetic as gnmt
from reference_apps.mobilenet import app as mobilenet
from reference_apps.resnet50 import app as resnet50
from reference_apps.rnnt import synthetic as rnnt
from reference_apps.ssd_mobilenet import synthetic as ssd_mobilenet
from reference_apps.ssd_resnet34 import synthetic as ssd_resnet34
from reference_apps.unet3d import synthetic as unet3d

MODELS: list[SyntheticModel[Any]] = [
    bert.SYNTHETIC,
    *dlrm.SYNTHETIC.values(),
    gnmt.SYNTHETIC,
    mobilenet.CLASSIFIER.synthetic,
    resnet50.CLASSIFIER.synthetic,
    rnnt.synthetic_model(rnnt.SMALL),
    ssd_mobilenet.SYNTHETIC,
    ssd_resnet34.SYNTHETIC,
    ssd_resnet34.SYNTHETIC_TENSORFLOW,
    unet3d.SYNTHETIC,
]
ROOT = Path(reference_apps.__path__[0])
IMPORTED = re.compile(r"^from reference_apps\.(\w+)\b", re.MULTILINE)


def imported_folders(file: Path) -> Iterator[str]:
    for folder in IMPORTED.findall(file.read_text(encoding="utf-8")):
        if (ROOT / folder).is_dir():
            yield folder


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_the_key_covers_all_folders_that_are_imported(
    model: SyntheticModel[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    files: list[Path] = []
    monkeypatch.setattr(synthetic, "content_key", lambda _, *given: files.extend(given) or "key")
    assert model.key() == "key"
    covered = {file.parent.name for file in files}
    imported = {
        folder
        for file in files
        if file.parent.name != "common"  # which imports apps in aliases of commands alone
        for folder in imported_folders(file)
    }
    assert imported <= covered
