"""``mlperf-loadgen doctor``: findings, and the code it exits with."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from mlperf_loadgen.cli import doctor

from .conftest import Program


@pytest.mark.parametrize(("load", "code"), [(0.0, 0), (9.0, 4)])
def test_a_finding_has_a_cure_and_a_code(
    program: Program, monkeypatch: pytest.MonkeyPatch, load: float, code: int
) -> None:
    facts = {"processor": {"threads": 8}, "system": {"load_average": load}}
    monkeypatch.setattr(doctor, "capture", lambda anonymous: facts)
    native = SimpleNamespace(lag_p99_ns=0)
    monkeypatch.setattr(doctor, "calibrate", lambda: SimpleNamespace(native=native))
    ended = program("doctor")
    assert (ended.code, ended.err) == (code, "")
    if code:
        assert "9 threads want to run on 8 processors\n" in ended.out
        assert "stop other work before measuring\n" in ended.out
    whole = json.loads(program("doctor", "--json").out)
    assert whole["environment"] == facts
    assert len(whole["findings"]) == (1 if code else 0)


def test_facts_are_shown(program: Program) -> None:
    ended = program("doctor", "--facts", "--anonymous")
    assert ended.code in (0, 4)
    assert "  software\n" in ended.out
    assert "mlperf_loadgen" in ended.out
