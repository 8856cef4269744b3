"""Folders and files for the logs that cannot be had, and disks that fill up."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import mlperf_loadgen as lg
from faults import logs
from faults.bench import Bench, Query, complete, nothing
from faults.registry import ANY, CLEAN, NAMES, REFUSED, RUN, TORN, fault

SOME = ("Server", "Offline")


def untouched(bench: Bench, folder: Path) -> str:
    """Runs into ``folder``; says so if the SUT or the library was touched."""
    touched: list[object] = []
    bench.run(issue=lambda: touched.append(0), load=touched.append, folder=folder)
    bench.folders.clear()
    return bench.outcome + ("; but callbacks were called" if touched else "; SUT untouched")


@fault("the output folder is missing", sees="^OutputError: .*missing/.*untouched", ends=REFUSED)
def missing(bench: Bench) -> str:
    return untouched(bench, Path("missing"))


@fault(
    "a file is in the output folder's place", sees="^OutputError: .*file/.*untouched", ends=REFUSED
)
def file_in_place(bench: Bench) -> str:
    Path("file").write_text("a file")
    return untouched(bench, Path("file"))


@fault("the output folder is below a file", sees="^OutputError: .*untouched", ends=REFUSED)
def below_a_file(bench: Bench) -> str:
    Path("file").write_text("a file")
    return untouched(bench, Path("file/below"))


@fault("the output folder is /proc", sees="^OutputError: .*/proc/.*untouched", ends=REFUSED)
def in_proc(bench: Bench) -> str:
    return untouched(bench, Path("/proc"))


@fault("the output folder's name is too long", sees="^OutputError: .*untouched", ends=REFUSED)
def long_name(bench: Bench) -> str:
    return untouched(bench, Path("x" * 300))


@fault("the output folder is a link to itself", sees="^OutputError: .*untouched", ends=REFUSED)
def loop(bench: Bench) -> str:
    Path("loop").symlink_to("loop")
    return untouched(bench, Path("loop"))


@fault(
    "a NUL in the name of the output folder",
    sees="^(OutputError|SettingsError|ValueError): ",
    ends=REFUSED,
    ways=(NAMES,),
)
def nul(bench: Bench) -> str:
    logs_there = bench.log_settings(Path("."))
    Path("a").mkdir()
    sut = lg.ConstructSUT(nothing, nothing)
    qsl = lg.ConstructQSL(32, 32, nothing, nothing)
    with bench.watched(Path("a")):
        logs_there.log_output.outdir = "a\0b"
        lg.StartTestWithLogSettings(sut, qsl, bench.settings(drain_timeout_ms=50), logs_there, "")
    return bench.outcome if not list(Path("a").iterdir()) else "files went elsewhere"


@fault(
    "output= of run cannot be made",
    sees="^OutputError: output: cannot make the folder",
    ends=REFUSED,
    ways=(RUN,),
)
def not_makeable(bench: Bench) -> str:
    Path("file").write_text("a file")
    with bench.watched(Path()):
        lg.run(lambda samples: samples.complete(), range(9), output="file/below")
    return bench.outcome


for kind in ("summary.txt", "detail.txt", "accuracy.json", "trace.json"):

    def directory(bench: Bench, kind: str = kind) -> str:
        folder = Path("occupied")
        (folder / f"mlperf_log_{kind}").mkdir(parents=True)
        return untouched(bench, folder)

    fault(
        f"a folder is in the place of {kind}",
        sees=rf"^OutputError: .*{kind}.*untouched",
        ends=REFUSED,
        scenarios=SOME,
    )(directory)

    def link(bench: Bench, kind: str = kind) -> str:
        folder = bench.folder()
        Path("target").write_text("kept")
        (folder / f"mlperf_log_{kind}").symlink_to(Path("target").resolve())
        outcome = untouched(bench, folder)
        return outcome if Path("target").read_text() == "kept" else "the target was written to"

    fault(
        f"a link is in the place of {kind}",
        sees=rf"^OutputError: .*{kind}: it is a symbolic link.*untouched",
        ends=REFUSED,
        scenarios=("Server",),
    )(link)

    def pipe(bench: Bench, kind: str = kind) -> str:
        folder = bench.folder()
        os.mkfifo(folder / f"mlperf_log_{kind}")
        return untouched(bench, folder)

    fault(
        f"a FIFO is in the place of {kind}",
        sees=r"^OutputError: ",
        ends=ANY,
        scenarios=("Server",),
        limit_s=3,
    )(pipe)


@contextlib.contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@fault(
    "the disk fills up in the middle (RLIMIT_FSIZE), performance", sees="^OutputError: ", ends=TORN
)
def fills(bench: Bench) -> None:
    with file_size_limit(6000):
        bench.run(min_query_count=200)


@fault(
    "the disk fills up in the middle (RLIMIT_FSIZE), accuracy",
    sees="^OutputError: .*accuracy",
    ends=TORN,
)
def fills_accuracy(bench: Bench) -> None:
    import numpy as np

    data = np.zeros(4096, np.uint8)

    def answer(query: Query) -> None:
        for number in range(len(query)):
            query[number : number + 1].complete(data)

    with file_size_limit(60_000):
        bench.run(answer, mode="AccuracyOnly")


def mount(folder: Path, size: str) -> bool:
    """A small file system of its own at ``folder``, in this process only."""
    libc = ctypes.CDLL(None, use_errno=True)
    new_mounts, private = 0x00020000, 1 << 18 | 1 << 14
    return bool(
        libc.unshare(new_mounts) == 0
        and libc.mount(b"none", b"/", None, private, None) == 0
        and libc.mount(b"tmpfs", bytes(folder), b"tmpfs", 0, f"size={size}".encode()) == 0
    )


@fault("a tmpfs of 64 KiB fills up", sees="^OutputError: |no mount here", ends=ANY)
def small_disk(bench: Bench) -> str | None:
    import numpy as np

    folder = bench.folder()
    if not mount(folder, "64k"):
        return "no mount here"
    data = np.zeros(4096, np.uint8)

    def answer(query: Query) -> None:
        for number in range(len(query)):
            query[number : number + 1].complete(data)

    bench.run(answer, folder=folder, settings=bench.settings(mode="AccuracyOnly"))
    bench.folders.clear()
    return bench.outcome


@fault(
    "the output folder is deleted in the middle",
    sees="^OutputError: ",
    ends=ANY,
    scenarios=SOME,
)
def vanishes(bench: Bench) -> str:
    folder = bench.folder()
    bench.run(load=lambda _: shutil.rmtree(folder), folder=folder)
    bench.folders.clear()
    return bench.outcome


@fault(
    "the detail log is emptied in the middle",
    sees="^OutputError: .*emptied or cut",
    ends=ANY,
    scenarios=SOME,
)
def emptied(bench: Bench) -> str:
    folder = bench.folder()
    detail = Path(folder, "mlperf_log_detail.txt")
    bench.run(load=lambda _: os.truncate(detail, 0), folder=folder)
    assert b"\0" not in detail.read_bytes()
    bench.folders.clear()
    return bench.outcome


OTHER = """
import sys, mlperf_loadgen as lg
from pathlib import Path
from faults.bench import Bench, nothing
bench = Bench({scenario!r}, "names")
print(bench.run(folder=Path({folder!r})))
"""


@fault(
    "a second process writes to the same folder",
    sees="OutputError|StateError",
    ends=CLEAN,
    scenarios=SOME,
    within_s=8,
)
def second_process(bench: Bench) -> str:
    folder = bench.folder()
    said: list[str] = []

    def load(_: object) -> None:
        script = OTHER.format(scenario=bench.scenario, folder=str(folder))
        said.append(
            subprocess.run(
                [sys.executable, "-c", script], capture_output=True, text=True, check=False
            ).stdout
        )

    bench.run(load=load, folder=folder)
    return said[0]


@fault("the working folder changes during the test", sees="VALID, no errors", ends=CLEAN)
def changes_folder(bench: Bench) -> None:
    here = Path.cwd()
    bench.run(load=lambda _: os.chdir("/"), unload=lambda _: os.chdir(here))


@fault(
    "no file descriptor is left",
    sees="Too many open files",
    ends=ANY,
    scenarios=SOME,
)
def no_descriptors(bench: Bench) -> str:
    folder = bench.folder()
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, before[1]))
    taken = []
    with contextlib.suppress(OSError):
        while True:
            taken.append(os.open("/dev/null", os.O_RDONLY))
    bench.run(folder=folder)
    for number in taken:
        os.close(number)
    resource.setrlimit(resource.RLIMIT_NOFILE, before)
    bench.folders.clear()
    return bench.outcome


@fault(
    "standard output is closed, the summary goes there too",
    sees="VALID|OutputError",
    ends=ANY,
    scenarios=SOME,
    ways=(NAMES,),
)
def closed_stdout(bench: Bench) -> None:
    folder = bench.folder()
    there = bench.log_settings(folder)
    there.log_output.copy_summary_to_stdout = True
    there.log_output.copy_detail_to_stdout = True
    bench.folders.append(folder)
    os.close(1)
    sut = lg.ConstructSUT(lambda samples: complete(Query(samples)), nothing)
    qsl = lg.ConstructQSL(32, 32, nothing, nothing)
    with bench.watched(folder):
        lg.StartTestWithLogSettings(sut, qsl, bench.settings(), there, "audit.config")


@fault(
    "a reader reads the logs while they are written",
    sees="VALID, no errors",
    ends=CLEAN,
    scenarios=SOME,
)
def read_meanwhile(bench: Bench) -> None:
    folder = bench.folder()
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            for path in folder.iterdir():
                path.read_bytes()

    thread = threading.Thread(target=read)
    thread.start()
    bench.run(folder=folder)
    done.set()
    thread.join()
    assert not list(logs.problems(folder, "clean"))
