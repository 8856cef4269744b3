"""A small LibriSpeech, for when the real one is not at hand."""

from __future__ import annotations

from pathlib import Path

from mlperf_loadgen.harness.backends.torch import TorchBackend
from mlperf_loadgen.harness.cache import cached_folder, content_key
from mlperf_loadgen.harness.extras import require
from mlperf_loadgen.harness.progress import track

from reference_apps.common.stand_in import StandIn
from reference_apps.rnnt.config import Config
from reference_apps.rnnt.convert import convert
from reference_apps.rnnt.librispeech import MANIFEST, LibriSpeech, read_librispeech
from reference_apps.rnnt.network import Rnnt
from reference_apps.rnnt.recognizer import INPUTS, OUTPUTS, Recognizer, padded
from reference_apps.rnnt.recordings import utterances
from reference_apps.rnnt.transcripts import text_of

_CHAPTER = "1-1"  # speaker and chapter


def generated_librispeech(stand_in: StandIn[Rnnt], config: Config) -> LibriSpeech:
    """Recorded speech as FLAC tree and as WAV files with a manifest, whose transcripts are what the
    stand-in hears in float32: what a run loses on the way, it scores as word errors.
    """
    folder = cached_folder(
        "librispeech",
        content_key(stand_in.key(), stand_in.name),
        lambda path: _fill(path, stand_in, config),
    )
    return read_librispeech(folder, sound=config.sound)


def _fill(folder: Path, stand_in: StandIn[Rnnt], config: Config) -> None:
    soundfile = require("soundfile")
    network = Recognizer(stand_in.network(), config.sound)
    recognizer = TorchBackend(network, inputs=INPUTS, outputs=OUTPUTS, device="cpu")
    archive = folder / "LibriSpeech" / "dev-clean"
    chapter = archive.joinpath(*_CHAPTER.split("-"))
    chapter.mkdir(parents=True)
    lines = []
    for number, waveform in enumerate(track([*utterances(config.sound)], "labelling utterances")):
        labels, _ = recognizer.predict(padded([waveform]))
        name = f"{_CHAPTER}-{number:04}"
        soundfile.write(str(chapter / f"{name}.flac"), waveform, config.sound.sample_rate)
        lines.append(f"{name} {text_of(labels[0].tolist(), config.labels).upper()}\n")
    (chapter / f"{_CHAPTER}.trans.txt").write_text("".join(lines), encoding="utf-8")
    convert(archive, folder / "dev-clean-wav", folder / MANIFEST)
