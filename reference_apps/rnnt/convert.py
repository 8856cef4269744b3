"""FLAC files of LibriSpeech to WAV files and a manifest: python -m reference_apps.rnnt.convert"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mlperf_loadgen.harness.extras import require
from mlperf_loadgen.harness.progress import track

from reference_apps.rnnt.librispeech import Utterance, tree


def convert(input_dir: Path, dest_dir: Path, output_json: Path) -> int:
    """Writes each recording of the tree under input_dir to the same place under dest_dir, as WAV of
    16 bits, and a manifest that names them from the parent of dest_dir on, the data set's folder.
    Returns their number.

    Raises ValueError for a tree without transcripts, and FileNotFoundError for a recording that is
    missing.
    """
    utterances = list(tree(input_dir))
    if not utterances:
        raise ValueError(f"{input_dir} has no *.trans.txt with utterances")
    manifest = [
        _converted(utterance, input_dir, dest_dir)
        for utterance in track(utterances, "converting recordings")
    ]
    output_json.write_text(json.dumps(manifest, indent=2), encoding="utf-8")
    return len(manifest)


def _converted(utterance: Utterance, input_dir: Path, dest_dir: Path) -> dict[str, Any]:
    soundfile = require("soundfile")
    wav = dest_dir / utterance.file.relative_to(input_dir).with_suffix(".wav")
    wav.parent.mkdir(parents=True, exist_ok=True)
    samples, rate = soundfile.read(str(utterance.file), dtype="int16", always_2d=True)
    soundfile.write(str(wav), samples, rate, subtype="PCM_16")
    return {
        "files": [
            {
                "channels": samples.shape[1],
                "sample_rate": float(rate),
                "bitrate": 16,
                "duration": len(samples) / rate,
                "num_samples": len(samples),
                "encoding": "Signed Integer PCM",
                "silent": not samples.any(),
                "fname": wav.relative_to(dest_dir.parent).as_posix(),
                "speed": 1,
            }
        ],
        "original_duration": len(samples) / rate,
        "original_num_samples": len(samples),
        "transcript": utterance.transcript.lower(),
    }


def main(argv: Sequence[str] | None = None) -> None:
    """Says how many recordings there are."""
    made = argparse.ArgumentParser(description="LibriSpeech as WAV files with a manifest.")
    for flag, what in (
        ("input_dir", "tree of FLAC files with *.trans.txt"),
        ("dest_dir", "for the WAV files"),
        ("output_json", "manifest to write, beside dest_dir"),
    ):
        made.add_argument(f"--{flag}", type=Path, required=True, help=what)
    args = made.parse_args(argv)
    print(f"{convert(args.input_dir, args.dest_dir, args.output_json)} recordings")


if __name__ == "__main__":
    main()
