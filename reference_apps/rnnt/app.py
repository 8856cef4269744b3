"""RNN-T on LibriSpeech."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import mlperf_loadgen as lg
import numpy as np
from mlperf_loadgen.harness.app import App, Score, run_app
from mlperf_loadgen.harness.arguments import threads_per_worker
from mlperf_loadgen.harness.backends.torch import TorchBackend
from mlperf_loadgen.harness.cache import cached_folder, content_key
from mlperf_loadgen.harness.in_memory import InMemoryLibrary
from numpy.typing import NDArray

from reference_apps.common.arguments import about_model, stand_ins
from reference_apps.common.stand_in import StandIn
from reference_apps.rnnt import accuracy, formats
from reference_apps.rnnt.arguments import DEFAULTS, parse
from reference_apps.rnnt.config import Config, read_config
from reference_apps.rnnt.dataset import LibriSpeech, read_librispeech
from reference_apps.rnnt.model import Rnnt, read_checkpoint
from reference_apps.rnnt.processing import INPUTS, OUTPUTS, Recognizer, pad_waveforms
from reference_apps.rnnt.synthetic import SMALL, generated_librispeech, stand_in


def main(argv: Sequence[str] | None = None) -> lg.Report:
    """Runs what the command line asks for. argv: without the program's name; None: the process's
    own.
    """
    args = parse(argv)
    config = _config(args)
    drawn = stand_in(config)
    networks = _networks(args, config, drawn)
    backend = TorchBackend(
        Recognizer(networks, config.sound),
        inputs=INPUTS,
        outputs=OUTPUTS,
        device=args.device if isinstance(networks, Rnnt) else "cpu",
        threads=threads_per_worker(args),
    )
    data = _data(args, config, drawn).head(args.count)

    def predict(waveforms: Sequence[NDArray[np.float32]]) -> list[NDArray[np.int64]]:
        labels, counts = backend.predict(pad_waveforms(waveforms))
        return [row[:count] for row, count in zip(labels, counts.tolist(), strict=True)]

    report = run_app(
        App(
            model="rnnt",
            about_model=about_model(_title(config), args.model_path),
            about_data=_about(data, generated=args.dataset_path is None),
            about_backend=_about_backend(networks, backend),
            library=InMemoryLibrary(len(data), data.waveform, name="rnnt"),
            predict=predict,
            score=lambda log: Score(
                accuracy.line(log, data.references(config.labels), config.labels)
            ),
            defaults=DEFAULTS,
            synthetic=stand_ins(args),
            lengths=np.array([utterance.seconds for utterance in data.utterances]),
        ),
        args,
    )
    if report.has_performance:
        latency = report.latency_ns
        for name, ns in (
            ("Average", latency.mean),
            ("Median", latency.p50),
            ("90 percentile", latency.p90),
        ):
            print(f"{name} latency (ms) per query: {ns / 1e6}")
    return report


def _config(args: argparse.Namespace) -> Config:
    if args.pytorch_config_toml:
        return read_config(args.pytorch_config_toml)
    return Config() if args.model_path else SMALL


def _networks(
    args: argparse.Namespace, config: Config, drawn: StandIn[Rnnt]
) -> Rnnt | formats.OnnxRnnt:
    def made() -> Rnnt:
        return read_checkpoint(args.model_path, config) if args.model_path else drawn.network()

    if args.backend == "torch":
        return made()
    weights = [args.model_path] if args.model_path else []
    return formats.OnnxRnnt(
        cached_folder(
            "rnnt-onnx",
            content_key(drawn.key(), drawn.name, *weights),
            lambda folder: formats.write(made(), folder),
        ),
        config,
        device=args.device,
        threads=threads_per_worker(args),
    )


def _data(args: argparse.Namespace, config: Config, drawn: StandIn[Rnnt]) -> LibriSpeech:
    if args.dataset_path:
        return read_librispeech(args.dataset_path, args.manifest, config.sound)
    if args.manifest:
        raise ValueError(f"--manifest {args.manifest} goes with --dataset_dir")
    return generated_librispeech(drawn, config)


def _title(config: Config) -> str:
    sizes = config.sizes
    return f"RNN-T, encoder of {sizes.encoder_n_hidden}, prediction of {sizes.pred_n_hidden}"


def _about_backend(networks: Rnnt | formats.OnnxRnnt, backend: TorchBackend) -> str:
    if isinstance(networks, Rnnt):
        return backend.name
    return f"{networks.name}; front end: {backend.name}"


def _about(data: LibriSpeech, *, generated: bool) -> str:
    seconds = sum(utterance.seconds for utterance in data.utterances)
    return f"{len(data)} utterances, {seconds:.0f} s, in {data.folder}" + (
        ", from LibriVox, labelled by the stand-in itself" if generated else ""
    )
