"""Runs DLRM on Criteo's click logs."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import mlperf_loadgen as lg
from mlperf_loadgen.harness.app import App, Score, output_folder, run_app
from mlperf_loadgen.harness.backends import GRAPH, ONNX, TORCH

from reference_apps.common.arguments import about_model, synthetic_parts
from reference_apps.common.model import open_model
from reference_apps.common.onnx_file import output_names
from reference_apps.dlrm import formats
from reference_apps.dlrm.accuracy import read_predictions
from reference_apps.dlrm.aggregation import write_trace
from reference_apps.dlrm.arguments import (
    APP,
    DEFAULTS,
    DlrmOptions,
    aggregation,
    max_samples,
    parse,
    published_variant,
)
from reference_apps.dlrm.dataset import AggregatedLibrary, StoredPairs, read_test_pairs
from reference_apps.dlrm.model import load_checkpoint
from reference_apps.dlrm.processing import DlrmSpec, Predictor
from reference_apps.dlrm.synthetic import MAX_ROWS, SYNTHETIC, self_labelled
from reference_apps.dlrm.variants import Variant


def main(argv: Sequence[str] | None = None) -> lg.Report:
    """Runs what the command line asks for. argv: without the program's name; None: sys.argv.

    Raises ValueError or FileNotFoundError naming what does not fit, before the test starts.
    """
    args = parse(argv)
    published = published_variant(args)
    variant = published if args.model_path else published.with_max_rows(MAX_ROWS)
    predictor = load_model(args, variant)
    stored = _pairs(args, published)
    library = AggregatedLibrary(
        stored,
        variant,
        aggregation(args).bounds(len(stored), max_samples(args)),
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
            score=lambda log: Score(read_predictions(log).line()),
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
    model = open_model(args.backend, FORMATS, options)
    return Predictor.of(model, fixed_size=args.fixed_batch)


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
        feeds=options.orders(formats.ONNX_INPUTS, formats.ONNX_INPUTS_BY_TABLE),
    )


def _graph(options: DlrmOptions) -> DlrmSpec:
    path = options.path or SYNTHETIC[options.variant.name].file(GRAPH)
    feeds = options.orders(formats.GRAPH_INPUTS)
    return DlrmSpec(path, inputs=feeds[0], outputs=[formats.GRAPH_OUTPUT], feeds=feeds)


FORMATS = {TORCH: _torch, ONNX: _onnx, GRAPH: _graph}


def _pairs(args: argparse.Namespace, variant: Variant) -> StoredPairs:
    folder: Path = args.dataset_path or self_labelled(variant).folder
    return read_test_pairs(folder, variant.dataset, binary=args.mlperf_bin_loader)


def _about_data(args: argparse.Namespace, library: AggregatedLibrary) -> str:
    text = f"{len(library)} samples, {library.bounds[-1]} pairs of {library.path}"
    return text if args.dataset_path else f"{text}, labelled by the synthetic model itself"
