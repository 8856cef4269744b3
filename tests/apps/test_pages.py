"""The pages of the apps: their commands are understood, their files are there."""

from __future__ import annotations

import re
import shlex
from itertools import pairwise
from pathlib import Path

import pytest

from reference_apps import run_all
from reference_apps.common import classifier, detector
from reference_apps.gnmt import arguments as gnmt
from reference_apps.mobilenet import app as mobilenet
from reference_apps.resnet50 import app as resnet50
from reference_apps.ssd_mobilenet import app as ssd_mobilenet
from reference_apps.ssd_resnet34 import app as ssd_resnet34

FOLDER = Path(__file__).parents[2] / "reference_apps"
PARSERS = {
    "resnet50": classifier.arguments(resnet50.DESIGN),
    "mobilenet": classifier.arguments(mobilenet.DESIGN),
    "ssd_mobilenet": detector.arguments(ssd_mobilenet.DESIGN),
    "ssd_resnet34": detector.arguments(ssd_resnet34.DESIGN),
    "gnmt": gnmt.arguments(),
}
ACCURACY = {
    "resnet50": "common.accuracy_imagenet",
    "mobilenet": "common.accuracy_imagenet",
    "ssd_mobilenet": "common.accuracy_coco",
    "ssd_resnet34": "common.accuracy_coco",
    "gnmt": "gnmt.process_accuracy",
}


def commands(app: str) -> list[list[str]]:
    """Of the page, line continuations joined and comments left out, variables filled in."""
    text = (FOLDER / app / "README.md").read_text(encoding="utf-8")
    shell = "\n".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL)).replace("\\\n", " ")
    shell = shell.replace("$scenario", "Server").replace("$mode", "--accuracy")
    lines = [shlex.split(line, comments=True) for line in shell.splitlines()]
    return [words for words in lines if words[:1] == ["python"] and words[1] != "-m"]


@pytest.mark.parametrize("app", PARSERS)
def test_commands_are_understood(app: str, tmp_path: Path) -> None:
    found = commands(app)
    assert len(found) == 5
    for words in found:
        assert words[1] == f"reference_apps/{app}/run.py"
        if words[2:] == ["--help"]:
            continue
        for flag, value in pairwise(words):
            if flag in ("--model", "--user_conf"):
                (tmp_path / value).touch()
            elif flag == "--dataset-path":
                (tmp_path / value).mkdir(exist_ok=True)
        PARSERS[app].parse_args(words[2:])


@pytest.mark.parametrize("app", PARSERS)
def test_the_accuracy_command_is_the_one_that_is_tested(app: str) -> None:
    text = (FOLDER / app / "README.md").read_text(encoding="utf-8")
    (module,) = set(re.findall(r"python -m reference_apps\.([\w.]+)", text))
    assert module == ACCURACY[app]
    assert ("--use-inv-map" in text) == (app == "ssd_resnet34")


def test_the_table_of_all_apps() -> None:
    arguments = ["--app", "mobilenet", "--backend", "torch", "--scenario", "Offline"]
    performance, accuracy = run_all.main([*arguments, "--count", "3", "--time", "0.5"])
    assert performance[:4] == ("mobilenet", "torch", "Offline", "performance")
    assert performance[4].endswith(" samples/s")
    assert performance[6] == "yes"
    assert accuracy[4:6] == ("3 samples", "accuracy=100.000%, good=3, total=3")
