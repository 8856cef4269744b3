"""Greedy decoding: the most likely label at each step, for many utterances at once."""

from __future__ import annotations

import torch
from torch import Tensor

from reference_apps.rnnt.network import Rnnt
from reference_apps.rnnt.onnx_files import OnnxRnnt

MAX_SYMBOLS = 30  # said at one frame before the next one is due


def greedy(network: Rnnt | OnnxRnnt, encoded: Tensor, lengths: Tensor) -> list[list[int]]:
    """The labels of each utterance.

    encoded: float32 (n, frames, hidden). lengths: int64 (n), frames of each that count.

    At each frame labels are said until blank is the most likely, or MAX_SYMBOLS of them. What the
    prediction network says changes with a label only, so it is run for utterances that have just
    said one, and the joint network for all that are not at their end.
    """
    said: list[list[int]] = [[] for _ in range(len(encoded))]
    frame = torch.zeros_like(lengths)
    at_frame = torch.zeros_like(lengths)  # labels said at the frame
    predicted, (hidden, cell) = network.prediction.begin(len(encoded))
    open_rows = torch.arange(len(encoded), device=encoded.device)[lengths > 0]
    while len(open_rows):
        logits = network.joint(encoded[open_rows, frame[open_rows]], predicted[open_rows])
        best = logits.argmax(-1)
        speaks = best != network.blank
        rows, labels = open_rows[speaks], best[speaks]
        if len(rows):
            for row, label in zip(rows.tolist(), labels.tolist(), strict=True):
                said[row].append(label)
            state = (hidden[:, rows], cell[:, rows])
            predicted[rows], (hidden[:, rows], cell[:, rows]) = network.prediction(labels, state)
            at_frame[rows] += 1
        done = open_rows[~speaks | (at_frame[open_rows] == MAX_SYMBOLS)]
        frame[done] += 1
        at_frame[done] = 0
        open_rows = open_rows[frame[open_rows] < lengths[open_rows]]
    return said
