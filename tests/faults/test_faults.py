"""Whatever goes wrong: a clear error soon, or a run that ends with a labelled report."""

from __future__ import annotations

import pytest
from faults import registry
from faults.registry import Case
from faults.runner import HANDLED, Result, Runner


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in registry.cases()])
def test_fault(case: Case, runner: Runner, results: list[Result]) -> None:
    if runner.peer and not (case.fault.established and case.way.startswith(registry.NAMES)):
        pytest.skip("needs more than the established names")
    result = runner.result(case)
    results.append(result)
    if not runner.peer:
        assert result.verdict == HANDLED, "\n".join([result.verdict, *result.problems])
