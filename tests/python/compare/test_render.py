"""The table in the terminal, Markdown, JUnit and JSON of a comparison."""

from __future__ import annotations

import dataclasses
import json
import xml.etree.ElementTree as xml

import pytest
from mlperf_loadgen.compare import Comparison, Row, render
from mlperf_loadgen.compare.differences import Difference
from mlperf_loadgen.compare.shift import Shift, sentence
from mlperf_loadgen.result.condition import parse
from mlperf_loadgen.result.metrics import METRICS


def make(
    name: str, base: float, new: float, low: float, high: float, gate: str, verdict: str
) -> Row:
    change = new / base - 1
    asked = parse(gate, change=True) if gate else None
    return Row(METRICS[name], base, new, True, change, low, high, gate=asked, verdict=verdict)


COMPARISON = Comparison(
    scenario="Server",
    model="resnet50",
    runs=(5, 5),
    verdict="worse",
    rows=[
        make("p50", 7.92e6, 7.95e6, -0.003, 0.011, "", ""),
        make("p99", 13.1e6, 14.0e6, 0.052, 0.088, "p99>+5%", "worse"),
        dataclasses.replace(
            make("p99.9", 19.4e6, 20.1e6, -0.04, 0.12, "p99.9>+5%", "undecided"),
            note="12 runs a side find a change of +5%",
        ),
        make("qps", 2498, 2497.9, -0.001, 0.001, "qps<-2%", "fine"),
        Row(METRICS["max"], 3e7, 4e7, True, 1 / 3, note="one run does not tell its spread"),
        Row(METRICS["errors"], 0.0, 0.001, False, 0.001, 0.0, 0.002),
    ],
    differs=[Difference("mlperf-loadgen", "0.4.1", "0.4.2", False)],
    notes=["a note <b>|"],
    shift=Shift([0.5, 0.9, 0.95, 0.99], [0.001, 0.002, 0.03, 0.07], [-1, -1, 0.01, 0.05], [1] * 4),
    by_schedule=False,
    confidence=0.95,
)


def test_the_table() -> None:
    assert render.table(COMPARISON).splitlines() == [
        "Server, resnet50, 5 runs against 5: WORSE",
        "              base       new    change     95 % interval   allowed",
        "  p50      7.92 ms   7.95 ms    +0.4 %     -0.3 … +1.1 %         -",
        "  p99      13.1 ms   14.0 ms    +6.9 %     +5.2 … +8.8 %      +5 %   WORSE",
        "  p99.9    19.4 ms   20.1 ms    +3.6 %    -4.0 … +12.0 %      +5 %   undecided",
        "  qps        2,498     2,498   +0.00 %   -0.10 … +0.10 %      -2 %   fine",
        "  max      30.0 ms   40.0 ms   +33.3 %                 -         -",
        "  errors       0 %     0.1 %    +0.1 %     +0 % … +0.2 %         -",
        "  slower in the tail only: below p95 the two do not differ by more than 1 %",
        '  "p99.9>+5%" is undecided: 12 runs a side find a change of +5%',
        "  the intervals of the gates are widened so that all of them hold together",
        "  a note <b>|",
        "  differs: mlperf-loadgen 0.4.1 -> 0.4.2",
    ]


def test_markdown_shows_texts_from_outside_as_they_are() -> None:
    text = render.markdown(COMPARISON)
    assert text.startswith("### Server, resnet50, 5 runs against 5: WORSE\n\n| ")
    assert "| p99 | 13.1 ms | 14.0 ms | +6.9 % | +5.2 … +8.8 % | +5 % | **WORSE** |" in text
    assert "- a note &lt;b&gt;\\|" in text


def test_junit_has_a_test_case_a_gate() -> None:
    suite = xml.fromstring(render.junit(COMPARISON))
    assert suite.attrib | {"name": ""} == {
        "name": "", "tests": "3", "failures": "1", "skipped": "1"
    }  # fmt: skip
    worse, undecided, fine = suite
    assert worse.get("name") == "p99>+5%"
    failure = worse.find("failure")
    assert failure is not None
    assert failure.get("message") == "p99: 13.1 ms -> 14.0 ms, +6.9 % (+5.2 … +8.8 %)"
    skipped = undecided.find("skipped")
    assert skipped is not None
    assert "12 runs a side" in str(skipped.get("message"))
    assert len(fine) == 0


def test_json() -> None:
    found = json.loads(json.dumps(render.as_json(COMPARISON), allow_nan=False))
    assert (found["verdict"], found["exit_code"]) == ("worse", 4)
    assert found["rows"][1]["gate"] == "p99>+5%"
    assert found["rows"][4] == {
        "metric": "max", "unit": "ns", "better": "lower", "base": 3e7, "new": 4e7,
        "relative": True, "change": pytest.approx(1 / 3),
        "note": "one run does not tell its spread",
    }  # fmt: skip


def test_where_the_change_is() -> None:
    everywhere = Shift([0.5, 0.99], [-0.1, -0.2], [-0.12, -0.3], [-0.08, -0.1])
    assert sentence(everywhere) == "faster everywhere, by 10.0 to 20.0 %"
    assert sentence(Shift([0.5, 0.99], [0.0, 0.1], [-0.1, -0.1], [0.1, 0.2])) == ""
