"""Conditions: METRIC OP VALUE, with the units of the metric and the sign of a change."""

from __future__ import annotations

import re

import pytest
from mlperf_loadgen.result.condition import parse


@pytest.mark.parametrize(
    ("text", "name", "op", "value"),
    [
        ("p99>120ms", "p99", ">", 120e6),
        (" ttft.p99.9 <= 1.5 s ", "ttft.p99.9", "<=", 1.5e9),
        ("lag.max>3us", "lag.max", ">", 3e3),
        ("errors>0.1%", "errors", ">", 0.001),
        ("errors>0", "errors", ">", 0),
        ("qps<1_000", "qps", "<", 1000),
        ("qps>=1e6", "qps", ">=", 1e6),
        ("slo.share>=95%", "slo.share", ">=", 0.95),
        ("headline>5ms", "headline", ">", 5e6),
        ("headline<950", "headline", "<", 950),
    ],
)
def test_an_absolute_condition(text: str, name: str, op: str, value: float) -> None:
    condition = parse(text)
    assert (condition.metric.name, condition.op, condition.form) == (name, op, "absolute")
    assert condition.value == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "form", "value"),
    [
        ("p99>+5%", "ratio", 0.05),
        ("qps<-2%", "ratio", -0.02),
        ("p99>+2ms", "difference", 2e6),
        ("qps<-20", "difference", -20),
        ("errors>+0.1%", "difference", 0.001),
    ],
)
def test_a_condition_on_a_change(text: str, form: str, value: float) -> None:
    condition = parse(text, change=True)
    assert condition.form == form
    assert condition.value == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "change", "message"),
    [
        ("p9>120ms", False, '"p9>120ms": no metric "p9". Did you mean "p90" or "p99"?'),
        ("p99>120", False, '"p99>120": a unit is missing. Write 120ms.'),
        ("errors>1", False, '"errors>1": a unit is missing. Write 1%.'),
        ("p99>5%", False, '"p99>5%": "%" is not a unit of p99. Write 120ms.'),
        ("qps<9ms", False, '"qps<9ms": "ms" is not a unit of qps. Write 950.'),
        ("p99>+5ms", False, '"p99>+5ms": a value has no sign. Write 5ms.'),
        ("p99>5%", True, '"p99>5%": a change from the base has a sign. Write +5% or -5%.'),
        ("p99>+5", True, '"p99>+5": a unit is missing. Write 5ms.'),
        ("p99>fast", True, '"p99>fast": "fast" is not a value. Write +5%.'),
        ("p99=5ms", False, '"p99=5ms": not METRIC OP VALUE, as p99>120ms; OP is > >= < or <=.'),
        ("zzz>1", False, '"zzz>1": no metric "zzz".'),
    ],
)
def test_what_is_refused_says_what_to_write(text: str, change: bool, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        parse(text, change=change)


def test_holds() -> None:
    assert parse("p99>1ms").holds(1_000_001)
    assert not parse("p99>1ms").holds(1_000_000)
    assert parse("p99>=1ms").holds(1_000_000)
    assert parse("qps<950").holds(949)
    assert parse("qps<=950").holds(950)
