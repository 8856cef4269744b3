"""Runs DLRM on Criteo's click logs."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import mlperf_loadgen as lg
from mlperf_loadgen.harness.accuracy_log import AccuracyLog
from mlperf_loadgen.harness.app import App, Score, output_folder, run_app
from mlperf_loadgen.harness.backends import GRAPH, ONNX, TORCH

from reference_apps.common.arguments import about_model, synthetic_parts
from reference_apps.common.model import LoadedModel, ModelSpec, open_model
from reference_apps.common.onnx_file import output_names
from reference_apps.dlrm import formats
from reference_apps.dlrm.accuracy import read_predictions
from reference_apps.dlrm.aggregation import write_trace
from reference_apps.dlrm.arguments import APP, DEFAULTS, DlrmOptions, aggregation, parse
from reference_apps.dlrm.dataset import AggregatedLibrary, StoredPairs, read_test_pairs
from reference_apps.dlrm.model import load_checkpoint
from reference_apps.dlrm.processing import Predictor
from reference_apps.dlrm.synthetic import MAX_ROWS, SYNTHETIC, self_labelled
from reference_apps.dlrm.variants import Variant, variant_of


@dataclass(frozen=True, kw_only=True)
class DlrmSpec(ModelSpec):
    """A DLRM in one format. feeds: each order of inputs that it may have, see Predictor."""

    feeds: Sequence[Sequence[str]]


def main(argv: Sequence[str] | None = None) -> lg.Report:
    """Runs what the command line asks for. argv: without the program's name; None: sys.argv.

    Raises ValueError or FileNotFoundError naming what does not fit, before the test starts.
    """
    args = parse(argv)
    published = variant_of(args.dataset, args.max_ind_range)
    _check(args, published)
    variant = published if args.model_path else published.with_max_rows(MAX_ROWS)
    predictor = load_model(args, variant)
    stored = _pairs(args, published)
    library = AggregatedLibrary(
        stored,
        variant,
        aggregation(args).bounds(len(stored), _max_samples(args)),
        performance_sample_count=args.samples_per_query_offline,
    )
    output = output_folder(APP.model, args)
    output.mkdir(parents=True, exist_ok=True)
    write_trace(output / args.samples_to_aggregate_trace_file, library.bounds)
    return run_app(
        App(
            model=APP.model,
            about_model=about_model(published.about, args.model_path),
            about_data=_about_data(args, library),
            about_backend=predictor.backend.name,
            library=library,
            predict=predictor,
            score=_score,
            defaults=DEFAULTS,
            fills_batches=True,
            synthetic=synthetic_parts(args),
        ),
        args,
    )


def load_model(args: argparse.Namespace, variant: Variant) -> Predictor:
    """Opens the model of this variant that a parsed command line asks for.

    Raises what open_model raises, and ValueError for a file with other inputs.
    """
    options = DlrmOptions.of(
        args, variant=variant, feeds=args.inputs or (), outputs=args.outputs or ()
    )
    model: LoadedModel[DlrmSpec] = open_model(args.backend, FORMATS, options)
    for feeds in model.spec.feeds:
        if set(feeds) == set(model.backend.inputs):
            return Predictor(model.backend, tuple(feeds), fixed_size=args.fixed_batch)
    raise ValueError(
        f"{options.path} must have the inputs {', '.join(model.spec.feeds[0])}, not "
        f"{', '.join(model.backend.inputs)} (see --inputs); DLRM takes one of offsets and one of "
        "indices, or one of each for every table"
    )


def _torch(options: DlrmOptions) -> DlrmSpec:
    path, variant = options.path, options.variant
    network = load_checkpoint(path, variant) if path else SYNTHETIC[variant.name].network()
    feeds = formats.TORCH_INPUTS
    return DlrmSpec(network, inputs=feeds, outputs=[formats.ONNX_OUTPUT], feeds=[feeds])


def _onnx(options: DlrmOptions) -> DlrmSpec:
    path = options.path or SYNTHETIC[options.variant.name].file(ONNX)
    names = output_names(path)
    return DlrmSpec(
        path,
        # The only output is the right one: files of before 2020-09 do not name it.
        outputs=names if len(names) == 1 else [formats.ONNX_OUTPUT],
        feeds=_feeds(options, formats.ONNX_INPUTS, formats.ONNX_INPUTS_BY_TABLE),
    )


def _graph(options: DlrmOptions) -> DlrmSpec:
    path = options.path or SYNTHETIC[options.variant.name].file(GRAPH)
    feeds = _feeds(options, formats.GRAPH_INPUTS)
    return DlrmSpec(path, inputs=feeds[0], outputs=[formats.GRAPH_OUTPUT], feeds=feeds)


FORMATS = {TORCH: _torch, ONNX: _onnx, GRAPH: _graph}


def _feeds(options: DlrmOptions, *official: Sequence[str]) -> Sequence[Sequence[str]]:
    counts = [len(names) for names in official]
    if not options.feeds:
        return official
    if len(options.feeds) not in counts:
        raise ValueError(
            f"--inputs must be {' or '.join(map(str, counts))} names, not {len(options.feeds)}: "
            f"{', '.join(options.feeds)}"
        )
    return [options.feeds]


def _check(args: argparse.Namespace, variant: Variant) -> None:
    rate = args.data_sub_sample_rate
    if rate not in (0.0, variant.data_sub_sample_rate):
        raise ValueError(
            f"--data-sub-sample-rate must be {variant.data_sub_sample_rate} for {variant.name}, "
            f"not {rate}"
        )
    if args.mlperf_bin_loader and variant.dataset != "terabyte":
        raise ValueError(f"--mlperf-bin-loader needs --dataset terabyte, not {variant.dataset}")


def _pairs(args: argparse.Namespace, variant: Variant) -> StoredPairs:
    folder: Path = args.dataset_path or self_labelled(variant).folder
    return read_test_pairs(folder, variant.dataset, binary=args.mlperf_bin_loader)


def _max_samples(args: argparse.Namespace) -> int | None:
    counts = [count for count in (args.count, args.count_samples) if count is not None]
    return min(counts, default=None)


def _about_data(args: argparse.Namespace, library: AggregatedLibrary) -> str:
    text = f"{len(library)} samples, {library.bounds[-1]} pairs of {library.path}"
    return text if args.dataset_path else f"{text}, labelled by the synthetic model itself"


def _score(log: AccuracyLog) -> Score:
    return Score(read_predictions(log).line())
