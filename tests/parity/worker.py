"""Runs cases with whichever ``mlperf_loadgen`` the path leads to.

A case a line comes as JSON on standard input, its outcome goes back as a line of JSON. Each case
runs in a forked process and in a folder of its own, so that neither a crash nor what a module keeps
between tests reaches the next case.
"""

from __future__ import annotations

import array
import inspect
import json
import os
import queue
import random
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np  # noqa: F401  one of the modules needs it: imported once, not in every fork

LIMIT_S = 20
ENTRY = re.compile(
    r':::MLLOG \{"key": "(.*?)", "value": (.*), "time_ms": .*'
    r'"is_error": (\w+), "is_warning": (\w+)'
)
LAST_SETTINGS_KEY = "effective_sample_concatenate_permutation"


def entries() -> list[list[str]]:
    """The lines of the detail log: key, value as written, "E" for errors and "W" for warnings."""
    found = []
    for line in Path("mlperf_log_detail.txt").read_text(encoding="latin1").splitlines():
        match = ENTRY.match(line)
        if match:
            kind = "E" if match[3] == "true" else "W" if match[4] == "true" else ""
            found.append([match[1], match[2], kind])
    return found


def configure(settings: Any, configs: list[dict[str, Any]]) -> list[int | str]:
    """What each FromConfig returned or raised."""
    codes: list[int | str] = []
    for number, config in enumerate(configs):
        path = config.get("path", f"config{number}.conf")
        if "text" in config:
            Path(path).write_bytes(config["text"].encode("latin1"))
        try:
            codes.append(
                settings.FromConfig(path, config["model"], config["scenario"], config["type"])
            )
        except Exception as error:
            codes.append(f"{type(error).__name__}: {error}")
    return codes


def make_settings(lg: Any, case: dict[str, Any], outcome: dict[str, Any]) -> Any:
    settings = lg.TestSettings()
    settings.token_latency_scaling_factor = 0
    for name, value in case.get("settings", {}).items():
        if name == "scenario":
            value = getattr(lg.TestScenario, value)
        elif name == "mode":
            value = getattr(lg.TestMode, value)
        setattr(settings, name, value)
    if "another" in case:  # settings of another test of this process
        configure(lg.TestSettings(), case["another"])
    codes = configure(settings, case.get("configs", []))
    if "audit" in case:
        Path("audit.config").write_bytes(case["audit"].encode("latin1"))
    fields = {}
    for name in case.get("fields", []):
        value = getattr(settings, name)
        fields[name] = value.name if hasattr(value, "name") else value
    outcome.update(codes=codes, fields=fields)
    return settings


class Sut:
    """Answers as the case asks, and remembers what it was asked."""

    def __init__(self, lg: Any, case: dict[str, Any]) -> None:
        self.lg = lg
        options = case.get("sut", {})
        self.first_token: bool = options.get("first_token", False)
        self.n_tokens: list[int] = options.get("n_tokens", [5, 5])
        self.spin_us: list[float] | None = options.get("spin_us")
        self.one_by_one: bool = options.get("one_by_one", False)
        self.hold: bool = options.get("hold", False)  # answer in flush
        self.hold_one: int = options.get("hold_one", -1)  # answer this call after all others
        self.first_sleeps_s: float = options.get("first_sleeps_s", 0)
        self.each_sleeps_s: float = options.get("each_sleeps_s", 0)
        # Which performance series miss their target: their answers come late, in flush.
        self.late_series: list[bool] | None = options.get("late_series")
        self.random = random.Random(options.get("seed", 0))
        self.bytes = array.array("I", range(case.get("total", 64) * int(options.get("bytes", 1))))
        self.loads: list[list[int]] = []
        self.calls: list[tuple[int, list[int]]] = []
        self.counts: list[int] = []
        self.held: list[Any] = []
        self.flushes = 0
        self.inbox: queue.Queue[Any] = queue.Queue()
        self.thread: threading.Thread | None = None
        if options.get("thread"):
            self.thread = threading.Thread(target=self.work, daemon=True)
            self.thread.start()

    def work(self) -> None:
        while True:
            answer = self.inbox.get()
            if answer is None:
                return
            answer()

    def issue(self, samples: Any) -> None:
        number = len(self.calls)
        self.calls.append((self.flushes, [sample.index for sample in samples]))
        if number == 0 and self.first_sleeps_s:
            time.sleep(self.first_sleeps_s)
        if self.each_sleeps_s:
            time.sleep(self.each_sleeps_s)
        if self.late() or self.hold or number == self.hold_one:
            self.held.extend(samples)
        elif self.thread:
            copies = [self.lg.QuerySample(sample.id, sample.index) for sample in samples]
            self.inbox.put(lambda: self.answer(copies))
        else:
            self.answer(samples)

    def late(self) -> bool:
        series = self.flushes  # there is one at the end of each
        return self.late_series is not None and self.late_series[series % len(self.late_series)]

    def flush(self) -> None:
        self.flushes += 1
        held, self.held = self.held, []

        def answer() -> None:
            time.sleep(0.25 if self.late_series else 0.01)
            self.answer(held)

        if held:
            self.inbox.put(answer) if self.thread else answer()

    def answer(self, samples: Any) -> None:
        start = time.perf_counter()
        spin_s = self.random.uniform(*self.spin_us) * 1e-6 if self.spin_us else 0
        if self.first_token:
            spin(start + 0.3 * spin_s)
            self.lg.FirstTokenComplete([self.response(sample, 0) for sample in samples])
        groups = [[sample] for sample in samples] if self.one_by_one else [samples]
        for done, group in enumerate(groups, 1):
            spin(start + spin_s * done / len(groups))
            responses = []
            for sample in group:
                self.counts.append(self.random.randint(*self.n_tokens))
                responses.append(self.response(sample, self.counts[-1]))
            self.lg.QuerySamplesComplete(responses)

    def response(self, sample: Any, n_tokens: int) -> Any:
        address, _ = self.bytes.buffer_info()
        return self.lg.QuerySampleResponse(sample.id, address + 4 * sample.index, 4, n_tokens)

    def load(self, indices: Any) -> None:
        self.loads.append(list(indices))


def spin(until: float) -> None:
    while time.perf_counter() < until:
        pass


def run(lg: Any, case: dict[str, Any], outcome: dict[str, Any]) -> None:
    settings = make_settings(lg, case, outcome)
    sut = Sut(lg, case)
    log_settings = lg.LogSettings()
    log_settings.enable_trace = case.get("trace", False)
    lg.StartTestWithLogSettings(
        lg.ConstructSUT(sut.issue, sut.flush),
        lg.ConstructQSL(
            case.get("total", 64), case.get("performance", 64), sut.load, lambda indices: None
        ),
        settings,
        log_settings,
    )
    if sut.thread:
        sut.inbox.put(None)
        sut.thread.join()
    outcome["loads"] = sut.loads
    outcome["calls"] = sut.calls
    outcome["flushes"] = sut.flushes
    outcome["counts"] = sut.counts
    outcome["entries"] = entries()
    outcome["summary"] = Path("mlperf_log_summary.txt").read_text(encoding="latin1")
    outcome["accuracy"] = json.loads(Path("mlperf_log_accuracy.json").read_text())
    if case.get("trace"):
        outcome["trace"] = Path("mlperf_log_trace.json").read_text(encoding="latin1")


def only_settings(lg: Any, case: dict[str, Any], outcome: dict[str, Any]) -> None:
    """What FromConfig made of the files, and what a test logs before it loads its samples."""
    settings = make_settings(lg, case, outcome)

    def stop(_: object) -> None:
        """Ends the case before the first query, when its settings are in the log."""
        until = time.monotonic() + 2
        outcome["entries"] = entries()
        while not any(entry[0] == LAST_SETTINGS_KEY for entry in outcome["entries"]):
            if time.monotonic() > until:
                break
            time.sleep(0.002)
            outcome["entries"] = entries()
        finish(outcome)

    lg.StartTest(
        lg.ConstructSUT(stop, lambda: None),
        lg.ConstructQSL(case.get("total", 64), case.get("performance", 64), stop, lambda _: None),
        settings,
    )


def names(lg: Any, case: dict[str, Any], outcome: dict[str, Any]) -> None:
    """Everything public in the module; how it looks is for the caller to compare."""
    found: dict[str, Any] = {}
    for name in getattr(lg, "__all__", dir(lg)):
        if name.startswith("_") or inspect.ismodule(getattr(lg, name)):
            continue
        thing = getattr(lg, name)
        if not inspect.isclass(thing):
            found[name] = {"kind": "function", "signature": signature(thing)}
            continue
        members = {m for m in dir(thing) if not m.startswith("_")}
        found[name] = {"kind": "class", "members": sorted(members), "methods": {}, "defaults": {}}
        if hasattr(thing, "__members__"):
            found[name]["values"] = {k: int(v) for k, v in thing.__members__.items()}
        if issubclass(thing, Exception):
            continue
        try:
            instance = thing()
        except TypeError:
            continue
        for member in sorted(members):
            value = getattr(instance, member)
            if callable(value):
                found[name]["methods"][member] = signature(value)
            elif isinstance(value, (bool, int, float, str)):
                found[name]["defaults"][member] = [type(value).__name__, value]
            else:
                found[name]["defaults"][member] = [type(value).__name__, getattr(value, "name", "")]
    outcome["names"] = found


def signature(function: Any) -> list[list[str]]:
    """Parameters as [name, default]; "argN" where the name cannot be used by a caller."""
    text = (function.__doc__ or "").split("\n")[0]
    match = re.match(r"\w+\((.*)\) -> ", text)
    if match:
        pieces, depth, piece = [], 0, ""
        for character in match[1] + ",":
            depth += (character in "[(") - (character in "])")
            if character == "," and depth == 0:
                pieces.append(piece.strip())
                piece = ""
            else:
                piece += character
        parameters = []
        for text in pieces:
            name, _, rest = text.partition(":")
            default = rest.rpartition(" = ")[2] if " = " in rest else ""
            parameters.append([name.strip(), default])
    else:
        try:
            declared = inspect.signature(function).parameters.values()
        except ValueError:  # compiled, with overloads: a method of a list
            return []
        empty = inspect.Parameter.empty
        parameters = [[p.name, "" if p.default is empty else repr(p.default)] for p in declared]
    return [p for p in parameters if p[0] not in ("self", "")]


def evaluate(lg: Any, case: dict[str, Any], outcome: dict[str, Any]) -> None:
    """The value of an expression, or the name of what it raises."""
    try:
        outcome["value"] = repr(eval(case["expression"], {"lg": lg}))
    except Exception as error:
        outcome["value"] = type(error).__name__


WAYS: dict[str, Callable[[Any, dict[str, Any], dict[str, Any]], None]] = {
    "run": run,
    "settings": only_settings,
    "names": names,
    "evaluate": evaluate,
}


def finish(outcome: dict[str, Any]) -> None:
    """Ends the forked process at once; modules may have threads that do not end."""
    Path("outcome.json").write_text(json.dumps(outcome))
    os._exit(0)


def child(case: dict[str, Any]) -> None:
    signal.alarm(case.get("limit_s", LIMIT_S))
    outcome: dict[str, Any] = {}
    try:
        import mlperf_loadgen as lg

        WAYS[case["way"]](lg, case, outcome)
    except BaseException as error:
        outcome["raised"] = f"{type(error).__name__}: {error}"
    finish(outcome)


def main() -> None:
    # What the modules say on standard output must not mix with the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        folder = tempfile.mkdtemp()
        process = os.fork()
        if process == 0:
            os.chdir(folder)
            child(json.loads(line))
        _, status = os.waitpid(process, 0)
        file = Path(folder, "outcome.json")
        outcome = json.loads(file.read_text()) if file.exists() else {}
        if status != 0:
            outcome["died"] = os.waitstatus_to_exitcode(status)
        shutil.rmtree(folder)
        print(json.dumps(outcome), file=answers, flush=True)


main()
