"""newstest2014, English to German, as its official files lie in a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mlperf_loadgen.harness.untrusted import read_text

from reference_apps.gnmt.lines import Lines
from reference_apps.gnmt.vocabulary import Vocabulary, read_vocabulary

SOURCE = "newstest2014.tok.bpe.32000.en"  # for accuracy
LARGE_SOURCE = "newstest2014.tok.bpe.32000.en.large"  # for performance: many times as long
REFERENCE = "newstest2014.tok.bpe.32000.de"
SOURCE_VOCABULARY = "vocab.bpe.32000.en"
TARGET_VOCABULARY = "vocab.bpe.32000.de"


@dataclass(frozen=True)
class NewsTest:
    """Sentences of pieces, and what they are judged by."""

    source: Lines
    reference: Path
    source_words: Vocabulary
    target_words: Vocabulary


def read_newstest(folder: Path, *, large: bool) -> NewsTest:
    """large: the sentences for performance. Raises FileNotFoundError and FileError naming the
    file.
    """
    names = (SOURCE_VOCABULARY, TARGET_VOCABULARY, REFERENCE)
    for name in names:
        if not (folder / name).is_file():
            raise FileNotFoundError(f"there is no {name} in {folder}")
    return NewsTest(
        Lines(folder / (LARGE_SOURCE if large else SOURCE)),
        folder / REFERENCE,
        read_vocabulary(folder / SOURCE_VOCABULARY),
        read_vocabulary(folder / TARGET_VOCABULARY),
    )


def read_references(path: Path) -> list[str]:
    """A line for each sentence, its pieces joined; a last piece without its end stays as it is."""
    return read_text(path).removesuffix("\n").replace("@@ ", "").split("\n")
