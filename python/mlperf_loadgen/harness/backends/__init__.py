"""What runs a model: one small class for each inference package."""

from mlperf_loadgen.harness.backends.base import Backend

__all__ = ["Backend"]
