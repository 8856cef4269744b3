"""What rnnt.toml says of the model: sizes of the network, sound, alphabet."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from mlperf_loadgen.harness.untrusted import FileError, read_text

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_LARGEST = 1 << 20  # bytes; the official file has 2 kB
# What the tables may say besides sizes, and what is built here.
_ONLY = {
    "input_eval": {"window": "hann", "normalize": "per_feature", "feat_type": "logfbank"},
    "rnnt": {"rnn_type": "lstm"},
}


@dataclass(frozen=True)
class Sound:
    """Table input_eval: from a waveform to the features of its frames."""

    sample_rate: int = 16_000  # Hz
    window_size: float = 0.02  # seconds
    window_stride: float = 0.01  # seconds
    n_fft: int = 512
    features: int = 80  # mel filters
    frame_splicing: int = 3  # frames that become one
    dither: float = 1e-5

    @property
    def window(self) -> int:
        """Samples."""
        return round(self.window_size * self.sample_rate)

    @property
    def hop(self) -> int:
        """Samples from one frame to the next."""
        return round(self.window_stride * self.sample_rate)

    @property
    def inputs(self) -> int:
        """Features of a spliced frame."""
        return self.features * self.frame_splicing

    @property
    def shortest(self) -> int:
        """Samples of the shortest waveform: it has two spliced frames, or none would deviate from
        the mean.
        """
        return max(self.hop * self.frame_splicing, self.n_fft // 2) + 1


@dataclass(frozen=True)
class Sizes:
    """Table rnnt: the network."""

    encoder_n_hidden: int = 1024
    encoder_pre_rnn_layers: int = 2
    encoder_post_rnn_layers: int = 3
    encoder_stack_time_factor: int = 2
    pred_n_hidden: int = 320
    pred_rnn_layers: int = 2
    joint_n_hidden: int = 512


@dataclass(frozen=True)
class Config:
    """The whole file. Without one: the official model."""

    sound: Sound = field(default_factory=Sound)
    sizes: Sizes = field(default_factory=Sizes)
    labels: str = " abcdefghijklmnopqrstuvwxyz'"  # character i is label i; blank comes behind them


def read_config(path: Path) -> Config:
    """The configuration in a TOML file; what it does not say is as in the official one.

    Raises FileNotFoundError without the file, and FileError naming file, table and key for a table
    that is missing, a value that is not of its kind, a network or a sound that is not built here.
    """
    text = read_text(path, _LARGEST)
    try:
        content = tomllib.loads(text)
    except ValueError as error:
        raise FileError(f"{path} is no TOML file: {error}") from None
    except RecursionError:
        raise FileError(f"{path} is no TOML file: it is nested too deeply") from None
    for table in ("input_eval", "rnnt", "labels"):
        if not isinstance(content.get(table), dict):
            raise FileError(f"{path} has no table [{table}]")
    for table, values in _ONLY.items():
        for key, value in values.items():
            if content[table].get(key, value) != value:
                raise FileError(
                    f"{path}, [{table}] {key}: must be {value!r}, not {content[table][key]!r}"
                )
    return Config(
        _filled(Sound, content["input_eval"], f"{path}, [input_eval]"),
        _filled(Sizes, content["rnnt"], f"{path}, [rnnt]"),
        _labels(content["labels"].get("labels"), f"{path}, [labels] labels"),
    )


Table = TypeVar("Table", Sound, Sizes)


def _filled(kind: type[Table], table: Mapping[str, Any], where: str) -> Table:
    values = {}
    for entry in fields(kind):
        if entry.name not in table:
            continue
        value, whole = table[entry.name], isinstance(entry.default, int)
        good = (
            type(value) is int and value >= 1
            if whole
            else type(value) in (int, float) and 0 <= value <= 1
        )
        if not good:
            allowed = "a whole number of at least 1" if whole else "a number from 0 to 1"
            raise FileError(f"{where} {entry.name}: must be {allowed}, not {value!r:.100}")
        values[entry.name] = value
    return kind(**values)


def _labels(given: object, where: str) -> str:
    if not isinstance(given, Sequence) or not all(
        isinstance(label, str) and len(label) == 1 for label in given
    ):
        raise FileError(f"{where}: must be a list of single characters, not {given!r}")
    labels = "".join(given)
    if not labels or len(set(labels)) < len(labels):
        raise FileError(f"{where}: each character stands there once, not {labels!r}")
    return labels
