"""The C face through ctypes: what any foreign function interface gets."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from ctypes import POINTER, byref, c_char_p, c_double, c_int32, c_int64, c_size_t, c_void_p
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
OK, INVALID, STATE, CALLBACK = 0, 1, 3, 5


class Sample(ctypes.Structure):
    _fields_ = (("id", c_size_t), ("index", c_size_t))


class Response(ctypes.Structure):
    _fields_ = (("id", c_size_t), ("data", c_void_p), ("size", c_size_t), ("n_tokens", c_int64))


Issue = ctypes.CFUNCTYPE(c_int32, c_void_p, POINTER(Sample), c_size_t)
Flush = ctypes.CFUNCTYPE(c_int32, c_void_p)


class Library:
    """The functions without their prefix; handles are pointers."""

    def __init__(self, path: Path) -> None:
        self._library = ctypes.CDLL(str(path))
        self.last_error = self.function("last_error", c_char_p)
        self.sut_create = self.function(
            "sut_create", c_int32, c_char_p, Issue, c_void_p, c_void_p, POINTER(c_void_p)
        )
        self.qsl_create = self.function(
            "qsl_create",
            c_int32,
            c_char_p,
            c_size_t,
            c_size_t,
            *(c_void_p,) * 3,
            POINTER(c_void_p),
        )
        self.settings_create = self.function("settings_create", c_int32, POINTER(c_void_p))
        self.settings_set = self.function("settings_set", c_int32, c_void_p, c_char_p, c_char_p)
        self.run = self.function("run", c_int32, *(c_void_p,) * 3, POINTER(c_void_p))
        self.complete = self.function(
            "complete", c_int32, POINTER(Response), c_size_t, c_void_p, c_void_p
        )
        self.fail = self.function("fail", c_int32, c_char_p)
        self.report_text = self.function(
            "report_text", c_int32, c_void_p, c_char_p, POINTER(c_char_p)
        )
        self.report_number = self.function(
            "report_number", c_int32, c_void_p, c_char_p, POINTER(c_double)
        )
        self.destroy = {
            kind: self.function(f"{kind}_destroy", c_int32, c_void_p)
            for kind in ("sut", "qsl", "settings", "report")
        }

    def function(self, name: str, result: type, *arguments: type):
        function = getattr(self._library, f"mlperf_loadgen_{name}")
        function.restype = result
        function.argtypes = arguments
        return function


@pytest.fixture(scope="module")
def library() -> Library:
    path = Path(
        os.environ.get(
            "MLPERF_LOADGEN_C_LIBRARY", ROOT / "build/tests/tests/c/libmlperf_loadgen_c.so"
        )
    )
    assert path.exists(), f"{path} is missing; `make cpptest` builds it"
    return Library(path)


class Test:
    """One SUT, library and settings, and the report of a run with them."""

    __test__ = False

    def __init__(self, library: Library, scenario: str, issue) -> None:
        self.library = library
        self.issue = Issue(issue)  # ctypes callbacks live as long as this
        self.handles = {kind: c_void_p() for kind in library.destroy}
        assert library.sut_create(b"ctypes", self.issue, None, None, byref(self["sut"])) == OK
        assert library.qsl_create(b"qsl", 16, 16, None, None, None, byref(self["qsl"])) == OK
        assert library.settings_create(byref(self["settings"])) == OK
        settings = {
            "scenario": scenario,
            "min_duration_ms": "0",
            "min_query_count": "5",
            "server_target_qps": "2000",
            "write_files": "false",
        }
        for name, value in settings.items():
            assert self.set(name, value) == OK

    def __getitem__(self, kind: str) -> c_void_p:
        return self.handles[kind]

    def set(self, name: str, value: str) -> int:
        return self.library.settings_set(self["settings"], name.encode(), value.encode())

    def run(self) -> int:
        handles = (self["sut"], self["qsl"], self["settings"])
        return self.library.run(*handles, byref(self["report"]))

    def text(self, name: str) -> str:
        value = c_char_p()
        assert self.library.report_text(self["report"], name.encode(), byref(value)) == OK
        assert value.value is not None
        return value.value.decode()

    def number(self, name: str) -> float:
        value = c_double()
        assert self.library.report_number(self["report"], name.encode(), byref(value)) == OK
        return value.value

    def __enter__(self) -> Test:
        return self

    def __exit__(self, *_: object) -> None:
        for kind, handle in self.handles.items():
            assert self.library.destroy[kind](handle) == OK


@pytest.mark.parametrize("scenario", ["SingleStream", "MultiStream", "Server", "Offline"])
def test_a_test_in_each_scenario(library: Library, scenario: str) -> None:
    seen = []

    def issue(_user: int, samples: ctypes._Pointer[Sample], count: int) -> int:
        seen.extend(samples[i].index for i in range(count))
        responses = (Response * count)(*(Response(samples[i].id) for i in range(count)))
        return library.complete(responses, count, None, None)

    with Test(library, scenario, issue) as test:
        assert test.run() == OK, library.last_error()
        assert test.text("scenario") == scenario
        assert test.text("sut_name") == "ctypes"
        assert test.number("sample_count") == len(seen) > 0
        assert set(seen) <= set(range(16))
        assert test.number("result") > 0


def test_a_failing_callback(library: Library) -> None:
    with Test(library, "Offline", lambda *_: library.fail(b"out of paper")) as test:
        assert test.run() == CALLBACK
        assert library.last_error() == b"issue of 'ctypes' returned 5: out of paper"
        assert test.text("complete") == "false"
        assert "out of paper" in test.text("end_reason")


def test_warnings_have_texts_and_answers_without_bytes_a_count(library: Library) -> None:
    def issue(_user: int, samples: ctypes._Pointer[Sample], count: int) -> int:
        responses = (Response * count)(*(Response(samples[i].id) for i in range(count)))
        return library.complete(responses, count, None, None)

    with Test(library, "Offline", issue) as test:
        assert test.set("mode", "AccuracyOnly") == OK
        assert test.run() == OK, library.last_error()
        assert test.number("empty_response_count") == 16
        assert test.number("warning_count") >= 1
        assert "16" in test.text("warnings")
        assert test.text("errors") == ""


def test_errors_have_a_status_and_a_text(library: Library) -> None:
    with Test(library, "Offline", lambda *_: 0) as test:
        assert test.set("offline_expected_gps", "1") == INVALID
        assert b"'offline_expected_qps'" in library.last_error()
        assert library.complete((Response * 1)(), 1, None, None) == STATE
        assert b"no test is running" in library.last_error()
        assert library.destroy["sut"](c_void_p(12345)) == STATE
        assert test.set("offline_expected_qps", "0") == OK
        assert test.run() == INVALID
        assert b"offline_expected_qps = 0" in library.last_error()
        assert not test["report"]


def test_the_example_runs(library: Library, tmp_path: Path) -> None:
    assert library is not None
    example = ROOT / "examples/c/ctypes_sut.py"
    path = library._library._name
    ran = subprocess.run(
        [sys.executable, example, path],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("VALID: ")
