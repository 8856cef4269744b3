"""Where scenarios are told apart: by the columns of loadgen/scenario/traits.h."""

from __future__ import annotations

import re
from pathlib import Path

import mlperf_loadgen as lg
import pytest
from mlperf_loadgen import _core, runner

ROOT = Path(__file__).resolve().parents[3]
TABLE = ROOT / "loadgen" / "scenario" / "traits.h"
NAMES = "|".join(lg.TestScenario.__members__)
IN_CPP = re.compile(rf"(?:[=!]= *|case )TestScenario::(?:{NAMES})\b")
IN_PYTHON = re.compile(
    rf"TestScenario\.(?:{NAMES})\b|scenario(?:\.name)? (?:[=!]=|in) \(?\"(?:{NAMES})\""
)


def comparing(root: Path) -> set[str]:
    """Return the sources that compare a scenario with one of the enumerators."""
    sources = [path for folder in ("loadgen", "bindings", "python") for path in root.glob(folder)]
    kinds = {".h": IN_CPP, ".cc": IN_CPP, ".py": IN_PYTHON}
    return {
        path.relative_to(root).as_posix()
        for folder in sources
        for path in folder.rglob("*")
        if path.suffix in kinds and kinds[path.suffix].search(path.read_text())
    }


def test_the_comment_above_the_table_names_every_source_that_compares_scenarios() -> None:
    named = set(re.findall(r"^//   (\S+/\S+\.\w+)", TABLE.read_text(), re.MULTILINE))
    named = {name if name.startswith("python/") else f"loadgen/{name}" for name in named}
    assert named == comparing(ROOT)
    assert len(named) <= 12


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("loadgen/a.cc", "if (s.scenario == TestScenario::Server) {", True),
        ("loadgen/a.cc", "case TestScenario::Offline: break;", True),
        ("loadgen/a.h", "TestScenario scenario = TestScenario::SingleStream;", False),
        ("python/a.py", 'if args.scenario in ("SingleStream", "Server"):', True),
        ("python/a.py", "if settings.scenario == TestScenario.Server:", True),
        ("python/a.py", 'run(sut, scenario="Server")', False),
    ],
)
def test_what_counts_as_a_comparison(tmp_path: Path, name: str, text: str, found: bool) -> None:
    (tmp_path / name).parent.mkdir()
    (tmp_path / name).write_text(text)
    assert comparing(tmp_path) == ({name} if found else set())


def test_the_rows_are_in_the_order_of_the_enumerators() -> None:
    header = (ROOT / "loadgen" / "include" / "mlperf_loadgen" / "test_settings.h").read_text()
    body = re.search(r"enum class TestScenario \{(.*?)\};", header, re.DOTALL)
    assert body is not None
    enumerators = re.findall(r"^  (\w+),", body[1], re.MULTILINE)
    assert enumerators == list(lg.TestScenario.__members__)


def test_short_forms_stand_for_settings() -> None:
    for meanings in runner.SHORT_FORMS.values():
        for setting in meanings.values():
            assert hasattr(lg.TestSettings(), setting)


def test_a_number_that_is_no_scenario_has_no_traits() -> None:
    with pytest.raises(ValueError, match="scenario"):
        _core.scenario_traits(lg.TestScenario(99))
