"""A folder of logs of the peer becomes a result that ours can be compared with."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from mlperf_loadgen.convert.reading import read
from mlperf_loadgen.result import store
from parity.pair import PEER_VERSION, peer_folder

RUN = """
import sys

sys.path.insert(0, sys.argv[3])
import mlperf_loadgen as lg

settings = lg.TestSettings()
settings.scenario = getattr(lg.TestScenario, sys.argv[1])
settings.min_duration_ms = 20
settings.min_query_count = 100
settings.server_target_qps = 2000
logs = lg.LogSettings()
logs.log_output.outdir = sys.argv[2]
logs.enable_trace = True


def issue(samples):
    lg.QuerySamplesComplete([lg.QuerySampleResponse(s.id, 0, 0) for s in samples])


sut = lg.ConstructSUT(issue, lambda: None)
qsl = lg.ConstructQSL(64, 64, lambda indices: None, lambda indices: None)
lg.StartTestWithLogSettings(sut, qsl, settings, logs, "")
"""


@pytest.mark.parametrize("scenario", ["SingleStream", "MultiStream", "Server", "Offline"])
def test_samples_and_figures_agree(scenario: str, tmp_path: Path) -> None:
    # -S: without the packages of this installation, of which ours is one.
    command = [sys.executable, "-S", "-c", RUN, scenario, str(tmp_path), str(peer_folder())]
    subprocess.run(command, check=True, timeout=60, stdout=subprocess.DEVNULL)
    record = read(tmp_path)
    assert record["made"]["by"]["version"].startswith(PEER_VERSION)
    latency, metrics = record["latency"], record["metrics"]
    assert latency["max_ns"] == metrics["max"]  # of the trace, and of the detail log
    assert latency["mean_ns"] == pytest.approx(metrics["mean"], abs=1)
    assert sum(record["timeline"]["completed"]) == latency["count"] >= 100
    assert record["verdict"]["checks"]
    store.save(record, tmp_path / "result")
    assert store.load(tmp_path / "result") == record
