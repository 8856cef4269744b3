"""Figures by their names."""

from __future__ import annotations

import pytest
from mlperf_loadgen.result import metrics

from tests.python.result import synthetic


@pytest.mark.parametrize(
    "make", [synthetic.server, synthetic.single_stream, synthetic.offline, synthetic.with_tokens]
)
def test_every_figure_of_a_result_is_a_metric(make: synthetic.Maker) -> None:
    figures = metrics.flat(make())
    assert {"headline", "p50", "p99", "qps", "errors"} <= set(figures)
    assert set(figures) <= set(metrics.METRICS)


def test_the_headline_is_what_the_result_says() -> None:
    latency = metrics.metric("headline", synthetic.single_stream(40))
    assert (latency.name, latency.unit, latency.better) == ("headline", "ns", "lower")
    assert (latency.family, latency.fraction) == ("latency", 0.9)
    rate = metrics.metric("headline", synthetic.offline(40))
    assert (rate.unit, rate.better) == ("1/s", "higher")
    score = metrics.metric("accuracy", {"accuracy": {"value": 76.4, "better": "higher"}})
    assert (score.unit, score.better) == ("", "higher")


def test_an_unknown_name_names_the_nearest() -> None:
    with pytest.raises(ValueError, match=r'^no metric "ttft.99". Did you mean "ttft.p99"'):
        metrics.metric("ttft.99")
