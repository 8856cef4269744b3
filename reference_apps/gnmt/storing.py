"""Translations kept as files, for runs of one sentence at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from mlperf_loadgen.harness.library import Batch, InMemoryLibrary
from numpy.typing import NDArray

from reference_apps.gnmt.beam_search import Ids

Predict = Callable[[Sequence[Ids]], list[bytes]]


class RememberingLibrary(InMemoryLibrary):
    """Knows which samples it was asked for last. One thread."""

    asked: NDArray[np.int64]

    def batch(self, indices: NDArray[np.int64]) -> Batch:
        """See InMemoryLibrary.batch."""
        self.asked = indices
        return super().batch(indices)


def storing(predict: Predict, library: RememberingLibrary, folder: Path) -> Predict:
    """The same, and writes each answer to sentence_<index>_de in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)

    def stored(sentences: Sequence[Ids]) -> list[bytes]:
        answers = predict(sentences)
        for index, answer in zip(library.asked, answers, strict=True):
            (folder / f"sentence_{index}_de").write_bytes(answer)
        return answers

    return stored
