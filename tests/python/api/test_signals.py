"""Signals during a test: they end its waits, and what the program has set up for them stays."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from child_process import PRELUDE, execute, succeed, summary
from quick import SCENARIOS

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals"),
]

SIGNALS = """
import signal

heard = []
signal.signal(signal.SIGUSR1, lambda number, _: heard.append(number))
signal.signal(signal.SIGINT, signal.default_int_handler)

def pipe():
    ends = os.pipe()
    for end in ends:
        os.set_blocking(end, False)
    return ends

def hit(samples):
    # The first query brings the signal.
    if not heard:
        signal.raise_signal(signal.SIGUSR1)
    complete(samples)
"""
# With a pipe to which the program has signals written.
WAKEUP = (
    SIGNALS
    + """
reader, writer = pipe()
signal.set_wakeup_fd(writer)
"""
)


def test_the_wakeup_fd_of_the_program_gets_its_bytes_and_is_put_back(tmp_path: Path) -> None:
    succeed(
        tmp_path,
        WAKEUP
        + """
for number in range(3):
    heard.clear()
    test("log", hit)
    assert heard == [signal.SIGUSR1]
    assert os.read(reader, 9) == bytes([signal.SIGUSR1])
assert signal.set_wakeup_fd(-1) == writer
test("log", hit)
assert signal.set_wakeup_fd(-1) == -1
""",
    )


def test_the_one_that_it_sets_during_a_test_stays(tmp_path: Path) -> None:
    succeed(
        tmp_path,
        SIGNALS
        + """
reader, writer = pipe()
def issue(samples):
    if not heard:
        signal.set_wakeup_fd(writer)
    hit(samples)
test("log", issue)
assert os.read(reader, 9) == bytes([signal.SIGUSR1])
assert signal.set_wakeup_fd(-1) == writer
""",
    )


def test_one_that_it_closes_during_a_test_is_not_put_back(tmp_path: Path) -> None:
    succeed(
        tmp_path,
        WAKEUP
        + """
def issue(samples):
    if not heard:
        os.close(writer)
    hit(samples)
test("log", issue)
assert heard == [signal.SIGUSR1]
assert signal.set_wakeup_fd(-1) == -1
""",
    )


def test_handlers_of_asyncio_run_after_a_test_in_its_loop(tmp_path: Path) -> None:
    succeed(
        tmp_path,
        SIGNALS
        + """
import asyncio

async def main():
    called = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, called.set)
    sent = []
    def issue(samples):
        if not sent:
            sent.append(signal.raise_signal(signal.SIGUSR1))
        complete(samples)
    test("log", issue)
    valid("log")
    await asyncio.wait_for(called.wait(), 5)

asyncio.run(main())
""",
    )


def test_ctrl_c_ends_a_test_in_a_loop_of_asyncio(tmp_path: Path) -> None:
    """The first cancels the task, which waits for the test; the next one is raised."""
    succeed(
        tmp_path,
        SIGNALS
        + """
import asyncio

pressed = []
over = threading.Event()
def press():
    while not over.wait(0.1):
        pressed.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

async def main():
    threading.Thread(target=press).start()
    try:
        lg.run(lambda samples: None, range(8), scenario="SingleStream")
    finally:
        over.set()

try:
    asyncio.run(main())
except KeyboardInterrupt as interrupt:
    assert time.monotonic() - pressed[0] < 1
    assert not interrupt.report.complete
else:
    raise AssertionError("no KeyboardInterrupt")
""",
    )


def test_a_forked_child_has_that_of_the_program(tmp_path: Path) -> None:
    succeed(
        tmp_path,
        WAKEUP
        + """
codes = []
def child():
    assert signal.set_wakeup_fd(writer) == writer
    signal.raise_signal(signal.SIGUSR1)
    assert os.read(reader, 9) == bytes([signal.SIGUSR1])
    own_test("child")
def issue(samples):
    if not codes:
        codes.append(ended(forked(child)))
    complete(samples)
test("parent", issue)
assert codes == [0]
assert valid("parent") == str(os.getpid())
assert signal.set_wakeup_fd(-1) == writer
""",
    )


def test_a_test_off_the_main_thread_leaves_it_alone(tmp_path: Path) -> None:
    succeed(
        tmp_path,
        WAKEUP
        + """
inside, go_on = threading.Event(), threading.Event()
def issue(samples):
    inside.set()
    go_on.wait()
    complete(samples)
thread = threading.Thread(target=test, args=("log", issue))
thread.start()
inside.wait()
assert signal.set_wakeup_fd(writer) == writer
signal.raise_signal(signal.SIGUSR1)
assert heard == [signal.SIGUSR1]
assert os.read(reader, 9) == bytes([signal.SIGUSR1])
go_on.set()
thread.join()
assert valid("log")
assert signal.set_wakeup_fd(-1) == writer
""",
    )


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_ctrl_c_that_another_thread_takes(scenario: str, tmp_path: Path) -> None:
    """Nothing wakes the main thread but the watch."""
    succeed(
        tmp_path,
        SIGNALS
        + f"""
import _thread

sends = [
    lambda: signal.pthread_kill(threading.get_ident(), signal.SIGINT),
    _thread.interrupt_main,
]
for send in sends:
    def press():
        time.sleep(0.2)
        pressed.append(time.monotonic())
        send()
    pressed = []
    threading.Thread(target=press).start()
    try:
        test("log", nothing, settings("{scenario}"))
    except KeyboardInterrupt:
        assert time.monotonic() - pressed[0] < 1
    else:
        raise AssertionError("no KeyboardInterrupt")
    test("log")
    valid("log")
""",
    )


TERMINATED = """
import signal

def terminate(after_s):
    threading.Timer(after_s, lambda: os.kill(os.getpid(), signal.SIGTERM)).start()
"""


@pytest.mark.parametrize("face", ["run", "StartTest"])
def test_sigterm_ends_a_test_with_its_report(face: str, tmp_path: Path) -> None:
    calls = {
        "run": "lg.run(answer, range(8), min_query_count=10**8, output='log')",
        "StartTest": "test('log', wanted=settings('Server', seconds=60))",
    }
    script = tmp_path / "script.py"
    body = f"""
def answer(samples):
    samples.complete()
terminate(1.0)
{calls[face]}
print("not reached")
"""
    script.write_text(PRELUDE + TERMINATED + body, encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, str(script)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert ended.returncode == -signal.SIGTERM  # 143 to a shell
    assert ended.stdout == ""
    assert "INVALID" in ended.stderr
    assert "ended by SIGTERM after" in " ".join(ended.stderr.split())
    assert "Traceback" not in ended.stderr
    assert "ended by SIGTERM after" in summary(tmp_path / "log")


def test_sigterm_is_the_program_s_where_it_handles_it(tmp_path: Path) -> None:
    succeed(
        tmp_path,
        TERMINATED
        + """
heard = []
def handle(number, _):
    heard.append(number)
signal.signal(signal.SIGTERM, handle)
terminate(0.1)
report = lg.run(lambda samples: samples.complete(), range(8), min_duration_ms=500)
assert report.complete
assert heard == [signal.SIGTERM]
assert signal.getsignal(signal.SIGTERM) is handle
""",
    )


def test_sigterm_is_as_before_after_a_test_and_in_a_forked_child(tmp_path: Path) -> None:
    succeed(
        tmp_path,
        TERMINATED
        + """
ended_by = []
def answer(samples):
    if not ended_by:
        assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
        child = os.fork()
        if child == 0:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(10)
        ended_by.append(os.WTERMSIG(os.waitpid(child, 0)[1]))
    samples.complete()
assert lg.run(answer, range(8), min_duration_ms=0).complete
assert ended_by == [signal.SIGTERM]
assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
""",
    )


def test_ctrl_c_is_said_with_its_time(tmp_path: Path) -> None:
    ended = execute(
        tmp_path,
        SIGNALS
        + """
pressed = []
def answer(samples):
    if not pressed:
        pressed.append(True)
        threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    samples.complete()
try:
    lg.run(answer, range(8), min_query_count=10**8, output="log")
except KeyboardInterrupt as interrupt:
    print(interrupt.report.end_reason.splitlines()[0])
    if sys.version_info >= (3, 11):  # shown below the traceback
        assert interrupt.__notes__ == [str(interrupt.report)]
""",
    )
    said = re.fullmatch(r"The test was ended by Ctrl-C after ([\d.]+) s\.\n", ended.out)
    assert said, ended.out
    assert 0.2 < float(said.group(1)) < 10
    assert said.group(0).strip() in " ".join(summary(tmp_path / "log").split())
    assert "EMPTY MESSAGE" not in summary(tmp_path / "log")
