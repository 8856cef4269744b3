"""Python's memory is prefaulted while a SUT is called with a large query, and only then."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

import mlperf_loadgen as lg
import pytest

LARGE = 1 << 16  # samples


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


class ArenaAllocator(ctypes.Structure):
    _fields_ = (
        ("context", ctypes.c_void_p),
        ("allocate", ctypes.c_void_p),
        ("free", ctypes.c_void_p),
    )


def allocator() -> tuple[int | None, int | None, int | None]:
    """Where Python takes its arenas from."""
    found = ArenaAllocator()
    ctypes.pythonapi.PyObject_GetArenaAllocator(ctypes.byref(found))
    return found.context, found.allocate, found.free


def nothing(*_: object) -> None:
    """A callback that has nothing to do."""


def start(sut: lg.SutHandle, count: int) -> None:
    settings = lg.TestSettings()
    settings.scenario = lg.TestScenario.Offline
    settings.min_duration_ms = 0
    settings.min_query_count = count
    lg.StartTest(sut, lg.ConstructQSL(32, 32, nothing, nothing), settings)


def during(count: int, *, objects: bool) -> object:
    """The allocator while a SUT is called with a number of samples."""
    seen: list[object] = []

    def answer(ids: list[int]) -> None:
        seen.append(allocator())
        lg.QuerySamplesComplete([lg.QuerySampleResponse(number, 0, 0) for number in ids])

    if objects:
        sut = lg.ConstructSUT(lambda samples: answer([sample.id for sample in samples]), nothing)
    else:
        sut = lg.ConstructFastSUT(lambda ids, _: answer(ids), nothing)
    start(sut, count)
    return seen[0]


@pytest.mark.parametrize("objects", [False, True], ids=["ids", "objects"])
def test_arenas_are_prefaulted_during_a_large_query(objects: bool) -> None:
    before = allocator()
    assert during(LARGE, objects=objects) != before
    assert allocator() == before
    assert during(LARGE - 1, objects=objects) == before


def test_an_exception_restores_the_allocator_of_python() -> None:
    before = allocator()

    def fail(_ids: list[int], _indices: list[int]) -> None:
        assert allocator() != before
        raise ValueError("of the SUT")

    with pytest.raises(ValueError, match="of the SUT"):
        start(lg.ConstructFastSUT(fail, nothing), LARGE)
    assert allocator() == before


def make_objects(ids: list[int]) -> list[lg.QuerySampleResponse]:
    return [lg.QuerySampleResponse(number, 0, 0) for number in ids]


def threads() -> int:
    return len(os.listdir("/proc/self/task"))


@pytest.mark.skipif(sys.platform != "linux", reason="counts threads through /proc")
def test_a_thread_prefaults_ahead_of_use_where_there_are_two_processors() -> None:
    before, during = threads(), []

    def answer(ids: list[int], _indices: list[int]) -> None:
        lg.QuerySamplesComplete(make_objects(ids))
        during.append(threads())

    start(lg.ConstructFastSUT(answer, nothing), LARGE)
    left = threads() - before
    processors = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(processors)})
    try:
        start(lg.ConstructFastSUT(answer, nothing), LARGE)
    finally:
        os.sched_setaffinity(0, processors)
    assert during[0] - during[1] == (1 if len(processors) > 1 else 0)
    assert left == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="POSIX processes")
def test_a_child_forked_during_a_large_query_can_make_many_objects() -> None:
    codes = []

    def answer(ids: list[int], _indices: list[int]) -> None:
        child = os.fork()
        if child == 0:
            objects = make_objects(ids * 4)
            os._exit(0 if len(objects) == 4 * LARGE else 1)
        codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        lg.QuerySamplesComplete(make_objects(ids))

    start(lg.ConstructFastSUT(answer, nothing), LARGE)
    assert codes == [0]
