"""Inputs of the model and answers from its logits, against slow and plain versions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from apps.small_squad import make_squad, read_wordpiece
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from reference_apps.bert.dataset import Squad, WordPiece
from reference_apps.bert.processing import (
    Features,
    best_spans,
    extract_answers,
    make_features,
    max_context_windows,
    original_text,
    split_into_windows,
)
from reference_apps.bert.synthetic import vocabulary

WORDS = ["river", "Café", "U.S.", "salt,", "unladylike", "(1,250)", "zzz", "\u00a0", "it's", "東京"]
TEXT = "The Danube (Donau) rises in the Black Forest. " + "It is long. " * 150 + "Then the sea."


@pytest.fixture(scope="module")
def wordpiece(tmp_path_factory: pytest.TempPathFactory) -> WordPiece:
    return read_wordpiece(tmp_path_factory.mktemp("vocabulary"))


def plain_samples(data: Squad, wordpiece: WordPiece) -> list[dict[str, Any]]:
    """The samples, one token at a time."""
    samples: list[dict[str, Any]] = []
    for number, question in enumerate(data.questions):
        asked = wordpiece.tokenize([question.text])[0][:64]
        text: list[tuple[str, int]] = []
        for place, word in enumerate(data.paragraphs[question.paragraph]):
            text += [(token, place) for token in wordpiece.tokenize([word])[0]]
        room = 384 - len(asked) - 3
        windows: list[tuple[int, int]] = []
        begin = 0
        while begin < len(text):
            length = min(len(text) - begin, room)
            windows.append((begin, length))
            if begin + length == len(text):
                break
            begin += min(length, 128)
        for window, (begin, length) in enumerate(windows):
            tokens = ["[CLS]", *asked, "[SEP]"]
            segments = [0] * len(tokens)
            words: dict[int, int] = {}
            best: dict[int, bool] = {}
            for place in range(begin, begin + length):
                words[len(tokens)] = text[place][1]
                best[len(tokens)] = _most(windows, place) == window
                tokens.append(text[place][0])
                segments.append(1)
            tokens.append("[SEP]")
            segments.append(1)
            samples.append(
                {
                    "question": number,
                    "tokens": tokens,
                    "segments": segments,
                    "words": words,
                    "best": best,
                }
            )
    return samples


def _most(windows: list[tuple[int, int]], place: int) -> int:
    best, most = -1, -1.0
    for window, (begin, length) in enumerate(windows):
        if begin <= place < begin + length:
            context = min(place - begin, begin + length - 1 - place) + 0.01 * length
            if context > most:
                best, most = window, context
    return best


def unpacked(features: Features, row: int) -> dict[str, Any]:
    paragraph = features.paragraphs[features.squad.questions[features.question[row]].paragraph]
    used = int(features.inputs[row, 1].sum())
    shift = int(features.begin[row] - features.offset[row])
    places = np.flatnonzero(features.in_window[row]).tolist()
    tokens = {features.wordpiece.token_id(token): token for token in vocabulary()}
    return {
        "question": features.question[row],
        "tokens": [tokens[token_id] for token_id in features.inputs[row, 0, :used].tolist()],
        "segments": features.inputs[row, 2, :used].tolist(),
        "words": {place: paragraph.word_indices[place + shift] for place in places},
        "best": {place: features.is_max_context[row, place] for place in places},
    }


texts = st.builds(
    lambda count, seed: " ".join(np.random.default_rng(seed).choice(WORDS, count)),
    st.integers(1, 260),
    st.integers(0, 99),
)
questions = st.lists(
    st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join), min_size=1, max_size=3
)


class TestSamples:
    @given(st.lists(st.tuples(texts, questions), min_size=1, max_size=3))
    @settings(max_examples=25, deadline=None)
    def test_they_are_as_the_plain_version_has_them(
        self, wordpiece: WordPiece, paragraphs: list[tuple[str, list[str]]]
    ) -> None:
        data = make_squad(*paragraphs)
        expected = plain_samples(data, wordpiece)
        features = make_features(data, wordpiece)
        assert [unpacked(features, row) for row in range(len(features))] == expected
        used = features.inputs[:, 1].astype(bool)
        assert not features.inputs[~used[:, None].repeat(3, axis=1)].any()
        assert not (features.is_max_context & ~features.in_window).any()

    def test_a_long_paragraph_makes_windows_128_apart(self, wordpiece: WordPiece) -> None:
        features = make_features(make_squad(("river " * 600, ["river " * 70])), wordpiece)
        assert features.offset.tolist() == [66, 66, 66, 66]
        assert features.begin.tolist() == [0, 128, 256, 384]
        assert features.in_window.sum(axis=1).tolist() == [317, 317, 317, 600 - 384]

    def test_the_shape_of_the_inputs(self, wordpiece: WordPiece) -> None:
        features = make_features(make_squad(("river " * 10, ["salt"])), wordpiece)
        assert features.inputs.shape == (1, 3, 384)
        assert features.inputs.dtype == np.int32

    def test_the_first_samples_bring_their_questions(self, wordpiece: WordPiece) -> None:
        features = make_features(
            make_squad(("river " * 600, ["a", "b"]), ("salt", ["c"])), wordpiece
        )
        assert features.question.tolist() == [0, 0, 0, 1, 1, 1, 2]
        for count, questions in {1: 1, 3: 1, 4: 1, 5: 1, 6: 2}.items():
            first = features.head(count)
            assert len(first) == count
            assert len(first.squad.questions) == questions
        assert features.head(len(features)) is features
        assert features.head(None) is features


class TestWindows:
    def test_one_that_is_enough(self) -> None:
        assert split_into_windows(300, 300) == [(0, 300)]
        assert split_into_windows(0, 300) == []

    def test_several(self) -> None:
        assert split_into_windows(301, 300) == [(0, 300), (128, 173)]

    def test_a_token_belongs_where_it_has_the_most_context(self) -> None:
        assert max_context_windows([(0, 6), (3, 6)], 9).tolist() == [0, 0, 0, 0, 0, 1, 1, 1, 1]
        assert max_context_windows([(0, 4), (2, 5)], 7).tolist() == [0, 0, 0, 1, 1, 1, 1]
        assert max_context_windows([(0, 3), (0, 3)], 3).tolist() == [0, 0, 0]


@pytest.fixture(scope="module")
def data(wordpiece: WordPiece) -> Features:
    """Two questions: one on a paragraph of several windows, one on a short one."""
    paragraphs = ((TEXT, ["Where?"]), ("Salt of the sea", ["Where?"]))
    return make_features(make_squad(*paragraphs), wordpiece)


def logits(data: Features, spans: dict[int, tuple[int, int, float]]) -> NDArray[np.float32]:
    """For all samples: 0, but at begin and end, places in the window of a sample, half of what a
    span is worth.
    """
    values = np.zeros((len(data), 384, 2), np.float32)
    for sample, (begin, end, worth) in spans.items():
        values[sample, data.offset[sample] + begin, 0] = worth / 2
        values[sample, data.offset[sample] + end, 1] = worth / 2
    return values


def plain_span(
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
            expected = plain_span(
                *values[row].T.tolist(), may_begin[row].tolist(), may_end[row].tolist()
            )
            found = spans.score[row], spans.begin[row], spans.last[row]
            assert found[0] == -np.inf if expected is None else found == expected

    def test_an_answer_has_30_tokens_at_most(self) -> None:
        everywhere = np.ones((1, 384), bool)
        values = np.full((1, 384, 2), -50.0)
        values[0, [100, 110], 0] = 9, 5
        values[0, [129, 130], 1] = 4, 9
        spans = best_spans(values, everywhere, everywhere)
        assert (spans.begin[0], spans.last[0]) == (110, 130)
        values[0, 129, 1] = 6
        spans = best_spans(values, everywhere, everywhere)
        assert (spans.begin[0], spans.last[0]) == (100, 129)

    def test_what_is_not_finite_is_no_answer(self) -> None:
        everywhere = np.ones((1, 384), bool)
        values = np.full((1, 384, 2), np.nan)
        assert best_spans(values, everywhere, everywhere).score[0] == -np.inf
        values[0, 7] = 1.0
        assert best_spans(values, everywhere, everywhere).begin[0] == 7


class TestAnswers:
    def test_of_the_best_window(self, data: Features) -> None:
        assert data.question.tolist()[:2] == [0, 0]
        everything = np.arange(len(data))
        found = extract_answers(data, everything, logits(data, {0: (0, 1, 5.0), 1: (0, 1, 4.0)}))
        assert found["0-0"] == "The Danube"
        worth = {0: (0, 1, 5.0), len(data) - 2: (200, 202, 6.0)}
        assert extract_answers(data, everything, logits(data, worth))["0-0"] in TEXT[50:]

    def test_not_where_another_window_has_more_context(self, data: Features) -> None:
        second = int(data.is_max_context[1].argmax() - data.offset[1])
        assert second > 10
        everything = np.arange(len(data))
        given = logits(data, {0: (0, 1, 1.0), 1: (second - 10, second - 9, 50.0)})
        given[1, data.is_max_context[1]] = -90
        assert extract_answers(data, everything, given)["0-0"] == "The Danube"

    def test_windows_that_are_missing_are_left_out(self, data: Features) -> None:
        last = len(data) - 1
        found = extract_answers(data, np.array([last]), logits(data, {last: (2, 3, 1.0)})[[last]])
        assert found == {"0-0": "empty", "1-0": "the sea"}
        none = extract_answers(data, np.array([], np.int64), np.zeros((0, 384, 2)))
        assert none == {"0-0": "empty", "1-0": "empty"}


class TestOriginalText:
    @pytest.mark.parametrize(
        ("tokens", "text", "expected"),
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
    def test_examples(self, data: Features, tokens: list[str], text: str, expected: str) -> None:
        assert original_text(tokens, text, data.wordpiece.basic_tokens) == expected

    @given(
        st.lists(st.sampled_from(["Danube", "(Café)", "U.S.", "it's", "É-b", "a"]), min_size=1),
        st.data(),
    )
    @settings(max_examples=100, deadline=None)
    def test_it_is_written_with_the_letters_of_the_tokens(
        self, data: Features, words: list[str], draw: st.DataObject
    ) -> None:
        text = " ".join(words)
        plain = data.wordpiece.basic_tokens(text)
        begin = draw.draw(st.integers(0, len(plain) - 1))
        end = draw.draw(st.integers(begin + 1, len(plain)))
        found = original_text(plain[begin:end], text, data.wordpiece.basic_tokens)
        assert found in text
        assert data.wordpiece.basic_tokens(found) == plain[begin:end]
