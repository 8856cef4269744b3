"""What a SUT of the established face is handed is its own, though short lists are used again."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import mlperf_loadgen as lg
import pytest

QUERIES = 50


def run(
    directory: Path, samples_per_query: int, see: Callable[[list[lg.QuerySample]], object]
) -> list[tuple[int, int]]:
    """Run a test in which `see` gets every query, and return the id and index of every sample."""
    handed: list[tuple[int, int]] = []

    def issue(samples: list[lg.QuerySample]) -> None:
        assert type(samples) is list
        assert [type(sample) for sample in samples] == [lg.QuerySample] * samples_per_query
        handed.extend((sample.id, sample.index) for sample in samples)
        lg.QuerySamplesComplete([lg.QuerySampleResponse(s.id, 0, 0) for s in samples])
        see(samples)

    settings = lg.TestSettings()
    settings.scenario = lg.TestScenario.MultiStream
    settings.mode = lg.TestMode.PerformanceOnly
    settings.multi_stream_samples_per_query = samples_per_query
    settings.min_query_count = settings.max_query_count = QUERIES
    settings.min_duration_ms = 0
    logs = lg.LogSettings()
    logs.log_output.outdir = str(directory)
    sut = lg.ConstructSUT(issue, lambda: None)
    qsl = lg.ConstructQSL(64, 64, lambda _: None, lambda _: None)
    lg.StartTestWithLogSettings(sut, qsl, settings, logs)
    return handed


@pytest.mark.parametrize("samples_per_query", [1, 8, 64, 65])
class TestWhatASutKeeps:
    def test_lists_stay_as_they_were(self, tmp_path: Path, samples_per_query: int) -> None:
        kept: list[list[lg.QuerySample]] = []
        handed = run(tmp_path, samples_per_query, kept.append)
        assert [(s.id, s.index) for samples in kept for s in samples] == handed
        assert len({id(samples) for samples in kept}) == QUERIES
        assert len({s.id for samples in kept for s in samples}) == len(handed)

    def test_single_samples_stay_as_they_were(self, tmp_path: Path, samples_per_query: int) -> None:
        kept: list[lg.QuerySample] = []
        handed = run(tmp_path, samples_per_query, lambda samples: kept.append(samples[-1]))
        assert [(s.id, s.index) for s in kept] == handed[samples_per_query - 1 :: samples_per_query]

    def test_an_iterator_stays_as_it_was(self, tmp_path: Path, samples_per_query: int) -> None:
        kept = []
        handed = run(tmp_path, samples_per_query, lambda samples: kept.append(iter(samples)))
        assert [(s.id, s.index) for rest in kept for s in rest] == handed


@pytest.mark.parametrize(
    "spoil",
    [
        lambda samples: samples.clear(),
        lambda samples: samples.append(None),
        lambda samples: samples.__setitem__(0, "not a sample"),
        lambda samples: setattr(samples[0], "id", 7),
        lambda samples: samples.__setitem__(slice(None), samples[:1] * len(samples)),
        lambda samples: samples.reverse(),
    ],
)
def test_what_a_sut_does_to_its_list_is_not_seen_in_the_next(
    tmp_path: Path, spoil: Callable[[list[lg.QuerySample]], object]
) -> None:
    handed = run(tmp_path, 4, spoil)
    ids = [identifier for identifier, _ in handed]
    assert len(set(ids)) == 4 * QUERIES
    assert ids == sorted(ids)


def test_objects_made_again_start_from_nothing() -> None:
    for _ in range(3):
        full = [lg.QuerySampleResponse(1, 2, 3, 4) for _ in range(100)]
        del full
        assert repr(lg.QuerySampleResponse()) == repr(lg.QuerySampleResponse(0, 0, 0, 0))
        assert lg.QuerySampleResponse(5, 6, 7).n_tokens == 0


def test_a_subclass_may_have_attributes_of_its_own_by_these_names() -> None:
    class Shifted(lg.QuerySample):
        @property
        def index(self) -> int:  # type: ignore[override]
            return 1000

    assert Shifted(3, 4).index == 1000
    assert Shifted(3, 4).id == 3
    assert (lg.QuerySample(3, 4).id, lg.QuerySample(3, 4).index) == (3, 4)
    assert getattr(lg.QuerySample(3, 4), "".join(["i", "d"])) == 3


@pytest.mark.parametrize("value", [0, 1, 2**30, 2**62, 2**63 - 1, 2**63, 2**64 - 1])
def test_whole_numbers_of_every_length(value: int) -> None:
    assert lg.QuerySampleResponse(value, 0, 0).id == value


def test_numpy_is_imported_where_it_is_needed_only() -> None:
    code = "import sys, mlperf_loadgen; print('numpy' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "False\n"
