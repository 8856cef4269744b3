"""The log files when a test does not end as it should, or another one is in the way."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mlperf_loadgen as lg
import pytest
from mlperf_loadgen.harness.accuracy_log import AccuracyLogError, read_accuracy_log

SCENARIOS = ["SingleStream", "MultiStream", "Server", "Offline"]

# A test that goes on until it is ended. Says so when it has answered many samples; then it slows
# down.
ENDLESS = """
import sys, time
import mlperf_loadgen as lg

scenario, output, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
count = 200_000
answered = 0

def sut(samples):
    global answered
    for first in range(0, len(samples), 50):
        part = samples[first : first + 50]
        if answered >= 2000:
            time.sleep(0.02)
        part.complete([bytes([index % 256]) * size for index in part.indices])
        before, answered = answered, answered + len(part)
        if before < 2000 <= answered:
            print("many", flush=True)

more = {"Server": {"target_qps": 20000}, "MultiStream": {"samples_per_query": 8}}
lg.run(sut, range(count), scenario=scenario, mode="AccuracyOnly", output=output,
       **more.get(scenario, {}))
"""


@contextmanager
def endless(scenario: str, output: Path, size: int = 100) -> Iterator[subprocess.Popen[str]]:
    """A process in the middle of an accuracy run."""
    process = subprocess.Popen(
        [sys.executable, "-c", ENDLESS, scenario, str(output), str(size)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "many\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def entries(folder: Path) -> list[dict[str, Any]]:
    """The lines of the detail log, which must all be whole."""
    text = (folder / "mlperf_log_detail.txt").read_text(encoding="utf-8")
    assert text.endswith("\n")
    return [json.loads(line.removeprefix(":::MLLOG ")) for line in text.splitlines()]


def quick(output: Path | None, sut: Any = lambda samples: samples.complete(), **more: Any) -> Any:
    scenario = more.setdefault("scenario", "SingleStream")
    settings: dict[str, Any] = {"min_duration_ms": 0, "min_query_count": 70}
    if scenario == "Server":
        settings["target_qps"] = 10
    return lg.run(sut, range(32), output=output, **{**settings, **more})


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_kill(scenario: str, tmp_path: Path) -> None:
    (tmp_path / "mlperf_log_summary.txt").write_text("Result is : VALID\n")
    with endless(scenario, tmp_path) as process:
        # What was answered before is on disk a second later.
        deadline = time.monotonic() + 5
        path = tmp_path / "mlperf_log_accuracy.json"
        while len(read_accuracy_log(path, partial=True)) < 2000:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "mlperf_log_accuracy.json",
        "mlperf_log_detail.txt",
        "mlperf_log_trace.json",
    ]
    assert entries(tmp_path)[-1]["key"] == "generated_query_duration"
    with pytest.raises(AccuracyLogError, match="cut off"):
        read_accuracy_log(path)
    log = read_accuracy_log(path, partial=True)
    assert len(set(log.seq_ids.tolist())) == len(log) >= 2000
    assert all(
        data == bytes([index % 256]) * 100
        for index, data in zip(log.indices, log.data, strict=True)
    )
    assert quick(tmp_path).valid  # nothing of the killed test is in the way


def test_kill_while_large_responses_are_written(tmp_path: Path) -> None:
    with endless("Offline", tmp_path, size=20_000):
        pass
    log = read_accuracy_log(tmp_path / "mlperf_log_accuracy.json", partial=True)
    assert len(log) > 0
    assert {len(data) for data in log.data} == {20_000}


def test_a_second_process_is_refused_and_the_first_is_unharmed(tmp_path: Path) -> None:
    issued = []
    with endless("Server", tmp_path):
        before = (tmp_path / "mlperf_log_detail.txt").read_bytes()
        with pytest.raises(lg.OutputError, match=r"another test is writing to .*_detail.txt"):
            quick(tmp_path, issued.append)
        assert issued == []
        assert (tmp_path / "mlperf_log_detail.txt").read_bytes() == before
        logs = lg.LogSettings()
        logs.log_output.prefix = "other_"
        assert quick(tmp_path, log_settings=logs).valid
    assert quick(tmp_path).valid


def remove_folder(folder: Path) -> None:
    shutil.rmtree(folder)


def remove_detail(folder: Path) -> None:
    (folder / "mlperf_log_detail.txt").unlink()


def remove_accuracy(folder: Path) -> None:
    (folder / "mlperf_log_accuracy.json").unlink()


@pytest.mark.parametrize(
    ("scenario", "remove"),
    [
        ("SingleStream", remove_accuracy),
        ("Server", remove_folder),
        ("Offline", remove_detail),
    ],
)
def test_files_that_vanish_end_the_test(
    scenario: str, remove: Callable[[Path], None], tmp_path: Path
) -> None:
    folder = tmp_path / "output"
    removed = 0.0
    kept = []

    def sut(samples: lg.Samples) -> None:
        nonlocal removed
        kept.append(samples)  # never answered
        if not removed:
            remove(folder)
            removed = time.monotonic()

    with pytest.raises(lg.OutputError, match=r"mlperf_log_.*: it was deleted during the test") as e:
        quick(folder, sut, scenario=scenario)
    assert time.monotonic() - removed < 6.5  # looked for every 5 s: a test sleeps while it waits
    report: lg.Report = e.value.report  # type: ignore[attr-defined]
    assert not report.complete
    assert not report.valid
    assert report.end_reason.startswith("A log file could not be written.")
    assert quick(folder).valid


@pytest.mark.parametrize("kind", ["summary.txt", "detail.txt", "accuracy.json", "trace.json"])
def test_a_pipe_in_the_place_of_a_file(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"mlperf_log_{kind}"
    os.mkfifo(path)
    with pytest.raises(lg.OutputError, match=f"cannot open {path}: it is a named pipe"):
        quick(tmp_path)


def test_programs_that_a_sut_starts_do_not_get_the_files(tmp_path: Path) -> None:
    listings = []

    def sut(samples: lg.Samples) -> None:
        if not listings:
            command = ["ls", "-l", "/proc/self/fd"]
            listings.append(
                subprocess.run(command, capture_output=True, check=True, close_fds=False).stdout
            )
        samples.complete()

    assert quick(tmp_path, sut).valid
    assert b"mlperf_log" not in listings[0]


@pytest.mark.parametrize(
    "name", ["with space", "Prüfung 日本", '"quotes"\'', "%s%n%d", "-", "a\nb", "x/../y", "..", "~"]
)
def test_names(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "base" / name
    (tmp_path / "base" / "x").mkdir(parents=True)
    report = quick(folder)
    assert report.valid
    assert Path(report.summary_path).parent.resolve() == folder.resolve()
    assert "Result is" in Path(report.summary_path).read_text()
    assert entries(folder.resolve())


@pytest.mark.parametrize("field", ["prefix", "suffix", "outdir"])
@pytest.mark.parametrize(
    ("name", "complaint"),
    [("x" * 300, "File name too long"), ("no/such/folder/", "No such file")],
)
def test_names_that_no_file_can_have(field: str, name: str, complaint: str, tmp_path: Path) -> None:
    logs = lg.LogSettings()
    logs.log_output.outdir = str(tmp_path)
    setattr(logs.log_output, field, name)
    issued = []
    with pytest.raises(lg.OutputError, match=complaint):
        quick(None, issued.append, log_settings=logs)
    assert issued == []


@pytest.mark.parametrize("field", ["prefix", "suffix", "outdir"])
def test_a_name_cannot_hold_a_null_byte(field: str) -> None:
    logs = lg.LogSettings()
    with pytest.raises(ValueError, match="null byte"):
        setattr(logs.log_output, field, "a\0b")


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_answers_at_addresses_that_cannot_be_read(
    scenario: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    kept = b"abcd"
    address = ctypes.cast(ctypes.c_char_p(kept), ctypes.c_void_p).value
    assert address is not None
    wrong = [(0xDEAD, 4), (address, 2**60), (2**63, 1), (address, 4)]

    def issue(samples: Any) -> None:
        for sample in samples:
            data, size = wrong[sample.index % 4]
            lg.QuerySamplesComplete([lg.QuerySampleResponse(sample.id, data, size)])

    settings = lg.TestSettings()
    settings.scenario = lg.TestScenario.__members__[scenario]
    settings.mode = lg.TestMode.AccuracyOnly
    settings.server_target_qps = 5000

    def nothing(*_: Any) -> None:
        pass

    sut = lg.ConstructSUT(issue, nothing)
    lg.StartTest(sut, lg.ConstructQSL(32, 32, nothing, nothing), settings)
    log = read_accuracy_log("mlperf_log_accuracy.json").unique()
    assert log.data == [b"abcd" if index % 4 == 3 else b"" for index in range(32)]
    errors = [str(entry["value"]) for entry in entries(tmp_path) if entry["metadata"]["is_error"]]
    assert errors[0].startswith("Received a response whose data cannot be read. Response id: ")
    assert errors[1].endswith("(the first of 24)")
    assert "24 ERRORS encountered" in Path("mlperf_log_summary.txt").read_text()
