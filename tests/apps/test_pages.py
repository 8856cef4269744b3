"""The pages of the apps: their commands are understood, their files are there."""

from __future__ import annotations

import argparse
import re
import shlex
import sys
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import pytest

from reference_apps import __main__ as program
from reference_apps import run_all
from reference_apps.registry import APPS, Entry
from reference_apps.vision.profiles import PROFILES, check_dataset

FOLDER = Path(__file__).parents[2] / "reference_apps"
OFFICIAL = [name for name, app in APPS.items() if app.accuracy]  # apps with an official twin
VISION = [name for name in OFFICIAL if APPS[name].accuracy.startswith("reference_apps.vision")]


def parse(app: str, words: list[str]) -> argparse.Namespace:
    found = import_module(f"{APPS[app].package}.arguments").parse(words)
    args: argparse.Namespace = found[0] if isinstance(found, list) else found
    return args


def commands(app: str) -> list[list[str]]:
    """Of the page, line continuations joined and comments left out, variables filled in."""
    text = (FOLDER / app / "README.md").read_text(encoding="utf-8")
    shell = "\n".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL)).replace("\\\n", " ")
    shell = shell.replace("$scenario", "Server").replace("$mode", "--accuracy")
    lines = [shlex.split(line, comments=True) for line in shell.splitlines()]
    return [words for words in lines if words[:1] == ["python"] and words[1] != "-m"]


@pytest.mark.parametrize("app", OFFICIAL)
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
        parse(app, words[2:])


@pytest.mark.parametrize("app", OFFICIAL)
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
    args = parse(app, words)
    check_dataset(PROFILES[args.profile].model, args.backend, args.dataset)
    assert (args.scenario, args.accuracy) == ("SingleStream", True)
    named = {name for name, profile in PROFILES.items() if profile.model == args.model_name}
    (said,) = re.findall(r"^Profiles: ((?:`[\w-]+`[,\s]*)+)", text, re.M)
    assert set(re.findall(r"`([\w-]+)`", said)) == named


@pytest.mark.parametrize("app", OFFICIAL)
def test_the_accuracy_command_is_the_one_that_is_tested(app: str) -> None:
    text = (FOLDER / app / "README.md").read_text(encoding="utf-8")
    modules = set(re.findall(r"python -m (reference_apps[\w.]*accuracy[\w.]*)", text))
    assert modules == {APPS[app].accuracy}
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
    assert accuracy[4:6] == ["3 samples", "accuracy=100.000%, good=3, total=3 (synthetic)"]


def test_a_run_that_fails_is_in_the_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Entry, argv: list[str]) -> None:
        raise ValueError("no model")

    monkeypatch.setattr(Entry, "main", fail)
    arguments = ["--app", "mobilenet", "--backend", "torch", "--scenario", "Offline"]
    assert run_all.main([*arguments, "--markdown", "table.md"]) == 1
    assert "ValueError: no model" in Path("table.md").read_text(encoding="utf-8")


def test_ctrl_c_leaves_the_table_of_what_ran(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def end(self: Entry, argv: list[str]) -> None:
        raise KeyboardInterrupt if "--accuracy" in argv else ValueError("no model")

    monkeypatch.setattr(Entry, "main", end)
    assert run_all.main(["--app", "mobilenet", "--backend", "torch"]) == 130
    assert capsys.readouterr().out.count("ValueError: no model") == 1


def test_the_page_lists_every_app() -> None:
    docs = FOLDER.parent / "docs"
    text = (docs / "reference_apps.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[`(\w+)`\]\((\S+)\) \|(.*)\|$", text, re.M)
    assert all((docs / page).is_file() for _, page, _ in rows)
    assert {app: [cell.strip() for cell in rest.split("|")] for app, _, rest in rows} == {
        name: [app.title, app.data, ", ".join(app.backends), app.score]
        for name, app in APPS.items()
    }


def test_the_commands_of_the_page_of_all_apps_are_understood() -> None:
    text = (FOLDER.parent / "docs" / "reference_apps.md").read_text(encoding="utf-8")
    lines = re.findall(r"^python -m reference_apps (\w+)([^#\n]*)", text, re.M)
    assert {"list", "all", "bert"} == {name for name, _ in lines}
    for name, words in lines:
        if name in APPS:
            parse(name, shlex.split(words))


class TestOneProgram:
    @pytest.fixture(autouse=True)
    def own_name(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "argv", ["program"])  # which the program renames

    def test_list_shows_every_app(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert program.main(["list"]) == 0
        shown = capsys.readouterr().out
        assert all(name in shown and app.title in shown for name, app in APPS.items())

    def test_a_name_runs_the_app(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as stop:
            program.main(["bert", "--backend", "null"])
        assert stop.value.code == 2
        said = capsys.readouterr().err
        assert said.startswith("usage: python -m reference_apps bert [-h]")
        assert "--backend: invalid choice: 'null'" in said

    def test_an_unknown_name_gets_the_known_ones(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as stop:
            program.main(["alexnet"])
        assert stop.value.code == 2
        assert "invalid choice: 'alexnet' (choose from" in capsys.readouterr().err
