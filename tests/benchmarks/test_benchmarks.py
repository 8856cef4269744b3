"""The benchmarks run, and their arithmetic is right. What they find is not a test's business."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from parity.pair import peer_folder

from benchmarks import growth, run, table, worker
from benchmarks.cases import CASES, Case, Row, recorded
from benchmarks.comparison import Compared, Spread, number
from benchmarks.processes import Bench, MeasurementError

ROOT = Path(__file__).parents[2]
TINY = 0.0005
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the benchmarks read /proc")
LAST = "benchmarks/cpp/null_sut"

ONE = Case("one", "One", {"measure": "closed_loop", "count": 1000, "seconds": 2.0}, ())


@pytest.fixture(scope="module")
def bench() -> Bench:
    program = Path(os.environ.get("MLPERF_LOADGEN_NULL_SUT", ROOT / "build/tests" / LAST))
    assert program.is_file(), f"{program} is missing: run 'make cpptest'"
    return Bench(peer_folder(), program)


def compared(row: Row, ours: float, peer: float | None) -> Compared:
    there = Spread(peer, peer, peer) if peer is not None else None
    return Compared(ONE, row, Spread(ours, ours, ours), there)


class TestEveryCaseRuns:
    @pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
    def test_and_has_its_figures(self, bench: Bench, case: Case) -> None:
        modules = ["ours"] if case.program == "native" else ["ours", "peer"]
        for module in modules:
            figures = run.sample(bench, case, module, TINY)
            for row in case.rows:
                if module == "peer" and row.ours_only:
                    continue
                assert math.isfinite(figures[row.key]), (module, row.key)
                assert figures[row.key] >= 0 or "bytes" in row.key, (module, row.key)

    def test_growth(self, bench: Bench) -> None:
        points = list(growth.points(bench, 1e-5))
        sizes = [(point.what, point.module) for point in points]
        assert sizes.count(("samples", "ours")) == len(growth.SIZES)
        assert sizes.count(("samples", "peer")) == len(growth.SIZES) - 1
        assert [point.size for point in points if point.what == "threads"] == list(growth.THREADS)
        assert all(point.ns > 0 and point.peak_mib > 0 for point in points)

    def test_a_failing_process_is_not_a_figure(self, bench: Bench) -> None:
        with pytest.raises(MeasurementError, match="KeyError"):
            bench.python({"measure": "closed_loop"})
        with pytest.raises(MeasurementError, match="min_query_count"):
            bench.cpp({"case": "server", "count": 10**18})


class TestTheCommand:
    def test_table_and_json(
        self, bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = tmp_path / "made" / "bench.json"
        options = ["--peer", str(bench.peer), "--native", str(bench.native), "--json", str(path)]
        wanted = ["--case", "server", "--case", "native_server", "--markdown"]
        run.main([*options, *wanted, "--repeat", "2", "--scale", "0.001"])
        shown = capsys.readouterr().out
        for text in ("mlcommons_loadgen 6.0.17", "Python, Server over capacity", "5x", "CPU"):
            assert text in shown
        assert "| C++, Server over capacity |" in shown
        whole = json.loads(path.read_text(encoding="utf-8"))
        assert {"date", "cpu", "system", "python", "ours", "peer"} <= set(whole["machine"])
        assert [len(runs) for runs in whole["samples"]["server"].values()] == [2, 2]
        first = whole["comparison"][0]
        assert (first["case"], first["key"], first["target"]) == ("server", "wall_ns", "5x")
        medians = [first[module]["median"] for module in ("peer", "ours")]
        assert first["ratio"] == pytest.approx(medians[0] / medians[1])

    @pytest.mark.parametrize(
        "wrong", [["--case", "nonesuch"], ["--repeat", "0"], ["--peer", "nowhere"]]
    )
    def test_wrong_arguments(self, wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit):
            run.main(wrong)
        assert wrong[-1] in capsys.readouterr().err or wrong[0] == "--repeat"

    def test_they_take_turns_to_go_first(self) -> None:
        both = Bench(peer=ROOT)
        assert run.modules(both, ONE, 0) == ["ours", "peer"]
        assert run.modules(both, ONE, 1) == ["peer", "ours"]
        assert run.modules(Bench(), ONE, 1) == ["ours"]

    def test_recorded_figures_stand_in(self) -> None:
        (case,) = (case for case in CASES if case.name == "native_server")
        samples: run.Samples = {"native_server": {"ours": [{"issue_ns": 100.3}], "peer": []}}
        (row,) = run.compare([case], samples, recorded())
        assert row.peer_is_recorded
        assert row.ratio == pytest.approx(10)
        (row,) = run.compare([case], samples, {})
        assert row.peer is None

    def test_recorded_figures_belong_to_rows(self) -> None:
        keys = {(case.name, row.key) for case in CASES for row in case.rows}
        known = {(name, key) for name, figures in recorded().items() for key in figures}
        assert known <= keys


class TestThePage:
    def test_its_table_has_the_rows_of_the_suite(self) -> None:
        text = (ROOT / "docs/benchmarks.md").read_text(encoding="utf-8")
        wanted = [
            (case.title, f"{row.title}, {row.unit}")
            for case in CASES
            for row in case.rows
            if row.times is not None or row.limit is not None
        ]
        lines = [line.split(" | ") for line in text.splitlines() if line.count(" | ") == 4]
        shown = [(line[0].removeprefix("| "), line[1]) for line in lines]
        assert [row for row in shown if row[0].startswith(("Python, ", "C++, "))] == wanted

    def test_make_bench_runs_the_command(self) -> None:
        printed = subprocess.run(
            ["make", "--dry-run", "--always-make", "bench"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.replace("\\\n", " ")
        (command,) = re.findall(r"python -m benchmarks\.run (.*)", printed)
        asked = run.parse(
            command.replace("build/peer", ".").replace(f"build/bench/{LAST}", ".").split()
        )
        assert asked.growth
        assert (asked.scale, asked.case) == (1, None)


class TestArithmetic:
    def test_spread(self) -> None:
        assert Spread.of([3, 1, 2, 10]) == Spread(2.5, 1, 10)
        assert Spread.of([]) is None

    @pytest.mark.parametrize(
        ("row", "ours", "peer", "ratio", "reached"),
        [
            (Row("k", "t", "ns", times=5), 100, 500, 5.0, True),
            (Row("k", "t", "ns", times=5), 100, 499, 4.99, False),
            (Row("k", "t", "ns", times=5), 100, None, None, None),
            (Row("k", "t", "ns", times=5), 0, 328, None, True),
            (Row("k", "t", "MB/s", times=5, more_is_better=True), 1500, 285, 5.263, True),
            (Row("k", "t", "MB/s", times=5, more_is_better=True), 285, 1500, 0.19, False),
            (Row("k", "t", "MB/s", times=5, more_is_better=True), 0, 285, None, False),
            (Row("k", "t", "us", limit=1), 1, 90, 90.0, True),
            (Row("k", "t", "us", limit=1), 1.01, None, None, False),
            (Row("k", "t", "1/s", limit=0), 0, 100, None, True),
            (Row("k", "t", "ns"), 100, 500, 5.0, None),
        ],
    )
    def test_verdict(
        self, row: Row, ours: float, peer: float | None, ratio: float | None, reached: bool | None
    ) -> None:
        found = compared(row, ours, peer)
        assert found.ratio == (ratio if ratio is None else pytest.approx(ratio, rel=1e-3))
        assert found.reached is reached
        assert found.verdict == {True: "reached", False: "SHORT", None: ""}[reached]

    def test_ratio_of_best(self) -> None:
        less = Compared(ONE, Row("k", "t", "ns"), Spread(100, 50, 300), Spread(500, 400, 600))
        more = Row("k", "t", "MB/s", more_is_better=True)
        assert less.ratio_of_best == 8
        assert Compared(ONE, more, Spread(5, 1, 8), Spread(3, 1, 4)).ratio_of_best == 2
        assert compared(Row("k", "t", "ns"), 1, None).ratio_of_best is None

    def test_targets_in_words(self) -> None:
        assert compared(Row("k", "t", "ns", times=5), 1, 5).target == "5x"
        assert compared(Row("k", "t", "us", limit=1), 1, 5).target == "<= 1 us"
        assert compared(Row("k", "t", "us"), 1, 5).target == ""

    def test_numbers(self) -> None:
        values = [0, 0.01234, 1.234, 12.34, 123.4, 12345.6]
        assert [number(value) for value in values] == [
            "0",
            "0.0123",
            "1.23",
            "12.3",
            "123",
            "12,346",
        ]

    def test_scale(self) -> None:
        assert ONE.scaled(0.5) == {"measure": "closed_loop", "count": 500, "seconds": 1.0}
        assert ONE.scaled(1e-9) == {"measure": "closed_loop", "count": 2, "seconds": 0.05}
        assert ONE.scaled(1) == ONE.options

    def test_percentile_is_a_value_that_occurred(self) -> None:
        values = list(range(100, 0, -1))
        assert worker.percentile(values, 0.5) == 51
        assert worker.percentile(values, 0.99) == 100
        assert worker.percentile([7], 0.99) == 7

    def test_lags_count_from_the_least_late(self) -> None:
        found = worker.lags([1_000_000, 2_001_000, 3_000_500], [0, 1_000_000, 2_000_000])
        assert found == {"lag_p50_us": 0.5, "lag_p99_us": 1.0}

    def test_the_engine_is_that_of_the_rules(self) -> None:
        engine = worker.mersenne_twister(5489)
        for _ in range(9_999):
            engine.getrandbits(32)
        assert engine.getrandbits(32) == 4_123_659_995  # the value that the C++ standard gives

    def test_arrivals(self) -> None:
        due = worker.arrivals(50_001, 1000)
        assert due[0] == 0
        assert due == sorted(due)
        assert due[-1] / 50_000 == pytest.approx(1e6, rel=0.02)  # the mean gap, ns

    def test_arrivals_are_those_of_the_peer(self) -> None:
        recording = ROOT / "tests/data/peer/server_all/results.txt"
        lines = recording.read_text(encoding="utf-8").splitlines()
        (rate,) = (line.split()[1] for line in lines if line.startswith("result_scheduled_samples"))
        due = worker.arrivals(200, qps=1500, seed=0)
        assert f"{199e9 / due[-1]:.6g}" == rate


class TestTable:
    ROWS = (
        compared(Row("a", "wall", "ns", times=5), 100, 750),
        compared(Row("b", "CPU", "ns"), 200, None),
    )

    def test_a_case_is_named_once(self) -> None:
        lines = table.rows(self.ROWS)
        assert lines[0] == (
            "One",
            "wall, ns",
            "100 (100-100)",
            "750 (750-750)",
            "7.5x",
            "7.5x",
            "5x",
            "reached",
        )
        assert lines[1] == ("", "CPU, ns", "200 (200-200)", "", "", "", "", "")

    def test_without_rich(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setitem(sys.modules, "rich.console", None)
        table.show(("x", "long heading"), [("1", "2"), ("333", "")])
        assert capsys.readouterr().out == "x    long heading\n1    2\n333\n"

    def test_markdown_has_what_has_a_target(self) -> None:
        assert table.markdown(self.ROWS).splitlines()[2:] == [
            "| One | wall, ns | 100 | 750 | 7.5x |"
        ]
