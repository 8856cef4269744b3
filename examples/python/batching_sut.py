"""Worker threads and a queue, ready made: what is left to write is `predict`."""

import sys

import mlperf_loadgen as lg
import numpy as np
from mlperf_loadgen.harness.batching import BatchingSUT

images = np.random.default_rng(0).random((500, 64), dtype=np.float32)
weights = np.random.default_rng(1).random((64, 10), dtype=np.float32)


class Images:
    """The data set: how many samples it has, and the inputs of some of them."""

    def __len__(self) -> int:
        return len(images)

    def batch(self, indices: np.ndarray) -> np.ndarray:
        return images[indices]


def predict(inputs: np.ndarray) -> np.ndarray:
    """On a worker thread: at most 32 inputs, as many answers."""
    return (inputs @ weights).argmax(axis=1)


source = Images()
with BatchingSUT(source, predict, max_batch_size=32, threads=2) as sut:
    report = lg.run(
        sut,
        source,
        scenario="Server",
        target_qps=500,
        target_latency_ns=500_000_000,
        min_duration_ms=1000,
        output="results",
    )
print(report)
sys.exit(not report.valid)
