"""Reads rnnt.toml: the sizes of the network, the sound and the alphabet."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from mlperf_loadgen.untrusted import FileError, read_text

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_MAX_BYTES = 1 << 20  # bytes; the official file has 2 kB
# The only values of these keys that are supported.
_SUPPORTED = {
    "input_eval": {"window": "hann", "normalize": "per_feature", "feat_type": "logfbank"},
    "rnnt": {"rnn_type": "lstm"},
}


@dataclass(frozen=True)
class Sound:
    """Holds table input_eval: how a waveform becomes the features of its frames."""

    sample_rate: int = 16_000  # Hz
    window_size: float = 0.02  # seconds
    window_stride: float = 0.01  # seconds
    n_fft: int = 512
    features: int = 80  # mel filters
    frame_splicing: int = 3  # frames that are joined to one
    dither: float = 1e-5

    @property
    def window(self) -> int:
        """Returns the window size in samples."""
        return round(self.window_size * self.sample_rate)

    @property
    def hop(self) -> int:
        """Returns the distance from one frame to the next in samples."""
        return round(self.window_stride * self.sample_rate)

    @property
    def inputs(self) -> int:
        """Returns the number of features of a spliced frame."""
        return self.features * self.frame_splicing

    @property
    def shortest(self) -> int:
        """Returns the samples of the shortest waveform, which has two spliced frames: a single one
        has no deviation to normalise by.
        """
        return max(self.hop * self.frame_splicing, self.n_fft // 2) + 1


@dataclass(frozen=True)
class Sizes:
    """Holds table rnnt: the network."""

    encoder_n_hidden: int = 1024
    encoder_pre_rnn_layers: int = 2
    encoder_post_rnn_layers: int = 3
    encoder_stack_time_factor: int = 2
    pred_n_hidden: int = 320
    pred_rnn_layers: int = 2
    joint_n_hidden: int = 512


@dataclass(frozen=True)
class Config:
    """Holds the whole file. The defaults are the official model."""

    sound: Sound = field(default_factory=Sound)
    sizes: Sizes = field(default_factory=Sizes)
    labels: str = " abcdefghijklmnopqrstuvwxyz'"  # character i is label i; blank comes after them


def read_config(path: Path) -> Config:
    """Reads a TOML file; keys that it leaves out have the values of the official one.

    Raises FileNotFoundError for a missing file, and FileError naming file, table and key for a
    missing table, a value of the wrong kind, and a network or a sound that is not supported.
    """
    text = read_text(path, _MAX_BYTES)
    try:
        content = tomllib.loads(text)
    except ValueError as error:
        raise FileError(f"{path} is not a TOML file: {error}") from None
    except RecursionError:
        raise FileError(f"{path} is not a TOML file: it is nested too deeply") from None
    for table in ("input_eval", "rnnt", "labels"):
        if not isinstance(content.get(table), dict):
            raise FileError(f"{path}: table [{table}] is missing")
    for table, values in _SUPPORTED.items():
        for key, value in values.items():
            if content[table].get(key, value) != value:
                raise FileError(
                    f"{path}, [{table}] {key}: must be {value!r}, not {content[table][key]!r}"
                )
    return Config(
        _read_table(Sound, content["input_eval"], f"{path}, [input_eval]"),
        _read_table(Sizes, content["rnnt"], f"{path}, [rnnt]"),
        _read_labels(content["labels"].get("labels"), f"{path}, [labels] labels"),
    )


Table = TypeVar("Table", Sound, Sizes)


def _read_table(kind: type[Table], table: Mapping[str, Any], where: str) -> Table:
    values = {}
    for entry in fields(kind):
        if entry.name not in table:
            continue
        value, is_count = table[entry.name], isinstance(entry.default, int)
        valid = (
            type(value) is int and value >= 1
            if is_count
            else type(value) in (int, float) and 0 <= value <= 1
        )
        if not valid:
            allowed = "a whole number of at least 1" if is_count else "a number from 0 to 1"
            raise FileError(f"{where} {entry.name}: must be {allowed}, not {value!r:.100}")
        values[entry.name] = value
    return kind(**values)


def _read_labels(given: object, where: str) -> str:
    if not isinstance(given, Sequence) or not all(
        isinstance(label, str) and len(label) == 1 for label in given
    ):
        raise FileError(f"{where}: must be a list of single characters, not {given!r}")
    labels = "".join(given)
    if not labels or len(set(labels)) < len(labels):
        raise FileError(f"{where}: must have each character once, not {labels!r}")
    return labels
