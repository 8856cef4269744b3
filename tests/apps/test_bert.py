"""BERT: real runs of the synthetic model on the questions that it answered itself. What is lost on
the way, and only that, scores below 100.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import mlperf_loadgen as lg
import numpy as np
import pytest
import torch
from apps.running import NEEDS_TENSORFLOW, backends_of, score_line
from mlperf_loadgen.harness.accuracy_log import read_accuracy_log
from mlperf_loadgen.harness.backends import ONNX
from numpy.typing import NDArray

from reference_apps.bert import accuracy_squad, app
from reference_apps.bert.dataset import WordPiece, read_squad
from reference_apps.bert.formats import write_frozen_graph
from reference_apps.bert.processing import make_features
from reference_apps.bert.synthetic import SYNTHETIC, model_answers, synthetic_squad

ROOT = Path(__file__).parents[2]
PERFECT = '{"exact_match": 100.0, "f1": 100.0}'
BACKENDS = backends_of("bert")


def run(*arguments: str) -> lg.Report:
    return app.main([*arguments, "--no-progress", "--output", "out"])


def f1() -> float:
    return float(json.loads(score_line())["f1"])


@pytest.fixture(scope="session")
def folder(cache: Path) -> Path:
    """The synthetic data set."""
    return synthetic_squad()


class TestEveryBackend:
    @pytest.mark.parametrize("backend", BACKENDS)
    def test_loses_nothing(self, backend: str) -> None:
        run("--accuracy", "--backend", backend)
        assert score_line() == PERFECT

    @pytest.mark.parametrize("backend", BACKENDS)
    def test_answers_a_performance_run(self, backend: str) -> None:
        report = run("--backend", backend, "--count", "8")
        assert report.valid
        assert report.error_count == 0

    def test_batches(self) -> None:
        run("--accuracy", "--max-batchsize", "7")
        assert score_line() == PERFECT

    def test_the_quantized_file_loses_a_little(self) -> None:
        run("--accuracy", "--quantized")
        assert 70 < f1() <= 100
        exact = read_accuracy_log("out/mlperf_log_accuracy.json").unique()
        run("--accuracy")
        assert read_accuracy_log("out/mlperf_log_accuracy.json").unique().data != exact.data


@pytest.mark.parametrize("scenario", ["SingleStream", "MultiStream", "Server", "Offline"])
def test_every_scenario(scenario: str) -> None:
    run("--scenario", scenario, "--accuracy", "--max_examples", "12", "--qps", "50")
    assert score_line() == PERFECT
    timed = ("--time", "0.5", "--qps", "5", "--samples-per-query", "2")
    report = run("--scenario", scenario, *timed)
    assert report.has_performance
    assert report.missing_samples == 0
    assert report.settings.scenario.name == scenario


def test_the_response_is_the_logits_as_they_are(folder: Path) -> None:
    run("--accuracy", "--backend", "torch", "--count", "5")
    log = read_accuracy_log("out/mlperf_log_accuracy.json").unique()
    features = make_features(read_squad(folder / "dev-v1.1.json"), WordPiece(folder / "vocab.txt"))
    inputs = torch.from_numpy(features.inputs[:5].astype(np.int64))
    network = SYNTHETIC.network()
    for row, data in zip(inputs, log.data, strict=True):
        with torch.inference_mode():
            begin, end = network(*row[:, None])
        assert len(data) == 3072
        logits = np.frombuffer(data, "<f4").reshape(384, 2)
        np.testing.assert_allclose(logits[:, 0], begin[0].numpy(), atol=1e-6)
        np.testing.assert_allclose(logits[:, 1], end[0].numpy(), atol=1e-6)


def test_answers_depend_on_the_question(folder: Path) -> None:
    squad = read_squad(folder / "dev-v1.1.json")
    for number in range(len(squad.paragraphs)):
        given = [q.answers[0] for q in squad.questions if q.paragraph == number]
        assert len(set(given)) > len(given) / 2


Batch = NDArray[np.int32]
Predict = Callable[[Batch], NDArray[np.float32]]


def no_mask(predict: Predict, batch: Batch) -> NDArray[np.float32]:
    batch = batch.copy()
    batch[:, 1] = 1
    return predict(batch)


def no_token_types(predict: Predict, batch: Batch) -> NDArray[np.float32]:
    batch = batch.copy()
    batch[:, 2] = 0
    return predict(batch)


def no_question(predict: Predict, batch: Batch) -> NDArray[np.float32]:
    batch = batch.copy()
    batch[:, 0] = np.where(batch[:, 2] == 1, batch[:, 0], 100)
    return predict(batch)


def end_first(predict: Predict, batch: Batch) -> NDArray[np.float32]:
    return np.ascontiguousarray(predict(batch)[..., ::-1])


def one_off(predict: Predict, batch: Batch) -> NDArray[np.float32]:
    return np.roll(predict(batch), 1, axis=1)


def neighbour(predict: Predict, batch: Batch) -> NDArray[np.float32]:
    return np.roll(predict(batch), 1, axis=0)


class TestWhatIsBrokenScoresLess:
    @pytest.mark.parametrize(
        "change", [no_mask, no_token_types, no_question, end_first, one_off, neighbour]
    )
    def test_the_model(self, change: Any, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        predict = app.predict
        monkeypatch.setattr(
            app, "predict", lambda model, batch: change(partial(predict, model), batch)
        )
        run("--accuracy", "--max-batchsize", "8")
        assert f1() < 85

    def test_the_vocabulary(self, folder: Path, tmp_path: Path) -> None:
        tokens = (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()
        tokens[1005:] = tokens[:1004:-1]
        (tmp_path / "vocab.txt").write_text("\n".join(tokens), encoding="utf-8")
        run("--accuracy", "--dataset-path", str(folder), "--vocab_file", "vocab.txt")
        assert f1() < 50


class TestFiles:
    def test_the_synthetic_model_as_files(self, tmp_path: Path, folder: Path) -> None:
        torch.save(SYNTHETIC.network().state_dict(), tmp_path / "model.pytorch")
        files = {
            "onnxruntime": SYNTHETIC.file(ONNX),
            "pytorch": tmp_path / "model.pytorch",
        }
        if find_spec("tensorflow") is not None:
            write_frozen_graph(SYNTHETIC.network(), tmp_path / "model.pb", batch=1)
            files["tf"] = tmp_path / "model.pb"
        for backend, file in files.items():
            arguments = ("--accuracy", "--count", "9", "--backend", backend, "--model", str(file))
            run(*arguments, "--dataset-path", str(folder))
            assert score_line() == PERFECT

    @NEEDS_TENSORFLOW
    def test_a_batch_that_the_graph_does_not_take_ends_the_run(self, tmp_path: Path) -> None:
        write_frozen_graph(SYNTHETIC.network(), tmp_path / "model.pb", batch=1)
        with pytest.raises(ValueError, match=r"shape \(4, 384\) .* which has shape \(1, 384\)"):
            run("--backend", "tf", "--model", str(tmp_path / "model.pb"), "--max-batchsize", "4")

    def test_the_vocabulary_is_found_where_the_official_one_is(
        self, tmp_path: Path, folder: Path
    ) -> None:
        data = tmp_path / "build" / "data"
        models = data / "bert_tf_v1_1_large_fp32_384_v2"
        models.mkdir(parents=True)
        (data / "dev-v1.1.json").symlink_to(folder / "dev-v1.1.json")
        with pytest.raises(FileNotFoundError, match=r"no vocabulary at .*vocab\.txt or "):
            run("--dataset-path", str(data))
        (models / "vocab.txt").symlink_to(folder / "vocab.txt")
        run("--accuracy", "--count", "4", "--dataset-path", str(data))
        assert score_line() == PERFECT

    def test_a_quantized_file_has_other_inputs(self) -> None:
        file = SYNTHETIC.file(ONNX)
        with pytest.raises(
            ValueError, match=r"inputs input_ids, attention_mask, .* not input_ids, input_mask"
        ):
            run("--quantized", "--model", str(file))

    def test_a_vocabulary_that_is_too_large_is_refused(self, tmp_path: Path, folder: Path) -> None:
        more = "".join(f"more{number}\n" for number in range(30_522))
        text = (folder / "vocab.txt").read_text(encoding="utf-8") + more
        (tmp_path / "large.txt").write_text(text, encoding="utf-8")
        with pytest.raises(ValueError, match=r"large\.txt must have at most 30522 tokens"):
            run("--dataset-path", str(folder), "--vocab_file", "large.txt")


class TestTheCommandLine:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (
                ["--quantized", "--backend", "tf"],
                "--quantized needs --backend onnxruntime, not tensorflow",
            ),
            (
                ["--max_examples", "0"],
                "must be a whole number of at least 1, not '0'",
            ),
        ],
    )
    def test_what_does_not_go_together_is_refused(
        self, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(SystemExit):
            run(*arguments)
        assert message in capsys.readouterr().err

    def test_the_screen_says_that_these_are_not_the_trained_weights(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        run("--accuracy", "--count", "2")
        assert "NOT the trained weights" in capsys.readouterr().out

    def test_run_py(self) -> None:
        program = ROOT / "reference_apps" / "bert" / "run.py"
        arguments = ["--accuracy", "--count", "6", "--output", "made", "--no-progress"]
        shown = subprocess.run(
            [sys.executable, str(program), *arguments], capture_output=True, text=True, check=True
        ).stdout
        assert PERFECT in shown

    def test_the_accuracy_command_agrees(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        run("--accuracy", "--scenario", "MultiStream")
        capsys.readouterr()
        files = ["--vocab_file", str(folder / "vocab.txt")]
        files += ["--val_data", str(folder / "dev-v1.1.json")]
        log = ["--log_file", "out/mlperf_log_accuracy.json"]
        accuracy_squad.main([*files, *log, "--out_file", "result/predictions.json"])
        assert capsys.readouterr().out.strip() == score_line() == PERFECT
        features = make_features(
            read_squad(folder / "dev-v1.1.json"), WordPiece(folder / "vocab.txt")
        )
        written = json.loads(Path("result/predictions.json").read_text())
        assert written == model_answers(features)

    def test_a_part_of_the_samples(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        run("--accuracy", "--max_examples", "12")
        assert score_line() == PERFECT
        capsys.readouterr()
        files = ["--vocab_file", str(folder / "vocab.txt")]
        files += ["--val_data", str(folder / "dev-v1.1.json")]
        log = ["--log_file", "out/mlperf_log_accuracy.json"]
        accuracy_squad.main([*files, *log, "--max_examples", "12"])
        assert capsys.readouterr().out.strip() == PERFECT
        accuracy_squad.main([*files, *log])
        assert json.loads(capsys.readouterr().out)["f1"] < 50
