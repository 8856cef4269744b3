"""Exact match and F1 of answers, and of accuracy logs with them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from apps.small_squad import read_wordpiece
from mlperf_loadgen.harness.accuracy_log import AccuracyLog, AccuracyLogError
from numpy.typing import NDArray

from reference_apps.bert import accuracy
from reference_apps.bert.accuracy import (
    DTYPES,
    SquadScore,
    f1_score,
    normalize,
    read_answers,
    score_answers,
)
from reference_apps.bert.dataset import parse_squad
from reference_apps.bert.processing import Features, make_features

TEXT = "The Danube (Donau) rises in the Black Forest. " + "It is long. " * 150 + "Then the sea."

# Two questions: one on a paragraph of several windows, one on a short one.
CONTENT = {
    "data": [
        {
            "paragraphs": [
                {"context": text, "qas": [{"id": name, "question": "Where?", "answers": right}]}
                for name, text, right in (
                    ("long", TEXT, [{"text": "Black Forest"}, {"text": "the Black Forest."}]),
                    ("short", "Salt of the sea", [{"text": "the sea"}]),
                )
            ]
        }
    ]
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Features:
    """The samples of CONTENT."""
    wordpiece = read_wordpiece(tmp_path_factory.mktemp("vocabulary"))
    return make_features(parse_squad(Path("dev.json"), CONTENT), wordpiece)


class TestScore:
    def test_normalized_text(self) -> None:
        assert normalize(" The  U.S. has a café, an  'anthem' ") == "us has café anthem"

    def test_f1_counts_words_as_often_as_they_come(self) -> None:
        assert f1_score("black forest", "the Black Forest!") == 1
        assert f1_score("forest forest", "black forest") == pytest.approx(0.5)
        assert f1_score("sea", "forest") == 0
        assert f1_score("the", "a") == 0

    def test_the_nearest_of_the_right_answers_counts(self, data: Features) -> None:
        found = score_answers(data.squad, {"long": "in the black forest", "short": "sea"})
        assert found.exact_match == 50
        assert found.f1 == pytest.approx(100 * (0.8 + 1) / 2)
        assert json.loads(found.line()) == {"exact_match": 50.0, "f1": pytest.approx(90)}
        assert list(json.loads(found.line())) == ["exact_match", "f1"]

    @pytest.mark.parametrize("turned", [False, True])
    def test_of_right_answers_that_differ_the_nearest_counts(self, turned: bool) -> None:
        """At any position, for both measures, and not their mean."""
        right = [{"text": text} for text in ("the sea", "Black Forest", "forest")]
        asked = {"id": "one", "question": "?", "answers": right[::-1] if turned else right}
        content = {"data": [{"paragraphs": [{"context": "Anything.", "qas": [asked]}]}]}
        squad = parse_squad(Path("dev.json"), content)
        assert score_answers(squad, {"one": "deep black forest"}) == SquadScore(
            0, pytest.approx(80)
        )
        assert score_answers(squad, {"one": "a forest"}) == SquadScore(100, 100)
        assert score_answers(squad, {"one": "lake"}) == SquadScore(0, 0)

    def test_a_question_without_an_answer_is_wrong(self, data: Features) -> None:
        assert score_answers(data.squad, {"short": "sea"}).f1 == 50


def log(*responses: bytes) -> AccuracyLog:
    numbers = np.arange(len(responses))
    return AccuracyLog(Path("log.json"), numbers, numbers, list(responses))


def right_logits(data: Features) -> NDArray[np.float32]:
    """Logits of right answers, small enough for an int8."""
    logits = np.full((len(data), 384, 2), -100, np.float32)
    begin = data.wordpiece.tokenize([TEXT])[0].index("black")
    logits[0, data.offset[0] + begin, 0] = logits[0, data.offset[0] + begin + 1, 1] = 100
    logits[-1, data.offset[-1] + 2, 0] = logits[-1, data.offset[-1] + 3, 1] = 100
    return logits


class TestAccuracyLog:
    @pytest.mark.parametrize("dtype", DTYPES)
    @pytest.mark.parametrize("transposed", [False, True])
    def test_every_form(self, data: Features, dtype: str, transposed: bool) -> None:
        logits = right_logits(data).astype(dtype)
        if transposed:
            logits = logits.transpose(0, 2, 1)
        responses = [row.tobytes() for row in logits]
        answers = read_answers(log(*responses), data, dtype=dtype, transposed=transposed)
        assert score_answers(data.squad, answers) == SquadScore(100, 100)

    def test_the_wrong_form_scores_less(self, data: Features) -> None:
        responses = [row.tobytes() for row in right_logits(data)]
        answers = read_answers(log(*responses), data, transposed=True)
        assert score_answers(data.squad, answers).f1 < 60

    def test_a_response_may_be_shorter_than_the_input(self, data: Features) -> None:
        responses = [row[:200].tobytes() for row in right_logits(data)]
        answers = read_answers(log(*responses), data)
        assert score_answers(data.squad, answers) == SquadScore(100, 100)

    def test_samples_without_a_response_are_left_out(self, data: Features) -> None:
        responses = [row.tobytes() for row in right_logits(data)]
        answers = read_answers(log(b"", *responses[1:]), data)
        assert score_answers(data.squad, answers).exact_match == 50
        assert read_answers(log(responses[0]), data)["short"] == "empty"

    def test_what_does_not_fit_is_named(self, data: Features) -> None:
        with pytest.raises(AccuracyLogError, match="sample 0 has 7 bytes; it must have two"):
            read_answers(log(b"1234567"), data)
        with pytest.raises(AccuracyLogError, match="has 3080 bytes"):
            read_answers(log(bytes(385 * 8)), data)
        unknown = f"sample {len(data)} is not one of the {len(data)}"
        with pytest.raises(AccuracyLogError, match=unknown):
            read_answers(log(*[b""] * (len(data) + 1)), data)


class TestCommand:
    def run(self, data: Features, logits: NDArray[np.generic], *options: str) -> None:
        records = [
            json.dumps({"seq_id": index, "qsl_idx": index, "data": row.tobytes().hex()})
            for index, row in enumerate(logits)
        ]
        Path("log.json").write_text("\n".join(["[", ",\n".join(records), "]"]))
        Path("dev.json").write_text(json.dumps(CONTENT))
        files = ("--val_data=dev.json", "--log_file=log.json", "--out_file=answers.json")
        accuracy.main([f"--vocab_file={data.wordpiece.path}", *files, *options])

    def test_its_options_say_what_the_log_holds(
        self, data: Features, capsys: pytest.CaptureFixture[str]
    ) -> None:
        logits = right_logits(data)
        self.run(data, logits)
        self.run(data, logits.astype(np.int16), "--output_dtype=int16")
        self.run(data, logits.transpose(0, 2, 1), "--output_transposed")
        self.run(data, logits[:-1], f"--max_examples={len(data) - 1}")
        scores = [json.loads(line)["f1"] for line in capsys.readouterr().out.splitlines()]
        assert scores == [100, 100, 100, 100]
        assert set(json.loads(Path("answers.json").read_text())) == {"long"}
