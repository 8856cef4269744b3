"""From logits to answers and marks: the span search against a slow and plain version, text as it is
written, and accuracy logs.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mlperf_loadgen.harness.accuracy_log import AccuracyLog, AccuracyLogError
from numpy.typing import NDArray

from reference_apps.bert import accuracy
from reference_apps.bert.accuracy import Marks, f1, marks, normal
from reference_apps.bert.dataset import WordPiece, squad_of
from reference_apps.bert.processing import Features, answers, best_spans, features_of, in_words
from reference_apps.bert.synthetic import vocabulary

TEXT = "The Danube (Donau) rises in the Black Forest. " + "It is long. " * 150 + "Then the sea."


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Features:
    """Two questions: one on a paragraph of several windows, one on a short one."""
    folder = tmp_path_factory.mktemp("squad")
    (folder / "vocab.txt").write_text("\n".join(vocabulary()), encoding="utf-8")
    described = {
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
    (folder / "dev.json").write_text(json.dumps(described))
    return features_of(squad_of(folder / "dev.json", described), WordPiece(folder / "vocab.txt"))


def logits(data: Features, spans: dict[int, tuple[int, int, float]]) -> NDArray[np.float32]:
    """For all samples: 0, but at begin and end, places in the window of a sample, half of what a
    span is worth.
    """
    made = np.zeros((len(data), 384, 2), np.float32)
    for sample, (begin, end, worth) in spans.items():
        made[sample, data.offset[sample] + begin, 0] = worth / 2
        made[sample, data.offset[sample] + end, 1] = worth / 2
    return made


def plainly(
    begins: list[float], ends: list[float], may_begin: list[bool], may_end: list[bool]
) -> tuple[float, int, int] | None:
    """The best span, one pair after the other."""
    best = None
    order = range(len(begins))
    for begin in sorted(order, key=lambda place: -begins[place])[:20]:
        for end in sorted(order, key=lambda place: -ends[place])[:20]:
            if not may_begin[begin] or not may_end[end] or end < begin or end - begin + 1 > 30:
                continue
            worth = begins[begin] + ends[end]
            if best is None or worth > best[0]:
                best = worth, begin, end
    return best


class TestSpans:
    @given(st.integers(0, 10**6), st.sampled_from([1, 3, 1000]))
    @settings(max_examples=60, deadline=None)
    def test_the_best_is_that_of_the_plain_version(self, seed: int, levels: int) -> None:
        random = np.random.default_rng(seed)
        values = random.integers(0, levels, (3, 384, 2)) / 8
        may_end = random.random((3, 384)) < random.random()
        may_begin = may_end & (random.random((3, 384)) < 0.7)
        spans = best_spans(values, may_begin, may_end)
        for row in range(3):
            expected = plainly(
                *values[row].T.tolist(), may_begin[row].tolist(), may_end[row].tolist()
            )
            found = spans.score[row], spans.first[row], spans.last[row]
            assert found[0] == -np.inf if expected is None else found == expected

    def test_an_answer_has_30_pieces_at_most(self) -> None:
        everywhere = np.ones((1, 384), bool)
        values = np.full((1, 384, 2), -50.0)
        values[0, [100, 110], 0] = 9, 5
        values[0, [129, 130], 1] = 4, 9
        spans = best_spans(values, everywhere, everywhere)
        assert (spans.first[0], spans.last[0]) == (110, 130)
        values[0, 129, 1] = 6
        spans = best_spans(values, everywhere, everywhere)
        assert (spans.first[0], spans.last[0]) == (100, 129)

    def test_what_is_not_finite_is_no_answer(self) -> None:
        everywhere = np.ones((1, 384), bool)
        values = np.full((1, 384, 2), np.nan)
        assert best_spans(values, everywhere, everywhere).score[0] == -np.inf
        values[0, 7] = 1.0
        assert best_spans(values, everywhere, everywhere).first[0] == 7


class TestAnswers:
    def test_of_the_best_window(self, data: Features) -> None:
        assert data.question.tolist()[:2] == [0, 0]
        everything = np.arange(len(data))
        found = answers(data, everything, logits(data, {0: (0, 1, 5.0), 1: (0, 1, 4.0)}))
        assert found["long"] == "The Danube"
        worth = {0: (0, 1, 5.0), len(data) - 2: (200, 202, 6.0)}
        assert answers(data, everything, logits(data, worth))["long"] in TEXT[50:]

    def test_not_where_another_window_has_more_context(self, data: Features) -> None:
        second = int(data.most_context[1].argmax() - data.offset[1])
        assert second > 10
        everything = np.arange(len(data))
        given = logits(data, {0: (0, 1, 1.0), 1: (second - 10, second - 9, 50.0)})
        given[1, data.most_context[1]] = -90
        assert answers(data, everything, given)["long"] == "The Danube"

    def test_windows_that_are_missing_are_left_out(self, data: Features) -> None:
        last = len(data) - 1
        found = answers(data, np.array([last]), logits(data, {last: (2, 3, 1.0)})[[last]])
        assert found == {"long": "empty", "short": "the sea"}
        none = answers(data, np.array([], np.int64), np.zeros((0, 384, 2)))
        assert none == {"long": "empty", "short": "empty"}


class TestInWords:
    @pytest.mark.parametrize(
        ("pieces", "text", "expected"),
        [
            (["donau"], "(Donau)", "Donau"),
            (["cafe"], "Café,", "Café"),
            (["dan", "##ube", "rises"], "Danube rises.", "Danube rises"),
            (["u", ".", "s"], "U.S.", "U.S"),
            (["hat", "##st"], "Hatstand", "Hatst"),
            (["[UNK]", "sea"], "東x sea", "東x sea"),
            (["strasse"], "Straße", "Straße"),
            (["i", "##x"], "İx", "İx"),
            (["1", ",", "250"], "1,250", "1,250"),
        ],
    )
    def test_examples(self, data: Features, pieces: list[str], text: str, expected: str) -> None:
        assert in_words(pieces, text, data.wordpiece.words) == expected

    @given(
        st.lists(st.sampled_from(["Danube", "(Café)", "U.S.", "it's", "É-b", "a"]), min_size=1),
        st.data(),
    )
    @settings(max_examples=100, deadline=None)
    def test_it_is_written_with_the_letters_of_the_pieces(
        self, data: Features, words: list[str], draw: st.DataObject
    ) -> None:
        text = " ".join(words)
        plain = data.wordpiece.words(text)
        begin = draw.draw(st.integers(0, len(plain) - 1))
        end = draw.draw(st.integers(begin + 1, len(plain)))
        found = in_words(plain[begin:end], text, data.wordpiece.words)
        assert found in text
        assert data.wordpiece.words(found) == plain[begin:end]


class TestMarks:
    def test_normal(self) -> None:
        assert normal(" The  U.S. has a café, an  'anthem' ") == "us has café anthem"

    def test_f1_counts_words_as_often_as_they_come(self) -> None:
        assert f1("black forest", "the Black Forest!") == 1
        assert f1("forest forest", "black forest") == pytest.approx(0.5)
        assert f1("sea", "forest") == 0
        assert f1("the", "a") == 0

    def test_the_nearest_of_the_right_answers_counts(self, data: Features) -> None:
        found = marks(data.squad, {"long": "in the black forest", "short": "sea"})
        assert found.exact_match == 50
        assert found.f1 == pytest.approx(100 * (0.8 + 1) / 2)
        assert json.loads(found.line()) == {"exact_match": 50.0, "f1": pytest.approx(90)}
        assert list(json.loads(found.line())) == ["exact_match", "f1"]

    @pytest.mark.parametrize("turned", [False, True])
    def test_of_right_answers_that_differ_the_nearest_counts(self, turned: bool) -> None:
        """Wherever it stands, for both measures, and not their mean."""
        right = [{"text": text} for text in ("the sea", "Black Forest", "forest")]
        asked = {"id": "one", "question": "?", "answers": right[::-1] if turned else right}
        described = {"data": [{"paragraphs": [{"context": "Anything.", "qas": [asked]}]}]}
        squad = squad_of(Path("dev.json"), described)
        assert marks(squad, {"one": "deep black forest"}) == Marks(0, pytest.approx(80))
        assert marks(squad, {"one": "a forest"}) == Marks(100, 100)
        assert marks(squad, {"one": "lake"}) == Marks(0, 0)

    def test_a_question_without_an_answer_is_wrong(self, data: Features) -> None:
        assert marks(data.squad, {"short": "sea"}).f1 == 50


def log(*responses: bytes) -> AccuracyLog:
    numbers = np.arange(len(responses))
    return AccuracyLog(Path("log.json"), numbers, numbers, list(responses))


class TestAccuracyLog:
    def right(self, data: Features) -> NDArray[np.float32]:
        """Logits of right answers, small enough for an int8."""
        made = np.full((len(data), 384, 2), -100, np.float32)
        begin = data.wordpiece.cut([TEXT])[0].index("black")
        made[0, data.offset[0] + begin, 0] = made[0, data.offset[0] + begin + 1, 1] = 100
        made[-1, data.offset[-1] + 2, 0] = made[-1, data.offset[-1] + 3, 1] = 100
        return made

    @pytest.mark.parametrize("dtype", accuracy.DTYPES)
    @pytest.mark.parametrize("transposed", [False, True])
    def test_every_form(self, data: Features, dtype: str, transposed: bool) -> None:
        given = self.right(data).astype(dtype)
        if transposed:
            given = given.transpose(0, 2, 1)
        form = {"dtype": dtype, "transposed": transposed}
        verdict = accuracy.judge(log(*(row.tobytes() for row in given)), data, **form)  # type: ignore[arg-type]
        assert verdict.line() == '{"exact_match": 100.0, "f1": 100.0}'

    def test_the_wrong_form_scores_less(self, data: Features) -> None:
        responses = [row.tobytes() for row in self.right(data)]
        assert accuracy.judge(log(*responses), data, transposed=True).marks.f1 < 60

    def test_a_response_may_be_shorter_than_the_input(self, data: Features) -> None:
        responses = [row[:200].tobytes() for row in self.right(data)]
        assert accuracy.judge(log(*responses), data).marks.f1 == 100

    def test_samples_without_a_response_are_left_out(self, data: Features) -> None:
        responses = [row.tobytes() for row in self.right(data)]
        assert accuracy.judge(log(b"", *responses[1:]), data).marks.exact_match == 50
        assert accuracy.judge(log(responses[0]), data).answers["short"] == "empty"

    def test_what_does_not_fit_is_named(self, data: Features) -> None:
        with pytest.raises(
            AccuracyLogError, match="the response for sample 0 has 7 bytes, not two"
        ):
            accuracy.judge(log(b"1234567"), data)
        with pytest.raises(AccuracyLogError, match="has 3080 bytes"):
            accuracy.judge(log(bytes(385 * 8)), data)
        with pytest.raises(
            AccuracyLogError, match=f"sample {len(data)} is not one of the {len(data)}"
        ):
            accuracy.judge(log(*[b""] * (len(data) + 1)), data)
