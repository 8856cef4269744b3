"""The recipes in CONTRIBUTING.md name every file that their change touches, and no other."""

from __future__ import annotations

import importlib
import re
import subprocess
from pathlib import Path

import mlperf_loadgen as lg
import pytest
from mlperf_loadgen.harness.backends import BACKENDS
from parity import tally

from reference_apps.registry import APPS

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
RECIPES = dict(re.findall(r"^### (.*?)\n(.*?)(?=^##)", PAGE, re.DOTALL | re.MULTILINE))


def files(recipe: str) -> set[str]:
    return set(
        re.findall(r"`((?:loadgen|bindings|python|reference_apps)/[\w./]+)`", RECIPES[recipe])
    )


def sources_with(word: str) -> set[str]:
    command = ["git", "grep", "--files-with-matches", "--word-regexp", word, "--"]
    found = subprocess.run(
        [*command, "loadgen", "bindings", "python"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(found.stdout.split())


def test_there_is_one_for_each_change() -> None:
    kinds = ("setting", "report field", "scenario", "round", "reference app", "backend")
    others = ["A chart of the page", "A parity difference"]
    assert list(RECIPES) == [*(f"A {kind}" for kind in kinds), *others]


@pytest.mark.parametrize(
    ("recipe", "example"),
    [("A setting", "print_timestamps"), ("A report field", "skipped_intervals")],
)
def test_an_example_is_where_the_recipe_says(recipe: str, example: str) -> None:
    assert f"`{example}`" in RECIPES[recipe]
    assert sources_with(example) <= files(recipe)


def test_the_files_of_a_scenario_know_scenarios() -> None:
    for name in files("A scenario"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert re.search(r"TestScenario|Arrivals", text), name


def test_the_files_of_a_round_know_the_newest() -> None:
    named = files("A round") - {"loadgen/settings/round_form.cc", "loadgen/settings/rules/"}
    assert len(named) == 3
    for name in named:
        assert lg.rounds()[-1] in (ROOT / name).read_text(encoding="utf-8"), name


def test_an_app_is_a_copy_of_the_one_that_is_named() -> None:
    modules = re.findall(r"`(\w+\.(?:py|md))`", RECIPES["A reference app"])
    assert len(modules) == 10
    for name in modules:
        assert (ROOT / "reference_apps/bert" / name).is_file(), name
    for app in APPS:  # of one shape
        for name in ("run.py", "app.py", "arguments.py", "model.py", "README.md"):
            assert (ROOT / "reference_apps" / app / name).is_file(), (app, name)


def test_the_files_of_a_chart_are_where_charts_are() -> None:
    chart = RECIPES["A chart of the page"]
    assert "python/mlperf_loadgen/page/charts/" in chart
    for name in files("A chart of the page"):
        assert (ROOT / name).exists(), name


def test_a_backend_is_a_module_with_an_opener() -> None:
    for name, opener in BACKENDS.items():
        assert importlib.import_module(f"mlperf_loadgen.harness.backends.{name}").OPENER is opener


def test_the_example_of_a_difference_can_be_read(tmp_path: Path) -> None:
    (block,) = re.findall(r"```text\n(.*?)```", RECIPES["A parity difference"], re.DOTALL)
    table = tmp_path / "differences.txt"
    table.write_text(block, encoding="utf-8")
    (known,) = tally.read_table(table)
    assert known.group == "settings"
    assert known.pattern.search("refused: min_duration_ms = -1: must be 0 or more")
