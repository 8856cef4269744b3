"""Runs RNN-T on LibriSpeech."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import mlperf_loadgen as lg
import numpy as np
from mlperf_loadgen.harness.accuracy_log import AccuracyLog
from mlperf_loadgen.harness.app import App, Score, run_app
from mlperf_loadgen.harness.backends import BACKENDS, ONNX, TORCH, Backend
from mlperf_loadgen.harness.backends.torch import TorchBackend
from mlperf_loadgen.harness.cache import cached_folder, content_key
from mlperf_loadgen.harness.in_memory import InMemoryLibrary
from numpy.typing import NDArray

from reference_apps.common.arguments import ModelOptions, about_model, synthetic_parts
from reference_apps.common.model import ModelSpec, open_backend
from reference_apps.rnnt import accuracy
from reference_apps.rnnt.arguments import APP, DEFAULTS, parse
from reference_apps.rnnt.config import Config, read_config
from reference_apps.rnnt.dataset import LibriSpeech, read_librispeech
from reference_apps.rnnt.formats import PARTS, BackendRnnt, write_onnx
from reference_apps.rnnt.model import Rnnt, read_checkpoint
from reference_apps.rnnt.processing import INPUTS, OUTPUTS, Recognizer, pad_waveforms
from reference_apps.rnnt.synthetic import SMALL, generated_librispeech, synthetic_model


def _torch(backend: str, options: ModelOptions, config: Config) -> tuple[Backend, str]:
    recognizer = Recognizer(_network(options, config), config.sound)
    opened = open_backend(backend, ModelSpec(recognizer, INPUTS, OUTPUTS), options)
    return opened, opened.name


def _onnx(backend: str, options: ModelOptions, config: Config) -> tuple[Backend, str]:
    synthetic = synthetic_model(config)
    folder = cached_folder(
        "rnnt-onnx",
        content_key(synthetic.key(), synthetic.name, *([options.path] if options.path else [])),
        lambda folder: write_onnx(_network(options, config), folder),
    )
    networks = BackendRnnt(
        {
            name: open_backend(backend, ModelSpec(folder / f"{name}.onnx"), options)
            for name in PARTS
        },
        config,
    )
    recognizer = TorchBackend(
        Recognizer(networks, config.sound),
        inputs=INPUTS,
        outputs=OUTPUTS,
        device="cpu",
        threads=options.threads,
    )
    return recognizer, f"{networks.name}; front end: {recognizer.name}"


# For each format, what opens the model, from waveforms to labels, and says what runs it.
FORMATS = {TORCH: _torch, ONNX: _onnx}


def main(argv: Sequence[str] | None = None) -> lg.Report:
    """Runs what the command line asks for. argv: without the program's name; None: the process's
    own.
    """
    args = parse(argv)
    config = _config(args)
    opened = FORMATS[BACKENDS[args.backend].format](args.backend, ModelOptions.of(args), config)
    recognizer, about_backend = opened
    data = _data(args, config).head(args.count)

    def predict(waveforms: Sequence[NDArray[np.float32]]) -> list[NDArray[np.int64]]:
        labels, counts = recognizer.predict(pad_waveforms(waveforms))
        return [row[:count] for row, count in zip(labels, counts.tolist(), strict=True)]

    report = run_app(
        App(
            model=APP.model,
            about_model=about_model(_title(config), args.model_path),
            about_data=_about_data(data, generated=args.dataset_path is None),
            about_backend=about_backend,
            library=InMemoryLibrary(len(data), data.waveform, name=APP.model),
            predict=predict,
            score=lambda log: _score(log, data, config.labels),
            defaults=DEFAULTS,
            synthetic=synthetic_parts(args),
            lengths=np.array([utterance.seconds for utterance in data.utterances]),
        ),
        args,
    )
    _print_latencies(report)
    return report


def _config(args: argparse.Namespace) -> Config:
    if args.pytorch_config_toml:
        return read_config(args.pytorch_config_toml)
    return Config() if args.model_path else SMALL


def _network(options: ModelOptions, config: Config) -> Rnnt:
    if options.path is None:
        return synthetic_model(config).network()
    return read_checkpoint(options.path, config)


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
    seconds = sum(utterance.seconds for utterance in data.utterances)
    labelled = ", from LibriVox, labelled by the synthetic model itself" if generated else ""
    return f"{len(data)} utterances, {seconds:.0f} s, in {data.folder}{labelled}"


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
