"""Networks of the exact layers over small tables, trained for seconds on clicks from a known model,
and data sets whose labels are their own answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from mlperf_loadgen.harness.cache import cached_folder
from mlperf_loadgen.harness.progress_bar import track
from torch import Tensor, nn

from reference_apps.common.stand_in import StandIn
from reference_apps.dlrm import formats, model, npz_file
from reference_apps.dlrm.dataset import Files, Pairs, StoredPairs, read_test_pairs
from reference_apps.dlrm.fake_criteo import write_raw
from reference_apps.dlrm.model import Dlrm
from reference_apps.dlrm.preprocess import preprocess, write_records
from reference_apps.dlrm.variants import VARIANTS, Variant

ROWS = 100  # of a table at most: categories are taken modulo this
_TRAINING_PAIRS = 16384
_BATCH = 128
_RATE = 1e-3
_TABLE_RATE = 1e-2


def clicks(variant: Variant) -> Files:
    """A small data set of the variant, raw and preprocessed, with clicks from the known model."""

    def fill(folder: Path) -> None:
        write_raw(folder, variant)
        preprocess(variant, folder, binary=variant.dataset == "terabyte")

    name = f"criteo-{variant.name}-clicks"
    return Files(cached_folder(name, STAND_INS[variant.name].key(), fill), variant.dataset)


def answers(variant: Variant) -> Files:
    """The test set of that, each pair labelled with what the stand-in, in float32, finds likelier:
    what a run loses on the way, of precision, order or features, it scores below 100 %.
    """

    def fill(folder: Path) -> None:
        source = clicks(variant)
        stored = read_test_pairs(source.folder, variant.dataset)
        pairs = stored.read(slice(None), variant.cut(ROWS))
        labels = answer(STAND_INS[variant.name].network(), pairs).round().astype(np.int32)
        made = Files(folder, variant.dataset)
        last = source.reordered(source.last_day)
        day = {name: npz_file.first_rows(last, name) for name in ("X_cat", "X_int", "y")}
        day["y"] = np.concatenate((labels, day["y"][len(labels) :]))
        npz_file.write(made.reordered(made.last_day), day)
        with open(made.binary(), "wb") as file:
            write_records(file, labels, stored.dense, stored.sparse)

    name = f"criteo-{variant.name}-answers"
    return Files(cached_folder(name, STAND_INS[variant.name].key(), fill), variant.dataset)


def answer(made: Dlrm, pairs: Pairs) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """The probability of a click for each pair."""
    parts = []
    with torch.inference_mode():
        for begin in range(0, len(pairs), 1024):
            parts.append(made(*_tensors(pairs, slice(begin, begin + 1024))).numpy()[:, 0])
    return np.concatenate(parts)


def _settle(made: Dlrm, variant: Variant) -> None:
    """Small embeddings, then one pass over training pairs."""
    for table in made.tables():
        bound = 0.5 / table.shape[1] ** 0.5
        table.uniform_(-bound, bound)
    tables = {"params": made.emb_l.parameters(), "lr": _TABLE_RATE}
    layers = {"params": [*made.bot_l.parameters(), *made.top_l.parameters()], "lr": _RATE}
    optimizer = torch.optim.Adam([tables, layers])
    batches = list(_batches(clicks(variant), variant.cut(ROWS)))
    with torch.enable_grad():
        for inputs, labels in track(batches, f"training the stand-in of {variant.name}"):
            loss = nn.functional.binary_cross_entropy(made(*inputs)[:, 0], labels)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()


def _batches(files: Files, variant: Variant) -> Iterator[tuple[tuple[Tensor, ...], Tensor]]:
    """Training pairs, some at a time."""
    left = _TRAINING_PAIRS // _BATCH
    for day in range(files.last_day):
        path = files.reordered(day)
        labels, dense, sparse = (npz_file.first_rows(path, n) for n in ("y", "X_int", "X_cat"))
        pairs = StoredPairs(path, labels, dense, sparse).read(slice(None), variant)
        for begin in range(0, len(pairs) - _BATCH + 1, _BATCH):
            if not left:
                return
            left -= 1
            part = slice(begin, begin + _BATCH)
            yield _tensors(pairs, part), torch.from_numpy(pairs.labels[part])


def _tensors(pairs: Pairs, part: slice) -> tuple[Tensor, Tensor, Tensor]:
    dense = torch.from_numpy(pairs.dense[part])
    indices = torch.from_numpy(np.ascontiguousarray(pairs.sparse[part].T, np.int64))
    return dense, torch.arange(len(dense)).repeat(len(indices), 1), indices


def _stand_in(variant: Variant) -> StandIn[Dlrm]:
    return StandIn(
        name=f"dlrm-{variant.name}",
        make=lambda: Dlrm(variant.cut(ROWS)),
        settle=lambda made: _settle(made, variant),
        code=model.__file__,
        write_onnx=formats.write_onnx,
        write_graph=formats.write_frozen_graph,
    )


STAND_INS = {variant.name: _stand_in(variant) for variant in VARIANTS}
