"""SQuAD v1.1 and the vocabulary of BERT on disk."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlperf_loadgen.harness.untrusted import FileError, read_json, read_text
from tokenizers import BertWordPieceTokenizer

_BETWEEN_WORDS = re.compile("[ \t\r\n\u202f]+")


@dataclass(frozen=True)
class Question:
    """One question."""

    id: str
    text: str
    paragraph: int  # its number in Squad.paragraphs
    answers: Sequence[str]  # any of them is right


@dataclass(frozen=True)
class Squad:
    """Paragraphs, as their words, and questions, both in the order of the file."""

    path: Path
    paragraphs: Sequence[Sequence[str]]
    questions: Sequence[Question]


def read_squad(path: Path) -> Squad:
    """The data set in a file such as dev-v1.1.json.

    Raises FileNotFoundError, and FileError for a JSON file of another form, which names the entry,
    and for a file without questions or a question without answers.
    """
    squad = squad_of(path, read_json(path))
    for question in squad.questions:
        if not question.answers:
            raise FileError(f"{path}: the question {question.id} has no answers")
    return squad


def squad_of(path: Path, described: Any) -> Squad:
    """What such a file says; questions may be without answers. Raises FileError as read_squad."""
    paragraphs: list[list[str]] = []
    questions: list[Question] = []
    for article, where in _entries(described, "data", f"{path}:"):
        for paragraph, place in _entries(article, "paragraphs", where):
            text = _field(paragraph, "context", place, str)
            paragraphs.append([word for word in _BETWEEN_WORDS.split(text) if word])
            for asked, here in _entries(paragraph, "qas", place):
                questions.append(
                    Question(
                        id=_field(asked, "id", here, str),
                        text=_field(asked, "question", here, str),
                        paragraph=len(paragraphs) - 1,
                        answers=[
                            _field(answer, "text", there, str)
                            for answer, there in _entries(asked, "answers", here)
                        ],
                    )
                )
    if not questions:
        raise FileError(f"{path} asks no questions")
    return Squad(path, paragraphs, questions)


def _entries(parent: Any, name: str, where: str) -> list[tuple[Any, str]]:
    """Those of a list, each with its place in the file, for error messages."""
    entries = _field(parent, name, where, list)
    return [(entry, f"{where} {name}[{number}]") for number, entry in enumerate(entries)]


def _field(entry: Any, name: str, where: str, kind: type) -> Any:
    value = entry.get(name) if isinstance(entry, Mapping) else None
    if not isinstance(value, kind):
        raise FileError(f'{where} has no "{name}" of type {kind.__name__}')
    return value


PAD, UNKNOWN, CLS, SEP, MASK = SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_LARGEST = 16 << 20  # bytes; the official one has 232 kB


class WordPiece:
    """A vocabulary and how text is cut into its pieces: in lower case, without accents, apart at
    spaces and punctuation, each word into the longest pieces that there are. Any thread.
    """

    def __init__(self, path: Path) -> None:
        """path: vocab.txt, a piece a line; its number is that of the line, from 0.

        Raises FileNotFoundError, and FileError for a piece that stands there twice and a special
        one that is missing.
        """
        self._numbers: dict[str, int] = {}
        lines = read_text(path, _LARGEST).removesuffix("\n").split("\n")
        for number, piece in enumerate(lines):
            if piece in self._numbers:
                raise FileError(
                    f"{path}, line {number + 1}: {piece!r:.100} stands in line "
                    f"{self._numbers[piece] + 1} already"
                )
            self._numbers[piece] = number
        missing = [piece for piece in SPECIAL if piece not in self._numbers]
        if missing:
            raise FileError(f"{path} is no vocabulary of BERT: it has no {', '.join(missing)}")
        self.path = path
        self._tokenizer = BertWordPieceTokenizer(self._numbers, lowercase=True)

    def __len__(self) -> int:
        return len(self._numbers)

    def number(self, piece: str) -> int:
        """Of a piece of the vocabulary."""
        return self._numbers[piece]

    def cut(self, texts: Sequence[str]) -> list[list[str]]:
        """The pieces of each text."""
        encoded = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [list(one.tokens) for one in encoded]

    def words(self, text: str) -> list[str]:
        """The text as it is before words are cut into pieces."""
        plain = self._tokenizer.normalizer.normalize_str(text)
        return [word for word, _ in self._tokenizer.pre_tokenizer.pre_tokenize_str(plain)]
