"""docs/program.md and the manual of the program: each of their commands runs."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from mlperf_loadgen.cli.config_file import load
from mlperf_loadgen.cli.help import EXAMPLES
from mlperf_loadgen.exit_codes import Exit
from mlperf_loadgen.result import store
from mlperf_loadgen_program import COMMANDS, main

from tests.python.result import synthetic

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/program.md").read_text()
LINES = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    for line in block.splitlines()
]
SUT = """
import mlperf_loadgen as lg

images = list(range(10))


class Sut(lg.SystemUnderTest):
    def issue(self, samples):
        samples.complete()


def make():
    return Sut(), images


def answer(samples):
    samples.complete()
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_sut.py").write_text(SUT)
    (tmp_path / "user.conf").write_text("*.*.min_query_count = 10\n")
    (tmp_path / "their_logs").mkdir()
    entry = {"key": "effective_scenario", "value": "Server"}
    (tmp_path / "their_logs/mlperf_log_detail.txt").write_text(f":::MLLOG {json.dumps(entry)}\n")
    for seed, name in enumerate(("main", "branch"), 1):
        store.save(synthetic.server(4_000, seed=seed), tmp_path / "results" / name)
    return tmp_path


@pytest.mark.parametrize("line", [*LINES, *EXAMPLES])
def test_the_command_runs(line: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program, *words = shlex.split(line)
    assert program == "mlperf-loadgen"
    if words[0] == "report":
        pytest.importorskip("vl_convert")
    if words[:2] == ["history", "show"]:
        assert main(["history", "add", "results/main"]) == 0
    # A busy machine is late, and doctor says so.
    allowed = {Exit.VALID, Exit.GATE if words[0] == "doctor" else Exit.VALID}
    if words[0] == "run":
        allowed.add(Exit.INVALID)
    code = main(words)
    assert code in allowed, capsys.readouterr().err


def test_the_configuration_file_is_one(folder: Path) -> None:
    (toml,) = re.findall(r"^```toml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    (folder / "mlperf-loadgen.toml").write_text(toml)
    (folder / "base.toml").write_text("")
    assert load().options["sut"].value == "my_sut.py:make"


def test_every_command_is_on_the_page_or_in_its_help() -> None:
    shown = {shlex.split(line)[1] for line in LINES}
    assert set(COMMANDS) - shown == {"completion", "config", "schema"} & set(COMMANDS)


def test_every_exit_code_is_on_the_page() -> None:
    for code in Exit:
        assert re.search(rf"^\| (130, )?{code.value}\b", PAGE, re.MULTILINE), code
