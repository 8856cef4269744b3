"""The command line: that of every app, and the flags that users of GNMT know."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from pathlib import Path

from mlperf_loadgen.harness.argument_types import first_there, int_at_least
from mlperf_loadgen.harness.arguments import Defaults, parser

BACKENDS = ("torch", "tensorflow", "onnxruntime")
MODEL = "gnmt"  # the name under which settings files know it
DEFAULTS = Defaults(max_latency=0.1)
_DEBUG_SETTINGS = Path(__file__).with_name("debug.conf")
_OFFICIAL_DATA = "nmt/data"
_OFFICIAL_MODEL = "ende_gnmt_model_4_layer/translate.ckpt"
_RULES = "v0.5"  # of the round that had GNMT


def arguments() -> argparse.ArgumentParser:
    """The parser. `parse` says what follows from what it reads."""
    made = parser(
        "GNMT on newstest2014, English to German, under LoadGen.",
        backends=BACKENDS,
        defaults=DEFAULTS,
        dataset="folder of newstest2014 and its vocabularies (without it: a small one)",
    )
    made.set_defaults(scenario="SingleStream")
    made.conflict_handler = "resolve"  # some arguments of every app are wider here
    own = made.add_argument_group("GNMT")
    own.add_argument(
        "--model-path",
        "--model",
        type=Path,
        metavar="CKPT",
        help="TensorFlow checkpoint, such as translate.ckpt (without it: a small one)",
    )
    own.add_argument(
        "--max-latency",
        type=_latencies,
        metavar="SECONDS",
        help="latency limits of Server, with commas between: a run for each (without it: "
        f"{DEFAULTS.max_latency:g})",
    )
    own.add_argument(
        "--mode",
        choices=("Performance", "Accuracy"),
        default="Performance",
        help="Accuracy: as --accuracy (%(choices)s; default %(default)s)",
        metavar="NAME",
    )
    own.add_argument(
        "--batch_size",
        "--max-batchsize",
        type=int_at_least(1),
        dest="max_batchsize",
        default=DEFAULTS.max_batch_size,
        metavar="N",
        help="most sentences in one inference (default %(default)s)",
    )
    own.add_argument(
        "--store_translation",
        action="store_true",
        help="write each translation to lg_output/sentence_<index>_de (SingleStream)",
    )
    own.add_argument(
        "--debug_settings",
        action="store_true",
        help=f"a few queries only, as {_DEBUG_SETTINGS.name} has them",
    )
    own.add_argument("--verbose", action="store_true", help="show the translations (accuracy)")
    return made


def parse(argv: Sequence[str] | None = None) -> list[argparse.Namespace]:
    """What the command line asks for, as run_app takes it: Server once for each latency limit, in a
    folder of its own where there are several.

    Model and data that are not named are those in the places that the official app has for
    them, where these are there. Raises SystemExit as argparse does.
    """
    made = arguments()
    args = made.parse_args(argv)
    args.accuracy |= args.mode == "Accuracy"
    if args.store_translation and args.scenario != "SingleStream":
        made.error("--store_translation goes with --scenario SingleStream only")
    if args.debug_settings:
        if args.user_conf is not None:
            made.error("--debug_settings goes without --user_conf")
        args.user_conf, args.rules = _DEBUG_SETTINGS, args.rules or _RULES
    args.model_path = args.model_path or _official_checkpoint()
    args.dataset_path = args.dataset_path or first_there(_OFFICIAL_DATA)
    limits = args.max_latency or [None]
    if len(limits) > 1 and args.scenario != "Server":
        made.error("several latency limits go with --scenario Server only")
    return [_run(args, limit, alone=len(limits) == 1) for limit in limits]


def _official_checkpoint() -> Path | None:
    index = first_there(f"{_OFFICIAL_MODEL}.index")
    return index and Path(_OFFICIAL_MODEL)


def _run(args: argparse.Namespace, limit: float | None, *, alone: bool) -> argparse.Namespace:
    run = argparse.Namespace(**vars(args))
    run.max_latency = limit
    if not alone:
        mode = "accuracy" if args.accuracy else "performance"
        output = args.output or Path("results", MODEL, args.scenario, mode)
        run.output = output / f"latency_{limit:g}"
    return run


def _latencies(text: str) -> list[float]:
    try:
        limits = [float(part) for part in text.split(",")]
    except ValueError:
        limits = [math.nan]
    if not all(0 < limit < math.inf for limit in limits):
        raise argparse.ArgumentTypeError(
            f"must be numbers above 0 with commas between, not {text!r}"
        )
    return limits
