"""A small newstest2014, for when the real one is not at hand."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from mlperf_loadgen.harness.cache import cached_folder

from reference_apps.gnmt import newstest
from reference_apps.gnmt.backends import Opening
from reference_apps.gnmt.newstest import NewsTest, read_newstest
from reference_apps.gnmt.pieces import generated_pairs, generated_vocabulary
from reference_apps.gnmt.stand_in import STAND_IN

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
    _write(folder / newstest.SOURCE, lines)
    _write(folder / newstest.LARGE_SOURCE, lines * _REPEATED)
    _write(folder / newstest.REFERENCE, map(vocabulary.sentence, found))
    for name in (newstest.SOURCE_VOCABULARY, newstest.TARGET_VOCABULARY):
        _write(folder / name, vocabulary.words)


def _write(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
