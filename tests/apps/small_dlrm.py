"""A DLRM of small tables, inputs for it, and what it answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from reference_apps.dlrm.model import Dlrm
from reference_apps.dlrm.variants import KAGGLE, TERABYTE_10M, TERABYTE_40M, Variant

VARIANTS = {variant.name: variant for variant in (TERABYTE_40M, TERABYTE_10M, KAGGLE)}
MAX_ROWS = 50
PAIRS = 7


def small_dlrm(variant: Variant) -> Dlrm:
    """Draws weights of a size with which results differ from pair to pair, the same each time."""
    torch.manual_seed(1)
    network = Dlrm(variant.with_max_rows(MAX_ROWS)).eval()
    with torch.no_grad():
        for table in network.tables():
            table.mul_(0.3)
    return network


def example_inputs(variant: Variant) -> tuple[NDArray[Any], ...]:
    """Draws dense features, offsets and indices."""
    random = np.random.default_rng(2)
    rows = np.array(variant.with_max_rows(MAX_ROWS).table_rows)
    dense = random.random((PAIRS, 13), np.float32) * 4
    offsets = np.tile(np.arange(PAIRS), (26, 1))
    return dense, offsets, random.integers(0, rows[:, None], (26, PAIRS))


def probabilities_of(network: Dlrm, inputs: tuple[NDArray[Any], ...]) -> NDArray[np.float32]:
    """Runs the network as it is."""
    with torch.no_grad():
        return network(*map(torch.from_numpy, inputs)).numpy()
