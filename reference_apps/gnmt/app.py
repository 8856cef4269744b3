"""Runs GNMT on newstest2014, English to German."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import mlperf_loadgen as lg
from mlperf_loadgen.harness import screen
from mlperf_loadgen.harness.accuracy_log import AccuracyLog
from mlperf_loadgen.harness.app import App, Score, run_app
from mlperf_loadgen.harness.cache import content_key

from reference_apps.common.arguments import ModelOptions, synthetic_parts
from reference_apps.gnmt import accuracy
from reference_apps.gnmt.arguments import APP, DEFAULTS, parse
from reference_apps.gnmt.beam_search import Ids
from reference_apps.gnmt.dataset import (
    NewsTest,
    SentenceLibrary,
    join_pieces,
    read_newstest,
    read_references,
)
from reference_apps.gnmt.model import checkpoint_files, read_checkpoint
from reference_apps.gnmt.processing import Translator, open_translator, store_translations
from reference_apps.gnmt.synthetic import SYNTHETIC, generated_newstest

_TITLE = "GNMT, 4 layers"
_PERFORMANCE_SAMPLE_COUNT = 3003
_TRANSLATIONS = Path("lg_output")


def main(argv: Sequence[str] | None = None) -> lg.Report:
    """Runs what the command line asks for, and returns the report of the last run. argv: without
    the program's name; None: the process's own.
    """
    runs = parse(argv)
    app = _app(runs[0])
    return [run_app(app, args) for args in runs][-1]


def _app(args: argparse.Namespace) -> App:
    data = _data(args)
    translator = _translator(args, data)
    count = min(len(data.source), args.count or len(data.source))
    library = SentenceLibrary(
        count,
        lambda index: data.source_words.ids(data.source[index]),
        performance_sample_count=min(count, _PERFORMANCE_SAMPLE_COUNT),
        name=APP.model,
    )

    def predict(sentences: Sequence[Ids]) -> list[bytes]:
        return [data.target_words.sentence(words).encode() for words in translator(sentences)]

    return App(
        model=APP.model,
        about_model=_about_model(args.model_path),
        about_data=_about_data(count, data, generated=args.dataset_path is None),
        about_backend=translator.decoder.name,
        library=library,
        predict=store_translations(predict, library, _TRANSLATIONS)
        if args.store_translation
        else predict,
        score=lambda log: _score(log, data, verbose=args.verbose),
        defaults=DEFAULTS,
        synthetic=synthetic_parts(args),
        lengths=data.source.words[:count],
    )


def _data(args: argparse.Namespace) -> NewsTest:
    large = not args.accuracy
    if args.dataset_path is None:
        return generated_newstest(large=large)
    return read_newstest(args.dataset_path, large=large)


def _translator(args: argparse.Namespace, data: NewsTest) -> Translator:
    options = ModelOptions.of(args)
    if options.path is None:
        network, key = SYNTHETIC.network(), SYNTHETIC.key()
    else:
        network = read_checkpoint(options.path, len(data.source_words), len(data.target_words))
        key = content_key(SYNTHETIC.key(), *checkpoint_files(options.path))
    return open_translator(args.backend, network, key, options)


def _about_model(path: Path | None) -> str:
    if path is not None:
        return f"{_TITLE}, {path}"
    return f"{_TITLE}, NOT the trained weights: a narrow synthetic model that knows a few sentences"


def _about_data(count: int, data: NewsTest, *, generated: bool) -> str:
    translated = ", translated by the synthetic model itself" if generated else ""
    return f"{count} sentences in {data.source.path}{translated}"


def _score(log: AccuracyLog, data: NewsTest, *, verbose: bool) -> Score:
    references = read_references(data.reference)
    line = accuracy.line(log, references)
    return Score(line, lambda: _show(log, data, references)) if verbose else Score(line)


def _show(log: AccuracyLog, data: NewsTest, references: Sequence[str]) -> None:
    rows = [
        (join_pieces(data.source[index]), translation.decode(), references[index])
        for index, translation in zip(log.indices, log.data, strict=True)
    ]
    screen.table("Translations", ("sentence", "translation", "reference"), rows)
