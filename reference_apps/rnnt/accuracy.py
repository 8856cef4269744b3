"""Computes the word error rate of a log: python -m reference_apps.rnnt.accuracy --help"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import jiwer
import numpy as np
from mlperf_loadgen.harness.accuracy_log import AccuracyLog, AccuracyLogError, read_accuracy_log

from reference_apps.rnnt.config import Config, read_config
from reference_apps.rnnt.dataset import labels_to_text, read_references

DTYPES = ("int8", "int16", "int32", "int64")


def line(log: AccuracyLog, references: Sequence[str], alphabet: str, dtype: str = "int64") -> str:
    """Returns the line that the submission checker reads. log: one response for each sample.

    references: the transcript of each sample of the data set. Raises AccuracyLogError as texts
    does, for a sample that is not in the data set, and if the transcripts have no words.
    """
    if len(log) and log.indices[-1] >= len(references):
        raise AccuracyLogError(
            f"{log.path}: sample {log.indices[-1]} is not one of the {len(references)} utterances"
        )
    transcripts = [references[index] for index in log.indices.tolist()]
    if not "".join(transcripts).strip():
        raise AccuracyLogError(
            f"{log.path}: the transcripts of its {len(log)} samples have no words"
        )
    rate = float(jiwer.process_words(transcripts, texts(log, alphabet, dtype)).wer)
    return f"Word Error Rate: {100 * rate}%, accuracy={100 * (1 - rate)}%"


def texts(log: AccuracyLog, alphabet: str, dtype: str) -> list[str]:
    """Returns the text of each response. Raises AccuracyLogError naming the sample of a response
    that is not an array of labels of that dtype.
    """
    labels_dtype = np.dtype(dtype).newbyteorder("<")
    found = []
    for index, data in zip(log.indices.tolist(), log.data, strict=True):
        where = f"{log.path}: the response for sample {index}"
        if len(data) % labels_dtype.itemsize:
            raise AccuracyLogError(
                f"{where} has {len(data)} bytes, an {dtype} has {labels_dtype.itemsize}"
            )
        labels = np.frombuffer(data, labels_dtype)
        invalid = labels[(labels < 0) | (labels >= len(alphabet))]
        if len(invalid):
            raise AccuracyLogError(
                f"{where} has label {invalid[0]}, must be from 0 to {len(alphabet) - 1}"
            )
        found.append(labels_to_text(labels.tolist(), alphabet))
    return found


def main(argv: Sequence[str] | None = None) -> None:
    """Prints the line that the submission checker reads."""
    parser = argparse.ArgumentParser(
        description="Compute the word error rate from an accuracy log."
    )
    parser.add_argument(
        "--log_dir", type=Path, required=True, help="folder with the logs of the accuracy run"
    )
    parser.add_argument("--dataset_dir", type=Path, required=True)
    parser.add_argument("--manifest", type=Path, required=True)
    parser.add_argument(
        "--output_dtype",
        choices=DTYPES,
        default="int64",
        help="of the labels (default %(default)s)",
    )
    parser.add_argument(
        "--pytorch_config_toml", type=Path, help="configuration with another alphabet"
    )
    args = parser.parse_args(argv)
    config = read_config(args.pytorch_config_toml) if args.pytorch_config_toml else Config()
    data = read_references(args.dataset_dir, args.manifest)
    log = read_accuracy_log(args.log_dir / "mlperf_log_accuracy.json").unique()
    print(line(log, data.references(config.labels), config.labels, args.output_dtype))


if __name__ == "__main__":
    main()
