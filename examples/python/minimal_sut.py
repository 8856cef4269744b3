"""The smallest SUT: a function from samples to answers, one row each."""

import sys

import mlperf_loadgen as lg
import numpy as np

images = np.random.default_rng(0).random((500, 64), dtype=np.float32)
weights = np.random.default_rng(1).random((64, 10), dtype=np.float32)


def classify(samples: lg.Samples) -> np.ndarray:
    return (images[samples.indices] @ weights).argmax(axis=1)


report = lg.run(
    classify,
    images,
    scenario="SingleStream",
    expected_latency_ns=1_000,
    min_duration_ms=1000,
    output="results",
)
print(report)
sys.exit(not report.valid)
