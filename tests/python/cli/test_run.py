"""``mlperf-loadgen run``: what it runs, what it says, what it exits with."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import xml.etree.ElementTree as xml
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from mlperf_loadgen.cli import progress_lines as cli_progress
from mlperf_loadgen.result import store

from .conftest import Program

QUICK = ("--duration", "20ms", "--queries", "64", "-q")


def test_a_run_is_shown_and_its_logs_are_in_a_folder_of_its_own(
    program: Program, folder: Path
) -> None:
    words = ["--scenario", "Server", "--qps", "9000", "--duration", "20ms", "--queries", "500"]
    ended = program("run", "builtin:null", *words, "--limit", "10s")
    assert ended.code == 0, ended.err
    assert ended.out.startswith("── Server PerformanceOnly: VALID")
    (made,) = (folder / "results").iterdir()
    assert made.name.startswith("null-server-20")
    assert (made / "mlperf_log_summary.txt").exists()
    assert "mlperf-loadgen: written: results/null-server-20" in ended.err


@pytest.mark.parametrize("sut", [("my_sut:make",), ("my_sut.py:answer", "my_sut:images")])
def test_a_sut_of_a_file_runs(program: Program, sut: tuple[str, ...]) -> None:
    ended = program("run", *sut, *QUICK, "-o", "out")
    assert (ended.code, ended.err) == (0, "")


def test_rules_are_those_of_the_model_and_options_are_over_them(
    program: Program, folder: Path
) -> None:
    (folder / "user.conf").write_text("*.Server.target_qps = 10\n*.Server.min_duration = 10\n")
    words = ["--model", "bert", "--scenario", "Server", "--user_conf", "user.conf"]
    ended = program("run", "builtin:null", *words, "--qps", "9000", "--queries", "900", "-o", "out")
    assert ended.code == 0, ended.err
    log = (folder / "out/mlperf_log_summary.txt").read_text()
    assert "target_qps : 9000" in log
    assert "target_latency (ns): 130000000" in log
    assert "qsl_rng_seed : 2085463073848966840" in log


def test_a_configuration_file_says_what_to_run(program: Program, folder: Path) -> None:
    (folder / "mlperf-loadgen.toml").write_text(
        'sut = "my_sut:make"\nduration = "20ms"\nqueries = 64\nlabel = "mine / a"\n'
        '[output]\ndir = "out/{label}-{sut}"\n[gates]\nfail_if = ["p99>1ns"]\n'
    )
    ended = program("run")
    assert ended.code == 4
    assert "mlperf-loadgen: gate missed: p99>1ns\n" in ended.err
    assert (folder / "out/mine-a-my_sut/mlperf_log_detail.txt").exists()


def test_the_result_is_kept_with_what_it_depends_on(program: Program, folder: Path) -> None:
    words = ["--label", "first", "--qps", "9000", "--scenario", "Server", "--no-html", "-o", "out"]
    ended = program("run", "my_sut:make", *QUICK, *words, "--json")
    record = store.load(folder / "out")
    assert json.loads(ended.out)["id"] == record["id"]
    assert record["made"]["label"] == "first"
    assert record["made"]["command"][0] == "mlperf-loadgen"
    assert record["official"] == {"is": False, "reasons": ["no rules were asked for: --model"]}
    sources = {row["name"]: row["source"]["layer"] for row in record["settings"]}
    assert sources["server_target_qps"] == "--qps"
    assert sources["drain_timeout_ms"] == "default"
    assert record["environment"]["processor"]["threads"] >= 1
    assert not (folder / "out/report.html").exists()
    Draft202012Validator(json.loads(program("schema").out)).validate(record)


def test_a_job_of_ci_is_told_what_is_wrong(program: Program, folder: Path) -> None:
    short = ["--max-queries", "5", "--fail-if", "p99>1ns", "--fail-if", "p99>10s"]
    files = ["--markdown", "a.md", "--junit", "a.xml", "--no-html", "-o", "out"]
    assert program("run", "my_sut:make", *QUICK, *short, *files).code == 3
    told = (folder / "a.md").read_text()
    assert told.startswith("### SingleStream, performance, Sut: INVALID\n\n- ")
    unmet = [c for c in store.load(folder / "out")["verdict"]["checks"] if not c["met"]]
    assert all(f"- {check['sentence']}\n" in told for check in unmet)
    assert "- p99&gt;1ns: p99 is " in told
    suite = xml.parse(folder / "a.xml").getroot()
    failed = {case.get("name") for case in suite if len(case)}
    assert {"min queries", "p99>1ns"} <= failed
    assert "p99>10s" in {case.get("name") for case in suite} - failed
    assert suite.get("failures") == str(len(failed))


def test_progress_is_written_as_json_lines(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli_progress, "_JSON_INTERVAL_S", 0.02)
    words = ["--duration", "300ms", "--queries", "64", "--no-html", "-o", "out"]
    ended = program("run", "builtin:delay?mean=1ms", *words, "--progress", "json")
    lines = [json.loads(line) for line in ended.err.splitlines() if line.startswith("{")]
    assert lines[-1]["scenario"] == "SingleStream"
    assert 0 < lines[-1]["samples_completed"] <= lines[-1]["samples_issued"]
    assert lines[0]["elapsed_seconds"] < lines[-1]["elapsed_seconds"]


def test_without_names_no_host_is_kept(program: Program, folder: Path) -> None:
    program("run", "my_sut:make", *QUICK, "--no-html", "--anonymous", "-o", "out")
    assert "host" not in store.load(folder / "out")["environment"]["system"]


@pytest.mark.filterwarnings("default::UserWarning")
def test_a_warning_is_a_line_of_the_program(program: Program, folder: Path) -> None:
    (folder / "user.conf").write_text("*.*.min_query_cuont = 5\n")
    ended = program("explain", "user.conf", "--model", "bert")
    assert ended.code == 0
    assert ended.err.startswith(
        "mlperf-loadgen: warning: user.conf: unknown setting 'min_query_cuo"
    )
    assert ended.err.count("\n") == 1


def test_a_page_is_drawn_beside_it(program: Program, folder: Path) -> None:
    pytest.importorskip("vl_convert")
    ended = program("run", "my_sut:make", "--duration", "20ms", "-o", "out", "--progress", "off")
    assert ended.err == "mlperf-loadgen: written: out/report.html\n"
    assert store.load(folder / "out/report.html")["id"] == store.load(folder / "out")["id"]


@pytest.mark.parametrize(
    ("words", "reasons"),
    [
        ([], ["min_duration_ms is 20 (--duration), not 600000"]),
        (["--user-conf", "user.conf"], ["min_duration_ms is 20 (--duration), not 600000"]),
    ],
)
def test_what_departs_from_the_rules_is_kept(
    program: Program, folder: Path, words: list[str], reasons: list[str]
) -> None:
    (folder / "user.conf").write_text("*.Server.target_qps = 9000\n")
    given = ["--model", "bert", "--scenario", "Server", "--qps", "9000", "--duration", "20ms", "-q"]
    program("run", "builtin:null", *given, *words, "--no-html", "-o", "out")
    assert store.load(folder / "out")["official"] == {"is": False, "reasons": reasons}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["my_sut:make", *QUICK], 0),
        (["my_sut:make", *QUICK, "--max-queries", "5"], 3),
        (["my_sut:make", *QUICK, "--max-queries", "5", "--allow-invalid"], 0),
        (["my_sut:make", *QUICK, "--fail-if", "p99>10s"], 0),
        (["my_sut:make", *QUICK, "--fail-if", "p99>1ns"], 4),
        (["my_sut:make", *QUICK, "--max-queries", "5", "--fail-if", "p99>1ns"], 3),
        (["my_sut:make", *QUICK, "--fail-if", "ttft.p99>1s"], 2),
        (["my_sut:Silent", "8", *QUICK, "--set", "drain_timeout_ms=50"], 6),
        (["my_sut:Broken", "8", *QUICK], 1),
        (["my_sut:make", *QUICK, "-o", "my_sut.py"], 7),
        (["my_sut:make", "--set", "max_duration_ms=-1"], 2),
    ],
)
def test_exit_codes(program: Program, words: list[str], code: int) -> None:
    output = [] if "-o" in words else ["-o", "out"]
    assert program("run", *words, *output, "--no-html").code == code


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "run: a SUT is missing. Give MODULE:OBJECT, FILE.py:OBJECT or builtin:null."),
        (
            ["my_sut:Sut"],
            "run: a library is missing. Give MODULE:OBJECT or a number of samples after the SUT.",
        ),
        (["--duration", "600"], "--duration 600: a unit is missing. Write 600s, 10m or 600ms."),
        (
            ["my_sut:make", "--fail-if", "p9>120ms"],
            '--fail-if "p9>120ms": no metric "p9". Did you mean "p90" or "p99"?',
        ),
        (
            ["my_sut:make", "--fail-if", "p99>120"],
            '--fail-if "p99>120": a unit is missing. Write 120ms.',
        ),
        (["my_sut:make", "--limit", "5ms"], "--limit goes with Server, not SingleStream."),
        (["x", "--set", "a"], "--set a: must be NAME=VALUE."),
        (["x", "--set", "test05=2"], "--set test05=2: must be true or false."),
        (["x", "--duraton", "5s"], 'no option "--duraton". Did you mean "--duration"?'),
        (["x", "--duration"], "--duration: expected one argument"),
        (["my_sut:make", "-q", "--round", "v9"], ""),
    ],
)
def test_mistakes_are_one_line_before_anything_runs(
    program: Program, folder: Path, words: list[str], said: str
) -> None:
    ended = program("run", *words)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"mlperf-loadgen: {said}")
    assert ended.err.count("\n") == 1
    assert not (folder / "results").exists()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_what_was_measured_until_a_signal_is_on_disk(
    folder: Path, number: signal.Signals, code: int
) -> None:
    (folder / "told.py").write_text(
        "def answer(samples):\n    print('issued', flush=True)\n    samples.complete()\n"
    )
    command = [sys.executable, "-m", "mlperf_loadgen", "run", "told:answer", "8"]
    options = ["--duration", "60s", "--queries", "64", "-o", "out", "--no-html", "--set"]
    with subprocess.Popen(
        [*command, *options, "single_stream_expected_latency_ns=1e6"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "issued\n"
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    assert "SingleStream PerformanceOnly: INVALID" in out
    told = "mlperf-loadgen: the run was interrupted after 0 s. What was measured: out/report.json\n"
    assert told in err
    assert store.load("out")["run"]["complete"] is False
