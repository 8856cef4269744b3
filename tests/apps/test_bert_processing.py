"""SQuAD on disk, WordPieces, and the samples that they make, against a slow and plain version."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference_apps.bert.dataset import Squad, WordPiece, read_squad, squad_of
from reference_apps.bert.processing import Features, features_of, owners, windows_of
from reference_apps.bert.synthetic import vocabulary

WORDS = ["river", "Café", "U.S.", "salt,", "unladylike", "(1,250)", "zzz", "\u00a0", "it's", "東京"]


@pytest.fixture(scope="module")
def wordpiece(tmp_path_factory: pytest.TempPathFactory) -> WordPiece:
    file = tmp_path_factory.mktemp("vocabulary") / "vocab.txt"
    file.write_text("\n".join(vocabulary()), encoding="utf-8")
    return WordPiece(file)


def described(*paragraphs: tuple[str, list[str]]) -> dict[str, Any]:
    """Of paragraphs and questions about each, all with the same answer."""
    return {
        "data": [
            {
                "paragraphs": [
                    {
                        "context": text,
                        "qas": [
                            {
                                "id": f"{number}-{place}",
                                "question": question,
                                "answers": [{"text": "right", "answer_start": 0}],
                            }
                            for place, question in enumerate(questions)
                        ],
                    }
                    for number, (text, questions) in enumerate(paragraphs)
                ]
            }
        ]
    }


def squad(*paragraphs: tuple[str, list[str]]) -> Squad:
    return squad_of(Path("dev.json"), described(*paragraphs))


class TestFile:
    def read(self, folder: Path, content: Any) -> Squad:
        (folder / "dev.json").write_text(json.dumps(content), encoding="utf-8")
        return read_squad(folder / "dev.json")

    def test_words_and_questions_in_order(self, tmp_path: Path) -> None:
        content = described(("The  river\tis\u202flong.\n", ["Is it?", "How long?"]), ("b", ["c"]))
        made = self.read(tmp_path, content)
        assert made.paragraphs == [["The", "river", "is", "long."], ["b"]]
        assert [question.id for question in made.questions] == ["0-0", "0-1", "1-0"]
        assert [question.paragraph for question in made.questions] == [0, 0, 1]
        assert made.questions[1].answers == ["right"]

    def test_other_spaces_do_not_part_words(self, tmp_path: Path) -> None:
        made = self.read(tmp_path, described(("1\u00a0000 kg", ["How much?"])))
        assert made.paragraphs == [["1\u00a0000", "kg"]]

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda c: c.pop("data"), r'dev\.json: has no "data" of type list'),
            (
                lambda c: c["data"][0]["paragraphs"][1].pop("context"),
                r'dev\.json: data\[0\] paragraphs\[1\] has no "context" of type str',
            ),
            (
                lambda c: c["data"][0]["paragraphs"][0]["qas"][0].update(id=7),
                r'paragraphs\[0\] qas\[0\] has no "id" of type str',
            ),
            (
                lambda c: c["data"][0]["paragraphs"][0]["qas"][0].update(answers=[3]),
                r'qas\[0\] answers\[0\] has no "text" of type str',
            ),
            (
                lambda c: c["data"][0]["paragraphs"][0]["qas"][0]["answers"].clear(),
                "the question 0-0 has no answers",
            ),
            (lambda c: c["data"].clear(), "asks no questions"),
        ],
    )
    def test_what_is_wrong_is_named(self, tmp_path: Path, change: Any, message: str) -> None:
        content = described(("a", ["b"]), ("c", ["d"]))
        change(content)
        with pytest.raises(ValueError, match=message):
            self.read(tmp_path, content)

    def test_a_file_that_is_no_json_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "dev.json").write_text("{")
        with pytest.raises(ValueError, match=r"dev\.json is no JSON file"):
            read_squad(tmp_path / "dev.json")


class TestWordPiece:
    def test_special_pieces_are_where_the_official_vocabulary_has_them(
        self, wordpiece: WordPiece
    ) -> None:
        numbers = [wordpiece.number(piece) for piece in ("[PAD]", "[UNK]", "[CLS]", "[SEP]")]
        assert numbers == [0, 100, 101, 102]
        assert wordpiece.number("[unused99]") == 104
        assert wordpiece.number("[unused993]") == 998

    def test_longest_pieces_in_lower_case_without_accents(self, wordpiece: WordPiece) -> None:
        assert wordpiece.cut(["The CAFÉ, Danubes", "東", ""]) == [
            ["the", "cafe", ",", "danube", "##s"],
            ["[UNK]"],
            [],
        ]

    def test_it_is_that_of_transformers(self, wordpiece: WordPiece) -> None:
        from transformers import BertTokenizer

        theirs = BertTokenizer(str(wordpiece.path), do_lower_case=True)
        texts = [" ".join(WORDS), "don't [SEP] 10^120 ﬁne x" + "y" * 200, "Ünïcödé\u202ftést—dash"]
        assert wordpiece.cut(texts) == [theirs.tokenize(text) for text in texts]

    @pytest.mark.parametrize(
        ("lines", "message"),
        [
            (["[PAD]", "[UNK]", "[CLS]", "[MASK]", "a"], r"it has no \[SEP\]"),
            (["[PAD]", "a", "b", "a"], "line 4: 'a' stands in line 2 already"),
        ],
    )
    def test_what_is_no_vocabulary_is_refused(
        self, tmp_path: Path, lines: list[str], message: str
    ) -> None:
        (tmp_path / "vocab.txt").write_text("\n".join(lines))
        with pytest.raises(ValueError, match=message):
            WordPiece(tmp_path / "vocab.txt")


def plainly(data: Squad, wordpiece: WordPiece) -> list[dict[str, Any]]:
    """The samples, one piece at a time."""
    made: list[dict[str, Any]] = []
    for number, question in enumerate(data.questions):
        asked = wordpiece.cut([question.text])[0][:64]
        text: list[tuple[str, int]] = []
        for place, word in enumerate(data.paragraphs[question.paragraph]):
            text += [(piece, place) for piece in wordpiece.cut([word])[0]]
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
            made.append(
                {
                    "question": number,
                    "tokens": tokens,
                    "segments": segments,
                    "words": words,
                    "best": best,
                }
            )
    return made


def _most(windows: list[tuple[int, int]], place: int) -> int:
    best, most = -1, -1.0
    for window, (begin, length) in enumerate(windows):
        if begin <= place < begin + length:
            context = min(place - begin, begin + length - 1 - place) + 0.01 * length
            if context > most:
                best, most = window, context
    return best


def unpacked(made: Features, row: int) -> dict[str, Any]:
    paragraph = made.paragraphs[made.squad.questions[made.question[row]].paragraph]
    used = int(made.inputs[row, 1].sum())
    shift = int(made.begin[row] - made.offset[row])
    places = np.flatnonzero(made.in_window[row]).tolist()
    pieces = {made.wordpiece.number(piece): piece for piece in vocabulary()}
    return {
        "question": made.question[row],
        "tokens": [pieces[number] for number in made.inputs[row, 0, :used].tolist()],
        "segments": made.inputs[row, 2, :used].tolist(),
        "words": {place: paragraph.words[place + shift] for place in places},
        "best": {place: made.most_context[row, place] for place in places},
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
        data = squad(*paragraphs)
        expected = plainly(data, wordpiece)
        made = features_of(data, wordpiece)
        assert [unpacked(made, row) for row in range(len(made))] == expected
        used = made.inputs[:, 1].astype(bool)
        assert not made.inputs[~used[:, None].repeat(3, axis=1)].any()
        assert not (made.most_context & ~made.in_window).any()

    def test_a_long_paragraph_makes_windows_128_apart(self, wordpiece: WordPiece) -> None:
        made = features_of(squad(("river " * 600, ["river " * 70])), wordpiece)
        assert made.offset.tolist() == [66, 66, 66, 66]
        assert made.begin.tolist() == [0, 128, 256, 384]
        assert made.in_window.sum(axis=1).tolist() == [317, 317, 317, 600 - 384]

    def test_the_shape_of_the_inputs(self, wordpiece: WordPiece) -> None:
        made = features_of(squad(("river " * 10, ["salt"])), wordpiece)
        assert made.inputs.shape == (1, 3, 384)
        assert made.inputs.dtype == np.int32

    def test_the_first_samples_bring_their_questions(self, wordpiece: WordPiece) -> None:
        made = features_of(squad(("river " * 600, ["a", "b"]), ("salt", ["c"])), wordpiece)
        assert made.question.tolist() == [0, 0, 0, 1, 1, 1, 2]
        for count, questions in {1: 1, 3: 1, 4: 1, 5: 1, 6: 2}.items():
            first = made.first(count)
            assert len(first) == count
            assert len(first.squad.questions) == questions
        assert made.first(len(made)) is made
        assert made.first(None) is made


class TestWindows:
    def test_one_that_is_enough(self) -> None:
        assert windows_of(300, 300) == [(0, 300)]
        assert windows_of(0, 300) == []

    def test_several(self) -> None:
        assert windows_of(301, 300) == [(0, 300), (128, 173)]

    def test_a_piece_belongs_where_it_has_most_context(self) -> None:
        assert owners([(0, 6), (3, 6)], 9).tolist() == [0, 0, 0, 0, 0, 1, 1, 1, 1]
        assert owners([(0, 4), (2, 5)], 7).tolist() == [0, 0, 0, 1, 1, 1, 1]
        assert owners([(0, 3), (0, 3)], 3).tolist() == [0, 0, 0]
