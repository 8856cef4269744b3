"""Runs BERT-Large on SQuAD v1.1."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import mlperf_loadgen as lg
import numpy as np
from mlperf_loadgen.harness.accuracy_log import AccuracyLog
from mlperf_loadgen.harness.app import App, Score, run_app
from mlperf_loadgen.harness.backends import GRAPH, ONNX, TORCH
from mlperf_loadgen.harness.in_memory import InMemoryLibrary

from reference_apps.bert import formats
from reference_apps.bert.accuracy import read_answers, score_answers
from reference_apps.bert.arguments import APP, DATA, DEFAULTS, MODELS, BertOptions, parse
from reference_apps.bert.dataset import WordPiece, find_vocabulary, read_squad
from reference_apps.bert.model import load_checkpoint
from reference_apps.bert.processing import BertSpec, Features, make_features, predict
from reference_apps.bert.synthetic import SMALL, SYNTHETIC, quantized_onnx_file, synthetic_squad
from reference_apps.common.arguments import about_model, synthetic_parts
from reference_apps.common.model import LoadedModel, open_model


def main(argv: Sequence[str] | None = None) -> lg.Report:
    """Runs what the command line asks for. argv: without the program's name; None: sys.argv."""
    args = parse(argv)
    model = load_model(args)
    features = _features(args).head(args.count).head(args.max_examples)
    features.wordpiece.check_known(model.spec.vocabulary if args.model_path else SMALL.vocabulary)
    return run_app(
        App(
            model=APP.model,
            about_model=about_model(_title(args), args.model_path),
            about_data=_about_data(args, features),
            about_backend=model.backend.name,
            library=InMemoryLibrary(
                len(features), lambda index: features.inputs[index], name=APP.name
            ),
            predict=lambda batch: predict(model, batch),
            score=lambda log: _score(log, features),
            defaults=DEFAULTS,
            synthetic=synthetic_parts(args),
        ),
        args,
    )


def load_model(args: argparse.Namespace) -> LoadedModel[BertSpec]:
    """Opens the model that a parsed command line asks for.

    Raises what open_model raises, and ValueError for an ONNX file with other inputs.
    """
    options = BertOptions.of(args, quantized=args.quantized, gelu=args.gelu)
    model = open_model(args.backend, FORMATS, options)
    if set(model.backend.inputs) != set(model.spec.feeds):
        raise ValueError(
            f"{options.path} must have the inputs {', '.join(model.spec.feeds)}, not "
            f"{', '.join(model.backend.inputs)}"
            + ("" if options.quantized else "; the quantized file needs --quantized")
        )
    return model


def _onnx(options: BertOptions) -> BertSpec:
    if options.quantized:
        source = options.path or quantized_onnx_file()
        return BertSpec(source, feeds=formats.QUANTIZED_ONNX_INPUTS)
    source = options.path or SYNTHETIC.file(ONNX)
    return BertSpec(source, outputs=formats.ONNX_OUTPUTS, feeds=formats.ONNX_INPUTS)


def _graph(options: BertOptions) -> BertSpec:
    return BertSpec(
        options.path or SYNTHETIC.file(GRAPH),
        inputs=formats.GRAPH_INPUTS,
        outputs=[formats.GRAPH_OUTPUT],
        feeds=formats.GRAPH_INPUTS,
        dtype=np.int32,
    )


def _torch(options: BertOptions) -> BertSpec:
    path = options.path
    network = SYNTHETIC.network() if path is None else load_checkpoint(path, gelu=options.gelu)
    return BertSpec(
        network,
        inputs=formats.TORCH_INPUTS,
        outputs=formats.ONNX_OUTPUTS,
        feeds=formats.TORCH_INPUTS,
        vocabulary=network.size.vocabulary,
    )


FORMATS = {ONNX: _onnx, TORCH: _torch, GRAPH: _graph}


def _features(args: argparse.Namespace) -> Features:
    folder = args.dataset_path or synthetic_squad()
    folders = [folder, folder / MODELS, *([args.model_path.parent] if args.model_path else [])]
    vocabulary = args.vocab_file or find_vocabulary(folders)
    return make_features(read_squad(folder / DATA), WordPiece(vocabulary))


def _title(args: argparse.Namespace) -> str:
    if args.model_path is not None:
        return APP.title
    return f"BERT of {SMALL.layers} layers, {SMALL.hidden} wide"


def _about_data(args: argparse.Namespace, features: Features) -> str:
    squad = features.squad
    text = f"{len(features)} samples of {len(squad.questions)} questions in {squad.path}"
    return text if args.dataset_path else f"{text}, answered by the synthetic model itself"


def _score(log: AccuracyLog, features: Features) -> Score:
    return Score(score_answers(features.squad, read_answers(log, features)).line())
