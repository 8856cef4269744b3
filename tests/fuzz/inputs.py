"""How long tests with invented input go on."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings

# Times as many examples, at random: `make fuzz` sets it.
_LONGER = int(os.environ.get("MLPERF_LOADGEN_FUZZ", "0"))


def fuzzed(examples: int) -> Callable[[Any], Any]:
    """The same `examples` in every run, unless MLPERF_LOADGEN_FUZZ asks for that many times more
    and others. A test may write to one tmp_path in all of them.
    """
    return settings(
        max_examples=examples * max(_LONGER, 1),
        derandomize=_LONGER == 0,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
