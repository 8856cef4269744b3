"""What the apps share around a run, with a model of one comparison."""

from __future__ import annotations

import argparse
import re
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import mlperf_loadgen as lg
import numpy as np
import pytest
from mlperf_loadgen.harness import app as harness_app
from mlperf_loadgen.harness.accuracy_log import AccuracyLog, read_accuracy_log
from mlperf_loadgen.harness.app import App, Outcome, Score, StreamedScore, run_app
from mlperf_loadgen.harness.arguments import Defaults, parser
from mlperf_loadgen.harness.in_memory import InMemoryLibrary
from numpy.typing import NDArray

SAMPLES = 30
DEFAULTS = Defaults(max_batch_size=4)


def is_odd(numbers: NDArray[np.int64]) -> NDArray[np.float32]:
    return (numbers % 2).astype(np.float32)


def count_odd(log: AccuracyLog) -> Score:
    odd = int(log.arrays("<f4").sum())
    return Score(f"accuracy={100 * odd / len(log):.3f}%, good={odd}, total={len(log)}")


def run(flags: str, predict: Any = is_odd, **fields: Any) -> lg.Report:
    args = arguments(flags)
    app = App(
        model="odd",
        about_model="a comparison",
        about_data="numbers",
        about_backend="numpy",
        library=InMemoryLibrary(args.count or SAMPLES, lambda index: np.array(index)),
        predict=predict,
        score=fields.pop("score", count_odd),
        defaults=DEFAULTS,
        **fields,
    )
    return run_app(app, args)


def arguments(flags: str) -> argparse.Namespace:
    options = parser("test", backends=["numpy"], defaults=DEFAULTS)
    return options.parse_args(["--no-progress", "--no-html", "--threads", "1", *flags.split()])


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_performance_run(working_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = run("--count 20 --qps 1000")
    assert report.valid
    assert report.sample_count == 20
    assert (working_folder / "results/odd/Offline/performance/mlperf_log_summary.txt").is_file()
    shown = capsys.readouterr().out
    assert "odd: Offline, PerformanceOnly" in shown
    assert "VALID" in shown
    assert "an official one has 600 s" in shown


def test_an_accuracy_run(working_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = run("--accuracy --scenario MultiStream --output here/accuracy")
    assert not report.has_performance
    line = "accuracy=50.000%, good=15, total=30"
    assert line in capsys.readouterr().out.splitlines()
    assert (working_folder / "here/accuracy/accuracy.txt").read_text() == line + "\n"


@pytest.mark.parametrize("wanted", ["", "--accuracy "])
def test_the_audit_config_of_a_compliance_test(
    working_folder: Path, capfd: pytest.CaptureFixture[str], wanted: str
) -> None:
    """As TEST01 and TEST04 have them, in the working directory: the official way."""
    audit = working_folder / "audit.config"
    audit.write_text(
        "*.*.mode = 2\n*.*.accuracy_log_rng_seed = 720381539243781796\n"
        "*.*.accuracy_log_sampling_target = 128\n*.*.min_query_count = 20\n"
        "*.*.min_duration = 0\n"
    )
    report = run(f"{wanted}--count 20 --qps 1000 --output here")
    assert report.settings.mode == lg.TestMode.PerformanceOnly
    assert len(read_accuracy_log(report.accuracy_path)) > 0
    assert not Path("here/accuracy.txt").exists()
    assert "settings of audit.config applied: " in capfd.readouterr().err

    audit.write_text("*.*.performance_issue_same = 1\n*.*.performance_issue_same_index = 3\n")
    assert run("--count 20 --qps 1000").settings.performance_issue_same
    chosen = working_folder / "none.config"
    chosen.touch()
    report = run("--count 20 --qps 1000 --audit_conf none.config")
    assert not report.settings.performance_issue_same


def test_the_rules_of_the_benchmark_are_the_base() -> None:
    """Seeds and the 662 queries of MultiStream are in no default of the app."""
    settings = run("--scenario MultiStream --time 0.001 --qps 1000").settings
    assert settings.qsl_rng_seed == 2085463073848966840
    assert settings.min_query_count == 662


def test_the_rules_of_a_round(working_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = run("--rules v0.7 --time 0.001 --qps 1000").settings
    assert settings.qsl_rng_seed == 12786827339337101903
    assert settings.min_sample_count == 24576
    assert "an official one has 60 s" in capsys.readouterr().out
    (working_folder / "user.conf").write_text("*.*.min_duration = 1\n*.*.min_query_count = 5\n")
    settings = run("--rules v1.1 --user_conf user.conf").settings
    assert settings.qsl_rng_seed == 1624344308455410291
    assert settings.min_query_count == 1  # Offline: one query
    assert settings.min_duration_ms == 1


def test_a_settings_file_decides_but_for_the_flags(working_folder: Path) -> None:
    (working_folder / "user.conf").write_text("*.Offline.target_qps = 70\n*.*.min_duration = 500\n")
    settings = run("--user_conf user.conf").settings
    assert settings.target_qps == 70
    assert settings.min_duration_ms == 500
    assert run("--user_conf user.conf --qps 100").settings.target_qps == 100


def test_the_rate_is_measured_when_it_is_not_said(capsys: pytest.CaptureFixture[str]) -> None:
    report = run("--scenario SingleStream --count 30")
    assert report.sample_count == 30
    assert "Measured before the run" in capsys.readouterr().out


def test_the_rate_is_that_of_all_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    measured = []

    def samples_per_second(predict: Any, batch_size: int, workers: int) -> float:
        measured.append((batch_size, workers))
        return 1000.0

    monkeypatch.setattr(harness_app, "samples_per_second", samples_per_second)
    run("--count 20 --threads 3")
    assert measured == [(4, 3)]


def test_the_warm_up_takes_no_more_samples_than_there_are() -> None:
    sizes: list[int] = []

    def predict(numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        sizes.append(len(numbers))
        return is_odd(numbers)

    run("--count 3 --qps 100", predict)
    assert sizes[0] == 3


def test_what_the_model_raises_comes_out() -> None:
    def predict(numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        if len(numbers) > 2:
            raise MemoryError("too many numbers")
        return is_odd(numbers)

    with pytest.raises(MemoryError, match="too many numbers"):
        run("--count 20 --qps 1000", predict)


def test_lengths_order_the_large_query() -> None:
    batches: list[list[int]] = []

    def predict(numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        batches.append(numbers.tolist())
        return is_odd(numbers)

    run("--accuracy", predict, lengths=np.arange(SAMPLES))
    ordered = [number for batch in batches for number in batch][-SAMPLES:]
    assert ordered == list(range(SAMPLES))[::-1]


def test_each_sample_has_a_length() -> None:
    with pytest.raises(ValueError, match="odd has 30 samples and 29 lengths"):
        run("--accuracy", lengths=np.arange(29))


def test_a_score_may_read_the_log_itself() -> None:
    read: list[int] = []

    def score(path: Path) -> Score:
        read.append(len(read_accuracy_log(path)))
        return Score("accuracy=0.000%")

    run("--accuracy --output out", score=StreamedScore(score))
    assert read == [SAMPLES]
    assert Path("out/accuracy.txt").read_text() == "accuracy=0.000%\n"


class TestSyntheticParts:
    """Nobody takes it for a result: beside the score, in the file, in the logs, in the report."""

    CAUTION = "NOT a result of odd: the model and the data are synthetic"

    def test_accuracy(self, working_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        run("--accuracy --output out", synthetic=("model", "data"))
        shown = capsys.readouterr().out.splitlines()
        assert shown[shown.index("accuracy=50.000%, good=15, total=30") + 1] == self.CAUTION
        written = (working_folder / "out/accuracy.txt").read_text().splitlines()
        assert written == ["accuracy=50.000%, good=15, total=30", self.CAUTION]

    def test_performance(self, working_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        report = run("--count 20 --qps 1000 --output out", synthetic=("model", "data"))
        assert report.sut_name == "odd (synthetic model and data)"
        summary = (working_folder / "out/mlperf_log_summary.txt").read_text()
        assert "SUT name : odd (synthetic model and data)" in summary
        shown = capsys.readouterr().out
        assert "SUT               odd (synthetic model and data)" in shown
        assert shown.endswith(self.CAUTION + "\n")

    def test_of_one_thing(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run("--count 2 --qps 9", synthetic=("data",)).sut_name == "odd (synthetic data)"
        assert "NOT a result of odd: the data is synthetic" in capsys.readouterr().out

    def test_there_is_no_word_without_one(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run("--accuracy").sut_name == "odd"
        assert "NOT a result" not in capsys.readouterr().out


def test_the_logs_of_the_run_before_are_not_replaced_in_silence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = "The logs of the run before in this folder are replaced."
    run("--count 2 --qps 9")
    assert words not in capsys.readouterr().out
    run("--count 2 --qps 9")
    assert words in capsys.readouterr().out


def test_settings_that_only_the_official_apps_would_read(
    working_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (working_folder / "user.conf").write_text("*.Offline.target_qps = 70\n")
    words = "user.conf in this folder is not read; --user_conf user.conf does."
    assert run("--count 2 --qps 9").settings.target_qps == 9
    assert words in capsys.readouterr().out
    run("--user_conf user.conf --count 2 --time 0.01")
    assert words not in capsys.readouterr().out


class TestARateThatWasMeasuredWrong:
    """The app does not blame a figure that was not given: it runs once more."""

    @pytest.fixture(autouse=True)
    def short(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(globals(), "DEFAULTS", Defaults(max_batch_size=4, seconds=0.2))

    @staticmethod
    def measured(rate: float, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(harness_app, "samples_per_second", lambda *_: rate)

    @pytest.mark.parametrize("scenario", ["Offline", "SingleStream"])
    def test_faster_than_that(
        self, scenario: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def predict(numbers: NDArray[np.int64]) -> NDArray[np.float32]:
            time.sleep(0.0005)
            return is_odd(numbers)

        self.measured(3.0, monkeypatch)
        run(f"--scenario {scenario}", predict)
        shown = capsys.readouterr().out
        assert "INVALID at the measured rate; once more with " in shown
        # Not that the last one was long enough: a busy machine may slow down the one before it.
        rates = re.findall(r"once more with (\S+) samples/s", shown)
        assert all(float(rate) > 3 for rate in rates)

    def test_slower_than_that(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.measured(1e5, monkeypatch)
        report = run("--scenario Server --max-latency 0.000001 --threads 1")
        assert not report.valid  # nor the second time: a microsecond is too short
        assert capsys.readouterr().out.count("INVALID at the measured rate") == 1
        assert report.settings.target_qps <= 0.4 * 1e5 / 2

    def test_a_rate_that_was_given_is_kept(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        report = run("--qps 30")
        assert not report.min_duration_met
        assert "once more" not in capsys.readouterr().out


@pytest.mark.parametrize("seed", range(3))
def test_server_with_a_time_is_valid(seed: int) -> None:
    assert run("--scenario Server --time 0.3 --qps 4000 --max-latency 5").valid


def test_what_is_recorded(working_folder: Path) -> None:
    seen: list[tuple[Outcome, Path]] = []
    report = run(
        "--accuracy --output out", record=lambda outcome, output: seen.append((outcome, output))
    )
    ((outcome, output),) = seen
    assert outcome.report is report
    assert output == Path("out")
    assert outcome.took_seconds > 0
    assert outcome.score is not None
    assert outcome.score.line == "accuracy=50.000%, good=15, total=30"


@pytest.mark.parametrize(
    ("queries", "completed", "expected"),
    [(2, 900.0, 500.0), (2, 300.0, 300.0), (1, 300.0, None)],
    ids=["half the rate", "what the run completed", "too few queries prove nothing"],
)
def test_a_server_run_over_capacity_is_tried_at_a_lower_rate(
    queries: int, completed: float, expected: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(harness_app, "mode_of", lambda _: "PerformanceOnly")
    least = harness_app.least_queries(0.99)
    report: Any = SimpleNamespace(
        valid=False,
        settings=SimpleNamespace(target_latency_percentile=0.99),
        query_count=queries * least,
        completed_samples_per_second=completed,
    )
    args = argparse.Namespace(scenario="Server", time=60.0)
    assert harness_app._rate_after(args, report, 1000.0) == expected
