"""A small data set in the official form, for when the real one is not at hand."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from mlperf_loadgen.harness.cache import cached_folder
from numpy.typing import NDArray
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

from reference_apps.bert.arguments import DATA, VOCABULARY
from reference_apps.bert.dataset import CLS, MASK, PAD, SEP, UNKNOWN, WordPiece, parse_squad
from reference_apps.bert.paragraphs import PARAGRAPHS, Paragraph
from reference_apps.bert.processing import Features, extract_answers, make_features

_UNUSED = 994  # places that the official vocabulary keeps free
_SHORT = 6  # letters of a word that is a piece, however rare

Model = Callable[[NDArray[np.int32]], NDArray[np.float32]]  # (n, 3, 384) to logits (n, 384, 2)


def generated_squad(key: str, model: Callable[[], Model]) -> Path:
    """A folder with both files. The right answers are those of the model, which is opened when they
    are to be made: what a run loses on the way it scores below 100. key: changes with the model.
    """

    def fill(folder: Path) -> None:
        file = folder / VOCABULARY
        file.write_text("".join(f"{piece}\n" for piece in vocabulary()), encoding="utf-8")
        wordpiece = WordPiece(file)
        unanswered = parse_squad(folder / DATA, _described({}))
        found = answered(make_features(unanswered, wordpiece), model())
        (folder / DATA).write_text(json.dumps(_described(found)), encoding="utf-8")

    return cached_folder("squad", key, fill)


def answered(features: Features, model: Model) -> dict[str, str]:
    """What the model extract_answers, sample by sample, to each question by its id."""
    logits = [model(features.inputs[index : index + 1]) for index in range(len(features))]
    return extract_answers(features, np.arange(len(features)), np.concatenate(logits))


def vocabulary() -> list[str]:
    """Special pieces where the official one has them, then letters, and words that are short or
    come more than once.
    """
    normalizer, splitter = BertNormalizer(lowercase=True), BertPreTokenizer()
    counts = Counter(
        word
        for paragraph in PARAGRAPHS
        for text in (paragraph.text, *paragraph.questions)
        for word, _ in splitter.pre_tokenize_str(normalizer.normalize_str(text))
    )
    letters = sorted({letter for word in counts for letter in word})
    words = sorted(
        word
        for word, count in counts.items()
        if len(word) > 1 and (count > 1 or len(word) <= _SHORT)
    )
    unused = [f"[unused{number}]" for number in range(_UNUSED)]
    special = [PAD, *unused[:99], UNKNOWN, CLS, SEP, MASK, *unused[99:]]
    return [*special, *letters, *(f"##{letter}" for letter in letters), *words]


def _described(given: dict[str, str]) -> dict[str, Any]:
    return {"version": "1.1", "data": [_article(paragraph, given) for paragraph in PARAGRAPHS]}


def _article(paragraph: Paragraph, given: dict[str, str]) -> dict[str, Any]:
    context = " ".join(paragraph.text.split())
    asked = []
    for number, question in enumerate(paragraph.questions):
        name = f"{paragraph.title}-{number}"
        right = [
            {"text": given[name], "answer_start": context.find(given[name])}
            for _ in range(name in given)
        ]
        asked.append({"id": name, "question": question, "answers": right})
    return {"title": paragraph.title, "paragraphs": [{"context": context, "qas": asked}]}
