"""Converts LibriSpeech to WAV files and a manifest: python -m reference_apps.rnnt.convert --help"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from mlperf_loadgen.harness.argument_types import int_at_least
from mlperf_loadgen.harness.extras import require
from mlperf_loadgen.harness.processors import available
from mlperf_loadgen.harness.progress_bar import track

from reference_apps.rnnt.dataset import Utterance, read_header, read_tree


def convert(
    input_dir: Path,
    dest_dir: Path,
    output_json: Path,
    *,
    target_sr: int | None = None,
    overwrite: bool = False,
    parallel: int = 1,
) -> int:
    """Writes each recording of the tree under input_dir to the same place under dest_dir, as 16-bit
    WAV, and a manifest that names them relative to the parent of dest_dir, the data set's folder.
    Returns the number of recordings.

    target_sr: the sample rate that recordings must have. overwrite: whether to convert a recording
    again; otherwise the WAV file that exists is kept and listed as it is. parallel: recordings
    converted at a time.

    Raises ValueError for a tree without transcripts and for a recording of another sample rate,
    and FileNotFoundError for a missing recording.
    """
    utterances = list(read_tree(input_dir))
    if not utterances:
        raise ValueError(f"{input_dir} must have *.trans.txt files with utterances")

    def convert_one(utterance: Utterance) -> dict[str, Any]:
        wav = dest_dir / utterance.file.relative_to(input_dir).with_suffix(".wav")
        if overwrite or not wav.exists():
            _write_wav(utterance.file, wav)
        entry = _manifest_entry(wav, dest_dir.parent, utterance.transcript)
        rate = entry["files"][0]["sample_rate"]
        if target_sr not in (None, rate):
            raise ValueError(f"{utterance.file} has a sample rate of {rate:g} Hz, not {target_sr}")
        return entry

    with ThreadPoolExecutor(parallel) as pool:
        manifest = list(
            track(pool.map(convert_one, utterances), "converting recordings", total=len(utterances))
        )
    output_json.write_text(json.dumps(manifest, indent=2), encoding="utf-8")
    return len(manifest)


def _write_wav(file: Path, wav: Path) -> None:
    read_header(file)  # refuses anything else than a recording
    soundfile = require("soundfile")
    samples, rate = soundfile.read(str(file), dtype="int16", always_2d=True)
    wav.parent.mkdir(parents=True, exist_ok=True)
    part = wav.with_suffix(".part")  # renamed when complete, so that a WAV file is never partial
    soundfile.write(str(part), samples, rate, subtype="PCM_16", format="WAV")
    part.replace(wav)


def _manifest_entry(wav: Path, folder: Path, transcript: str) -> dict[str, Any]:
    soundfile = require("soundfile")
    samples, rate = soundfile.read(str(wav), dtype="int16", always_2d=True)
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
                "fname": wav.relative_to(folder).as_posix(),
                "speed": 1,
            }
        ],
        "original_duration": len(samples) / rate,
        "original_num_samples": len(samples),
        "transcript": transcript.lower(),
    }


def main(argv: Sequence[str] | None = None) -> None:
    """Converts what the command line names, and prints the number of recordings."""
    parser = argparse.ArgumentParser(
        description="Convert LibriSpeech to WAV files with a manifest."
    )
    for flag, what in (
        ("input_dir", "tree of FLAC files with *.trans.txt"),
        ("dest_dir", "folder for the WAV files"),
        ("output_json", "manifest to write, next to dest_dir"),
    ):
        parser.add_argument(f"--{flag}", type=Path, required=True, help=what)
    parser.add_argument(
        "--target_sr",
        type=int_at_least(1),
        metavar="HZ",
        help="the sample rate that recordings must have; none is resampled",
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="convert again where a WAV file exists"
    )
    parser.add_argument(
        "--parallel",
        type=int_at_least(1),
        default=available(),
        metavar="N",
        help="recordings to convert at a time (default %(default)s)",
    )
    count = convert(**vars(parser.parse_args(argv)))
    print(f"{count} recordings")


if __name__ == "__main__":
    main()
