"""The pictures of the documentation are made from a run, and are as large as they are shown."""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from tools.make_pictures import BROWSERS

ROOT = Path(__file__).parents[3]
NAMES = ["page-dark.png", "page.png", "terminal.png"]


def size(path: Path) -> tuple[int, int]:
    head = path.read_bytes()[:24]
    assert head.startswith(b"\x89PNG")
    return struct.unpack(">II", head[16:])


@pytest.mark.slow
@pytest.mark.skipif(not any(map(shutil.which, BROWSERS)), reason="needs a browser")
def test_pictures_are_made(tmp_path: Path) -> None:
    command = [
        sys.executable,
        ROOT / "tools/make_pictures.py",
        "--to",
        tmp_path,
        "--duration",
        "2s",
    ]
    subprocess.run(command, check=True, timeout=120)
    assert sorted(path.name for path in tmp_path.iterdir()) == NAMES
    for name in NAMES:
        assert size(tmp_path / name)[0] == size(ROOT / "docs/pictures" / name)[0]
