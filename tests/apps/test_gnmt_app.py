"""Tests GNMT under LoadGen, from the command line to BLEU, on the small newstest2014."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from apps.running import backends_of
from mlperf_loadgen.harness.accuracy_log import read_accuracy_log

from reference_apps.gnmt import accuracy, app, arguments, dataset, process_accuracy
from reference_apps.gnmt.dataset import NewsTest, Vocabulary, join_pieces, read_references
from reference_apps.gnmt.processing import Translator
from reference_apps.gnmt.synthetic import generated_newstest, generated_pairs


@pytest.fixture(scope="module")
def data() -> NewsTest:
    return generated_newstest(large=False)


@pytest.fixture(autouse=True)
def one_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs each inference on one processor, so that it waits for no other on a busy machine."""
    monkeypatch.setattr("mlperf_loadgen.harness.arguments.available", lambda: 1)


def score(output: Path, *flags: str) -> str:
    app.main(["--mode", "Accuracy", "--no-progress", "--output", str(output), *flags])
    return (output / "accuracy.txt").read_text().splitlines()[0]


@pytest.mark.parametrize("backend", backends_of("gnmt"))
@pytest.mark.parametrize("scenario", ["SingleStream", "MultiStream", "Server", "Offline"])
def test_every_scenario_and_backend(scenario: str, backend: str, tmp_path: Path) -> None:
    flags = ["--scenario", scenario, "--backend", backend, "--qps", "1000"]
    flags += ["--batch_size", "7", "--threads", "2"]
    assert score(tmp_path, *flags) == "BLEU: 100.0"


def test_the_synthetic_model_translates(data: NewsTest) -> None:
    """It was trained on sentences translated by people, and nearly all its answers are theirs."""
    found = read_references(data.reference)
    right = sum(
        answer == join_pieces(german)
        for answer, (_, german) in zip(found, generated_pairs(), strict=True)
    )
    assert right > 0.8 * len(found)


def test_the_log_has_what_the_translator_answers(data: NewsTest, tmp_path: Path) -> None:
    """Responses are UTF-8 without a line end; the score of the log alone is the same."""
    line = score(tmp_path, "--scenario", "Offline")
    log = read_accuracy_log(tmp_path / "mlperf_log_accuracy.json").unique()
    assert log.data == [text.encode() for text in read_references(data.reference)]
    assert any(b"\xc3" in answer for answer in log.data)  # an umlaut
    assert accuracy.line(log, read_references(data.reference)) == line


def test_the_command_on_the_logs(
    data: NewsTest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = score(tmp_path, "--scenario", "Offline", "--count", "5")
    capsys.readouterr()
    log = tmp_path / "mlperf_log_accuracy.json"
    process_accuracy.main(["--reference", str(data.reference), "--accuracy_log", str(log)])
    assert capsys.readouterr().out == line + "\n"


@pytest.mark.parametrize("broken", ["order", "end", "words", "cells"])
def test_a_broken_app_scores_less(
    broken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if broken == "order":  # answers go to other samples of the batch
        opened = app.open_translator
        monkeypatch.setattr(app, "open_translator", lambda *args: _Reversed(opened(*args)))
    elif broken == "end":  # the search ends at another word
        monkeypatch.setattr("reference_apps.gnmt.processing.END", 5)
    elif broken == "words":  # sentences are read from their end
        ids = Vocabulary.ids
        monkeypatch.setattr(Vocabulary, "ids", lambda self, line: ids(self, line)[::-1].copy())
    else:  # cells forget faster than they were trained to
        monkeypatch.setattr("reference_apps.gnmt.model.FORGET_BIAS", 0.0)
    line = score(tmp_path, "--scenario", "Offline")
    assert float(line.removeprefix("BLEU: ")) < 95


class _Reversed:
    def __init__(self, translator: Translator) -> None:
        self.decoder, self._translate = translator.decoder, translator

    def __call__(self, sentences: list[np.ndarray]) -> list[np.ndarray]:
        return self._translate(sentences)[::-1]


def test_the_longest_sentences_come_first(
    data: NewsTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[list[int]] = []

    class Watching:
        def __init__(self, translator: Translator) -> None:
            self.decoder, self._translate = translator.decoder, translator

        def __call__(self, sentences: list[np.ndarray]) -> list[np.ndarray]:
            batches.append([len(sentence) for sentence in sentences])
            return self._translate(sentences)

    opened = app.open_translator
    monkeypatch.setattr(app, "open_translator", lambda *args: Watching(opened(*args)))
    score(tmp_path, "--scenario", "Offline", "--batch_size", "4", "--threads", "1")
    count = len(data.source) // 4
    lengths = [length for batch in batches[-count:] for length in batch]
    assert lengths == sorted(data.source.words.tolist(), reverse=True)


def test_performance_uses_the_large_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = app.main(
        ["--scenario", "Offline", "--time", "0.2", "--no-progress", "--output", str(tmp_path)]
    )
    assert report.complete
    shown = " ".join(capsys.readouterr().out.split())
    assert f"{8 * len(generated_pairs())} sentences" in shown
    assert "NOT the trained weights" in shown


def test_a_folder_of_the_user(data: NewsTest, tmp_path: Path) -> None:
    """One sentence in ten has another reference, which BLEU shows."""
    for file in data.reference.parent.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    lines = data.reference.read_text().splitlines()
    lines[::10] = ["something else"] * len(lines[::10])
    (tmp_path / dataset.REFERENCE).write_text("".join(f"{line}\n" for line in lines))
    line = score(tmp_path, "--scenario", "Offline", "--dataset-path", str(tmp_path))
    assert 50 < float(line.removeprefix("BLEU: ")) < 95


def test_translations_are_stored(data: NewsTest, tmp_path: Path) -> None:
    score(tmp_path, "--store_translation", "--count", "4")  # SingleStream is the default
    expected = read_references(data.reference)[:4]
    for index, text in enumerate(expected):
        assert Path(f"lg_output/sentence_{index}_de").read_text() == text
    assert len(list(Path("lg_output").iterdir())) == 4


def test_verbose_shows_translations(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    score(tmp_path, "--scenario", "Offline", "--count", "2", "--verbose")
    assert "Translations" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("scenario", "queries", "samples"),
    [("SingleStream", 80, 80), ("MultiStream", 100, 800), ("Offline", 1, 110)],
)
def test_debug_settings(scenario: str, queries: int, samples: int, tmp_path: Path) -> None:
    report = app.main(
        ["--scenario", scenario, "--debug_settings", "--no-progress", "--output", str(tmp_path)]
    )
    assert (report.query_count, report.sample_count) == (queries, samples)


def test_server_runs_once_for_each_limit(tmp_path: Path) -> None:
    flags = ["--scenario", "Server", "--max-latency", "0.5,0.25", "--debug_settings"]
    report = app.main([*flags, "--qps", "200", "--no-progress", "--output", str(tmp_path)])
    assert 20 <= report.query_count <= 100
    assert report.settings.target_latency_ns == 250_000_000
    logs = sorted(path.parent.name for path in tmp_path.glob("*/mlperf_log_summary.txt"))
    assert logs == ["latency_0.25", "latency_0.5"]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (
            "--scenario Offline --store_translation",
            "--store_translation requires --scenario SingleStream, not Offline",
        ),
        ("--debug_settings --user_conf user.conf", "--debug_settings replaces --user_conf"),
        (
            "--scenario Offline --max-latency 0.1,0.2",
            "several latency limits require --scenario Server, not Offline",
        ),
    ],
)
def test_conflicting_flags(flags: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("user.conf").touch()
    with pytest.raises(SystemExit) as stop:
        arguments.parse(flags.split())
    assert stop.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ("--max-latency 0.1,x", "must be positive numbers separated by commas, not '0.1,x'"),
        ("--max-latency 0", "must be positive numbers"),
        ("--batch_size 0", "must be a whole number of at least 1, not '0'"),
        ("--mode accuracy", "invalid choice: 'accuracy'"),
    ],
)
def test_invalid_values(flags: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        arguments.parse(flags.split())
    assert message in capsys.readouterr().err


def test_the_defaults_are_those_of_the_official_script() -> None:
    (args,) = arguments.parse([])
    assert (args.scenario, args.accuracy, args.max_batchsize) == ("SingleStream", False, 32)
    assert arguments.DEFAULTS.max_latency == 0.1
