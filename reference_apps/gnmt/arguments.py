"""Reads the command line: the arguments of every app, and the flags of the official script."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from pathlib import Path

from mlperf_loadgen.harness.argument_types import first_existing, int_at_least
from mlperf_loadgen.harness.arguments import Defaults
from mlperf_loadgen.harness.arguments import parser as app_parser

from reference_apps.registry import APPS

APP = APPS["gnmt"]
DEFAULTS = Defaults(max_latency=0.1)
_DEBUG_SETTINGS = Path(__file__).with_name("debug.conf")
_OFFICIAL_DATA = "nmt/data"
_OFFICIAL_MODEL = "ende_gnmt_model_4_layer/translate.ckpt"
_RULES = "v0.5"  # the round that had GNMT


def arguments() -> argparse.ArgumentParser:
    """Returns the parser. `parse` completes what it reads."""
    parser = app_parser(
        f"{APP.title} on newstest2014, English to German, under LoadGen.",
        backends=APP.backends,
        defaults=DEFAULTS,
        dataset="folder of newstest2014 and its vocabularies (default: a small one)",
    )
    parser.set_defaults(scenario="SingleStream")
    parser.conflict_handler = "resolve"  # replaces arguments of every app that differ here
    group = parser.add_argument_group("GNMT")
    group.add_argument(
        "--model-path",
        "--model",
        type=Path,
        metavar="CKPT",
        help="TensorFlow checkpoint, such as translate.ckpt (default: a small one)",
    )
    group.add_argument(
        "--max-latency",
        type=_latencies,
        metavar="SECONDS",
        help="latency limits of Server, separated by commas, with one run for each (default: "
        f"{DEFAULTS.max_latency:g})",
    )
    group.add_argument(
        "--mode",
        choices=("Performance", "Accuracy"),
        default="Performance",
        help="Accuracy is the same as --accuracy (%(choices)s; default %(default)s)",
        metavar="NAME",
    )
    group.add_argument(
        "--batch_size",
        "--max-batchsize",
        type=int_at_least(1),
        dest="max_batchsize",
        default=DEFAULTS.max_batch_size,
        metavar="N",
        help="maximum number of sentences per inference (default %(default)s)",
    )
    group.add_argument(
        "--store_translation",
        action="store_true",
        help="write each translation to lg_output/sentence_<index>_de (SingleStream)",
    )
    group.add_argument(
        "--debug_settings",
        action="store_true",
        help=f"run only a few queries, with the settings in {_DEBUG_SETTINGS.name}",
    )
    group.add_argument(
        "--verbose", action="store_true", help="show the translations of an accuracy run"
    )
    return parser


def parse(argv: Sequence[str] | None = None) -> list[argparse.Namespace]:
    """Returns the arguments of each run: one, or with several latency limits one for each, which
    writes to a folder of its own.

    A model or data set that is not named is taken from its place in the official app, if it is
    there. Raises SystemExit as argparse does.
    """
    parser = arguments()
    args = parser.parse_args(argv)
    args.accuracy |= args.mode == "Accuracy"
    if args.store_translation and args.scenario != "SingleStream":
        parser.error(f"--store_translation requires --scenario SingleStream, not {args.scenario}")
    if args.debug_settings:
        if args.user_conf is not None:
            parser.error("--debug_settings replaces --user_conf: give only one of them")
        args.user_conf, args.rules = _DEBUG_SETTINGS, args.rules or _RULES
    args.model_path = args.model_path or _official_checkpoint()
    args.dataset_path = args.dataset_path or first_existing(_OFFICIAL_DATA)
    limits = args.max_latency or [None]
    if len(limits) > 1 and args.scenario != "Server":
        parser.error(f"several latency limits require --scenario Server, not {args.scenario}")
    return [_run(args, limit, alone=len(limits) == 1) for limit in limits]


def _official_checkpoint() -> Path | None:
    index = first_existing(f"{_OFFICIAL_MODEL}.index")
    return index and Path(_OFFICIAL_MODEL)


def _run(args: argparse.Namespace, limit: float | None, *, alone: bool) -> argparse.Namespace:
    run = argparse.Namespace(**vars(args))
    run.max_latency = limit
    if not alone:
        mode = "accuracy" if args.accuracy else "performance"
        output = args.output or Path("results", APP.model, args.scenario, mode)
        run.output = output / f"latency_{limit:g}"
    return run


def _latencies(text: str) -> list[float]:
    try:
        limits = [float(part) for part in text.split(",")]
    except ValueError:
        limits = [math.nan]
    if not all(0 < limit < math.inf for limit in limits):
        raise argparse.ArgumentTypeError(
            f"must be positive numbers separated by commas, not {text!r}"
        )
    return limits
