"""What is said of the length of a run before it begins."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlperf_loadgen.harness.arguments import Defaults, parser
from mlperf_loadgen.harness.expected_length import expected_length, least_queries
from mlperf_loadgen.harness.run_settings import run_fields

DEFAULTS = Defaults()


def said(flags: str, rate: float | None = None) -> str:
    args = parser("test", backends=["one"], defaults=DEFAULTS).parse_args(flags.split())
    fields = run_fields(args, sample_count=50, defaults=DEFAULTS, rate=rate)
    return " ".join(expected_length(args, "resnet50", fields, rate))


@pytest.mark.parametrize(
    ("flags", "rate", "expected"),
    [
        ("--scenario Server", 2.0, "This needs 838 queries: some 17 minutes. --time 10 stops"),
        ("--scenario Server --qps 10", None, "This needs 838 queries: some 84 seconds."),
        ("--scenario SingleStream --rules v4.1", None, ""),
        ("--scenario MultiStream", 40.0, "This needs 662 queries: some 2 minutes."),
        ("--scenario Server --rules v4.1 --qps 2000", None, "needs 1,200,000 queries: some 10 min"),
    ],
)
def test_a_long_run(flags: str, rate: float | None, expected: str) -> None:
    assert expected in said(flags, rate)
    assert bool(expected) == bool(said(flags, rate))


@pytest.mark.parametrize(
    ("flags", "rate"),
    [
        ("--scenario Server", 1000.0),
        ("--scenario SingleStream", 100.0),
        ("", 0.1),
        ("--scenario Server --accuracy", 0.1),
        ("--scenario Server --time 10", 1000.0),
        ("--scenario Server --time 45.9 --qps 10", 10.0),  # 459 queries, which are enough
    ],
)
def test_a_short_one(flags: str, rate: float) -> None:
    assert said(flags, rate) == ""


def test_a_time_that_is_too_short() -> None:
    text = said("--scenario Server --time 3 --qps 10")
    assert "--time 3 is too short to be valid: 10 queries come in a second" in text
    assert text.endswith("it takes 459: --time 46.")


def test_the_file_of_the_user(tmp_path: Path) -> None:
    conf = tmp_path / "user.conf"
    conf.write_text("*.Server.target_qps = 10\n*.*.min_duration = 1\n*.*.min_query_count = 900\n")
    assert "This needs 900 queries: some 90 seconds" in said(
        f"--scenario Server --user_conf {conf}"
    )


def test_the_least_number_of_queries() -> None:
    """Of which none is too late."""
    assert [least_queries(part) for part in (0.9, 0.97, 0.99)] == [44, 152, 459]
