"""Reads SQuAD v1.1 and the vocabulary of BERT from their official files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlperf_loadgen.untrusted import FileError, entries, field, read_json, read_text
from tokenizers import BertWordPieceTokenizer

from reference_apps.bert.arguments import VOCABULARY

_WORD_SEPARATORS = re.compile("[ \t\r\n\u202f]+")

PAD, UNKNOWN, CLS, SEP, MASK = SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_MAX_VOCABULARY_BYTES = 16 << 20  # the official one has 232 kB


@dataclass(frozen=True)
class Question:
    """A question about a paragraph."""

    id: str
    text: str
    paragraph: int  # index into Squad.paragraphs
    answers: Sequence[str]  # each of them is correct


@dataclass(frozen=True)
class Squad:
    """Paragraphs, split into words, and questions, both in the order of the file."""

    path: Path
    paragraphs: Sequence[Sequence[str]]
    questions: Sequence[Question]


def read_squad(path: Path) -> Squad:
    """Reads a data set file such as dev-v1.1.json.

    Raises FileNotFoundError, and FileError for a file that is not SQuAD, naming the entry, and for
    one without questions or with a question without answers.
    """
    squad = parse_squad(path, read_json(path))
    for question in squad.questions:
        if not question.answers:
            raise FileError(f"{path}: question {question.id} must have at least 1 answer")
    return squad


def parse_squad(path: Path, content: Any) -> Squad:
    """Checks the parsed JSON of such a file, whose questions may lack answers.

    Raises FileError as read_squad does.
    """
    paragraphs: list[list[str]] = []
    questions: list[Question] = []
    for article, article_at in entries(content, "data", f"{path}:"):
        for paragraph, paragraph_at in entries(article, "paragraphs", article_at):
            text = field(paragraph, "context", str, paragraph_at)
            paragraphs.append([word for word in _WORD_SEPARATORS.split(text) if word])
            for question, question_at in entries(paragraph, "qas", paragraph_at):
                questions.append(
                    Question(
                        id=field(question, "id", str, question_at),
                        text=field(question, "question", str, question_at),
                        paragraph=len(paragraphs) - 1,
                        answers=[
                            field(answer, "text", str, answer_at)
                            for answer, answer_at in entries(question, "answers", question_at)
                        ],
                    )
                )
    if not questions:
        raise FileError(f"{path} must have at least 1 question")
    return Squad(path, paragraphs, questions)


def find_vocabulary(folders: Sequence[Path]) -> Path:
    """Finds the vocabulary in the first folder that has it. Raises FileNotFoundError."""
    paths = [folder / VOCABULARY for folder in folders]
    for path in paths:
        if path.is_file():
            return path
    raise FileNotFoundError(
        f"no vocabulary at {' or '.join(map(str, paths))}; name one with --vocab_file"
    )


class WordPiece:
    """Tokenizes text as the uncased BERT models do.

    Text is lower-cased, stripped of accents, and split at spaces and punctuation; each word is then
    split into the longest tokens of the vocabulary. Any thread may call the methods.
    """

    def __init__(self, path: Path) -> None:
        """Reads vocab.txt: one token a line, whose id is the line number, from 0.

        Raises FileNotFoundError, and FileError for a duplicate or a missing special token.
        """
        self._ids: dict[str, int] = {}
        lines = read_text(path, _MAX_VOCABULARY_BYTES).removesuffix("\n").split("\n")
        for token_id, token in enumerate(lines):
            if token in self._ids:
                raise FileError(
                    f"{path}, line {token_id + 1}: duplicate token {token!r:.100}, first in line "
                    f"{self._ids[token] + 1}"
                )
            self._ids[token] = token_id
        missing = [token for token in SPECIAL if token not in self._ids]
        if missing:
            raise FileError(f"{path} is not a BERT vocabulary: it lacks {', '.join(missing)}")
        self.path = path
        self._tokenizer = BertWordPieceTokenizer(self._ids, lowercase=True)

    def __len__(self) -> int:
        return len(self._ids)

    def check_known(self, count: int | None) -> None:
        """Raises ValueError if there are more tokens than a model knows; None: any number."""
        if count is not None and len(self) > count:
            raise ValueError(
                f"{self.path} must have at most {count} tokens, as many as the model knows, not "
                f"{len(self)}"
            )

    def token_id(self, token: str) -> int:
        """Looks up a token of the vocabulary. Raises KeyError for any other."""
        return self._ids[token]

    def tokenize(self, texts: Sequence[str]) -> list[list[str]]:
        """Splits each text into tokens of the vocabulary."""
        encoded = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [list(one.tokens) for one in encoded]

    def basic_tokens(self, text: str) -> list[str]:
        """Splits a text as tokenize does, but leaves its words whole."""
        normalized = self._tokenizer.normalizer.normalize_str(text)
        return [word for word, _ in self._tokenizer.pre_tokenizer.pre_tokenize_str(normalized)]
