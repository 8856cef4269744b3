"""DLRM: real runs of the synthetic model on pairs that it labelled itself, and on clicks of known
probability. What is lost on the way, and only that, scores below 100 %.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import mlperf_loadgen as lg
import numpy as np
import pytest
import torch
from apps.running import backends_of, score_line
from mlperf_loadgen.harness.accuracy_log import read_accuracy_log
from sklearn.metrics import roc_auc_score

from reference_apps.dlrm import app, formats
from reference_apps.dlrm.aggregation import read_trace
from reference_apps.dlrm.arguments import TRACE, parse
from reference_apps.dlrm.dataset import read_test_pairs
from reference_apps.dlrm.fake_criteo import ClickModel
from reference_apps.dlrm.processing import Predictor
from reference_apps.dlrm.synthetic import (
    MAX_ROWS,
    SYNTHETIC,
    click_probabilities,
    clicks,
    self_labelled,
)
from reference_apps.dlrm.variants import KAGGLE, TERABYTE_10M

ROOT = Path(__file__).parents[2]
QUANTILES = str(ROOT / "reference_apps" / "dlrm" / "tools" / "dist_quantile.txt")
DRAWN = ("--samples-to-aggregate-quantile-file", QUANTILES)
BACKENDS = backends_of("dlrm")


def run(*arguments: str) -> lg.Report:
    given = () if "--dataset" in arguments else ("--dataset", "kaggle")
    return app.main([*given, *arguments, "--no-progress", "--output", "out"])


def auc() -> float:
    return float(score_line().removeprefix("AUC=").split("%")[0])


@pytest.mark.parametrize("backend", BACKENDS)
class TestEveryBackend:
    def test_loses_nothing(self, backend: str) -> None:
        run("--accuracy", "--backend", backend, *DRAWN)
        assert score_line() == "AUC=100.000%, accuracy=100.000%, good=2048, total=2048, queries=7"
        log = read_accuracy_log("out/mlperf_log_accuracy.json").unique()
        bounds = read_trace(Path("out", TRACE))
        assert [len(data) for data in log.data] == (8 * np.diff(bounds)).tolist()
        pairs = read_test_pairs(self_labelled(KAGGLE).folder, "kaggle").read(
            slice(None), KAGGLE.with_max_rows(MAX_ROWS)
        )
        rows = np.frombuffer(b"".join(log.data), "<f4").reshape(-1, 2)
        np.testing.assert_array_equal(rows[:, 1], pairs.labels)
        direct = click_probabilities(SYNTHETIC["kaggle"].network(), pairs)
        np.testing.assert_allclose(rows[:, 0], direct, atol=1e-6)

    def test_answers_a_performance_run(self, backend: str) -> None:
        report = run("--backend", backend, "--count", "8", "--scenario", "Offline")
        assert report.valid
        assert report.error_count == 0


@pytest.mark.parametrize("scenario", ["SingleStream", "MultiStream", "Server", "Offline"])
def test_every_scenario(scenario: str) -> None:
    run("--scenario", scenario, "--accuracy", *DRAWN, "--count", "5", "--qps", "50")
    assert score_line() == "AUC=100.000%, accuracy=100.000%, good=1300, total=1300, queries=5"
    report = run(
        *("--scenario", scenario, *DRAWN, "--time", "0.3", "--qps", "10"),
        *("--samples-per-query", "2", "--max-batchsize", "4"),
    )
    assert report.has_performance
    assert report.missing_samples == 0
    assert report.settings.scenario.name == scenario


def test_the_terabyte_set_and_its_binary_file() -> None:
    official = ("--max-ind-range=10000000", "--data-sub-sample-rate=0.875")
    arguments = ("--dataset", "terabyte", *official, "--accuracy", "--samples-to-aggregate-fix=50")
    run(*arguments)
    whole = score_line()
    pairs = len(read_test_pairs(self_labelled(TERABYTE_10M).folder, "terabyte"))
    assert whole == (
        f"AUC=100.000%, accuracy=100.000%, good={pairs}, total={pairs}, queries={-(-pairs // 50)}"
    )
    run(*arguments, "--mlperf-bin-loader")
    assert score_line() == whole


class TestAucMeansSomething:
    def test_it_comes_near_that_of_the_true_probabilities(self) -> None:
        data = clicks(KAGGLE)
        day = ClickModel(KAGGLE).day(data.last_day)
        half = len(day.probabilities) // 2
        best = 100 * roc_auc_score(day.pairs.labels[:half], day.probabilities[:half])
        run("--accuracy", "--dataset-path", str(data.folder), *DRAWN)
        assert best - 6 < auc() < best + 1
        assert 75 < best < 90

    def test_an_untrained_network_knows_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        torch.manual_seed(3)
        untrained = SYNTHETIC["kaggle"].make().eval()
        monkeypatch.setattr(type(SYNTHETIC["kaggle"]), "network", lambda self: untrained)
        run("--accuracy", "--dataset-path", str(clicks(KAGGLE).folder), *DRAWN)
        assert 40 < auc() < 65


def _other_tables(self: Predictor, dense: Any, sparse: Any) -> Any:
    return INPUTS(self, dense, np.roll(sparse, 1, axis=1) % 3)


def _without_logarithm(self: Predictor, dense: Any, sparse: Any) -> Any:
    return INPUTS(self, np.expm1(dense), sparse)


def _other_dense_features(self: Predictor, dense: Any, sparse: Any) -> Any:
    return INPUTS(self, np.ascontiguousarray(dense[:, ::-1]), sparse)


def _rows_in_another_order(self: Predictor, dense: Any, sparse: Any) -> Any:
    return INPUTS(self, dense, sparse[::-1])


INPUTS = Predictor._inputs


@pytest.mark.parametrize(
    "broken", [_other_tables, _without_logarithm, _other_dense_features, _rows_in_another_order]
)
def test_what_is_broken_scores_less(broken: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Predictor, "_inputs", broken)
    run("--accuracy", *DRAWN)
    assert auc() < 97


class TestModelFiles:
    def test_a_checkpoint(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Of the layers of a variant, over tables that a test can hold."""
        torch.save({"state_dict": SYNTHETIC["kaggle"].network().state_dict()}, tmp_path / "net.pt")
        file = ("--accuracy", "--model-path", str(tmp_path / "net.pt"), *DRAWN)
        with pytest.raises(
            ValueError, match=r"emb_l\.0\.weight must have the shape .*, not \(100, 16\)"
        ):
            run(*file)
        monkeypatch.setattr(app, "published_variant", lambda args: KAGGLE.with_max_rows(MAX_ROWS))
        run(*file)
        assert score_line() == "AUC=100.000%, accuracy=100.000%, good=2048, total=2048, queries=7"

    @pytest.mark.parametrize("write", [formats.write_onnx, formats.write_onnx_by_table])
    def test_onnx(self, write: Any, tmp_path: Path) -> None:
        write(SYNTHETIC["kaggle"].network(), tmp_path / "net.onnx")
        file = ("--backend", "onnxruntime", "--model-path", str(tmp_path / "net.onnx"))
        run("--accuracy", *file, "--dataset-path", str(self_labelled(KAGGLE).folder), *DRAWN)
        assert score_line() == "AUC=100.000%, accuracy=100.000%, good=2048, total=2048, queries=7"
        with pytest.raises(ValueError, match=r"must have the inputs a, b, c, not dense_x, "):
            run(*file, "--inputs", "a,b,c")


class TestTheCommandLine:
    def test_profiles(self) -> None:
        assert parse([]).dataset == "terabyte"
        assert parse([]).max_batchsize == 2048
        args = parse(["--profile", "dlrm-kaggle-onnxruntime"])
        assert (args.dataset, args.backend, args.max_batchsize) == ("kaggle", "onnxruntime", 128)
        given = parse(["--profile", "dlrm-kaggle-onnxruntime", "--backend", "torch"])
        assert given.backend == "torch"
        assert parse(["--dataset", "kaggle", "--max-batchsize", "7"]).max_batchsize == 7

    def test_official_names(self) -> None:
        args = parse(
            [
                *("--backend", "pytorch-native", "--use-gpu", "--duration", "2500"),
                *("--target-qps", "7", "--count-queries", "9", "--test-num-workers", "2"),
                *("--samples-per-query-multistream", "4", "--cache", "1"),
            ]
        )
        assert (args.backend, args.device, args.time, args.qps) == ("torch", "cuda", 2.5, 7)
        assert (args.count_queries, args.samples_per_query) == (9, 4)
        assert (args.samples_per_query_offline, args.numpy_rand_seed) == (2048, 123)

    def test_a_number_of_samples(self) -> None:
        run("--accuracy", "--samples-to-aggregate-fix", "3", "--count-samples", "5")
        assert score_line().endswith("total=15, queries=5")
        assert Path("out", TRACE).read_text(encoding="ascii").splitlines()[-1] == "12, 15, 3"

    @pytest.mark.parametrize(
        ("arguments", "fault"),
        [
            (("--mlperf-bin-loader",), "--mlperf-bin-loader needs --dataset terabyte, not kaggle"),
            (("--data-sub-sample-rate", "0.5"), "must be 0.0 for kaggle, not 0.5"),
            (("--max-ind-range", "5"), "must be -1 for kaggle, not 5"),
            (("--samples-to-aggregate-min", "5"), "must be given together"),
        ],
    )
    def test_what_cannot_be_meant(self, arguments: tuple[str, ...], fault: str) -> None:
        with pytest.raises(ValueError, match=fault):
            run(*arguments)

    def test_the_screen_says_that_these_are_not_the_trained_weights(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        run("--accuracy", "--count", "2")
        shown = " ".join(capsys.readouterr().out.split())
        assert "NOT the trained weights" in shown
        assert "labelled by the synthetic model itself" in shown

    def test_the_accuracy_command_prints_the_same_line(self) -> None:
        run("--accuracy", *DRAWN)
        command = [sys.executable, "-m", "reference_apps.dlrm.accuracy_dlrm"]
        log = Path("out", "mlperf_log_accuracy.json").absolute()
        printed = subprocess.run(
            [*command, "--mlperf-accuracy-file", str(log)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        assert printed.stdout.strip() == score_line()
