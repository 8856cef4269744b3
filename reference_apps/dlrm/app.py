"""DLRM on Criteo's click logs."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import mlperf_loadgen as lg
from mlperf_loadgen.harness.accuracy_log import AccuracyLog
from mlperf_loadgen.harness.app import App, Score, output_folder, run_app

from reference_apps.common.arguments import about_model, stand_ins
from reference_apps.dlrm import accuracy
from reference_apps.dlrm.aggregation import write_trace
from reference_apps.dlrm.arguments import DEFAULTS, aggregation, model_options, parse
from reference_apps.dlrm.dataset import AggregatedLibrary, StoredPairs, read_test_pairs
from reference_apps.dlrm.processing import open_model
from reference_apps.dlrm.synthetic import ROWS, STAND_INS, answers
from reference_apps.dlrm.variants import Variant, variant_of

MODEL = "dlrm"  # under which settings files know it


def main(argv: Sequence[str] | None = None) -> lg.Report:
    """Runs what the command line asks for. argv: without the program's name; None: the process's
    own.

    Raises ValueError or FileNotFoundError naming what does not fit, before the test starts.
    """
    args = parse(argv)
    variant = variant_of(args.dataset, args.max_ind_range)
    _check(args, variant)
    taken = variant if args.model_path else variant.cut(ROWS)
    model = open_model(args.backend, model_options(args), taken, STAND_INS[variant.name])
    model = replace(model, fixed=args.fixed_batch)
    stored = _pairs(args, variant)
    library = AggregatedLibrary(
        stored,
        taken,
        aggregation(args).bounds(len(stored), _count(args)),
        performance_sample_count=args.samples_per_query_offline,
    )
    output = output_folder(MODEL, args)
    output.mkdir(parents=True, exist_ok=True)
    write_trace(output / args.samples_to_aggregate_trace_file, library.bounds)
    return run_app(
        App(
            model=MODEL,
            about_model=about_model(variant.about, args.model_path),
            about_data=_about_data(args, library),
            about_backend=model.backend.name,
            library=library,
            predict=model.predict,
            score=_score,
            defaults=DEFAULTS,
            fills_batches=True,
            synthetic=stand_ins(args),
        ),
        args,
    )


def _check(args: argparse.Namespace, variant: Variant) -> None:
    rate = args.data_sub_sample_rate
    if rate not in (0.0, variant.data_sub_sample_rate):
        raise ValueError(
            f"--data-sub-sample-rate: for {variant.name} it is {variant.data_sub_sample_rate}, not "
            f"{rate}"
        )
    if args.mlperf_bin_loader and variant.dataset != "terabyte":
        raise ValueError("--mlperf-bin-loader goes with --dataset terabyte only")


def _pairs(args: argparse.Namespace, variant: Variant) -> StoredPairs:
    folder: Path = args.dataset_path or answers(variant).folder
    return read_test_pairs(folder, variant.dataset, binary=args.mlperf_bin_loader)


def _count(args: argparse.Namespace) -> int | None:
    """Of samples at most."""
    counts = [count for count in (args.count, args.count_samples) if count is not None]
    return min(counts, default=None)


def _about_data(args: argparse.Namespace, library: AggregatedLibrary) -> str:
    text = f"{len(library)} samples, {library.bounds[-1]} pairs of {library.path}"
    return text if args.dataset_path else f"{text}, labelled by the stand-in itself"


def _score(log: AccuracyLog) -> Score:
    return Score(accuracy.judge(log).line())
