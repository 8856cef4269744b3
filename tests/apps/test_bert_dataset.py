"""SQuAD and the vocabulary on disk: what is read, and which files are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from apps.small_squad import read_wordpiece, squad_json

from reference_apps.bert.dataset import Squad, WordPiece, read_squad

WORDS = ["river", "Café", "U.S.", "salt,", "unladylike", "(1,250)", "zzz", "\u00a0", "it's", "東京"]


@pytest.fixture(scope="module")
def wordpiece(tmp_path_factory: pytest.TempPathFactory) -> WordPiece:
    return read_wordpiece(tmp_path_factory.mktemp("vocabulary"))


class TestSquad:
    def read(self, folder: Path, content: Any) -> Squad:
        (folder / "dev.json").write_text(json.dumps(content), encoding="utf-8")
        return read_squad(folder / "dev.json")

    def test_words_and_questions_in_order(self, tmp_path: Path) -> None:
        content = squad_json(("The  river\tis\u202flong.\n", ["Is it?", "How long?"]), ("b", ["c"]))
        squad = self.read(tmp_path, content)
        assert squad.paragraphs == [["The", "river", "is", "long."], ["b"]]
        assert [question.id for question in squad.questions] == ["0-0", "0-1", "1-0"]
        assert [question.paragraph for question in squad.questions] == [0, 0, 1]
        assert squad.questions[1].answers == ["right"]

    def test_other_spaces_do_not_separate_words(self, tmp_path: Path) -> None:
        squad = self.read(tmp_path, squad_json(("1\u00a0000 kg", ["How much?"])))
        assert squad.paragraphs == [["1\u00a0000", "kg"]]

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda c: c.pop("data"), r'dev\.json: must have a field "data" of type list'),
            (
                lambda c: c["data"][0]["paragraphs"][1].pop("context"),
                r'dev\.json: data\[0\] paragraphs\[1\] must have a field "context" of type str',
            ),
            (
                lambda c: c["data"][0]["paragraphs"][0]["qas"][0].update(id=7),
                r'paragraphs\[0\] qas\[0\] must have a field "id" of type str',
            ),
            (
                lambda c: c["data"][0]["paragraphs"][0]["qas"][0].update(answers=[3]),
                r'qas\[0\] answers\[0\] must have a field "text" of type str',
            ),
            (
                lambda c: c["data"][0]["paragraphs"][0]["qas"][0]["answers"].clear(),
                "question 0-0 must have at least 1 answer",
            ),
            (lambda c: c["data"].clear(), "must have at least 1 question"),
        ],
    )
    def test_what_is_wrong_is_named(self, tmp_path: Path, change: Any, message: str) -> None:
        content = squad_json(("a", ["b"]), ("c", ["d"]))
        change(content)
        with pytest.raises(ValueError, match=message):
            self.read(tmp_path, content)

    def test_a_file_that_is_not_json_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "dev.json").write_text("{")
        with pytest.raises(ValueError, match=r"dev\.json is not a JSON file"):
            read_squad(tmp_path / "dev.json")


class TestWordPiece:
    def test_special_tokens_are_where_the_official_vocabulary_has_them(
        self, wordpiece: WordPiece
    ) -> None:
        ids = [wordpiece.token_id(token) for token in ("[PAD]", "[UNK]", "[CLS]", "[SEP]")]
        assert ids == [0, 100, 101, 102]
        assert wordpiece.token_id("[unused99]") == 104
        assert wordpiece.token_id("[unused993]") == 998

    def test_longest_tokens_in_lower_case_without_accents(self, wordpiece: WordPiece) -> None:
        assert wordpiece.tokenize(["The CAFÉ, Danubes", "東", ""]) == [
            ["the", "cafe", ",", "danube", "##s"],
            ["[UNK]"],
            [],
        ]

    def test_transformers_agrees(self, wordpiece: WordPiece) -> None:
        from transformers import BertTokenizer

        theirs = BertTokenizer(str(wordpiece.path), do_lower_case=True)
        texts = [" ".join(WORDS), "don't [SEP] 10^120 ﬁne x" + "y" * 200, "Ünïcödé\u202ftést—dash"]
        assert wordpiece.tokenize(texts) == [theirs.tokenize(text) for text in texts]

    @pytest.mark.parametrize(
        ("lines", "message"),
        [
            (
                ["[PAD]", "[UNK]", "[CLS]", "[MASK]", "a"],
                r"is not a BERT vocabulary: it lacks \[SEP\]",
            ),
            (["[PAD]", "a", "b", "a"], "line 4: duplicate token 'a', first in line 2"),
        ],
    )
    def test_what_is_not_a_vocabulary_is_refused(
        self, tmp_path: Path, lines: list[str], message: str
    ) -> None:
        (tmp_path / "vocab.txt").write_text("\n".join(lines))
        with pytest.raises(ValueError, match=message):
            WordPiece(tmp_path / "vocab.txt")
