"""A small LibriSpeech, for when the real one is not at hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
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
from reference_apps.rnnt.speech import SENTENCES, spoken
from reference_apps.rnnt.transcripts import text_of

_SPEAKERS = 4


def generated_librispeech(stand_in: StandIn[Rnnt], config: Config) -> LibriSpeech:
    """Sentences spoken by a synthesiser, as FLAC tree and as WAV files with a manifest, whose
    transcripts are what the stand-in hears in float32: what a run loses on the way, it scores as
    word errors.
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
    waveforms = spoken(SENTENCES, config.sound.sample_rate)
    for number, samples in enumerate(
        track(waveforms, "speaking and labelling sentences", total=len(SENTENCES))
    ):
        labels, _ = recognizer.predict(padded([(samples / 32768).astype(np.float32)]))
        speaker = str(number % _SPEAKERS + 1)
        chapter = archive / speaker / "1"
        chapter.mkdir(parents=True, exist_ok=True)
        name = f"{speaker}-1-{number // _SPEAKERS:04}"
        soundfile.write(str(chapter / f"{name}.flac"), samples, config.sound.sample_rate)
        words = text_of(labels[0].tolist(), config.labels).upper()
        with (chapter / f"{speaker}-1.trans.txt").open("a", encoding="utf-8") as listing:
            listing.write(f"{name} {words}\n")
    convert(archive, folder / "dev-clean-wav", folder / MANIFEST)
