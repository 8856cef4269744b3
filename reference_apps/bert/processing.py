"""Turns questions into inputs of the model, and its logits into answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from reference_apps.bert.dataset import CLS, SEP, Squad, WordPiece
from reference_apps.common.model import LoadedModel, ModelSpec

# In tokens, as the official app has them.
SEQUENCE_LENGTH = 384
WINDOW_STRIDE = 128
MAX_QUESTION_LENGTH = 64
MAX_ANSWER_LENGTH = 30

N_BEST = 20  # begins, and ends, that are considered in a window
NO_ANSWER = "empty"


@dataclass(frozen=True)
class TokenizedParagraph:
    """A paragraph as tokens, and the index of the word that each is part of."""

    tokens: Sequence[str]
    word_indices: NDArray[np.int64]


@dataclass(frozen=True)
class Features:
    """The samples of a data set in the order of its questions: [CLS] question [SEP] window [SEP].

    A paragraph that does not fit is covered by several overlapping windows, each of which makes a
    sample. Sample i is the official feature with unique_id 1,000,000,000 + i.
    """

    squad: Squad
    wordpiece: WordPiece
    paragraphs: Sequence[TokenizedParagraph]
    question: NDArray[np.int64]  # (n): index into squad.questions
    begin: NDArray[np.int64]  # (n): index of the window's first token in the paragraph
    offset: NDArray[np.int64]  # (n): index of that token in the input
    inputs: NDArray[np.int32]  # (n, 3, 384): token ids, attention mask, token types
    in_window: NDArray[np.bool_]  # (n, 384): where an answer may end
    is_max_context: NDArray[np.bool_]  # (n, 384): where it may begin; no other window has more

    def __len__(self) -> int:
        return len(self.inputs)

    def head(self, count: int | None) -> Features:
        """Keeps the first `count` samples, None for all.

        A question is kept if all of its samples are; the first one always is.
        """
        if count is None or count >= len(self):
            return self
        questions = max(int(self.question[count]), 1)
        return replace(
            self,
            squad=replace(self.squad, questions=self.squad.questions[:questions]),
            question=self.question[:count],
            begin=self.begin[:count],
            offset=self.offset[:count],
            inputs=self.inputs[:count],
            in_window=self.in_window[:count],
            is_max_context=self.is_max_context[:count],
        )


def make_features(squad: Squad, wordpiece: WordPiece) -> Features:
    """Makes the samples of a data set: 10,833 of the 10,570 questions of dev-v1.1.json."""
    paragraphs = _tokenize_paragraphs(squad, wordpiece)
    questions = wordpiece.tokenize([question.text for question in squad.questions])
    samples = []  # question, offset, begin, length, which tokens have their most context here
    for index, (question, tokens) in enumerate(zip(squad.questions, questions, strict=True)):
        count = len(paragraphs[question.paragraph].tokens)
        offset = min(len(tokens), MAX_QUESTION_LENGTH) + 2
        windows = split_into_windows(count, SEQUENCE_LENGTH - offset - 1)
        owners = max_context_windows(windows, count)
        samples += [
            (index, offset, begin, length, owners[begin : begin + length] == window)
            for window, (begin, length) in enumerate(windows)
        ]
    inputs = np.zeros((len(samples), 3, SEQUENCE_LENGTH), np.int32)
    in_window, is_max_context = np.zeros((2, len(samples), SEQUENCE_LENGTH), np.bool_)
    token_ids = [[wordpiece.token_id(token) for token in one.tokens] for one in paragraphs]
    for row, (index, offset, begin, length, owned) in enumerate(samples):
        end = offset + length
        prefix = [CLS, *questions[index][:MAX_QUESTION_LENGTH], SEP]
        window_ids = token_ids[squad.questions[index].paragraph][begin : begin + length]
        inputs[row, 0, :offset] = [wordpiece.token_id(token) for token in prefix]
        inputs[row, 0, offset : end + 1] = [*window_ids, wordpiece.token_id(SEP)]
        inputs[row, 1, : end + 1] = 1
        inputs[row, 2, offset : end + 1] = 1
        in_window[row, offset:end] = True
        is_max_context[row, offset:end] = owned
    question_indices, offsets, begins = (
        np.array([sample[column] for sample in samples], np.int64) for column in range(3)
    )
    return Features(
        squad=squad,
        wordpiece=wordpiece,
        paragraphs=paragraphs,
        question=question_indices,
        begin=begins,
        offset=offsets,
        inputs=inputs,
        in_window=in_window,
        is_max_context=is_max_context,
    )


def split_into_windows(count: int, max_length: int) -> list[tuple[int, int]]:
    """Covers `count` tokens with overlapping windows. Returns the begin and length of each."""
    windows = []
    begin = 0
    while begin < count:
        length = min(count - begin, max_length)
        windows.append((begin, length))
        if begin + length == count:
            break
        begin += min(length, WINDOW_STRIDE)
    return windows


def max_context_windows(windows: Sequence[tuple[int, int]], count: int) -> NDArray[np.int64]:
    """Finds for each token the window that has the most context around it, the first of equals.

    Context is the number of tokens on the shorter side plus a hundredth of the window's length.
    """
    context = np.full((max(len(windows), 1), count), -np.inf)
    for row, (begin, length) in enumerate(windows):
        left = np.arange(length)
        context[row, begin : begin + length] = np.minimum(left, left[::-1]) + 0.01 * length
    owners: NDArray[np.int64] = context.argmax(axis=0)
    return owners


def _tokenize_paragraphs(squad: Squad, wordpiece: WordPiece) -> list[TokenizedParagraph]:
    distinct = list(dict.fromkeys(word for words in squad.paragraphs for word in words))
    tokens_of = dict(zip(distinct, wordpiece.tokenize(distinct), strict=True))
    paragraphs = []
    for words in squad.paragraphs:
        by_word = [tokens_of[word] for word in words]
        paragraphs.append(
            TokenizedParagraph(
                [token for tokens in by_word for token in tokens],
                np.repeat(np.arange(len(words)), [len(tokens) for tokens in by_word]),
            )
        )
    return paragraphs


@dataclass(frozen=True, kw_only=True)
class BertSpec(ModelSpec):
    """A BERT in one format. feeds: the inputs for token ids, attention mask and token types.

    vocabulary: the number of tokens that it knows; None: the file does not say.
    """

    feeds: Sequence[str]
    dtype: DTypeLike = np.int64
    vocabulary: int | None = None


def predict(model: LoadedModel[BertSpec], batch: NDArray[np.int32]) -> NDArray[np.float32]:
    """Computes logits (n, 384, 2) for inputs (n, 3, 384) of Features. Any thread may call it."""
    spec = model.spec
    feeds: dict[str, NDArray[Any]] = {
        name: np.ascontiguousarray(batch[:, row], spec.dtype) for row, name in enumerate(spec.feeds)
    }
    outputs = model.backend.predict(feeds)  # (n, 384, 2), or (n, 384) for begin and one for end
    logits = outputs[0] if len(outputs) == 1 else np.stack(outputs, axis=-1)
    return np.ascontiguousarray(logits, np.float32)


@dataclass(frozen=True)
class Spans:
    """The best span of each window, as indices into the input; its score is -inf without one."""

    score: NDArray[np.float64]
    begin: NDArray[np.int64]
    last: NDArray[np.int64]


def extract_answers(
    features: Features, indices: NDArray[np.int64], logits: NDArray[Any]
) -> dict[str, str]:
    """Finds the answer to each question, by its id, in the best of its windows.

    indices: the samples that have a response, ascending; a question without any gets NO_ANSWER.
    logits: (len(indices), 384, 2), of begin and end.
    """
    spans = best_spans(logits, features.is_max_context[indices], features.in_window[indices])
    best_row: dict[int, int] = {}  # by question
    for row, question in enumerate(features.question[indices].tolist()):
        best = spans.score[best_row[question]] if question in best_row else -np.inf
        if spans.score[row] > best:
            best_row[question] = row

    def answer(question: int) -> str:
        if question not in best_row:
            return NO_ANSWER
        row = best_row[question]
        return _span_text(features, int(indices[row]), int(spans.begin[row]), int(spans.last[row]))

    return {question.id: answer(index) for index, question in enumerate(features.squad.questions)}


def best_spans(
    logits: NDArray[Any], may_begin: NDArray[np.bool_], may_end: NDArray[np.bool_]
) -> Spans:
    """Finds the begin and end with the greatest sum of logits in each window, the first of equals.

    Candidates are the N_BEST begins and ends of the window; pairs that are out of order, too long
    or outside of the masks are excluded.

    logits: (n, 384, 2), where values that are not finite count as -inf. may_begin, may_end:
    (n, 384).
    """
    values = np.asarray(logits, np.float64)
    values = np.where(np.isfinite(values), values, -np.inf)
    begin_logits, end_logits = values[..., 0], values[..., 1]
    begins, lasts = (
        np.argsort(-side, axis=1, kind="stable")[:, :N_BEST] for side in (begin_logits, end_logits)
    )
    allowed = (
        np.take_along_axis(may_begin, begins, 1)[:, :, None]
        & np.take_along_axis(may_end, lasts, 1)[:, None, :]
        & (lasts[:, None, :] >= begins[:, :, None])
        & (lasts[:, None, :] < begins[:, :, None] + MAX_ANSWER_LENGTH)
    )
    scores = (
        np.take_along_axis(begin_logits, begins, 1)[:, :, None]
        + np.take_along_axis(end_logits, lasts, 1)[:, None, :]
    )
    scores = np.where(allowed, scores, -np.inf).reshape(-1, N_BEST * N_BEST)
    best = scores.argmax(axis=1)
    rows = np.arange(len(values))
    return Spans(scores[rows, best], begins[rows, best // N_BEST], lasts[rows, best % N_BEST])


def _span_text(features: Features, sample: int, begin: int, last: int) -> str:
    question = features.squad.questions[features.question[sample]]
    paragraph = features.paragraphs[question.paragraph]
    shift = features.begin[sample] - features.offset[sample]
    tokens = paragraph.tokens[begin + shift : last + shift + 1]
    first_word = paragraph.word_indices[begin + shift]
    last_word = paragraph.word_indices[last + shift]
    words = features.squad.paragraphs[question.paragraph][first_word : last_word + 1]
    return original_text(tokens, " ".join(words), features.wordpiece.basic_tokens)


def original_text(
    tokens: Sequence[str], text: str, basic_tokens: Callable[[str], list[str]]
) -> str:
    """Finds the part of `text`, with its case and accents, that the tokens were made from.

    Returns all of the text if they are not found, as beside a word that is not in the vocabulary.
    basic_tokens: see WordPiece.
    """
    wanted = " ".join(" ".join(tokens).replace(" ##", "").replace("##", "").split())
    normalized = " ".join(basic_tokens(text))
    begin = normalized.find(wanted)
    letters = [index for index, letter in enumerate(text) if letter != " "]
    if begin < 0 or not wanted or len(letters) != len(normalized.replace(" ", "")):
        return text
    first = begin - normalized.count(" ", 0, begin)
    last = first + len(wanted.replace(" ", "")) - 1
    return text[letters[first] : letters[last] + 1]
