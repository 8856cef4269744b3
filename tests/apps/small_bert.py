"""A small BERT, inputs for it, and what it answers."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from reference_apps.bert.model import Bert, Size

SMALL = Size(vocabulary=50, hidden=128, intermediate=96, layers=2)


def small_bert(gelu: str = "erf") -> Bert:
    """Draws the same weights each time."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4)
        return Bert(SMALL, gelu=gelu).eval()


def example_inputs() -> NDArray[np.int64]:
    """Returns token ids, attention mask and token types, (3, 2, 384): two samples, of which the
    second ends after 200 tokens.
    """
    random = np.random.default_rng(4)
    used = np.array([[384], [200]]) > np.arange(384)
    token_ids = random.integers(0, 50, (2, 384)) * used
    return np.stack([token_ids, used, used & (np.arange(384) > 30)]).astype(np.int64)


def logits_of(network: Bert, inputs: NDArray[np.int64]) -> NDArray[np.float32]:
    """Runs the network as it is, to logits (2, n, 384)."""
    with torch.inference_mode():
        return torch.stack(network(*torch.from_numpy(inputs))).numpy()
