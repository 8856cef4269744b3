"""Makes small networks, trained for a minute on clicks of known probability, and test sets labelled
by them, for runs without the official files.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from mlperf_loadgen.harness.backends import GRAPH, ONNX
from mlperf_loadgen.harness.cache import cached_folder
from mlperf_loadgen.harness.progress_bar import track
from numpy.typing import NDArray
from torch import Tensor, nn

from reference_apps.common.synthetic import SyntheticModel
from reference_apps.dlrm import npz_file
from reference_apps.dlrm.dataset import Files, Pairs, StoredPairs, read_test_pairs
from reference_apps.dlrm.fake_criteo import write_raw
from reference_apps.dlrm.formats import write_frozen_graph, write_onnx
from reference_apps.dlrm.model import Dlrm
from reference_apps.dlrm.preprocess import preprocess, write_records
from reference_apps.dlrm.variants import VARIANTS, Variant

MAX_ROWS = 100  # of a table: categories are taken modulo this
_TRAINING_PAIRS = 16384
_TRAINING_BATCH = 128
_INFERENCE_BATCH = 1024
_LEARNING_RATE = 1e-3
_TABLE_LEARNING_RATE = 1e-2


def clicks(variant: Variant) -> Files:
    """Returns a small data set of the variant, raw and preprocessed, of simulated clicks."""

    def fill(folder: Path) -> None:
        write_raw(folder, variant)
        preprocess(variant, folder, binary=variant.dataset == "terabyte")

    name = f"criteo-{variant.name}-clicks"
    return Files(cached_folder(name, SYNTHETIC[variant.name].key(), fill), variant.dataset)


def self_labelled(variant: Variant) -> Files:
    """Returns the same test set, where each label is what the synthetic network finds more likely.

    Labels are computed in float32, so a run scores below 100 % if it loses precision, the order of
    pairs, or features.
    """

    def fill(folder: Path) -> None:
        source = clicks(variant)
        stored = read_test_pairs(source.folder, variant.dataset)
        pairs = stored.read(slice(None), variant.with_max_rows(MAX_ROWS))
        network = SYNTHETIC[variant.name].network()
        labels = click_probabilities(network, pairs).round().astype(np.int32)
        target = Files(folder, variant.dataset)
        last = source.reordered(source.last_day)
        day = {name: npz_file.first_rows(last, name) for name in ("X_cat", "X_int", "y")}
        day["y"] = np.concatenate((labels, day["y"][len(labels) :]))
        npz_file.write(target.reordered(target.last_day), day)
        with open(target.binary(), "wb") as file:
            write_records(file, labels, stored.dense, stored.sparse)

    name = f"criteo-{variant.name}-self-labelled"
    return Files(cached_folder(name, SYNTHETIC[variant.name].key(), fill), variant.dataset)


def click_probabilities(network: Dlrm, pairs: Pairs) -> NDArray[np.float32]:
    """Runs the network on pairs, as it is, without a backend."""
    batches = []
    with torch.inference_mode():
        for begin in range(0, len(pairs), _INFERENCE_BATCH):
            inputs = _tensors(pairs, slice(begin, begin + _INFERENCE_BATCH))
            batches.append(network(*inputs).numpy()[:, 0])
    return np.concatenate(batches)


def _train(network: Dlrm, variant: Variant) -> None:
    """Draws small embeddings, then makes one pass over training pairs."""
    for table in network.tables():
        bound = 0.5 / table.shape[1] ** 0.5
        table.uniform_(-bound, bound)
    tables = {"params": network.emb_l.parameters(), "lr": _TABLE_LEARNING_RATE}
    layers = {
        "params": [*network.bot_l.parameters(), *network.top_l.parameters()],
        "lr": _LEARNING_RATE,
    }
    optimizer = torch.optim.Adam([tables, layers])
    batches = list(_training_batches(clicks(variant), variant.with_max_rows(MAX_ROWS)))
    with torch.enable_grad():
        for inputs, labels in track(batches, f"training the synthetic {variant.name} model"):
            loss = nn.functional.binary_cross_entropy(network(*inputs)[:, 0], labels)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()


def _training_batches(
    files: Files, variant: Variant
) -> Iterator[tuple[tuple[Tensor, ...], Tensor]]:
    remaining = _TRAINING_PAIRS // _TRAINING_BATCH
    for day in range(files.last_day):
        path = files.reordered(day)
        labels, dense, sparse = (npz_file.first_rows(path, n) for n in ("y", "X_int", "X_cat"))
        pairs = StoredPairs(path, labels, dense, sparse).read(slice(None), variant)
        for begin in range(0, len(pairs) - _TRAINING_BATCH + 1, _TRAINING_BATCH):
            if not remaining:
                return
            remaining -= 1
            part = slice(begin, begin + _TRAINING_BATCH)
            yield _tensors(pairs, part), torch.from_numpy(pairs.labels[part])


def _tensors(pairs: Pairs, part: slice) -> tuple[Tensor, Tensor, Tensor]:
    dense = torch.from_numpy(pairs.dense[part])
    indices = torch.from_numpy(np.ascontiguousarray(pairs.sparse[part].T, np.int64))
    return dense, torch.arange(len(dense)).repeat(len(indices), 1), indices


def _synthetic_model(variant: Variant) -> SyntheticModel[Dlrm]:
    return SyntheticModel(
        name=f"dlrm-{variant.name}",
        make=lambda: Dlrm(variant.with_max_rows(MAX_ROWS)),
        init_weights=lambda network: _train(network, variant),
        code=__file__,
        write={ONNX: write_onnx, GRAPH: write_frozen_graph},
    )


SYNTHETIC = {variant.name: _synthetic_model(variant) for variant in VARIANTS}
