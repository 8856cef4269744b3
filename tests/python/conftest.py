"""What tests share."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

Script = Callable[[str], str]


# In the background of a shell Ctrl-C is ignored, by the programs that tests start as well.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """Runs Python text in a process of its own, in a folder of its own, and returns what it prints.

    For what would take the tests down with it if it went wrong: the process must end well, and
    within 20 s.
    """

    def run(text: str) -> str:
        ended = subprocess.run(
            [sys.executable, "-X", "faulthandler", "-c", textwrap.dedent(text)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    return run
