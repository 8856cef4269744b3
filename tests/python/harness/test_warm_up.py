"""Running a model a little before the test."""

from __future__ import annotations

import threading
import time

import pytest
from mlperf_loadgen.harness.warm_up import samples_per_second, warm_up


class TestWarmUp:
    def test_a_few_times(self) -> None:
        calls: list[None] = []
        warm_up(lambda: calls.append(None))
        assert len(calls) == 5

    def test_a_slow_model_is_not_called_again(self) -> None:
        calls: list[None] = []
        warm_up(lambda: calls.append(time.sleep(0.02)), seconds=0.03)
        assert len(calls) == 2


class TestSpeed:
    def test_all_workers_count(self) -> None:
        threads = set()

        def infer() -> None:
            threads.add(threading.get_ident())
            time.sleep(0.01)

        assert 0 < samples_per_second(infer, 4, 3, seconds=0.1) <= 1200
        assert len(threads) == 3

    def test_what_infer_raises_comes_out(self) -> None:
        def infer() -> None:
            raise RuntimeError("out of memory")

        with pytest.raises(RuntimeError, match="out of memory"):
            samples_per_second(infer, 1, 2, seconds=0.1)
