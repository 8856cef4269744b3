"""Presets configure, workflows and forms are valid, and hooks check what `make lint` checks."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
BIN = Path(sys.executable).parent
GITHUB = ROOT / ".github"
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PRESETS = json.loads((ROOT / "CMakePresets.json").read_text(encoding="utf-8"))["configurePresets"]


def run(program: str, *arguments: str | Path) -> None:
    search = os.pathsep.join([str(BIN), os.environ["PATH"]])
    ran = subprocess.run(
        [shutil.which(program, path=search) or program, *arguments],
        cwd=ROOT,
        env={**os.environ, "PATH": search},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout


@pytest.mark.slow
@pytest.mark.parametrize("preset", [preset["name"] for preset in PRESETS])
def test_presets_configure(preset: str, tmp_path: Path) -> None:
    if preset == "fuzz" and shutil.which("clang++") is None:
        pytest.skip("needs clang++")
    run("cmake", "--preset", preset, "-B", tmp_path)
    assert (tmp_path / "build.ninja").is_file()


def test_presets_share_the_folders_of_make() -> None:
    folders = {preset["binaryDir"].removeprefix("${sourceDir}/build/") for preset in PRESETS}
    assert folders == {"library", "tests", "address", "thread", "fuzz"}
    for folder in folders - {"library"}:  # that of docs/cpp.md
        assert re.search(rf"build/{folder}\b|sanitized,{folder},", MAKEFILE), folder


@pytest.mark.parametrize(
    ("schema", "pattern"),
    [
        ("github-workflows", "workflows/*.yml"),
        ("github-issue-forms", "ISSUE_TEMPLATE/[!c]*.yml"),
        ("github-issue-config", "ISSUE_TEMPLATE/config.yml"),
    ],
)
def test_workflows_and_forms_are_valid(schema: str, pattern: str) -> None:
    run("check-jsonschema", "--builtin-schema", f"vendor.{schema}", *GITHUB.glob(pattern))


def test_workflows_are_safe() -> None:
    run("zizmor", "--offline", "--quiet", GITHUB)


def test_workflows_run_what_exists() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in GITHUB.glob("workflows/*.yml"))
    for target in re.findall(r"run: make (\S+)", text):
        assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE), target
    paths = re.findall(r"(examples/[\w/.]+|\.ci/\w+)", text)
    assert paths
    assert [path for path in paths if not (ROOT / path).is_file()] == []


def test_hooks_check_what_lint_checks() -> None:
    run("pre-commit", "validate-config")
    recipe = re.search(r"^lint:.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
    assert recipe is not None
    linted = set(re.findall(r"\$\(BIN\)/([\w-]+)", recipe[1]))
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"entry: \.venv/bin/([\w-]+)", hooks)) == linted


def test_the_changelog_has_a_place_for_the_next_change() -> None:
    headings = re.findall(r"^## (.*)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    assert headings[0] == "Unreleased"
    assert all(re.fullmatch(r"\d+\.\d+\.\d+ - \d{4}-\d\d-\d\d", name) for name in headings[1:])
