"""README, docs/ and the other pages keep their promises.

Python blocks run as pasted and print what is shown, commands are known to a test, excerpts are
those of the examples, and every path, name and setting that a page mentions exists.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from importlib.metadata import metadata
from importlib.util import find_spec
from pathlib import Path

import mlperf_loadgen as lg
import pytest
from mlperf_loadgen_program import COMMANDS

ROOT = Path(__file__).parents[3]
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
}
README = PAGES["README.md"]
# Pages whose commands a test in tests/install runs.
BUILD_PAGES = {"docs/cpp.md", "docs/embedding.md"}


def blocks(language: str) -> list[tuple[str, str]]:
    """Return the page and the code of each block in a language."""
    return [
        (page, code)
        for page, text in PAGES.items()
        for code in re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    ]


def commands() -> list[tuple[str, list[str]]]:
    """Return the page and the words of each shell command."""
    return [
        (page, shlex.split(line, comments=True))
        for page, code in blocks("sh")
        for line in code.replace("\\\n", " ").splitlines()
        if not line.startswith("#") and page not in BUILD_PAGES
    ]


def run(code: str, folder: Path) -> str:
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "Warning" not in ran.stderr.replace("DeprecationWarning", "")
    return ran.stdout


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 125


def labels(table: str) -> list[str]:
    """Return the first column of a report, and the verdict in its first line."""
    lines = [line for line in table.splitlines() if not line.startswith(" " * 20)]
    return [line[:20].strip() if line.startswith("  ") else line.strip("─") for line in lines]


# The code, and what the page shows below it.
SCRIPTS = [
    pytest.param(code, output, id=f"{page}-{i}")
    for page, text in PAGES.items()
    for i, (code, output) in enumerate(
        re.findall(
            r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```)?", text, re.DOTALL | re.MULTILINE
        )
    )
]


@pytest.mark.parametrize(("code", "output"), SCRIPTS)
def test_pasted_code_runs_and_prints_what_is_shown(code: str, output: str, tmp_path: Path) -> None:
    printed = run(code, tmp_path)
    assert printed  # whoever pastes it sees that something was done
    for summary in tmp_path.rglob("mlperf_log_summary.txt"):
        assert "Result is : INVALID" not in summary.read_text(encoding="utf-8")
    if output:
        # A busy machine has more to say.
        found = [label for label in labels(printed) if label not in ("note", "do next")]
        assert found == labels(output)


def test_two_pages_show_output() -> None:
    shown = [param.id for param in SCRIPTS if param.values[1]]
    assert shown == ["README.md-0", "docs/quickstart.md-0"]


@pytest.mark.parametrize(
    ("page", "code"),
    [block for language in ("cpp", "c") for block in blocks(language)],
)
def test_excerpts_are_those_of_examples(page: str, code: str, tmp_path: Path) -> None:
    examples = [*(ROOT / "examples").glob("c/*.c"), *(ROOT / "examples").glob("cpp/*.cc")]
    if page == "docs/embedding.md":  # lines for a SUT that exists: they compile
        source = tmp_path / "lines.cc"
        source.write_text(
            f'#include "loadgen.h"\nvoid lines(const mlperf::QuerySample& sample) {{\n{code}\n'
            "(void)sample; }\n"
        )
        command = ["c++", "-std=c++17", "-fsyntax-only", f"-I{lg.get_include()}", str(source)]
        assert subprocess.run(command, check=False).returncode == 0
        return
    assert any(code in example.read_text(encoding="utf-8") for example in examples)


def is_known(words: list[str]) -> bool:
    """Whether the command can be what it says: its target, extra, module or file exists."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    match words:
        case ["make", target, *_]:
            return re.search(rf"^{target}:", makefile, re.MULTILINE) is not None
        case ["pip", "install", *_, source]:
            asked = re.fullmatch(r"\.(?:\[([\w,]+)\])?", source)
            extras = metadata("mlperf-loadgen").get_all("Provides-Extra") or []
            names = asked[1].split(",") if asked and asked[1] else []
            return asked is not None and set(names) <= set(extras)
        case ["python" | ".venv/bin/python", "-m", module, *arguments]:
            paths = [word for word in arguments if "/" in word]
            return find_spec(module) is not None and all((ROOT / p).exists() for p in paths)
        case ["python", script, *_]:
            return (ROOT / script).is_file()
        case ["mlperf-loadgen", command, *_]:  # test_program_page.py runs them
            return command in COMMANDS
        case [".venv/bin/pre-commit" | "git", *_]:
            return True
    return False


@pytest.mark.parametrize(
    ("page", "words"), [pytest.param(*c, id=" ".join(c[1])) for c in commands()]
)
def test_commands_exist(page: str, words: list[str]) -> None:
    assert is_known(words)


def test_a_command_that_does_not_exist_is_found() -> None:
    assert is_known(["make", "demo"])
    for line in ("make nothing", "pip install .[nothing]", "python -m nothing", "python a.py", "x"):
        assert not is_known(line.split())


def test_the_module_runs_as_shown() -> None:
    shown = {tuple(words[3:]) for _, words in commands() if words[1:3] == ["-m", "mlperf_loadgen"]}
    assert shown == {("calibrate",)}
    ran = subprocess.run(
        [sys.executable, "-m", "mlperf_loadgen", "calibrate"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "SingleStream, a query" in ran.stdout


@pytest.mark.parametrize("page", PAGES)
def test_links_and_paths_exist(page: str) -> None:
    folder = (ROOT / page).parent
    text = re.sub(r"^```.*?^```", "", PAGES[page], flags=re.DOTALL | re.MULTILINE)
    linked = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
    assert [path for path in linked if not (folder / path).exists()] == []
    top = "|".join(re.escape(path.name) for path in ROOT.iterdir() if path.is_dir())
    named = re.findall(rf"`((?:{top})/[\w./-]*)`", text)
    made_later = ("build/", "docs/_generated/")
    assert [p for p in named if not (ROOT / p).exists() and not p.startswith(made_later)] == []


@pytest.mark.parametrize("page", PAGES)
def test_names_of_the_package_exist(page: str) -> None:
    named = re.findall(r"\b(lg|report|settings)\.(?!cc\b|h\b|md\b|json\b|html\b)(\w+)", PAGES[page])
    where = {"lg": lg, "report": lg.Report, "settings": lg.TestSettings()}
    missing = {f"{module}.{name}" for module, name in named if not hasattr(where[module], name)}
    assert missing == set()


def test_every_scenario_mode_and_short_form_is_on_its_page() -> None:
    from mlperf_loadgen import runner

    names = {*lg.TestScenario.__members__, *lg.TestMode.__members__, *runner.SHORT_FORMS}
    assert {name for name in names if f"`{name}`" not in PAGES["docs/scenarios.md"]} == set()


def test_every_public_name_is_in_the_reference() -> None:
    listed = re.findall(r"auto(?:function|class|exception):: (\w+)$", PAGES["docs/api.md"], re.M)
    assert sorted(listed) == sorted(set(lg.__all__) - {"__version__"})
