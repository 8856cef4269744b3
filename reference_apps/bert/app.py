"""BERT-Large on SQuAD v1.1."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import mlperf_loadgen as lg
import numpy as np
from mlperf_loadgen.harness.accuracy_log import AccuracyLog
from mlperf_loadgen.harness.app import App, Score, run_app
from mlperf_loadgen.harness.arguments import threads_per_worker
from mlperf_loadgen.harness.backends import Backend
from mlperf_loadgen.harness.backends.onnxruntime import OnnxRuntimeBackend
from mlperf_loadgen.harness.backends.tensorflow import TensorFlowBackend
from mlperf_loadgen.harness.backends.torch import TorchBackend
from mlperf_loadgen.harness.in_memory import InMemoryLibrary
from numpy.typing import DTypeLike, NDArray

from reference_apps.bert import accuracy, formats, model
from reference_apps.bert.arguments import DATA, DEFAULTS, MODELS, VOCABULARY, parse
from reference_apps.bert.dataset import WordPiece, read_squad
from reference_apps.bert.formats import (
    GRAPH_INPUTS,
    GRAPH_OUTPUT,
    ONNX_INPUTS,
    ONNX_OUTPUTS,
    QUANTIZED_ONNX_INPUTS,
    TORCH_INPUTS,
)
from reference_apps.bert.model import Bert, Size
from reference_apps.bert.processing import Features, make_features
from reference_apps.bert.synthetic import Model, generated_squad
from reference_apps.common.arguments import about_model, stand_ins
from reference_apps.common.stand_in import StandIn

_SMALL = Size(hidden=128, intermediate=512, layers=2)
_SHARPER = 16.0  # so much does what torch draws have to grow before attention picks tokens
_LOUDER = 2.0  # and so much before what they say counts


@dataclass(frozen=True)
class Form:
    """One of the forms in which the model comes, opened.

    The backend has two outputs (n, 384), begin and end of the answer, or one (n, 384, 2).
    """

    backend: Backend
    inputs: Sequence[str]
    dtype: DTypeLike
    pieces: int | None = None  # that it knows; None: the file does not say

    def predict(self, batch: NDArray[np.int32]) -> NDArray[np.float32]:
        """Logits (n, 384, 2) for inputs (n, 3, 384) as in Features. Any thread."""
        outputs = self.backend.predict(
            {
                name: np.ascontiguousarray(batch[:, row], self.dtype)
                for row, name in enumerate(self.inputs)
            }
        )
        logits = outputs[0] if len(outputs) == 1 else np.stack(outputs, axis=-1)
        return np.ascontiguousarray(logits, np.float32)


def settle(made: Bert) -> None:
    """Attention to few tokens that counts for much, so that an answer depends on the question."""
    for layer in made.layers():
        layer.attention.self.query.weight.mul_(_SHARPER)
        layer.attention.output.dense.weight.mul_(_LOUDER)


STAND_IN = StandIn(
    name="bert",
    make=lambda: Bert(_SMALL),
    settle=settle,
    write_onnx=formats.write_onnx,
    write_graph=formats.write_frozen_graph,
    code=model.__file__,
)


def main(argv: Sequence[str] | None = None) -> lg.Report:
    """Runs what the command line asks for. argv: without the program's name; None: the process's
    own.
    """
    args = parse(argv)
    form = open_form(args)
    features = _features(args).head(args.count).head(args.max_examples)
    wordpiece = features.wordpiece
    if form.pieces is not None and len(wordpiece) > form.pieces:
        raise ValueError(
            f"{wordpiece.path} has {len(wordpiece)} pieces, of which the model knows {form.pieces}"
        )
    return run_app(
        App(
            model="bert",
            about_model=about_model(_title(args.model_path), args.model_path),
            about_data=_about_data(features, generated=args.dataset_path is None),
            about_backend=form.backend.name,
            library=InMemoryLibrary(
                len(features), lambda index: features.inputs[index], name="bert"
            ),
            predict=form.predict,
            score=lambda log: _score(log, features),
            defaults=DEFAULTS,
            synthetic=stand_ins(args),
        ),
        args,
    )


def open_form(args: argparse.Namespace) -> Form:
    """The model that a parsed command line asks for.

    Raises as the backends of the harness, and ValueError for an ONNX file with other inputs.
    """
    path, device, threads = args.model_path, args.device, threads_per_worker(args)
    if args.backend == "torch":
        made = STAND_IN.network() if path is None else model.load_checkpoint(path, gelu=args.gelu)
        module = TorchBackend(
            made, inputs=TORCH_INPUTS, outputs=ONNX_OUTPUTS, device=device, threads=threads
        )
        return Form(module, TORCH_INPUTS, np.int64, made.size.vocabulary)
    known = _SMALL.vocabulary if path is None else None
    if args.backend == "tensorflow":
        graph = TensorFlowBackend(
            path or STAND_IN.frozen_graph(),
            inputs=GRAPH_INPUTS,
            outputs=[GRAPH_OUTPUT],
            device=device,
            threads=threads,
        )
        return Form(graph, GRAPH_INPUTS, np.int32, known)
    inputs = QUANTIZED_ONNX_INPUTS if args.quantized else ONNX_INPUTS
    stand_in = _quantized if args.quantized else STAND_IN.onnx_file
    session = OnnxRuntimeBackend(
        path or stand_in(),
        outputs=() if args.quantized else ONNX_OUTPUTS,
        device=device,
        threads=threads,
    )
    if set(session.inputs) != set(inputs):
        raise ValueError(
            f"{path} takes {', '.join(session.inputs)}, not {', '.join(inputs)}"
            + ("" if args.quantized else "; the quantized file wants --quantized")
        )
    return Form(session, inputs, np.int64, known)


def _quantized() -> Path:
    folder = _generated()
    data = make_features(read_squad(folder / DATA), WordPiece(folder / VOCABULARY))
    return STAND_IN.written(
        "quantized.onnx", lambda made, path: formats.write_quantized_onnx(made, path, data.inputs)
    )


def _features(args: argparse.Namespace) -> Features:
    folder = args.dataset_path or _generated()
    places = [folder / VOCABULARY, folder / MODELS / VOCABULARY]
    if args.model_path is not None:
        places.append(args.model_path.parent / VOCABULARY)
    vocab = args.vocab_file or next((place for place in places if place.is_file()), None)
    if vocab is None:
        raise FileNotFoundError(f"no vocabulary: none of {', '.join(map(str, places))} is there")
    return make_features(read_squad(folder / DATA), WordPiece(vocab))


def _generated() -> Path:
    def model() -> Model:
        module = TorchBackend(
            STAND_IN.network(), inputs=TORCH_INPUTS, outputs=ONNX_OUTPUTS, device="cpu"
        )
        return Form(module, TORCH_INPUTS, np.int64).predict

    return generated_squad(STAND_IN.key(), model)


def _title(path: Path | None) -> str:
    return "BERT-Large" if path else f"BERT of {_SMALL.layers} layers, {_SMALL.hidden} wide"


def _about_data(features: Features, *, generated: bool) -> str:
    squad = features.squad
    return f"{len(features)} samples of {len(squad.questions)} questions in {squad.path}" + (
        ", answered by the stand-in itself" if generated else ""
    )


def _score(log: AccuracyLog, features: Features) -> Score:
    answers = accuracy.read_answers(log, features)
    return Score(accuracy.score_answers(features.squad, answers).line())
