"""SUTs that need no file."""

from __future__ import annotations

import random

import mlperf_loadgen as lg
import numpy as np
import pytest
from mlperf_loadgen.cli.builtin import SPREADS, DelaySut, builtin_sut
from mlperf_loadgen.cli.parser import UsageError


def test_null_completes_at_once() -> None:
    report = lg.run(builtin_sut("builtin:null"), range(8), min_duration_ms=20, progress=False)
    assert report.valid
    assert report.sut_name == "null"


@pytest.mark.alone
def test_a_delay_is_as_long_as_it_says() -> None:
    with DelaySut(0.002) as sut:
        report = lg.run(sut, range(8), min_duration_ms=200, min_query_count=64, progress=False)
    assert 2_000_000 <= report.latency_ns.p50 <= 2_500_000
    assert report.latency_ns.min >= 2_000_000


@pytest.mark.alone
def test_servers_that_are_never_idle_keep_their_rate() -> None:
    with DelaySut(0.001, servers=2) as sut:
        report = lg.run(
            sut, range(8), scenario="Offline", target_qps=1000, min_duration_ms=500, progress=False
        )
    assert report.samples_per_second == pytest.approx(2000, rel=0.1)


@pytest.mark.parametrize(
    ("spread", "deviation"), [("constant", 0.0), ("uniform", 3**-0.5), ("exponential", 1.0)]
)
def test_delays_have_their_mean_and_are_spread_as_asked(spread: str, deviation: float) -> None:
    draw = random.Random(1)
    factors = [SPREADS[spread](draw) for _ in range(20_000)]
    assert np.mean(factors) == pytest.approx(1, abs=0.02)
    assert np.std(factors) == pytest.approx(deviation, abs=0.02)


def test_a_description_is_read() -> None:
    sut = builtin_sut("builtin:delay?mean=200us&servers=2&spread=exponential")
    assert isinstance(sut, DelaySut)
    with sut:
        report = lg.run(sut, range(8), min_duration_ms=20, progress=False)
    assert report.complete


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nul", 'no "nul". There are builtin:null and builtin:delay.'),
        ("null?mean=1ms", 'null has no "mean"; it has no parameters.'),
        ("delay?mena=1ms", 'delay has no "mena"; it has mean, servers, spread.'),
        ("delay?mean=5", "5: a unit is missing. Write 5s or 5ms."),
        ("delay?servers=0", "0: must be at least 1."),
        ("delay?spread=exponentail", 'no spread "exponentail". Did you mean "exponential"?'),
    ],
)
def test_what_is_said_of_mistakes(text: str, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        builtin_sut(f"builtin:{text}")
    assert str(raised.value) == f"builtin:{text}: {said}"
