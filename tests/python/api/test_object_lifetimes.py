"""How long a test keeps the objects it was given, and which interpreters may have any."""

from __future__ import annotations

from pathlib import Path

from child_process import succeed


def test_objects_live_as_long_as_the_test_and_no_longer(tmp_path: Path) -> None:
    succeed(
        tmp_path,
        """
        class Thing:
            def __init__(self, fails=False):
                self.fails = fails
                self.dropped = False
            def issue(self, samples):
                gc.collect()
                if self.fails:
                    raise KeyError("mine")
                complete(samples)
            def flush(self): pass
            def load(self, _): pass

        def once(fails):
            thing, lib = Thing(fails), Thing()
            refs = [weakref.ref(thing), weakref.ref(lib)]
            handles = [lg.ConstructSUT(thing.issue, thing.flush),
                       lg.ConstructQSL(32, 32, lib.load, lib.load)]
            wanted, where = settings(), logs("out")
            destroyed = []
            def start(sut, qsl):
                # The only references left are those of the test.
                real = thing_issue
                try:
                    lg.StartTestWithLogSettings(sut, qsl, wanted, where)
                except KeyError:
                    assert fails
                else:
                    assert not fails
            thing_issue = None
            del thing, lib
            sut, qsl = handles
            def destroyer():
                while lg.current_progress() is None and not stop.is_set():
                    pass
                lg.DestroySUT(sut)
                lg.DestroyQSL(qsl)
                gc.collect()
            stop = threading.Event()
            other = threading.Thread(target=destroyer)
            other.start()
            start(*handles)
            stop.set()
            other.join()
            handles.clear()
            del sut, qsl, start, destroyer
            gc.collect()
            assert [ref() for ref in refs] == [None, None], [gc.get_referrers(r()) for r in refs]

        for fails in (False, True, False):
            once(fails)
        """,
    )


def test_the_modern_face_frees_its_objects(tmp_path: Path) -> None:
    succeed(
        tmp_path,
        """
        import numpy as np
        class Mine(lg.SystemUnderTest):
            fails = False
            def issue(self, samples):
                if self.fails:
                    raise KeyError("mine")
                samples.complete()
        class Library(lg.SampleLibrary):
            def __len__(self): return 32
            def load(self, indices): pass
            def unload(self, indices): pass
        quick = dict(min_duration_ms=0, min_query_count=20, expected_latency_ns=1000)
        for fails in (False, True):
            sut, lib = Mine(), Library()
            sut.fails = fails
            refs = [weakref.ref(sut), weakref.ref(lib)]
            try:
                report = lg.run(sut, lib, **quick)
                assert report.complete
            except KeyError as error:
                assert not error.report.complete
            del sut, lib
            gc.collect()
            assert [ref() for ref in refs] == [None, None]
        """,
    )


def test_samples_and_their_parts_give_their_indices_back(tmp_path: Path) -> None:
    """16 MiB of them in each test."""
    succeed(
        tmp_path,
        """
        def sut(samples):
            half = len(samples) // 2
            for part in (samples[:half], samples[half:]):
                part.complete()

        def run():
            lg.run(sut, range(8), scenario="Offline", target_qps=1, min_duration_ms=0,
                   min_query_count=1 << 21)

        def resident():
            with open("/proc/self/statm") as file:
                return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

        if os.path.exists("/proc/self/statm"):
            run()
            before = resident()
            for _ in range(3):
                run()
            grown = resident() - before
            assert grown < 16 << 20, grown
        """,
    )


def test_a_sut_that_holds_its_own_handle_is_collected(tmp_path: Path) -> None:
    succeed(
        tmp_path,
        """
        class Sut:
            def __init__(self, construct, more=()):
                self.sut = construct(self.issue, self.flush, *more)
                self.qsl = lg.ConstructQSL(32, 32, self.load, self.load)
            def issue(self, samples, indices=None):
                gc.collect()
                ids = samples if indices else [sample.id for sample in samples]
                lg.QuerySamplesComplete([lg.QuerySampleResponse(i, 0, 0) for i in ids])
                self.kept = samples
            def flush(self): pass
            def load(self, _): pass
        class Queue(lg.SampleQueue):
            def __init__(self):
                super().__init__()
                self.sut = self.handle()
        def makers():
            yield lambda: Sut(lg.ConstructSUT)
            yield lambda: Sut(lg.ConstructFastSUT)
            yield lambda: Sut(lg.ConstructQDL, [lambda: "name"])
            yield Queue
        gc.disable()
        for make in makers():
            sut = make()
            ref = weakref.ref(sut)
            del sut
            assert ref() is not None or make is Queue, make
            gc.collect()
            assert ref() is None, gc.get_referrers(ref())
        # A test keeps what it runs with, though nobody else does and the collector comes by.
        for construct in (lg.ConstructSUT, lg.ConstructFastSUT):
            sut = Sut(construct)
            ref = weakref.ref(sut)
            handles = [sut.sut, sut.qsl]
            del sut
            lg.StartTestWithLogSettings(*handles, settings(), logs("out"))
            valid("out")
            handles.clear()
            gc.collect()
            assert ref() is None, gc.get_referrers(ref())
        """,
    )


# Defines inside(), which imports the package in a sub-interpreter that asks for no isolation.
SUB_INTERPRETER = '''
import sys
try:
    import _interpreters as interpreters
    create = lambda: interpreters.create("legacy")
except ImportError:
    import _xxsubinterpreters as interpreters
    create = lambda: interpreters.create(isolated=False)

text = """
import sys
sys.path[:] = PATH
try:
    import mlperf_loadgen
    result = "imported"
except ImportError as error:
    result = "ImportError"
with open("result.txt", "w") as file:
    file.write(result)
""".replace("PATH", repr(sys.path))

def inside():
    interpreter = create()
    interpreters.run_string(interpreter, text)
    interpreters.destroy(interpreter)
    assert open("result.txt").read() == "ImportError"
'''


def test_a_sub_interpreter_is_refused(tmp_path: Path) -> None:
    succeed(
        tmp_path,
        "test('out')" + SUB_INTERPRETER + "inside()\ntest('out')\nvalid('out')\n",
    )


def test_a_sub_interpreter_that_comes_first_is_refused(tmp_path: Path) -> None:
    succeed(tmp_path, "test('out')\nvalid('out')\n", before=SUB_INTERPRETER + "inside()\n")
