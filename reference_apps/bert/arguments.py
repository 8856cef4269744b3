"""The command line: that of every app, and the flags of the official run.py."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from mlperf_loadgen.harness.argument_types import existing_file, first_there, int_at_least
from mlperf_loadgen.harness.arguments import Defaults, parser

BACKENDS = ("onnxruntime", "torch", "tensorflow")
DEFAULTS = Defaults(max_batch_size=1, max_latency=0.5)
GELUS = ("erf", "tanh")
DATA = "dev-v1.1.json"
VOCABULARY = "vocab.txt"
MODELS = "bert_tf_v1_1_large_fp32_384_v2"  # the official folder of vocabulary and models
_OFFICIAL = "build/data"
_FILES = {"onnxruntime": "model.onnx", "torch": "model.pytorch", "tensorflow": "model.pb"}
_QUANTIZED = "bert_large_v1_1_fake_quant.onnx"


def arguments() -> argparse.ArgumentParser:
    """The parser. `parse` says what follows from what it reads."""
    made = parser(
        "BERT-Large on SQuAD v1.1 under LoadGen.",
        backends=BACKENDS,
        defaults=DEFAULTS,
        dataset=f"folder with {DATA} (without it: a small one)",
        model="frozen graph, ONNX file or PyTorch weights (without it: weights from a seed)",
    )
    made.add_argument(
        "--vocab_file",
        "--vocab-file",
        type=existing_file,
        metavar="FILE",
        help=f"vocabulary (without it: {VOCABULARY} in the folder, in its {MODELS}, or beside "
        "the model)",
    )
    made.add_argument(
        "--quantized",
        action="store_true",
        help="the ONNX file is the quantized one, with the names that it has for its inputs",
    )
    made.add_argument(
        "--gelu",
        choices=GELUS,
        default=GELUS[0],
        help="of PyTorch weights (%(choices)s; default %(default)s): weights made with "
        "TensorFlow's BERT have tanh",
        metavar="NAME",
    )
    made.add_argument(
        "--max_examples",
        "--max-examples",
        type=int_at_least(1),
        metavar="N",
        help="only the first N samples",
    )
    return made


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The parsed command line. Model and data that it does not name are those in the places that
    the official app has for them, where these are there. Raises SystemExit as argparse does.
    """
    made = arguments()
    args = made.parse_args(argv)
    if args.quantized and args.backend != "onnxruntime":
        made.error("--quantized goes with --backend onnxruntime only")
    file = _QUANTIZED if args.quantized else _FILES[args.backend]
    args.model_path = args.model_path or first_there(f"{_OFFICIAL}/{MODELS}/{file}")
    if first_there(f"{_OFFICIAL}/{DATA}"):
        args.dataset_path = args.dataset_path or Path(_OFFICIAL)
    return args
