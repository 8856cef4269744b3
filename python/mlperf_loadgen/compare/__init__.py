"""Says whether two results differ, by how much, and how sure that is."""

from __future__ import annotations

try:
    import scipy.stats as _  # noqa: F401
except ImportError:
    raise ImportError("compare needs scipy: pip install 'mlperf-loadgen[tools]'") from None

from mlperf_loadgen.compare.comparison import Comparison, Options, Row, compare
from mlperf_loadgen.compare.differences import NotComparedError

__all__ = ["Comparison", "NotComparedError", "Options", "Row", "compare"]
