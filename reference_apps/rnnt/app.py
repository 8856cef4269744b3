"""Runs RNN-T on LibriSpeech."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import mlperf_loadgen as lg
from mlperf_loadgen.harness.accuracy_log import AccuracyLog
from mlperf_loadgen.harness.app import App, Score, run_app
from mlperf_loadgen.harness.cache import content_key
from mlperf_loadgen.harness.in_memory import InMemoryLibrary

from reference_apps.common.arguments import ModelOptions, about_model, synthetic_parts
from reference_apps.rnnt import accuracy
from reference_apps.rnnt.arguments import APP, DEFAULTS, parse
from reference_apps.rnnt.config import Config, read_config
from reference_apps.rnnt.dataset import LibriSpeech, read_librispeech
from reference_apps.rnnt.model import read_checkpoint
from reference_apps.rnnt.processing import Weights, open_transcriber
from reference_apps.rnnt.synthetic import SMALL, generated_librispeech, synthetic_model


def main(argv: Sequence[str] | None = None) -> lg.Report:
    """Runs what the command line asks for. argv: without the program's name; None: the process's
    own.
    """
    args = parse(argv)
    config = _config(args)
    transcriber = open_transcriber(args.backend, _weights(args, config), ModelOptions.of(args))
    data = _data(args, config).head(args.count)
    report = run_app(
        App(
            model=APP.model,
            about_model=about_model(_title(config), args.model_path),
            about_data=_about_data(data, generated=args.dataset_path is None),
            about_backend=transcriber.about,
            library=InMemoryLibrary(len(data), data.waveform, name=APP.model),
            predict=transcriber,
            score=lambda log: _score(log, data, config.labels),
            defaults=DEFAULTS,
            synthetic=synthetic_parts(args),
            lengths=data.seconds,
        ),
        args,
    )
    _print_latencies(report)
    return report


def _config(args: argparse.Namespace) -> Config:
    if args.pytorch_config_toml:
        return read_config(args.pytorch_config_toml)
    return Config() if args.model_path else SMALL


def _weights(args: argparse.Namespace, config: Config) -> Weights:
    synthetic = synthetic_model(config)
    path = args.model_path
    if path is None:
        return Weights(synthetic.network, content_key(synthetic.key(), synthetic.name), config)
    key = content_key(synthetic.key(), synthetic.name, path)
    return Weights(lambda: read_checkpoint(path, config), key, config)


def _data(args: argparse.Namespace, config: Config) -> LibriSpeech:
    if args.dataset_path:
        return read_librispeech(args.dataset_path, args.manifest, config.sound)
    if args.manifest:
        raise ValueError(f"--manifest {args.manifest} requires --dataset_dir")
    return generated_librispeech(synthetic_model(config), config)


def _title(config: Config) -> str:
    sizes = config.sizes
    return f"RNN-T, encoder of {sizes.encoder_n_hidden}, prediction of {sizes.pred_n_hidden}"


def _about_data(data: LibriSpeech, *, generated: bool) -> str:
    labelled = ", from LibriVox, labelled by the synthetic model itself" if generated else ""
    return f"{len(data)} utterances, {data.seconds.sum():.0f} s, in {data.folder}{labelled}"


def _score(log: AccuracyLog, data: LibriSpeech, alphabet: str) -> Score:
    return Score(accuracy.line(log, data.references(alphabet), alphabet))


def _print_latencies(report: lg.Report) -> None:
    """Prints the latencies of a performance run as the official script does."""
    if not report.has_performance:
        return
    latency = report.latency_ns
    for name, ns in (
        ("Average", latency.mean),
        ("Median", latency.p50),
        ("90 percentile", latency.p90),
    ):
        print(f"{name} latency (ms) per query: {ns / 1e6}")
