"""Makes a small BERT and a small SQuAD, for runs without the official files."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mlperf_loadgen.harness.backends import GRAPH, ONNX
from mlperf_loadgen.harness.cache import cached_folder
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

from reference_apps.bert.arguments import DATA, VOCABULARY
from reference_apps.bert.dataset import (
    CLS,
    MASK,
    PAD,
    SEP,
    UNKNOWN,
    WordPiece,
    parse_squad,
    read_squad,
)
from reference_apps.bert.formats import write_frozen_graph, write_onnx, write_quantized_onnx
from reference_apps.bert.model import Bert, Size
from reference_apps.bert.paragraphs import PARAGRAPHS, Paragraph
from reference_apps.bert.processing import Features, extract_answers, make_features
from reference_apps.common.synthetic import SyntheticModel

SMALL = Size(hidden=128, intermediate=512, layers=2)
_QUERY_GAIN = 16.0  # sharpens the attention of weights as torch draws them
_VALUE_GAIN = 2.0  # and lets the result of attention outweigh the residual

_UNUSED_TOKENS = 994  # of the official vocabulary
_MAX_SHORT_WORD = 6  # letters of a word that is one token, however rare


def init_weights(network: Bert) -> None:
    """Sharpens attention, so that the answer depends on the question."""
    for layer in network.layers():
        layer.attention.self.query.weight.mul_(_QUERY_GAIN)
        layer.attention.output.dense.weight.mul_(_VALUE_GAIN)


SYNTHETIC = SyntheticModel(
    name="bert",
    make=lambda: Bert(SMALL),
    init_weights=init_weights,
    code=__file__,
    write={ONNX: write_onnx, GRAPH: write_frozen_graph},
)


def quantized_onnx_file() -> Path:
    """Returns the synthetic model as a quantized ONNX file, made once and kept."""
    folder = synthetic_squad()
    features = make_features(read_squad(folder / DATA), WordPiece(folder / VOCABULARY))
    return SYNTHETIC.written(
        "quantized.onnx", lambda network, path: write_quantized_onnx(network, path, features.inputs)
    )


def synthetic_squad() -> Path:
    """Returns a folder with the data set and the vocabulary, made once and kept.

    The correct answers are those of the synthetic model in float32, so a run scores below 100 if
    anything is lost on the way.
    """

    def fill(folder: Path) -> None:
        vocabulary_file = folder / VOCABULARY
        lines = "".join(f"{token}\n" for token in vocabulary())
        vocabulary_file.write_text(lines, encoding="utf-8")
        unanswered = parse_squad(folder / DATA, _squad_json({}))
        answers = model_answers(make_features(unanswered, WordPiece(vocabulary_file)))
        (folder / DATA).write_text(json.dumps(_squad_json(answers)), encoding="utf-8")

    return cached_folder("squad", SYNTHETIC.key(), fill)


def model_answers(features: Features) -> dict[str, str]:
    """Answers each question, by its id, with the synthetic model, one sample at a time."""
    network = SYNTHETIC.network()
    with torch.inference_mode():
        logits = [
            torch.stack(network(*torch.from_numpy(sample[:, None].astype(np.int64))), dim=-1)
            for sample in features.inputs
        ]
    return extract_answers(features, np.arange(len(features)), torch.cat(logits).numpy())


def vocabulary() -> list[str]:
    """Lists the special tokens where the official vocabulary has them, then letters and words.

    Words are those of the paragraphs that are short or occur more than once.
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
        if len(word) > 1 and (count > 1 or len(word) <= _MAX_SHORT_WORD)
    )
    unused = [f"[unused{number}]" for number in range(_UNUSED_TOKENS)]
    special = [PAD, *unused[:99], UNKNOWN, CLS, SEP, MASK, *unused[99:]]
    return [*special, *letters, *(f"##{letter}" for letter in letters), *words]


def _squad_json(answers: dict[str, str]) -> dict[str, Any]:
    return {"version": "1.1", "data": [_article(paragraph, answers) for paragraph in PARAGRAPHS]}


def _article(paragraph: Paragraph, answers: dict[str, str]) -> dict[str, Any]:
    context = " ".join(paragraph.text.split())
    questions = []
    for number, question in enumerate(paragraph.questions):
        question_id = f"{paragraph.title}-{number}"
        answer = answers.get(question_id)
        correct = [] if answer is None else [{"text": answer, "answer_start": context.find(answer)}]
        questions.append({"id": question_id, "question": question, "answers": correct})
    return {"title": paragraph.title, "paragraphs": [{"context": context, "qas": questions}]}
