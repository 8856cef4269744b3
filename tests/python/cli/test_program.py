"""The program ``mlperf-loadgen`` as a process: what it needs, and how quick it is to say no."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from importlib.metadata import entry_points, version

import pytest
from mlperf_loadgen_program import COMMANDS

START = "import sys, mlperf_loadgen_program as p; code = p.main(sys.argv[1:]);"


def program(*words: str, then: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", f"{START} {then}\nsys.exit(code)", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_its_name_is_installed() -> None:
    (script,) = entry_points(group="console_scripts", name="mlperf-loadgen")
    assert script.value == "mlperf_loadgen_program:main"


@pytest.mark.alone
@pytest.mark.parametrize("word", ["--help", "--version"])
def test_it_answers_within_80_ms_of_processor_time(word: str) -> None:
    command = [sys.executable, "-c", f"{START} sys.exit(code)", word]

    def used_s() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=60)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(used_s() for _ in range(8)) <= 0.080


def test_help_names_every_command() -> None:
    ended = program("--help", then="assert 'mlperf_loadgen' not in sys.modules")
    assert (ended.returncode, ended.stderr) == (0, "")
    for name, does in COMMANDS.items():
        assert f"  {name:<12}{does}\n" in ended.stdout


def test_the_version_is_the_installed_one() -> None:
    assert program("--version").stdout.strip() == version("mlperf_loadgen")


def test_help_on_a_command_fits_a_screen_and_imports_no_numpy() -> None:
    code = """
import sys
from importlib import import_module
from mlperf_loadgen_program import COMMANDS
for name in COMMANDS:
    import_module(f"mlperf_loadgen.cli.{name}").parser().print_help()
    print("\f")
    assert "numpy" not in sys.modules, name
"""
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    for name, page in zip(COMMANDS, ended.stdout.split("\f\n"), strict=False):
        lines = page.splitlines()
        assert lines[0].startswith(f"usage: mlperf-loadgen {name}")
        assert len(lines) <= 60
        assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["calibarte"], 'no command "calibarte". Did you mean "calibrate"?'),
        (["x"], 'no command "x". See mlperf-loadgen --help.'),
        (["rounds", "--jsan"], 'no option "--jsan". Did you mean "--json"?'),
        (["rounds", "--x"], 'no option "--x". See mlperf-loadgen rounds --help.'),
        (["rounds", "3"], '"3" is one argument too many. See mlperf-loadgen rounds --help.'),
        (["config"], "config: nothing is asked for. Give --includes, --libs or --cmakedir."),
        (["help", "exitcodes"], 'no topic "exitcodes". Did you mean "exit-codes"?'),
    ],
)
def test_a_mistake_is_one_line(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from mlperf_loadgen_program import main

    assert main(words) == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", f"mlperf-loadgen: {said}\n")


def test_without_a_command_it_says_which_there_are() -> None:
    ended = program()
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("usage: mlperf-loadgen COMMAND")


@pytest.mark.parametrize("topic", ["exit-codes", "manual", "metrics"])
def test_a_topic_fits_80_columns(topic: str) -> None:
    lines = program("help", topic).stdout.splitlines()
    assert max(map(len, lines)) <= 100
    assert len(lines) > 5


def test_a_reader_that_has_seen_enough_ends_it_quietly() -> None:
    readable, writable = os.pipe()
    os.close(readable)
    ended = subprocess.run(
        [sys.executable, "-m", "mlperf_loadgen", "rounds"],
        stdout=writable,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    os.close(writable)
    assert (ended.returncode, ended.stderr) == (7, "")
