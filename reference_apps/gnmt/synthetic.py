"""Sentences in English and German, tokenized, for when newstest2014 is not at hand. They were
written for this app.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import torch
from mlperf_loadgen.harness.cache import cached_folder
from mlperf_loadgen.harness.extras import require
from mlperf_loadgen.harness.progress_bar import track
from torch import Tensor
from torch.nn import functional

from reference_apps.common.stand_in import StandIn
from reference_apps.gnmt.backends import Opening
from reference_apps.gnmt.beam_search import Ids
from reference_apps.gnmt.dataset import (
    END,
    LARGE_SOURCE,
    REFERENCE,
    SOURCE,
    SOURCE_VOCABULARY,
    SPECIAL,
    START,
    TARGET_VOCABULARY,
    NewsTest,
    Vocabulary,
    read_newstest,
)
from reference_apps.gnmt.formats import write_graph_decoder, write_onnx_decoder
from reference_apps.gnmt.model import Gnmt

PAIRS = (
    ("The door is open .", "Die Tür ist offen ."),
    ("It is raining .", "Es regnet ."),
    ("Where is the station ?", "Wo ist der Bahnhof ?"),
    ("The train leaves at nine .", "Der Zug fährt um neun Uhr ."),
    ("She reads a long book .", "Sie liest ein langes Buch ."),
    ("We are going home .", "Wir gehen nach Hause ."),
    ("The children play in the garden .", "Die Kinder spielen im Garten ."),
    ("My brother works in a bakery .", "Mein Bruder arbeitet in einer Bäckerei ."),
    ("Nobody knew the answer .", "Niemand kannte die Antwort ."),
    ("He has lost his keys again .", "Er hat schon wieder seine Schlüssel verloren ."),
    ("The soup is too hot .", "Die Suppe ist zu heiß ."),
    ("Please close the window .", "Bitte schließen Sie das Fenster ."),
    ("The bridge was built a hundred years ago .", "Die Brücke wurde vor hundert Jahren gebaut ."),
    ("I would like a cup of coffee .", "Ich hätte gern eine Tasse Kaffee ."),
    ("Tomorrow the weather will be better .", "Morgen wird das Wetter besser ."),
    ("They have two dogs and a cat .", "Sie haben zwei Hunde und eine Katze ."),
    ("The museum is closed on Mondays .", "Das Museum ist montags geschlossen ."),
    ("Can you help me with this box ?", "Kannst du mir mit dieser Kiste helfen ?"),
    ("The river is deep and cold .", "Der Fluss ist tief und kalt ."),
    ("She learned German at school .", "Sie hat in der Schule Deutsch gelernt ."),
    ("The teacher explains the question once more .", "Der Lehrer erklärt die Frage noch einmal ."),
    ("Our neighbours grow tomatoes .", "Unsere Nachbarn ziehen Tomaten ."),
    ("The lamp above the table is broken .", "Die Lampe über dem Tisch ist kaputt ."),
    ("Why did you not call ?", "Warum hast du nicht angerufen ?"),
    ("The ship reaches the harbour in the morning .", "Das Schiff erreicht morgens den Hafen ."),
    ("He plays the violin , and she sings .", "Er spielt Geige , und sie singt ."),
    ("There is snow on the mountains .", "Auf den Bergen liegt Schnee ."),
    ("The letter was on the table when I came .", "Der Brief lag auf dem Tisch , als ich kam ."),
    ("I do not understand this word .", "Ich verstehe dieses Wort nicht ."),
    ("The shop sells bread , milk and apples .", "Der Laden verkauft Brot , Milch und Äpfel ."),
    (
        "If it does not rain , we will walk to the lake .",
        "Wenn es nicht regnet , gehen wir zu Fuß zum See .",
    ),
    (
        "The old man told us a story about the sea .",
        "Der alte Mann erzählte uns eine Geschichte vom Meer .",
    ),
)


_SIZE = 600  # rare words are cut into pieces
_WORD_END = "</w>"


@cache
def generated_pairs() -> list[tuple[str, str]]:
    """English and German lines of pieces, "@@" behind those within a word."""
    encoder = _encoder()
    return [(_line(encoder, english), _line(encoder, german)) for english, german in PAIRS]


@cache
def generated_vocabulary() -> Vocabulary:
    """Of both languages."""
    pieces = {piece for pair in generated_pairs() for line in pair for piece in line.split(" ")}
    return Vocabulary((*SPECIAL, *sorted(pieces)))


def _line(encoder: Any, sentence: str) -> str:
    pieces = (
        piece.removesuffix(_WORD_END) if piece.endswith(_WORD_END) else f"{piece}@@"
        for piece in encoder.encode(sentence).tokens
    )
    return " ".join(pieces)


def _encoder() -> Any:
    tokenizers = require("tokenizers")
    encoder = tokenizers.Tokenizer(tokenizers.models.BPE(end_of_word_suffix=_WORD_END))
    encoder.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=_SIZE, end_of_word_suffix=_WORD_END, show_progress=False
    )
    encoder.train_from_iterator(chain(*PAIRS), trainer)
    return encoder


_ROUNDS = 110
_LEARNING_RATE = 0.01
_GREATEST_GRADIENT = 5.0
_NOT_JUDGED = -100  # what cross_entropy leaves out


def train(network: Gnmt, pairs: Sequence[tuple[Ids, Ids]]) -> None:
    """pairs: word ids of a sentence and of its translation. All of them are one batch."""
    source = _filled([ids.tolist() for ids, _ in pairs], END)
    lengths = torch.tensor([len(ids) for ids, _ in pairs])
    before = _filled([[START, *ids.tolist()] for _, ids in pairs], END)
    after = _filled([[*ids.tolist(), END] for _, ids in pairs], _NOT_JUDGED)
    optimizer = torch.optim.Adam(network.parameters(), lr=_LEARNING_RATE)
    with torch.enable_grad():
        for _ in track(range(_ROUNDS), "training the stand-in"):
            logits = _logits(network, source, lengths, before)
            loss = functional.cross_entropy(logits.flatten(0, 1), after.flatten())
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), _GREATEST_GRADIENT)
            optimizer.step()


def _logits(network: Gnmt, source: Tensor, lengths: Tensor, before: Tensor) -> Tensor:
    """(n, words, target words): of the word behind each word of the translations."""
    memory, state = network.encode(source, lengths)
    logits = []
    for words in before.T:
        step, state = network.step(words, state, memory)
        logits.append(step)
    return torch.stack(logits, 1)


def _filled(rows: list[list[int]], fill: int) -> Tensor:
    longest = max(map(len, rows))
    return torch.tensor([row + [fill] * (longest - len(row)) for row in rows])


_UNITS = 64


def _make() -> Gnmt:
    words = len(generated_vocabulary())
    return Gnmt(words, words, _UNITS)


def _settle(made: Gnmt) -> None:
    ids = generated_vocabulary().ids
    train(made, [(ids(english), ids(german)) for english, german in generated_pairs()])


STAND_IN = StandIn(
    name="gnmt",
    make=_make,
    settle=_settle,
    code=__file__,
    write_onnx=write_onnx_decoder,
    write_graph=write_graph_decoder,
)


_REPEATED = 8  # times, in the file for performance


def generated_newstest(*, large: bool) -> NewsTest:
    """Sentences written for this app in the official layout. Their references are what the
    stand-in answers in float32: what a run loses on the way, of precision or of words, it scores
    below 100.
    """
    return read_newstest(cached_folder("newstest", STAND_IN.key(), _fill), large=large)


def _fill(folder: Path) -> None:
    vocabulary = generated_vocabulary()
    lines = [english for english, _ in generated_pairs()]
    translate = Opening(STAND_IN.network(), STAND_IN.key(), "cpu", threads=0).open("torch")
    found = translate([vocabulary.ids(line) for line in lines])
    _write(folder / SOURCE, lines)
    _write(folder / LARGE_SOURCE, lines * _REPEATED)
    _write(folder / REFERENCE, map(vocabulary.sentence, found))
    for name in (SOURCE_VOCABULARY, TARGET_VOCABULARY):
        _write(folder / name, vocabulary.words)


def _write(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
