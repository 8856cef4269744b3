"""SQuAD v1.1 on disk: paragraphs, questions about them, and answers that people gave."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlperf_loadgen.harness.untrusted import FileError, read_json

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
