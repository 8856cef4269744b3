"""Makes a small GNMT and a small newstest2014 of sentences written for this app: the network is
trained until it knows them by heart.
"""

from __future__ import annotations

from collections.abc import Iterable
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

from reference_apps.common.arguments import ModelOptions
from reference_apps.common.synthetic import SyntheticModel
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
from reference_apps.gnmt.model import Gnmt
from reference_apps.gnmt.processing import open_translator

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

_VOCABULARY_SIZE = 600  # small enough that rare words are cut into pieces
_WORD_END = "</w>"

_UNITS = 64
_EPOCHS = 110
_LEARNING_RATE = 0.01
_MAX_GRADIENT_NORM = 5.0
_IGNORED = -100  # the target that cross_entropy leaves out

_LARGE_REPEATS = 8  # of all sentences, in the file for performance


def generated_newstest(*, large: bool) -> NewsTest:
    """Returns the sentences in the official layout. Their references are what the synthetic model
    answers in float32, so a run that loses precision, or words, scores below 100.
    """
    return read_newstest(cached_folder("newstest", SYNTHETIC.key(), _write_newstest), large=large)


def _write_newstest(folder: Path) -> None:
    vocabulary = generated_vocabulary()
    lines = [english for english, _ in generated_pairs()]
    options = ModelOptions(device="cpu")
    translate = open_translator("torch", SYNTHETIC.network(), SYNTHETIC.key(), options)
    translations = translate([vocabulary.ids(line) for line in lines])
    _write_lines(folder / SOURCE, lines)
    _write_lines(folder / LARGE_SOURCE, lines * _LARGE_REPEATS)
    _write_lines(folder / REFERENCE, map(vocabulary.sentence, translations))
    for name in (SOURCE_VOCABULARY, TARGET_VOCABULARY):
        _write_lines(folder / name, vocabulary.words)


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


@cache
def generated_pairs() -> list[tuple[str, str]]:
    """Returns English and German lines cut into pieces; "@@" marks a piece within a word."""
    encoder = _train_byte_pair_encoder()
    return [
        (_cut_into_pieces(encoder, english), _cut_into_pieces(encoder, german))
        for english, german in PAIRS
    ]


@cache
def generated_vocabulary() -> Vocabulary:
    """Returns the pieces of both languages."""
    pieces = {piece for pair in generated_pairs() for line in pair for piece in line.split(" ")}
    return Vocabulary((*SPECIAL, *sorted(pieces)))


def _train_byte_pair_encoder() -> Any:
    tokenizers = require("tokenizers")
    encoder = tokenizers.Tokenizer(tokenizers.models.BPE(end_of_word_suffix=_WORD_END))
    encoder.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=_VOCABULARY_SIZE, end_of_word_suffix=_WORD_END, show_progress=False
    )
    encoder.train_from_iterator(chain(*PAIRS), trainer)
    return encoder


def _cut_into_pieces(encoder: Any, sentence: str) -> str:
    pieces = (
        piece.removesuffix(_WORD_END) if piece.endswith(_WORD_END) else f"{piece}@@"
        for piece in encoder.encode(sentence).tokens
    )
    return " ".join(pieces)


def _make_network() -> Gnmt:
    words = len(generated_vocabulary())
    return Gnmt(words, words, _UNITS)


def _init_weights(network: Gnmt) -> None:
    """Trains the network on all pairs as one batch."""
    ids = generated_vocabulary().ids
    pairs = [(ids(english).tolist(), ids(german).tolist()) for english, german in generated_pairs()]
    source = _padded([english for english, _ in pairs], END)
    lengths = torch.tensor([len(english) for english, _ in pairs])
    inputs = _padded([[START, *german] for _, german in pairs], END)
    targets = _padded([[*german, END] for _, german in pairs], _IGNORED)
    optimizer = torch.optim.Adam(network.parameters(), lr=_LEARNING_RATE)
    with torch.enable_grad():
        for _ in track(range(_EPOCHS), "training the synthetic model"):
            logits = _logits(network, source, lengths, inputs)
            loss = functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), _MAX_GRADIENT_NORM)
            optimizer.step()


def _logits(network: Gnmt, source: Tensor, lengths: Tensor, inputs: Tensor) -> Tensor:
    """Returns logits (n, words, target words) for the word after each word of `inputs`."""
    memory, state = network.encode(source, lengths)
    logits = []
    for words in inputs.T:
        step, state = network.step(words, state, memory)
        logits.append(step)
    return torch.stack(logits, 1)


def _padded(rows: list[list[int]], fill: int) -> Tensor:
    longest = max(map(len, rows))
    return torch.tensor([row + [fill] * (longest - len(row)) for row in rows])


SYNTHETIC = SyntheticModel(
    name="gnmt",
    make=_make_network,
    init_weights=_init_weights,
    code=__file__,
)
