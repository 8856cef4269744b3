"""Trains a small GNMT, in seconds, until it knows some sentences by heart."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mlperf_loadgen.harness.progress import track
from torch import Tensor
from torch.nn import functional

from reference_apps.gnmt.beam_search import Ids
from reference_apps.gnmt.network import END, Gnmt
from reference_apps.gnmt.translator import START

_ROUNDS = 110
_LEARNING_RATE = 0.01
_GREATEST_GRADIENT = 5.0
_NOT_JUDGED = -100  # what cross_entropy leaves out


def train(network: Gnmt, pairs: Sequence[tuple[Ids, Ids]]) -> None:
    """pairs: word ids of a sentence and of its translation. All of them are one batch."""
    source = _filled([ids.tolist() for ids, _ in pairs], END)
    lengths = torch.tensor([len(ids) for ids, _ in pairs])
    before = _filled([[START, *ids.tolist()] for _, ids in pairs], END)
    after = _filled([[*ids.tolist(), END] for _, ids in pairs], _NOT_JUDGED)
    optimizer = torch.optim.Adam(network.parameters(), lr=_LEARNING_RATE)
    with torch.enable_grad():
        for _ in track(range(_ROUNDS), "training the stand-in"):
            logits = _logits(network, source, lengths, before)
            loss = functional.cross_entropy(logits.flatten(0, 1), after.flatten())
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), _GREATEST_GRADIENT)
            optimizer.step()


def _logits(network: Gnmt, source: Tensor, lengths: Tensor, before: Tensor) -> Tensor:
    """(n, words, target words): of the word behind each word of the translations."""
    memory, state = network.encode(source, lengths)
    logits = []
    for words in before.T:
        step, state = network.step(words, state, memory)
        logits.append(step)
    return torch.stack(logits, 1)


def _filled(rows: list[list[int]], fill: int) -> Tensor:
    longest = max(map(len, rows))
    return torch.tensor([row + [fill] * (longest - len(row)) for row in rows])
