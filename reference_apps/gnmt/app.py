"""GNMT on newstest2014, English to German."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import mlperf_loadgen as lg
from mlperf_loadgen.harness import screen
from mlperf_loadgen.harness.accuracy_log import AccuracyLog
from mlperf_loadgen.harness.app import App, Score, run_app
from mlperf_loadgen.harness.arguments import threads_per_worker
from mlperf_loadgen.harness.cache import content_key

from reference_apps.common.arguments import stand_ins
from reference_apps.gnmt import accuracy
from reference_apps.gnmt.arguments import DEFAULTS, MODEL, parse
from reference_apps.gnmt.backends import Opening
from reference_apps.gnmt.beam_search import Ids
from reference_apps.gnmt.dataset import (
    NewsTest,
    SentenceLibrary,
    join_pieces,
    read_newstest,
    read_references,
)
from reference_apps.gnmt.model import checkpoint_files, read_checkpoint
from reference_apps.gnmt.processing import storing
from reference_apps.gnmt.synthetic import STAND_IN, generated_newstest

_TITLE = "GNMT, 4 layers"
_MOST_IN_MEMORY = 3003  # sentences
_STORED = Path("lg_output")


def main(argv: Sequence[str] | None = None) -> lg.Report:
    """Runs what the command line asks for, and returns the report of the last run. argv: without
    the program's name; None: the process's own.
    """
    asked = parse(argv)
    app = _app(asked[0])
    return [run_app(app, args) for args in asked][-1]


def _app(args: argparse.Namespace) -> App:
    data = _data(args)
    translator = _opening(args, data).open(args.backend)
    count = min(len(data.source), args.count or len(data.source))
    library = SentenceLibrary(
        count,
        lambda index: data.source_words.ids(data.source[index]),
        performance_sample_count=min(count, _MOST_IN_MEMORY),
        name=MODEL,
    )

    def predict(sentences: Sequence[Ids]) -> list[bytes]:
        found = translator(sentences)
        return [data.target_words.sentence(words).encode() for words in found]

    return App(
        model=MODEL,
        about_model=_about_model(args.model_path),
        about_data=_about_data(count, data, generated=args.dataset_path is None),
        about_backend=translator.decoder.name,
        library=library,
        predict=storing(predict, library, _STORED) if args.store_translation else predict,
        score=lambda log: _score(log, data, verbose=args.verbose),
        defaults=DEFAULTS,
        synthetic=stand_ins(args),
        lengths=data.source.words[:count],
    )


def _data(args: argparse.Namespace) -> NewsTest:
    large = not args.accuracy
    if args.dataset_path is None:
        return generated_newstest(large=large)
    return read_newstest(args.dataset_path, large=large)


def _opening(args: argparse.Namespace, data: NewsTest) -> Opening:
    threads = threads_per_worker(args)
    if args.model_path is None:
        network, key = STAND_IN.network(), STAND_IN.key()
    else:
        words = len(data.source_words), len(data.target_words)
        network = read_checkpoint(args.model_path, *words)
        key = content_key(STAND_IN.key(), *checkpoint_files(args.model_path))
    return Opening(network, key, args.device, threads)


def _about_model(path: Path | None) -> str:
    if path is not None:
        return f"{_TITLE}, {path}"
    return f"{_TITLE}, NOT the trained weights: a narrow stand-in that was taught a few sentences"


def _about_data(count: int, data: NewsTest, *, generated: bool) -> str:
    return f"{count} sentences in {data.source.path}" + (
        ", translated by the stand-in itself" if generated else ""
    )


def _score(log: AccuracyLog, data: NewsTest, *, verbose: bool) -> Score:
    references = read_references(data.reference)
    line = accuracy.line(log, references)
    return Score(line, lambda: _show(log, data, references)) if verbose else Score(line)


def _show(log: AccuracyLog, data: NewsTest, references: Sequence[str]) -> None:
    rows = [
        (join_pieces(data.source[index]), found.decode(), references[index])
        for index, found in zip(log.indices, log.data, strict=True)
    ]
    screen.table("Translations", ("sentence", "translation", "reference"), rows)
