"""``mlperf-loadgen compare`` and ``history``: what they say and exit with."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from mlperf_loadgen.result import store

from tests.python.result import synthetic

from .conftest import Program


@pytest.fixture
def results(folder: Path) -> Path:
    for seed in range(1, 5):
        store.save(
            synthetic.single_stream(4_000, seed=seed, identity=f"{seed:016x}"),
            folder / f"base-{seed}",
        )
        store.save(
            synthetic.single_stream(4_000, seed=seed + 10, slower=1.3), folder / f"slow-{seed}"
        )
    store.save(synthetic.offline(2_000), folder / "offline")
    return folder


def sides(new: str) -> list[str]:
    base, others = ([f"{side}-{i}" for i in range(1, 5)] for side in ("base", new))
    return ["--base", *base, "--new", *others]


@pytest.mark.parametrize(
    ("new", "gate", "code"),
    [("slow", "p99>+5%", 4), ("slow", "p99>+90%", 0), ("base", "p99>+5%", 0)],
)
def test_gates_decide(program: Program, results: Path, new: str, gate: str, code: int) -> None:
    ended = program("compare", *sides(new), "--fail-if", gate)
    assert (ended.code, ended.err) == (code, "")
    assert ended.out.startswith("SingleStream, ")


def test_it_is_written_for_others_to_read(program: Program, results: Path) -> None:
    files = ["--markdown", "a.md", "--junit", "a.xml", "--json"]
    ended = program("compare", *sides("slow"), "--fail-if", "p99>+5%", *files)
    assert json.loads(ended.out)["verdict"] == "worse"
    assert (results / "a.md").read_text().startswith("### ")
    assert "<testcase" in (results / "a.xml").read_text()


def test_it_is_drawn(program: Program, results: Path) -> None:
    pytest.importorskip("vl_convert")
    ended = program("compare", "base-1", "slow-1", "-o", "compare.html")
    assert ended.err == "mlperf-loadgen: written: compare.html\n"
    assert (results / "compare.html").read_text().startswith("<!")
    program("history", "add", "base-1", "base-2")
    assert program("history", "show", "-o", "history.html").code == 0
    assert (results / "history.html").read_text().startswith("<!")


def test_undecided_is_what_one_says_it_is(program: Program, results: Path) -> None:
    for undecided, code in ((None, 5), ("pass", 0), ("fail", 4)):
        more = [] if undecided is None else ["--undecided", undecided]
        store.save(synthetic.single_stream(60, seed=7), results / "short")
        ended = program("compare", "base-1", "short", "--fail-if", "p99>+1%", *more)
        assert ended.code == code, ended.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["base-1", "offline"],
            "base-1 and offline differ in scenario (SingleStream, Offline). Not compared.",
        ),
        (["base-1"], "compare: two results are needed, or --base and --new with several."),
        (["a", "b", "--base", "c"], "compare: give BASE NEW, or --base and --new, not both."),
        (
            ["base-1", "slow-1", "--fail-if", "p99>5%"],
            '--fail-if "p99>5%": a change from the base has a sign. Write +5% or -5%.',
        ),
    ],
)
def test_mistakes(program: Program, results: Path, words: list[str], said: str) -> None:
    ended = program("compare", *words)
    assert (ended.code, ended.out, ended.err) == (2, "", f"mlperf-loadgen: {said}\n")


def test_without_scipy_it_says_what_to_install(
    program: Program, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith("mlperf_loadgen.compare")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "scipy", None)
    monkeypatch.setitem(sys.modules, "scipy.stats", None)
    ended = program("compare", "base-1", "slow-1")
    needed = "mlperf-loadgen: compare needs scipy: pip install 'mlperf-loadgen[tools]'\n"
    assert (ended.code, ended.err) == (2, needed)


def test_a_history_grows_is_shown_and_gated_on(program: Program, results: Path) -> None:
    ended = program("history", "add", *(f"base-{i}" for i in range(1, 5)))
    assert ended.code == 0, ended.err
    shown = program("history", "show", "--metric", "p99")
    assert (shown.code, shown.err) == (0, "")
    assert "p99" in shown.out
    assert program("history", "show", "--csv").out.count("\n") == 5
    assert program("history", "gate", "slow-1", "--fail-if", "p99>+5%").code in (4, 5)
    ended = program("history", "shwo")
    assert ended.err == 'mlperf-loadgen: history: no action "shwo". There are add, show, gate.\n'
