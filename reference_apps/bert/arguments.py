"""Parses the command line: the arguments of every app, and the flags of the official run.py."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mlperf_loadgen.harness.argument_types import existing_file, first_existing, int_at_least
from mlperf_loadgen.harness.arguments import Defaults, parser
from mlperf_loadgen.harness.backends import BACKENDS, GRAPH, ONNX, TORCH, backends_for

from reference_apps.common.arguments import ModelOptions
from reference_apps.registry import APPS

APP = APPS["bert"]
DEFAULTS = Defaults(max_batch_size=1, max_latency=0.5)
GELUS = ("erf", "tanh")
DATA = "dev-v1.1.json"
VOCABULARY = "vocab.txt"
MODELS = "bert_tf_v1_1_large_fp32_384_v2"  # the official folder of vocabulary and models
_OFFICIAL = "build/data"
_FILES = {ONNX: "model.onnx", TORCH: "model.pytorch", GRAPH: "model.pb"}
_QUANTIZED = "bert_large_v1_1_fake_quant.onnx"


@dataclass(frozen=True)
class BertOptions(ModelOptions):
    """What the command line says about the model."""

    quantized: bool = False  # whether an ONNX file is the quantized one
    gelu: str = GELUS[0]  # of PyTorch weights


def arguments() -> argparse.ArgumentParser:
    """Makes the parser. `parse` adds what follows from the arguments."""
    app_parser = parser(
        f"{APP.title} on {APP.data} under LoadGen.",
        backends=APP.backends,
        defaults=DEFAULTS,
        dataset=f"folder with {DATA} (default: a small synthetic one)",
        model="frozen graph, ONNX file or PyTorch weights (default: weights from a seed)",
    )
    app_parser.add_argument(
        "--vocab_file",
        "--vocab-file",
        type=existing_file,
        metavar="FILE",
        help=f"vocabulary (default: {VOCABULARY} in the folder, in its {MODELS}, or beside the "
        "model)",
    )
    app_parser.add_argument(
        "--quantized",
        action="store_true",
        help="the ONNX file is the quantized one, whose inputs have names of their own",
    )
    app_parser.add_argument(
        "--gelu",
        choices=GELUS,
        default=GELUS[0],
        help="activation of PyTorch weights (%(choices)s; default %(default)s): tanh for weights "
        "trained with TensorFlow's BERT",
        metavar="NAME",
    )
    app_parser.add_argument(
        "--max_examples",
        "--max-examples",
        type=int_at_least(1),
        metavar="N",
        help="use only the first N samples",
    )
    return app_parser


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parses the command line. A model or data set that it does not name is taken from where the
    official app has it, if it is there. Raises SystemExit as argparse does.
    """
    app_parser = arguments()
    args = app_parser.parse_args(argv)
    model_format = BACKENDS[args.backend].format
    if args.quantized and model_format != ONNX:
        needed = " or ".join(backends_for([ONNX]))
        app_parser.error(f"--quantized needs --backend {needed}, not {args.backend}")
    file = _QUANTIZED if args.quantized else _FILES[model_format]
    args.model_path = args.model_path or first_existing(f"{_OFFICIAL}/{MODELS}/{file}")
    if first_existing(f"{_OFFICIAL}/{DATA}"):
        args.dataset_path = args.dataset_path or Path(_OFFICIAL)
    return args
