"""docs/embedding.md speaks of every function that a program can call, and of none that is not."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/embedding.md").read_text(encoding="utf-8")
HEADERS = {
    path.name: re.sub(r"//.*", "", path.read_text(encoding="utf-8"))
    for path in (ROOT / "loadgen/include/mlperf_loadgen").glob("*.h")
}
# At the beginning of a line: what stands in a class is indented.
FUNCTIONS = {
    header: set(re.findall(r"^\w[\w:<>*& ]*?[ *](\w+)\(", HEADERS[header], re.MULTILINE))
    for header in ("loadgen.h", "progress.h", "embedding.h")
}


def test_the_header_is_understood() -> None:
    assert {"StartTest", "AbortTest", "CompleteSamples"} <= FUNCTIONS["loadgen.h"]
    assert {"CurrentProgress"} <= FUNCTIONS["progress.h"]
    assert {"EndTests", "YieldToIssuer"} <= FUNCTIONS["embedding.h"]


def test_every_function_is_on_the_page_at_its_header() -> None:
    section = PAGE.split("## You call LoadGen")[1].split("\n## ")[0]
    table, _, of_embedding = section.partition("`embedding.h`")
    of_loadgen = FUNCTIONS["loadgen.h"] | FUNCTIONS["progress.h"]
    assert {name for name in of_loadgen if f"`{name}`" not in table} == set()
    assert {name for name in FUNCTIONS["embedding.h"] if f"`{name}`" not in of_embedding} == set()


def test_every_name_on_the_page_exists() -> None:
    prose = re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL)
    names = {
        name
        for code in re.findall(r"`([\w:]+)`", prose)
        for name in code.split("::")
        if name != "noexcept"
    }
    known = "\n".join(HEADERS.values())
    assert {name for name in names if not re.search(rf"\b{name}\b", known)} == set()


def test_every_example_on_the_page_exists() -> None:
    for path in re.findall(r"`(examples/[\w/.]+)`", PAGE):
        assert (ROOT / path).exists(), path


def test_the_readme_leads_there() -> None:
    assert "(docs/embedding.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
