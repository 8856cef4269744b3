"""Tests BLEU from the logs alone."""

from __future__ import annotations

from collections import Counter
from math import exp, log
from pathlib import Path

import pytest
from mlperf_loadgen.harness.accuracy_log import AccuracyLogError

from reference_apps.gnmt import accuracy

REFERENCES = [
    "the cat sat on the mat .",
    "a dog bar@@ ks at the moon tonight .",
    "we went home early because of the rain .",
]
ANSWERS = [
    "the cat sat on a mat .",
    "a dog barks at the moon tonight",
    "We went home early because of rain .",
]


def bleu(answers: list[str], references: list[str]) -> float:
    """Computes BLEU by its definition."""
    precisions = []
    for n in range(1, 5):
        found = total = 0
        for answer, reference in zip(answers, references, strict=True):
            grams, known = (
                Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))
                for words in (answer.split(" "), reference.split(" "))
            )
            found += sum((grams & known).values())
            total += sum(grams.values())
        precisions.append(found / total)
    length = sum(len(answer.split(" ")) for answer in answers)
    expected = sum(len(reference.split(" ")) for reference in references)
    return 100 * exp(min(0, 1 - expected / length) + sum(map(log, precisions)) / 4)


def line(folder: Path, capsys: pytest.CaptureFixture[str], text: str) -> str:
    (folder / "references").write_text("".join(f"{each}\n" for each in REFERENCES))
    (folder / "log").write_text(text)
    accuracy.main(
        ["--reference", str(folder / "references"), "--accuracy_log", str(folder / "log")]
    )
    return capsys.readouterr().out


def record(index: int, answer: str) -> str:
    data = answer.encode().hex().upper()
    return f'{{ "seq_id" : {index}, "qsl_idx" : {index}, "data" : "{data}" }}'


def log_of(answers: list[tuple[int, str]]) -> str:
    return "[\n" + ",\n".join(record(*answer) for answer in answers) + "\n]\n"


def test_bleu_agrees_with_its_definition(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = bleu(ANSWERS, [text.replace("@@ ", "") for text in REFERENCES])
    assert 30 < expected < 80
    shown = line(tmp_path, capsys, log_of(list(enumerate(ANSWERS))))
    assert shown == f"BLEU: {expected:.1f}\n"


def test_the_first_answer_in_any_order_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    right = [text.replace("@@ ", "") for text in REFERENCES]
    answers = [(2, right[2]), (0, right[0]), (1, right[1]), (0, "something else at all")]
    assert line(tmp_path, capsys, log_of(answers)) == "BLEU: 100.0\n"


def test_case_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = line(tmp_path, capsys, log_of([(0, REFERENCES[0].upper())]))
    assert shown == "BLEU: 0.0\n"


def test_a_truncated_log_is_scored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = log_of([(0, REFERENCES[0]), (2, ANSWERS[2])])
    cut = whole[: whole.index('"data"', whole.index("qsl_idx", whole.index(",\n"))) + 12]
    assert line(tmp_path, capsys, cut) == "BLEU: 100.0\n"
    assert line(tmp_path, capsys, "[\n]\n") == "BLEU: 0.0\n"


@pytest.mark.parametrize("first", ["", "the  cat sat on  the mat .", " the cat", "the cat "])
def test_empty_words_count(tmp_path: Path, capsys: pytest.CaptureFixture[str], first: str) -> None:
    """An answer without bytes is one empty word, and there is one between two spaces."""
    right = [text.replace("@@ ", "") for text in REFERENCES]
    answers = [first, *right[1:]]
    expected = bleu(answers, right)
    without = bleu([" ".join(answer.split()) or "." for answer in answers], right)
    assert 30 < expected < 100
    if first:
        assert round(expected, 1) != round(without, 1)
    assert line(tmp_path, capsys, log_of(list(enumerate(answers)))) == f"BLEU: {expected:.1f}\n"


def test_an_answer_without_bytes_makes_the_answers_one_word_longer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    right = [text.replace("@@ ", "") for text in REFERENCES]
    words, wanted = 1 + 8 + 9, 7 + 8 + 9
    precisions = [(words - 1) / words, *[1.0] * 3]
    expected = 100 * exp(1 - wanted / words + sum(map(log, precisions)) / 4)
    assert [len(text.split()) for text in right] == [7, 8, 9]
    shown = line(tmp_path, capsys, log_of([(0, ""), (1, right[1]), (2, right[2])]))
    assert shown == f"BLEU: {expected:.1f}\n"


def test_missing_files_are_not_a_failure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    accuracy.main([])
    assert capsys.readouterr().out == ("There is no file nmt/data/newstest2014.tok.bpe.32000.de.\n")
    (tmp_path / "references").touch()
    accuracy.main(["--reference", str(tmp_path / "references")])
    assert capsys.readouterr().out == "There is no file mlperf_log_accuracy.json.\n"


def test_answers_that_cannot_be_scored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(AccuracyLogError, match="sample 3 has no reference; there are 3 references"):
        line(tmp_path, capsys, log_of([(3, "a")]))
    with pytest.raises(AccuracyLogError, match="the response for sample 0: 'utf-8' codec"):
        line(tmp_path, capsys, log_of([(0, "a")]).replace('"61"', '"FF"'))
