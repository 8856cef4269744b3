"""Sentences: each rule speaks when it should, and only then."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from mlperf_loadgen.page import sentences
from mlperf_loadgen.page.runs import runs_of

from tests.python.page import results
from tests.python.result import synthetic


def told(rule: Any, record: dict[str, Any]) -> str:
    return " ".join(finding.text for finding in rule(runs_of([record])[0]))


def server(issued_late: Any = 500, service: Any = 400_000, n: int = 40_000) -> dict[str, Any]:
    """A Server run of 1,000 a second in which each query takes as long as given."""
    due = np.arange(n) * 1_000_000
    issued = due + np.broadcast_to(issued_late, n).astype(np.int64)
    completed = issued + np.broadcast_to(service, n).astype(np.int64)
    return results.limited(
        synthetic.record("Server", due_ns=due, issued_ns=issued, completed_ns=completed)
    )


def test_a_good_run_has_nothing_to_tell() -> None:
    assert sentences.findings(runs_of([results.good()])[0]) == []


def test_the_headline_says_latency_and_limit() -> None:
    run = runs_of([server(issued_late=0)])[0]
    words = "99 % of the queries were answered within 400 µs; the rules allow 15 ms."
    assert sentences.headline_sentence(run) == words
    few = runs_of([synthetic.single_stream(10)])[0]
    assert sentences.headline_sentence(few).startswith("The 10 queries took ")
    assert sentences.headline_sentence(runs_of([synthetic.offline()])[0]) == ""


def test_a_run_that_broke() -> None:
    words = "The run did not reach its end: no query was answered for 60 s."
    assert told(sentences.not_complete, results.broken()) == words


def test_checks_that_are_not_met_come_first_with_advice_after_them() -> None:
    record = results.overloaded()
    record["generator"]["notes"] = ["One.", "Two."]
    found = sentences.findings(runs_of([record])[0])
    assert len(found) == sentences.MOST
    assert found[0].text == "99 % took 1.2 s; the rules allow 15 ms."
    levels = [finding.level for finding in found]
    assert levels == sorted(levels, key=("bad", "do", "warn", "note").index)
    assert "Pass a lower rate than 1,000: --qps." in [finding.text for finding in found]


def test_failed_samples() -> None:
    record = server()
    record["timeline"]["failed"][3] = 40
    record["errors"] = [{"kind": "RuntimeError", "count": 40, "first": "out of memory"}]
    words = "40 of 40,000 samples failed (0.1 %). The first: out of memory"
    assert told(sentences.failed_samples, record) == words


@pytest.mark.parametrize("late_ns", [2_100_000, 700_000])
def test_the_generator_was_the_limit(late_ns: int) -> None:
    record = server(issued_late=late_ns)
    note = "9 queries were issued more than 1.5 ms late: this machine woke LoadGen late."
    record["generator"]["notes"] = [note, "Another."]
    words = told(sentences.generator_was_the_limit, record)
    if late_ns < 0.05 * results.LIMIT_NS:
        assert words == ""
        assert told(sentences.notes, record) == f"{note} Another."
    else:
        assert f"issued more than 2.1 ms late, 14 % of the latency limit. {note}" in words
        assert told(sentences.notes, record) == "Another."


def test_gaps_were_long() -> None:
    issued = np.arange(1000) * 1_000_000
    record = synthetic.record("SingleStream", issued_ns=issued, completed_ns=issued + 700_000)
    assert "30 % of the run" in told(sentences.gaps_were_long, record)
    assert told(sentences.gaps_were_long, synthetic.single_stream()) == ""


def test_the_rate_fell_short() -> None:
    n = 40_000
    late = np.maximum(np.arange(n) - 20_000, 0) * 250_000  # issues 800 a second from 20 s on
    words = told(sentences.rate_fell_short, server(issued_late=late))
    assert words.startswith("The rate fell short: 8")
    assert "of 1,000 a second were issued from 2" in words
    assert told(sentences.rate_fell_short, server()) == ""


def test_the_queue_grew() -> None:
    grows = 400_000 + np.arange(40_000) * 10_000
    words = told(sentences.queue_grew, server(service=grows))
    assert words.startswith("The queue grew to the end (")
    assert told(sentences.queue_grew, server()) == ""
    assert told(sentences.queue_grew, results.good()) == ""


def test_the_start_was_slow() -> None:
    slow = np.where(np.arange(40_000) < 4_000, 1_000_000, 400_000)
    words = told(sentences.slow_start, server(service=slow))
    assert re.fullmatch(
        r"The first 4 s were slower than the rest \(p99 1\S* ms, then 40. µs\): "
        r"warm the system up before the test\.",
        words,
    )
    record = server(service=slow)
    record["run"]["scenario"] = "OpenLoop"
    assert "give --warm-up 5s" in told(sentences.slow_start, record)


def test_peaks_all_over_are_no_slow_start() -> None:
    peaks = np.where(np.arange(40_000) % 8_000 < 1_000, 1_000_000, 400_000)
    assert told(sentences.slow_start, server(service=peaks)) == ""


@pytest.mark.parametrize(
    ("ghz", "governor"), [(2.1, "powersave"), (2.1, "performance"), (3.4, "x")]
)
def test_the_processor_was_slow(ghz: float, governor: str) -> None:
    record = server()
    facts = {"frequency_hz": ghz * 1e9, "frequency_max_hz": 3.5e9, "governor": governor}
    record["environment"] = {"processor": facts}
    words = told(sentences.processor_was_slow, record)
    slow = "The processor ran at 2.1 of 3.5 GHz; governor powersave. See mlperf-loadgen doctor."
    assert words == (slow if governor == "powersave" else "")


def test_what_loadgen_noted_is_told_last() -> None:
    record = server()
    record["generator"]["notes"] = ["A note."]
    record["warnings"] = [{"kind": "clock", "count": 1, "first": "A warning."}]
    assert told(sentences.notes, record) == "A note. A warning."
