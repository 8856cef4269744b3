"""Turns batches of pairs into inputs of the model, and its outputs into responses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
from mlperf_loadgen.harness.backends import Backend
from numpy.typing import NDArray

from reference_apps.common.model import LoadedModel, ModelSpec
from reference_apps.dlrm.dataset import Batch, Pairs
from reference_apps.dlrm.variants import NUM_SPARSE

# More pairs in one inference are no faster, and each needs 30 kB of memory in the network.
_MAX_PAIRS = 2048

Number = TypeVar("Number", bound=np.generic)


@dataclass(frozen=True, kw_only=True)
class DlrmSpec(ModelSpec):
    """A DLRM in one format. feeds: each order of inputs that it may have, see Predictor."""

    feeds: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Predictor:
    """Predicts clicks with a backend. Any thread may call it.

    feeds: the backend's inputs for dense features, offsets and indices (one of each for all tables
    or one for each table), or for dense features and indices (n, 26). fixed_size: every inference
    takes the maximum number of pairs, because the last bits of a result depend on it.
    """

    backend: Backend
    feeds: tuple[str, ...]
    fixed_size: bool = False

    @classmethod
    def of(cls, model: LoadedModel[DlrmSpec], *, fixed_size: bool) -> Predictor:
        """Returns that of an opened model. Raises ValueError for a file with other inputs."""
        spec, backend = model.spec, model.backend
        for feeds in spec.feeds:
            if set(feeds) == set(backend.inputs):
                return cls(backend, tuple(feeds), fixed_size)
        raise ValueError(
            f"{spec.source} must have the inputs {', '.join(spec.feeds[0])}, not "
            f"{', '.join(backend.inputs)} (see --inputs); DLRM takes one of offsets and one of "
            "indices, or one of each for every table"
        )

    def __call__(self, batch: Batch) -> NDArray[np.float32] | list[NDArray[np.float32]]:
        """Returns the response to each sample of the batch, see to_responses."""
        return to_responses(batch, self.probabilities(batch.pairs))

    def probabilities(self, pairs: Pairs) -> NDArray[np.float32]:
        """Computes the probability of a click for each pair, float32 (n)."""
        probabilities = np.empty(len(pairs), np.float32)
        for begin in range(0, len(pairs), _MAX_PAIRS):
            part = slice(begin, begin + _MAX_PAIRS)
            dense, sparse = pairs.dense[part], pairs.sparse[part]
            count = len(dense)
            if self.fixed_size:
                dense, sparse = _padded(dense), _padded(sparse)
            (output,) = self.backend.predict(self._inputs(dense, sparse))
            probabilities[part] = output.reshape(-1)[:count]
        return probabilities

    def _inputs(
        self, dense: NDArray[np.float32], sparse: NDArray[np.int32]
    ) -> Mapping[str, NDArray[Any]]:
        if len(self.feeds) == 2:
            return dict(zip(self.feeds, (dense, sparse), strict=True))
        indices = np.ascontiguousarray(sparse.T, np.int64)
        offsets = np.tile(np.arange(len(dense), dtype=np.int64), (NUM_SPARSE, 1))
        if len(self.feeds) == 3:
            return dict(zip(self.feeds, (dense, offsets, indices), strict=True))
        return dict(zip(self.feeds, (dense, *offsets, *indices), strict=True))


def _padded(rows: NDArray[Number]) -> NDArray[Number]:
    padded = np.zeros((_MAX_PAIRS, *rows.shape[1:]), rows.dtype)
    padded[: len(rows)] = rows
    return padded


def to_responses(
    batch: Batch, probabilities: NDArray[np.float32]
) -> NDArray[np.float32] | list[NDArray[np.float32]]:
    """Makes the response to each sample: a row of probability and label, float32, for each pair.

    Samples of equal length make one array (samples, pairs, 2), at no cost per sample; others make
    views of one array.
    """
    rows = np.stack((probabilities, batch.pairs.labels), axis=1)
    lengths = batch.lengths
    if len(lengths) and (lengths == lengths[0]).all():
        return rows.reshape(len(lengths), -1, 2)
    ends = np.cumsum(lengths).tolist()
    return [rows[begin:end] for begin, end in pairwise((0, *ends))]
