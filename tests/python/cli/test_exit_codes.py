"""What the program exits with, when one thing holds and when several do."""

from __future__ import annotations

import pytest
from mlperf_loadgen.exit_codes import MEANINGS, Exit, first
from mlperf_loadgen_program import main


@pytest.mark.parametrize(
    ("codes", "code"),
    [
        ([], 0),
        ([Exit.VALID], 0),
        ([Exit.GATE, Exit.INVALID], 3),
        ([Exit.UNDECIDED, Exit.GATE], 4),
        ([Exit.INVALID, Exit.INCOMPLETE, Exit.GATE], 6),
        ([Exit.INCOMPLETE, Exit.NO_OUTPUT], 7),
        ([Exit.NO_OUTPUT, Exit.BROKEN], 1),
        ([Exit.BROKEN, Exit.SIGTERM], 143),
        ([Exit.SIGTERM, Exit.CTRL_C], 130),
        ([Exit.USAGE, Exit.INVALID], 2),
    ],
)
def test_the_first_of_several_counts(codes: list[Exit], code: int) -> None:
    assert first(codes) == code


def test_every_code_is_in_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert set(MEANINGS) == set(Exit)
    assert main(["help", "exit-codes"]) == 0
    page = capsys.readouterr().out
    for code, meaning in MEANINGS.items():
        assert f"{code.value}  {meaning}\n" in page
