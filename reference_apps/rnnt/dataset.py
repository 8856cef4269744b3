"""LibriSpeech on disk: a manifest with the recordings that it names, or the tree of the archive."""

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
from mlperf_loadgen.harness.untrusted import FileError, Folder, read_json, read_text
from numpy.typing import NDArray

from reference_apps.rnnt.config import Sound

MANIFEST = "dev-clean-wav.json"
_MOST_SAMPLES = 1 << 25  # of a file; the longest of LibriSpeech has 560,000
LONGEST_S = 15.0  # of the utterances that are samples


@dataclass(frozen=True)
class Recording:
    """What the head of a sound file says."""

    channels: int
    sample_rate: int  # Hz
    samples: int

    @property
    def seconds(self) -> float:
        return self.samples / self.sample_rate


@dataclass(frozen=True)
class Utterance:
    """A sound file and what is said in it, in the words of the data set."""

    file: Path
    seconds: float
    transcript: str


@dataclass(frozen=True)
class LibriSpeech:
    """Utterances in the order of the samples."""

    folder: Path
    utterances: Sequence[Utterance]

    def __len__(self) -> int:
        return len(self.utterances)

    def first(self, count: int | None) -> LibriSpeech:
        """The first `count` utterances, or all."""
        return replace(self, utterances=self.utterances[:count])

    def waveform(self, index: int) -> NDArray[np.float32]:
        """Of an utterance, float32 (samples), in [-1, 1)."""
        return read_waveform(self.utterances[index].file)

    def references(self, alphabet: str) -> list[str]:
        """What is said in each, as the model would write it."""
        return [normalised(utterance.transcript, alphabet) for utterance in self.utterances]


def read_librispeech(
    folder: Path, manifest: Path | None = None, sound: Sound | None = None
) -> LibriSpeech:
    """Those utterances that last LONGEST_S at most, in the order in which they are listed: by
    `manifest`; without it by dev-clean-wav.json in the folder; where that is missing, too, by the
    transcripts, *.trans.txt, of the archive's tree under the folder.

    Raises FileNotFoundError naming a file that is missing, and FileError naming file, entry and
    field for what is not as it should be; a recording has one channel and the sample rate of
    `sound` (None: of the official model).
    """
    found = read_references(folder, manifest)
    for utterance in found.utterances:
        _check(utterance.file, sound or Sound())
    return found


def read_references(folder: Path, manifest: Path | None = None) -> LibriSpeech:
    """As read_librispeech, without a look at the recordings that a manifest names."""
    if manifest is None and (folder / MANIFEST).is_file():
        manifest = folder / MANIFEST
    listed = tree(folder) if manifest is None else _listed(folder, manifest)
    utterances = [utterance for utterance in listed if utterance.seconds <= LONGEST_S]
    if not utterances:
        raise FileError(
            f"{manifest or folder} has no utterance of at most {LONGEST_S:g} s: a folder has "
            f"{MANIFEST}, or the tree of the archive with *.trans.txt"
        )
    return LibriSpeech(folder, utterances)


def read_waveform(file: Path) -> NDArray[np.float32]:
    """FLAC or WAV, float32 (samples), in [-1, 1). Raises FileError for one that is broken."""
    recording(file)
    soundfile = require("soundfile")
    try:
        waveform, _ = soundfile.read(str(file), dtype="float32")
    except soundfile.LibsndfileError as error:
        raise FileError(f"{file} cannot be decoded: {error}") from None
    samples: NDArray[np.float32] = waveform
    return samples


def recording(file: Path) -> Recording:
    """Raises FileNotFoundError without the file, FileError for one that is no sound, or says that
    it is longer than any: a few bytes can be decoded to hours.
    """
    if not file.is_file():
        raise FileNotFoundError(f"there is no {file}")
    soundfile = require("soundfile")
    try:
        info = soundfile.info(str(file))
    except soundfile.LibsndfileError as error:
        raise FileError(f"{file} is no sound file: {error}") from None
    found = Recording(info.channels, info.samplerate, info.frames)
    if found.sample_rate < 1 or not 0 <= found.samples * found.channels <= _MOST_SAMPLES:
        raise FileError(
            f"{file} has {found.samples} samples of {found.channels} channels at "
            f"{found.sample_rate} Hz; {_MOST_SAMPLES} are the most"
        )
    return found


def tree(folder: Path) -> Iterator[Utterance]:
    """The utterances of all *.trans.txt under the folder, whose lines are an id, which is also the
    name of a file beside it, .flac or .wav, and the words.
    """
    for listing in sorted(folder.rglob("*.trans.txt")):
        there = Folder(listing.parent)
        for number, line in enumerate(read_text(listing).splitlines(), start=1):
            name, _, words = line.partition(" ")
            if not name:
                continue
            where = f"{listing}, line {number}"
            files = [there.file(name + suffix, where) for suffix in (".flac", ".wav")]
            file = next(filter(Path.is_file, files), files[0])
            yield Utterance(file, recording(file).seconds, words)


def _listed(folder: Path, manifest: Path) -> Iterator[Utterance]:
    entries = read_json(manifest)
    there = Folder(folder)
    if not isinstance(entries, list):
        raise FileError(f"{manifest} is no list of utterances")
    for number, entry in enumerate(entries):
        where = f"{manifest}, entry {number}"
        (first, *_) = _field(entry, "files", list, where) or [None]
        name = _field(first, "fname", str, f"{where}, files")
        yield Utterance(
            there.file(name, f"{where}, fname"),
            float(_field(entry, "original_duration", (int, float), where)),
            _field(entry, "transcript", str, where),
        )


def _field(entry: object, name: str, kind: type | tuple[type, ...], where: str) -> Any:
    value = entry.get(name) if isinstance(entry, dict) else None
    if not isinstance(value, kind):
        kinds = kind if isinstance(kind, tuple) else (kind,)
        wanted = " or ".join(each.__name__ for each in kinds)
        raise FileError(f"{where}, {name}: must be {wanted}, not {value!r:.100}")
    return value


def _check(file: Path, sound: Sound) -> None:
    found = recording(file)
    if (found.channels, found.sample_rate) != (1, sound.sample_rate):
        raise FileError(
            f"{file} has {found.channels} channels of {found.sample_rate} Hz, must have one of "
            f"{sound.sample_rate} Hz"
        )
    if found.samples < sound.shortest:
        raise FileError(f"{file} has {found.samples} samples, must have {sound.shortest} at least")


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


def normalised(text: str, alphabet: str) -> str:
    """The text in characters of the alphabet only: ASCII, lower case, numbers and abbreviations in
    words, one space between words and none around them.
    """
    text = anyascii(text).lower()
    text = _NUMBER.sub(lambda number: _in_words(number[0]), text)
    text = _ABBREVIATION.sub(lambda short: _ABBREVIATIONS[short[1]], text)
    text = text.replace("&", " and ").replace("+", " plus ")
    text = "".join(
        " " if letter in string.punctuation and letter not in alphabet else letter
        for letter in text
    )
    return "".join(letter for letter in " ".join(text.split()) if letter in alphabet)


def text_of(labels: Iterable[int], alphabet: str) -> str:
    """What the labels say. Raises IndexError for one that the alphabet does not have."""
    return "".join(alphabet[label] for label in labels)


def _in_words(number: str) -> str:
    words: str = _engine().number_to_words(number.replace(",", ""), andword="")
    return words


@cache
def _engine() -> Any:
    return require("inflect").engine()
