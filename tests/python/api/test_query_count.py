"""How many queries make a percentile trustworthy."""

from __future__ import annotations

from statistics import NormalDist

import mlperf_loadgen as lg
import pytest
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("percentile", "exact", "rounded"),
    [
        (0.90, 23_886, 24_576),
        (0.95, 50_425, 57_344),
        (0.97, 85_811, 90_112),
        (0.99, 262_742, 270_336),
    ],
)
def test_the_published_table(percentile: float, exact: int, rounded: int) -> None:
    count = lg.minimum_query_count(percentile)
    assert (count.exact, count.rounded) == (exact, rounded)
    assert lg.minimum_query_count(percentile, confidence=0.99).exact == exact


def test_the_old_rules_ask_for_these() -> None:
    settings = lg.TestSettings()
    settings.rules = "v1.0"
    for model, scenario in (("resnet50", "Server"), ("gnmt", "MultiStream"), ("bert", "Offline")):
        settings.FromConfig("", model, scenario, conf_type=0)
        percentile = {
            "Server": settings.server_target_latency_percentile,
            "MultiStream": settings.multi_stream_target_latency_percentile,
            "Offline": 0.90,
        }[scenario]
        assert settings.min_query_count == lg.minimum_query_count(percentile).rounded


@given(st.floats(0.01, 0.9999), st.floats(0.5, 0.9999))
def test_the_formula(percentile: float, confidence: float) -> None:
    margin = (1 - percentile) / 20
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    expected = z**2 * percentile * (1 - percentile) / margin**2
    count = lg.minimum_query_count(percentile, confidence)
    assert count.exact == pytest.approx(max(expected, 1), rel=1e-9, abs=0.51)
    assert count.rounded % 8192 == 0
    assert 0 <= count.rounded - count.exact < 8192


@pytest.mark.parametrize("wrong", [0, 1, -0.5, 99, float("nan")])
def test_fractions_only(wrong: float) -> None:
    with pytest.raises(ValueError, match=r"percentile = .*: must be above 0 and below 1"):
        lg.minimum_query_count(wrong)
    with pytest.raises(ValueError, match=r"confidence = .*: must be above 0 and below 1"):
        lg.minimum_query_count(0.9, wrong)


def test_how_it_looks() -> None:
    assert repr(lg.minimum_query_count(0.9)) == "QueryCount(exact=23886, rounded=24576)"
