"""Word error rate from an accuracy log: python -m reference_apps.rnnt.accuracy --help"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import jiwer
import numpy as np
from mlperf_loadgen.harness.accuracy_log import AccuracyLog, AccuracyLogError, read_accuracy_log

from reference_apps.rnnt.config import Config, read_config
from reference_apps.rnnt.dataset import read_references, text_of

DTYPES = ("int8", "int16", "int32", "int64")


def line(log: AccuracyLog, references: Sequence[str], alphabet: str, dtype: str = "int64") -> str:
    """As the submission checker reads it, over the first response to each sample.

    references: what is said in each sample of the data set. Raises AccuracyLogError as texts, and
    for samples that the data set does not have or without a word between them.
    """
    first = log.unique()
    if len(first) and first.indices[-1] >= len(references):
        raise AccuracyLogError(
            f"{log.path}: sample {first.indices[-1]} is not one of the {len(references)} utterances"
        )
    spoken = [references[index] for index in first.indices.tolist()]
    if not "".join(spoken).strip():
        raise AccuracyLogError(f"{log.path}: no word is said in its {len(first)} samples")
    rate = float(jiwer.process_words(spoken, texts(first, alphabet, dtype)).wer)
    return f"Word Error Rate: {100 * rate}%, accuracy={100 * (1 - rate)}%"


def texts(log: AccuracyLog, alphabet: str, dtype: str) -> list[str]:
    """What the responses say. Raises AccuracyLogError naming the sample of one that is no array of
    labels of that kind.
    """
    kind = np.dtype(dtype).newbyteorder("<")
    found = []
    for index, data in zip(log.indices.tolist(), log.data, strict=True):
        where = f"{log.path}: the response for sample {index}"
        if len(data) % kind.itemsize:
            raise AccuracyLogError(f"{where} has {len(data)} bytes, an {dtype} {kind.itemsize}")
        labels = np.frombuffer(data, kind)
        strange = labels[(labels < 0) | (labels >= len(alphabet))]
        if len(strange):
            raise AccuracyLogError(
                f"{where} has label {strange[0]}, must be from 0 to {len(alphabet) - 1}"
            )
        found.append(text_of(labels.tolist(), alphabet))
    return found


def main(argv: Sequence[str] | None = None) -> None:
    """Prints the line that checkers read."""
    made = argparse.ArgumentParser(description="Word error rate from an accuracy log.")
    made.add_argument("--log_dir", type=Path, required=True, help="of the accuracy run")
    made.add_argument("--dataset_dir", type=Path, required=True)
    made.add_argument("--manifest", type=Path, required=True)
    made.add_argument("--output_dtype", choices=DTYPES, default="int64", help="(%(default)s)")
    made.add_argument("--pytorch_config_toml", type=Path, help="for another alphabet")
    args = made.parse_args(argv)
    config = read_config(args.pytorch_config_toml) if args.pytorch_config_toml else Config()
    data = read_references(args.dataset_dir, args.manifest)
    log = read_accuracy_log(args.log_dir / "mlperf_log_accuracy.json")
    print(line(log, data.references(config.labels), config.labels, args.output_dtype))


if __name__ == "__main__":
    main()
