"""Small SQuAD data sets in the official form, and the vocabulary that goes with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reference_apps.bert.dataset import Squad, WordPiece, parse_squad
from reference_apps.bert.synthetic import vocabulary


def read_wordpiece(folder: Path) -> WordPiece:
    """Reads the synthetic vocabulary from a file that it writes into the folder."""
    file = folder / "vocab.txt"
    file.write_text("\n".join(vocabulary()), encoding="utf-8")
    return WordPiece(file)


def squad_json(*paragraphs: tuple[str, list[str]]) -> dict[str, Any]:
    """Describes paragraphs and the questions about each, which all have the same answer."""
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


def make_squad(*paragraphs: tuple[str, list[str]]) -> Squad:
    """Makes a data set as squad_json describes it."""
    return parse_squad(Path("dev.json"), squad_json(*paragraphs))
