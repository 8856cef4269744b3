"""The pages of the apps: their commands are understood, their files are there."""

from __future__ import annotations

import re
import shlex
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import pytest

from reference_apps import run_all
from reference_apps.bert import arguments as bert
from reference_apps.common.profiles import PROFILES, check_dataset, parse
from reference_apps.dlrm import arguments as dlrm
from reference_apps.gnmt import arguments as gnmt
from reference_apps.mobilenet import app as mobilenet
from reference_apps.resnet50 import app as resnet50
from reference_apps.rnnt import arguments as rnnt
from reference_apps.ssd_mobilenet import app as ssd_mobilenet
from reference_apps.ssd_resnet34 import app as ssd_resnet34
from reference_apps.unet3d import arguments as unet3d

FOLDER = Path(__file__).parents[2] / "reference_apps"
VISION = {
    "resnet50": resnet50.DESIGN.vision.classifier(),
    "mobilenet": mobilenet.DESIGN.vision.classifier(),
    "ssd_mobilenet": ssd_mobilenet.DESIGN.vision.detector(),
    "ssd_resnet34": ssd_resnet34.DESIGN.vision.detector(),
}
PARSERS = {
    **VISION,
    "bert": bert.arguments(),
    "dlrm": dlrm.arguments(),
    "gnmt": gnmt.arguments(),
    "rnnt": rnnt.arguments(),
    "unet3d": unet3d.arguments(),
}
ACCURACY = {
    "resnet50": "common.accuracy_imagenet",
    "mobilenet": "common.accuracy_imagenet",
    "ssd_mobilenet": "common.accuracy_coco",
    "ssd_resnet34": "common.accuracy_coco",
    "bert": "bert.accuracy_squad",
    "dlrm": "dlrm.accuracy_dlrm",
    "gnmt": "gnmt.process_accuracy",
    "rnnt": "rnnt.accuracy_eval",
    "unet3d": "unet3d.accuracy_brats",
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
    assert len(found) >= 5
    for words in found:
        assert words[1] == f"reference_apps/{app}/run.py"
        if words[2:] == ["--help"]:
            continue
        for flag, value in pairwise(words):
            if flag in ("--model", "--model-path", "--user_conf") or flag.endswith("-file"):
                (tmp_path / value).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / value).touch()
            elif flag in ("--dataset-path", "--preprocessed_data_dir"):
                (tmp_path / value).mkdir(parents=True, exist_ok=True)
        PARSERS[app].parse_args(words[2:])


@pytest.mark.parametrize("app", PARSERS)
def test_modules_are_there(app: str) -> None:
    text = (FOLDER / app / "README.md").read_text(encoding="utf-8")
    for module in re.findall(r"python -m (reference_apps[\w.]+)", text):
        assert find_spec(module)


@pytest.mark.parametrize("app", VISION)
def test_the_official_line_is_understood(app: str, tmp_path: Path) -> None:
    text = (FOLDER / app / "README.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"^python -m reference_apps\.vision (.*)", text.replace("\\\n", " "), re.M)
    words = shlex.split(line)
    for flag, value in pairwise(words):
        if flag in ("--model", "--user_conf", "--mlperf_conf"):
            (tmp_path / value).touch()
        elif flag == "--dataset-path":
            (tmp_path / value).mkdir()
    args = parse(PARSERS[app], words)
    check_dataset(PROFILES[args.profile].model, args.backend, args.dataset)
    assert (args.scenario, args.accuracy) == ("SingleStream", True)
    named = {name for name, profile in PROFILES.items() if profile.model == args.model_name}
    (said,) = re.findall(r"^Profiles: ((?:`[\w-]+`[,\s]*)+)", text, re.M)
    assert set(re.findall(r"`([\w-]+)`", said)) == named


@pytest.mark.parametrize("app", PARSERS)
def test_the_accuracy_command_is_the_one_that_is_tested(app: str) -> None:
    text = (FOLDER / app / "README.md").read_text(encoding="utf-8")
    modules = set(re.findall(r"python -m reference_apps\.([\w.]*accuracy[\w.]*)", text))
    assert modules == {ACCURACY[app]}
    assert ("--use-inv-map" in text) == (app == "ssd_resnet34")


def test_the_table_of_all_apps() -> None:
    arguments = ["--app", "mobilenet", "--backend", "torch", "--scenario", "Offline"]
    arguments += ["--count", "3", "--time", "0.5", "--markdown", "table.md"]
    code = run_all.main(arguments)
    _, _, *rows = Path("table.md").read_text(encoding="utf-8").splitlines()
    performance, accuracy = ([cell.strip() for cell in row.strip("|").split("|")] for row in rows)
    assert performance[:4] == ["mobilenet", "torch", "Offline", "performance"]
    assert performance[4].endswith(" samples/s")
    # Half a second is too short to be sure.
    assert (performance[6], code) in (("yes", 0), ("no, duration", 3))
    assert accuracy[4:6] == ["3 samples", "accuracy=100.000%, good=3, total=3 (stand-in)"]


def test_a_run_that_fails_is_in_the_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: run_all.App, argv: list[str]) -> None:
        raise ValueError("no model")

    monkeypatch.setattr(run_all.App, "main", fail)
    arguments = ["--app", "mobilenet", "--backend", "torch", "--scenario", "Offline"]
    assert run_all.main([*arguments, "--markdown", "table.md"]) == 1
    assert "ValueError: no model" in Path("table.md").read_text(encoding="utf-8")


def test_ctrl_c_leaves_the_table_of_what_ran(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def end(self: run_all.App, argv: list[str]) -> None:
        raise KeyboardInterrupt if "--accuracy" in argv else ValueError("no model")

    monkeypatch.setattr(run_all.App, "main", end)
    assert run_all.main(["--app", "mobilenet", "--backend", "torch"]) == 130
    assert capsys.readouterr().out.count("ValueError: no model") == 1


def test_the_readme_lists_every_app() -> None:
    text = (FOLDER.parent / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[`(\w+)`\]\((\S+)\) \|.*?\|.*?\| (.*?) \|", text, re.M)
    listed = {app: backends.split(", ") for app, _, backends in rows}
    assert all((FOLDER.parent / page).is_file() for _, page, _ in rows)
    assert listed == {name: list(app.backends) for name, app in run_all.APPS.items()}
