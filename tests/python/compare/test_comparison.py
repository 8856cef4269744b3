"""Two results, or several a side: which is worse, how sure, and when that cannot be said."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from mlperf_loadgen.compare import Comparison, NotComparedError, Options, Row, compare
from mlperf_loadgen.result.condition import Condition, parse

from tests.python.result import synthetic

Script = Callable[[str], str]
SEEDS = {"qsl_rng_seed": 1, "sample_index_rng_seed": 2, "schedule_rng_seed": 3}


def gates(*texts: str) -> list[Condition]:
    return [parse(text, change=True) for text in texts]


def row(comparison: Comparison, name: str) -> Row:
    return next(each for each in comparison.rows if each.metric.name == name)


def runs(first: int, slower: float = 1.0) -> list[synthetic.Record]:
    """Runs that differ from one another by about 1 %."""
    spread = (0.99, 1.0, 1.01, 0.995, 1.005)
    return [
        synthetic.single_stream(500, seed=first + i, slower=slower * by)
        for i, by in enumerate(spread)
    ]


def test_the_same_result_twice_is_fine() -> None:
    record = synthetic.server(settings=SEEDS)
    found = compare([record], [record], gates("p99>+1%", "qps<-1%"))
    assert (found.verdict, found.exit_code, found.differs) == ("fine", 0, [])
    assert {each.change for each in found.rows} == {0}


def test_the_same_schedule_cancels_the_noise_of_the_queue() -> None:
    base = synthetic.server(seed=1, settings=SEEDS)
    new = synthetic.server(seed=1, slower=1.01, settings=SEEDS)
    other = synthetic.server(seed=1, slower=1.01, settings={**SEEDS, "schedule_rng_seed": 4})
    paired, alone = compare([base], [new]), compare([base], [other])
    assert paired.by_schedule
    assert paired.notes[0] == "paired by schedule: both runs had the same queries"
    assert not alone.by_schedule
    widths = [row(each, "p99").high - row(each, "p99").low for each in (paired, alone)]  # type: ignore[operator]
    assert widths[1] > 5 * widths[0]
    assert (paired.verdict, alone.verdict) == ("worse", "same")


def test_a_longer_run_of_the_same_queries_is_cut() -> None:
    base = synthetic.single_stream(4_000, settings=SEEDS)
    new = synthetic.single_stream(2_000, settings=SEEDS)
    found = compare([base], [new])
    assert any("on the first 50 % of the longer run" in note for note in found.notes)


def test_three_answers() -> None:
    base, slower = [synthetic.single_stream(seed=1)], [synthetic.single_stream(seed=2, slower=1.1)]
    assert compare(base, slower, gates("p50>+2%")).exit_code == 4
    assert compare(base, slower, gates("p50>+20%")).exit_code == 0
    undecided = compare(base, slower, gates("p50>+10%"))
    assert (undecided.verdict, undecided.exit_code) == ("undecided", 5)
    assert row(undecided, "p50").note.endswith("runs a side find a change of +10%")
    # The worst of several counts.
    both = compare(base, slower, gates("p50>+10%", "qps<-2%", "p90>+50%"))
    assert [each.verdict for each in both.rows if each.gate] == ["undecided", "fine", "worse"]
    assert both.verdict == "worse"


def test_a_change_for_the_better_can_be_asked_for() -> None:
    base = [synthetic.single_stream(seed=1)]
    faster, same = synthetic.single_stream(seed=2, slower=0.8), synthetic.single_stream(seed=2)
    assert compare(base, [faster], gates("p50>-10%")).verdict == "fine"
    assert compare(base, [same], gates("p50>-10%")).verdict == "worse"


def test_several_gates_widen_their_intervals() -> None:
    base, new = [synthetic.server(seed=1)], [synthetic.server(seed=2)]
    one = row(compare(base, new, gates("p99>+5%")), "p99")
    three = row(compare(base, new, gates("p99>+5%", "p50>+5%", "qps<-5%")), "p99")
    assert one.low is not None
    assert one.high is not None
    assert three.low is not None
    assert three.high is not None
    assert three.low < one.low < one.high < three.high


def test_without_gates_the_headline_and_p99_decide() -> None:
    base, slower = [synthetic.offline(seed=1)], [synthetic.offline(seed=2, slower=1.2)]
    assert compare(base, slower).verdict == "worse"
    assert compare(slower, base).verdict == "better"
    assert compare(base, base).verdict == "same"
    assert [each.metric.name for each in compare(base, slower).rows] == ["samples_per_second"]


def test_several_runs_a_side() -> None:
    found = compare(runs(1), runs(11, slower=1.1), gates("p50>+5%", "qps<-30%"))
    assert found.runs == (5, 5)
    slow = row(found, "p50")
    assert slow.verdict == "worse"
    assert slow.p_value == pytest.approx(2 / 252)
    assert slow.low is not None
    assert slow.low < 0.1 < (slow.high or 0)
    assert row(found, "qps").verdict == "fine"
    assert not any("one run a side" in note for note in found.notes)


def test_few_runs_say_what_a_permutation_cannot() -> None:
    found = compare(runs(1)[:3], runs(11)[:3])
    assert "3 a side: a permutation test cannot be significant at 5 % with fewer than four" in (
        found.notes
    )
    assert row(found, "p50").p_value >= 0.1  # type: ignore[operator]


def test_more_runs_would_decide() -> None:
    found = compare(runs(1), runs(11, slower=1.01), gates("p50>+1%"))
    note = row(found, "p50").note
    assert note.endswith("runs a side find a change of +1%")
    assert int(note.split()[0]) > 5


def test_a_single_run_against_many() -> None:
    found = compare(runs(1), runs(11, slower=1.3)[:1], gates("p50>+5%"))
    assert found.verdict == "worse"
    assert compare(runs(1), runs(11)[:1], gates("p50>+10%")).verdict == "fine"


def test_pairs_of_runs_cancel_the_drift_of_the_machine() -> None:
    drift = [1.0, 1.2, 1.4, 1.6, 1.8]
    base = [synthetic.single_stream(seed=i, slower=by) for i, by in enumerate(drift)]
    new = [synthetic.single_stream(seed=9 + i, slower=1.1 * by) for i, by in enumerate(drift)]
    assert compare(base, new, gates("p50>+5%")).verdict == "undecided"
    assert compare(base, new, gates("p50>+5%"), Options(paired=True)).verdict == "worse"
    with pytest.raises(ValueError, match="--paired: 5 runs and 4; pairs need as many"):
        compare(base, new[:4], options=Options(paired=True))


def test_a_run_that_is_too_short_gives_no_verdict() -> None:
    found = compare([synthetic.single_stream(40)], [synthetic.single_stream(40)], gates("p50>+5%"))
    assert found.verdict == "undecided"
    assert row(found, "p50").note == "too short: 10 blocks, at least 12 are needed"
    assert found.shift is None


def test_a_tail_needs_samples() -> None:
    found = compare([synthetic.single_stream()], [synthetic.single_stream(seed=2)])
    assert row(found, "p99.9").note == "too short: 2 samples beyond it, 20 are needed"


def test_a_run_that_drifts_gives_no_verdict() -> None:
    drifting = synthetic.drifting()
    found = compare([drifting], [synthetic.single_stream()], gates("p50>+5%"))
    assert found.verdict == "undecided"
    assert row(found, "p50").note.startswith("this run drifts")


def test_no_failure_is_not_a_proof() -> None:
    base, new = synthetic.server(1_000), synthetic.server(1_000, seed=2)
    assert compare([base], [new], gates("errors>+0.1%")).verdict == "undecided"
    assert compare([base], [new], gates("errors>+1%")).verdict == "fine"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("p99<-5%", '"p99<-5%": p99 is better when lower. Write p99>-5%.'),
        ("qps>+5%", '"qps>+5%": qps is better when higher. Write qps<+5%.'),
        ("ttft.p99>+5%", '"ttft.p99>+5%": these results have no ttft.p99.'),
    ],
)
def test_a_gate_that_cannot_be_answered(text: str, message: str) -> None:
    record = synthetic.single_stream()
    with pytest.raises(ValueError, match=message.replace("+", r"\+").replace(".", r"\.")):
        compare([record], [record], gates(text))


def test_different_tests_are_not_compared() -> None:
    base, new = synthetic.server(), synthetic.offline()
    options = Options(names=("results/main", "results/branch"))
    message = (
        r"^results/main and results/branch differ in scenario \(Server, Offline\)\. Not compared\.$"
    )
    with pytest.raises(NotComparedError, match=message):
        compare([base], [new], options=options)
    allowed = compare([base], [new], options=Options(allow_different=True))
    assert "Compared all the same, as asked." in allowed.notes[0]


def test_results_that_are_not_valid_are_named() -> None:
    found = compare([synthetic.server()], [synthetic.server(valid=False)])
    assert "1 of 1 runs of new INVALID" in found.notes


def test_scipy_that_is_missing_is_named(script: Script) -> None:
    said = script(
        """
        import sys
        sys.modules["scipy"] = None
        try:
            import mlperf_loadgen.compare
        except ImportError as error:
            print(error)
        """
    )
    assert said == "compare needs scipy: pip install 'mlperf-loadgen[tools]'\n"
