"""Reads LibriSpeech from disk: a manifest with the recordings that it names, or the tree of the
archive.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from anyascii import anyascii
from mlperf_loadgen.harness.extras import require
from mlperf_loadgen.untrusted import FileError, Folder, field, read_json, read_text
from numpy.typing import NDArray

from reference_apps.rnnt.config import Sound

MANIFEST = "dev-clean-wav.json"
LONGEST_S = 15.0  # longer utterances are left out
_MAX_SAMPLES = 1 << 25  # of a file; the longest of LibriSpeech has 560,000


@dataclass(frozen=True)
class SoundHeader:
    """Describes a sound file, as its header does."""

    channels: int
    sample_rate: int  # Hz
    samples: int

    @property
    def seconds(self) -> float:
        return self.samples / self.sample_rate


@dataclass(frozen=True)
class Utterance:
    """Names a sound file and holds its transcript, as the data set spells it."""

    file: Path
    seconds: float
    transcript: str


@dataclass(frozen=True)
class LibriSpeech:
    """Holds the utterances in the order of the samples."""

    folder: Path
    utterances: Sequence[Utterance]

    def __len__(self) -> int:
        return len(self.utterances)

    def head(self, count: int | None) -> LibriSpeech:
        """Returns the data set with the first `count` utterances; None: all of them."""
        return replace(self, utterances=self.utterances[:count])

    @property
    def seconds(self) -> NDArray[np.float64]:
        """The length of each utterance."""
        return np.array([utterance.seconds for utterance in self.utterances])

    def waveform(self, index: int) -> NDArray[np.float32]:
        """Returns the waveform of an utterance, float32 (samples), in [-1, 1)."""
        return read_waveform(self.utterances[index].file)

    def references(self, alphabet: str) -> list[str]:
        """Returns the transcript of each utterance, spelled as the model would."""
        return [
            normalize_transcript(utterance.transcript, alphabet) for utterance in self.utterances
        ]


def read_librispeech(
    folder: Path, manifest: Path | None = None, sound: Sound | None = None
) -> LibriSpeech:
    """Returns the utterances of at most LONGEST_S, in the order in which they are listed: by
    `manifest`, or else by dev-clean-wav.json in the folder, or else by the transcripts,
    *.trans.txt, of the archive's tree under the folder.

    Raises FileNotFoundError naming a missing file, and FileError naming file, entry and field for
    anything invalid. A recording must have one channel and the sample rate of `sound` (None: that
    of the official model).
    """
    found = read_references(folder, manifest)
    for utterance in found.utterances:
        _check_recording(utterance.file, sound or Sound())
    return found


def read_references(folder: Path, manifest: Path | None = None) -> LibriSpeech:
    """Does the same as read_librispeech without checking the recordings that a manifest names."""
    if manifest is None and (folder / MANIFEST).is_file():
        manifest = folder / MANIFEST
    listed = read_tree(folder) if manifest is None else _read_manifest(folder, manifest)
    utterances = [utterance for utterance in listed if utterance.seconds <= LONGEST_S]
    if not utterances:
        raise FileError(
            f"{manifest or folder} has no utterance of at most {LONGEST_S:g} s; a folder must have "
            f"{MANIFEST} or the tree of the archive with *.trans.txt"
        )
    return LibriSpeech(folder, utterances)


def read_waveform(file: Path) -> NDArray[np.float32]:
    """Decodes a FLAC or WAV file to float32 (samples), in [-1, 1). Raises FileError."""
    read_header(file)
    soundfile = require("soundfile")
    try:
        waveform, _ = soundfile.read(str(file), dtype="float32")
    except soundfile.LibsndfileError as error:
        raise FileError(f"{file} cannot be decoded: {error}") from None
    samples: NDArray[np.float32] = waveform
    return samples


def read_header(file: Path) -> SoundHeader:
    """Reads the header of a sound file.

    Raises FileNotFoundError for a missing file, and FileError for one that is not a sound file or
    claims to be too long: a few bytes can be decoded to hours.
    """
    if not file.is_file():
        raise FileNotFoundError(f"no such file: {file}")
    soundfile = require("soundfile")
    try:
        info = soundfile.info(str(file))
    except soundfile.LibsndfileError as error:
        raise FileError(f"{file} is not a sound file: {error}") from None
    found = SoundHeader(info.channels, info.samplerate, info.frames)
    if found.sample_rate < 1 or not 0 <= found.samples * found.channels <= _MAX_SAMPLES:
        raise FileError(
            f"{file} has {found.samples} samples of {found.channels} channels at "
            f"{found.sample_rate} Hz; at most {_MAX_SAMPLES} samples are allowed"
        )
    return found


def read_tree(folder: Path) -> Iterator[Utterance]:
    """Yields the utterances of all *.trans.txt under the folder. Their lines are an id, which is
    also the name of a .flac or .wav file next to them, and the transcript.
    """
    for listing in sorted(folder.rglob("*.trans.txt")):
        chapter = Folder(listing.parent)
        for number, line in enumerate(read_text(listing).splitlines(), start=1):
            name, _, words = line.partition(" ")
            if not name:
                continue
            where = f"{listing}, line {number}"
            files = [chapter.file(name + suffix, where) for suffix in (".flac", ".wav")]
            file = next(filter(Path.is_file, files), files[0])
            yield Utterance(file, read_header(file).seconds, words)


def _read_manifest(folder: Path, manifest: Path) -> Iterator[Utterance]:
    listed = read_json(manifest)
    recordings = Folder(folder)
    if not isinstance(listed, list):
        raise FileError(f"{manifest} must be a list of utterances")
    for number, entry in enumerate(listed):
        where = f"{manifest}, entry {number}"
        (first, *_) = field(entry, "files", list, where) or [None]
        name = field(first, "fname", str, f"{where}, files[0]")
        yield Utterance(
            recordings.file(name, f"{where}, fname"),
            float(field(entry, "original_duration", (int, float), where)),
            field(entry, "transcript", str, where),
        )


def _check_recording(file: Path, sound: Sound) -> None:
    found = read_header(file)
    if (found.channels, found.sample_rate) != (1, sound.sample_rate):
        raise FileError(
            f"{file} has {found.channels} channels at {found.sample_rate} Hz; it must have one at "
            f"{sound.sample_rate} Hz"
        )
    if found.samples < sound.shortest:
        raise FileError(
            f"{file} has {found.samples} samples; it must have at least {sound.shortest}"
        )


_ABBREVIATIONS = {
    "mrs": "missus",
    "mr": "mister",
    "dr": "doctor",
    "st": "saint",
    "co": "company",
    "jr": "junior",
    "maj": "major",
    "gen": "general",
    "drs": "doctors",
    "rev": "reverend",
    "lt": "lieutenant",
    "hon": "honorable",
    "sgt": "sergeant",
    "capt": "captain",
    "esq": "esquire",
    "ltd": "limited",
    "col": "colonel",
    "ft": "fort",
}
_ABBREVIATION = re.compile(rf"\b({'|'.join(_ABBREVIATIONS)})\.")
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+|st\b|nd\b|rd\b|th\b)?")


def normalize_transcript(text: str, alphabet: str) -> str:
    """Spells the text in characters of the alphabet only: ASCII, lower case, numbers and
    abbreviations in words, one space between words and none around them.
    """
    text = anyascii(text).lower()
    text = _NUMBER.sub(lambda match: _spell_number(match[0]), text)
    text = _ABBREVIATION.sub(lambda match: _ABBREVIATIONS[match[1]], text)
    text = text.replace("&", " and ").replace("+", " plus ")
    text = "".join(
        " " if letter in string.punctuation and letter not in alphabet else letter
        for letter in text
    )
    return "".join(letter for letter in " ".join(text.split()) if letter in alphabet)


def labels_to_text(labels: Iterable[int], alphabet: str) -> str:
    """Returns the text of labels. Raises IndexError for one that is not in the alphabet."""
    return "".join(alphabet[label] for label in labels)


def _spell_number(number: str) -> str:
    words: str = _number_speller().number_to_words(number.replace(",", ""), andword="")
    return words


@cache
def _number_speller() -> Any:
    return require("inflect").engine()
