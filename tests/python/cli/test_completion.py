"""``mlperf-loadgen completion``: every command with its options."""

from __future__ import annotations

import pytest
from mlperf_loadgen.cli.completion import whole_parser
from mlperf_loadgen_program import COMMANDS

from .conftest import Program


def test_every_command_is_in_it() -> None:
    assert all(name in whole_parser().format_help() for name in COMMANDS)


def test_a_script_completes_options(program: Program) -> None:
    pytest.importorskip("shtab")
    ended = program("completion", "bash")
    assert (ended.code, ended.err) == (0, "")
    assert "--user-conf" in ended.out


def test_an_unknown_shell(program: Program) -> None:
    ended = program("completion", "bsh")
    assert ended.err == 'mlperf-loadgen: no shell "bsh". Did you mean "bash"?\n'
