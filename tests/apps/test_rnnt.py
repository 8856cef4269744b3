"""Real runs of RNN-T: a synthetic model on speech that it labelled itself, so that only what a run
loses shows as word errors.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jiwer
import mlperf_loadgen as lg
import numpy as np
import pytest
import torch
from apps.running import score_line
from mlperf_loadgen.harness.accuracy_log import AccuracyLog, AccuracyLogError, read_accuracy_log

from reference_apps.rnnt import accuracy, app, processing, synthetic
from reference_apps.rnnt.arguments import APP
from reference_apps.rnnt.config import Config
from reference_apps.rnnt.dataset import MANIFEST, LibriSpeech, read_librispeech
from reference_apps.rnnt.synthetic import SMALL, generated_librispeech, synthetic_model

ROOT = Path(__file__).parents[2]
PERFECT = "Word Error Rate: 0.0%, accuracy=100.0%"
ALPHABET = Config().labels
SMALL_TOML = f"""
    [input_eval]
    [rnnt]
    encoder_n_hidden = 256
    pred_n_hidden = 96
    joint_n_hidden = 128
    [labels]
    labels = {list(ALPHABET)}
"""


@pytest.fixture(scope="module")
def data() -> LibriSpeech:
    return generated_librispeech(synthetic_model(SMALL), SMALL)


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs each inference on one thread: its steps are small, and on a busy machine threads that
    share one wait for each other most of the time.
    """
    monkeypatch.setattr("reference_apps.common.arguments.threads_per_worker", lambda args: 1)


def run(*arguments: str) -> lg.Report:
    return app.main([*arguments, "--no-progress", "--output", "out"])


def error_rate() -> float:
    return float(re.findall(r"Word Error Rate: ([\d.]+)%", score_line())[0])


def log_of(*responses: bytes) -> AccuracyLog:
    count = np.arange(len(responses))
    return AccuracyLog(Path("log"), count, count, list(responses))


def labels_of(text: str, dtype: str = "int64") -> bytes:
    return np.array([ALPHABET.index(letter) for letter in text], dtype).tobytes()


def test_sentences_get_different_transcripts(data: LibriSpeech) -> None:
    transcripts = data.references(ALPHABET)
    assert len(set(transcripts)) == len(transcripts) == 15
    assert all(transcripts)
    assert sum(len(text.split()) for text in transcripts) > 2 * len(transcripts)
    assert len(set("".join(transcripts))) > 20


@pytest.mark.parametrize("backend", APP.backends)
def test_nothing_is_lost(data: LibriSpeech, backend: str) -> None:
    run("--backend", backend, "--accuracy", "--max-batchsize", "5")
    assert score_line() == PERFECT
    log = read_accuracy_log("out/mlperf_log_accuracy.json").unique()
    spoken = [utterance.transcript for utterance in data.utterances]
    assert log.data == [labels_of(text) for text in spoken]


def test_offline_begins_with_the_longest(
    data: LibriSpeech, monkeypatch: pytest.MonkeyPatch
) -> None:
    lengths: list[int] = []
    padded = processing.pad_waveforms

    def noted(waveforms: Any) -> Any:
        lengths.extend(len(waveform) for waveform in waveforms)
        return padded(waveforms)

    monkeypatch.setattr(processing, "pad_waveforms", noted)
    run("--accuracy", "--max-batchsize", "4", "--count", "6", "--threads", "1")
    assert lengths[-6:] == sorted((len(data.waveform(n)) for n in range(6)), reverse=True)


def test_a_batch_is_transcribed_as_one_by_one(data: LibriSpeech) -> None:
    network = processing.Recognizer(synthetic_model(SMALL).network(), SMALL.sound)
    waveforms = [data.waveform(index) for index in (5, 1, 12)]

    def transcribe(some: list[Any]) -> list[list[int]]:
        feeds = processing.pad_waveforms(some)
        with torch.inference_mode():
            labels, counts = network(*(torch.from_numpy(feeds[name]) for name in processing.INPUTS))
        return [row[:count].tolist() for row, count in zip(labels, counts, strict=True)]

    assert transcribe(waveforms) == [transcribe([waveform])[0] for waveform in waveforms]


@pytest.mark.parametrize("scenario", ["SingleStream", "MultiStream", "Server", "Offline"])
def test_every_scenario(scenario: str, capsys: pytest.CaptureFixture[str]) -> None:
    run("--scenario", scenario, "--accuracy", "--count", "4", "--qps", "50")
    assert score_line() == PERFECT
    capsys.readouterr()
    report = run("--scenario", scenario, "--time", "0.3", "--qps", "5", "--samples-per-query", "2")
    assert report.has_performance
    assert report.missing_samples == 0
    assert report.settings.scenario.name == scenario
    shown = capsys.readouterr().out
    milliseconds = re.findall(r"^(\S+ ?\S*) latency \(ms\) per query: ([\d.]+)$", shown, re.M)
    assert [name for name, _ in milliseconds] == ["Average", "Median", "90 percentile"]
    assert float(milliseconds[1][1]) == report.latency_ns.p50 / 1e6


class TestABrokenAppScoresLess:
    def test_no_pre_emphasis(self, data: LibriSpeech, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(processing, "_PRE_EMPHASIS", 0.0)
        run("--accuracy", "--count", "6")
        assert error_rate() > 10

    def test_frames_out_of_order(self, data: LibriSpeech, monkeypatch: pytest.MonkeyPatch) -> None:
        splice = processing.splice
        monkeypatch.setattr(processing, "splice", lambda x, count: splice(x, count).flip(0))
        run("--accuracy", "--count", "8")
        assert error_rate() > 50

    def test_padding_that_counts(self, data: LibriSpeech, monkeypatch: pytest.MonkeyPatch) -> None:
        padded = processing.pad_waveforms

        def as_long_as_the_longest(waveforms: Any) -> Any:
            feeds = padded(waveforms)
            feeds["sample_counts"][:] = feeds["sample_counts"].max()
            return feeds

        monkeypatch.setattr(processing, "pad_waveforms", as_long_as_the_longest)
        run("--accuracy", "--max-batchsize", "6", "--count", "6")
        assert error_rate() > 10

    def test_the_answers_of_others(
        self, data: LibriSpeech, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        padded = processing.pad_waveforms
        monkeypatch.setattr(processing, "pad_waveforms", lambda waveforms: padded(waveforms[::-1]))
        run("--accuracy", "--max-batchsize", "8", "--count", "6")
        assert error_rate() > 50


class TestEmptyResponses:
    def test_from_the_network_to_the_score(
        self, data: LibriSpeech, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(
            processing, "decode_greedily", lambda network, encoded, lengths: [[] for _ in encoded]
        )
        run("--accuracy", "--count", "3")
        assert score_line() == "Word Error Rate: 100.0%, accuracy=0.0%"
        assert read_accuracy_log("out/mlperf_log_accuracy.json").data == [b""] * 3
        report = run("--count", "3")
        assert report.missing_samples == 0
        assert report.error_count == 0


class TestFiles:
    def test_official_flags(self, data: LibriSpeech, tmp_path: Path) -> None:
        network = synthetic_model(SMALL).network()
        state = {
            name.replace("joint.net.", "joint_net."): weights
            for name, weights in network.state_dict().items()
        }
        torch.save({"state_dict": state}, "rnnt.pt")
        Path("rnnt.toml").write_text(SMALL_TOML)
        shutil.copy(data.folder / MANIFEST, "another.json")
        files = {
            "--backend": "pytorch",
            "--pytorch_config_toml": "rnnt.toml",
            "--pytorch_checkpoint": "rnnt.pt",
            "--dataset_dir": data.folder,
            "--manifest": "another.json",
            "--log_dir": "logs",
            "--perf_count": 3,
            "--count": 6,
        }
        report = app.main(
            ["--accuracy", "--no-progress", *(str(w) for pair in files.items() for w in pair)]
        )
        assert report.accuracy_sample_count == 6
        assert Path("logs/accuracy.txt").read_text().splitlines()[0] == PERFECT

    def test_a_checkpoint_on_onnxruntime(self, data: LibriSpeech) -> None:
        network = synthetic_model(SMALL).network()
        Path("rnnt.toml").write_text(SMALL_TOML)
        files = ["--pytorch_config_toml", "rnnt.toml", "--dataset_dir", str(data.folder)]
        files += ["--backend", "onnxruntime", "--accuracy", "--count", "3"]
        torch.save(network.state_dict(), "right.pt")
        run(*files, "--pytorch_checkpoint", "right.pt")
        assert score_line() == PERFECT
        network.joint.net[-1].get_parameter("bias").data[network.blank] = 1e4
        torch.save(network.state_dict(), "silent.pt")
        run(*files, "--pytorch_checkpoint", "silent.pt")
        assert error_rate() == 100

    def test_the_tree_of_the_archive(self, data: LibriSpeech) -> None:
        run("--dataset-path", str(data.folder / "LibriSpeech"), "--count", "1", "--accuracy")
        assert score_line() == PERFECT

    def test_the_score_on_real_transcripts(self, data: LibriSpeech) -> None:
        """The synthetic model gets no word right; it answers as before to the same recordings."""
        run("--dataset-path", str(synthetic.FOLDER), "--accuracy")
        said = read_librispeech(synthetic.FOLDER).references(ALPHABET)
        whole_sentences = data.references(ALPHABET)[::3]
        assert error_rate() == 100 * jiwer.wer(said, whole_sentences)
        assert error_rate() > 95

    def test_conflicting_arguments(self, data: LibriSpeech) -> None:
        with pytest.raises(ValueError, match=r"--manifest a\.json requires --dataset_dir"):
            run("--manifest", "a.json")
        with pytest.raises(FileNotFoundError, match=r"nowhere\.json"):
            run("--dataset_dir", str(data.folder), "--manifest", "nowhere.json")
        with pytest.raises(FileNotFoundError, match=r"nowhere\.toml"):
            run("--pytorch_config_toml", "nowhere.toml")
        torch.save(synthetic_model(SMALL).network().state_dict(), "small.pt")
        with pytest.raises(ValueError, match=r"small\.pt is not a Rnnt"):
            run("--model", "small.pt")


class TestAccuracy:
    @pytest.mark.parametrize("dtype", accuracy.DTYPES)
    def test_every_kind_of_integer(self, dtype: str) -> None:
        log = log_of(labels_of("he was not", dtype), b"", labels_of("it's", dtype))
        spoken = ["he was not", "an ill", "its"]
        assert accuracy.texts(log, ALPHABET, dtype) == ["he was not", "", "it's"]
        expected = jiwer.wer(spoken, ["he was not", "", "it's"])
        assert expected == 3 / 6
        assert accuracy.line(log, spoken, ALPHABET, dtype) == (
            "Word Error Rate: 50.0%, accuracy=50.0%"
        )

    def test_edits_are_summed_over_all_utterances(self) -> None:
        log = log_of(labels_of("a b c d x"), labels_of("b"))
        line = accuracy.line(log, ["a b c d", "a b c"], ALPHABET)
        assert line == f"Word Error Rate: {100 * 3 / 7}%, accuracy={100 * (1 - 3 / 7)}%"

    def test_a_sample_counts_once(self) -> None:
        data = [labels_of("a"), labels_of("b"), labels_of("b")]
        log = AccuracyLog(Path("log"), np.arange(3), np.array([0, 1, 1]), data)
        assert accuracy.line(log.unique(), ["a", "b"], ALPHABET) == PERFECT

    @pytest.mark.parametrize(
        ("log", "message"),
        [
            (log_of(b"\0" * 7), "log: the response for sample 0 has 7 bytes, an int64 has 8"),
            (
                log_of(b"", np.array([3, 28]).tobytes()),
                "log: the response for sample 1 has label 28, must be from 0 to 27",
            ),
            (log_of(np.array([-1]).tobytes()), "sample 0 has label -1"),
            (log_of(b"", b"", b""), "sample 2 is not one of the 2 utterances"),
            (log_of(), "the transcripts of its 0 samples have no words"),
        ],
    )
    def test_an_invalid_log(self, log: AccuracyLog, message: str) -> None:
        with pytest.raises(AccuracyLogError, match=message):
            accuracy.line(log, ["a", "b"], ALPHABET)

    def test_the_command_works_on_the_logs_alone(
        self, data: LibriSpeech, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        run("--accuracy", "--count", "5", "--max-batchsize", "2")
        capsys.readouterr()
        manifest = json.loads((data.folder / MANIFEST).read_text())
        words = manifest[2]["transcript"].split()
        manifest[2]["transcript"] = " ".join(["never", "heard", *words])
        Path("changed.json").write_text(json.dumps(manifest))
        for name, missed in ((data.folder / MANIFEST, 0), ("changed.json", 2)):
            accuracy.main(
                [
                    *("--log_dir", "out", "--dataset_dir", "not-needed", "--manifest", str(name)),
                    *("--output_dtype", "int64"),
                ]
            )
            total = missed + sum(len(u.transcript.split()) for u in data.head(5).utterances)
            rate = missed / total
            line = f"Word Error Rate: {100 * rate}%, accuracy={100 * (1 - rate)}%\n"
            assert capsys.readouterr().out == line


def test_run_py(data: LibriSpeech) -> None:
    program = ROOT / "reference_apps" / "rnnt" / "run.py"
    arguments = ["--accuracy", "--count", "2", "--no-progress"]
    shown = subprocess.run(
        [sys.executable, str(program), *arguments], capture_output=True, text=True, check=True
    ).stdout
    assert "NOT the trained weights" in shown
    assert "from LibriVox" in shown
    assert PERFECT in shown
    assert Path("results/rnnt/Offline/accuracy/accuracy.txt").read_text().splitlines()[0] == PERFECT
