"""Threads of OpenMP wait as the harness has chosen, which has to come before torch."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

CODE = """
import os
os.getloadavg = lambda: ({load}, 0, 0)
import mlperf_loadgen.harness
import torch
torch.set_num_threads(1)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="torch has GNU's OpenMP on Linux only")
@pytest.mark.parametrize(
    ("load", "shown"), [(99, "OMP_WAIT_POLICY = 'PASSIVE'"), (-99, "GOMP_SPINCOUNT = '1000'")]
)
def test_openmp_has_read_it(load: float, shown: str) -> None:
    theirs = {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME"}
    environment = {name: value for name, value in os.environ.items() if name not in theirs}
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(load=load)],
        env=environment | {"OMP_DISPLAY_ENV": "VERBOSE"},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    assert shown in done.stderr
