"""Settings: configuration files, their grammar and precedence, audit.config, test05, derivation.

Compared are what FromConfig returns, every field afterwards, and all requested_ and effective_
lines, errors and warnings that a test then logs before it loads samples.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from parity.config_texts import NUMBERS, TEXTS
from parity.pair import ROOT, Case, Outcome, Pair, differences
from parity.settings_cases import BAD_LINES, FIELDS, SCENARIOS, cases
from parity.tally import Tally

GROUP = "settings"
LOGGED = re.compile("requested_|effective_|error_|warning_")

RULES = Path(ROOT, "loadgen/settings/rules/v6.1.conf").read_text(encoding="utf-8")
MODELS = sorted(set(re.findall(r"^(\S+?)\.(?:\*|[A-Z]\w+)\.\w+ =", RULES, re.MULTILINE)))


def logged(outcome: Outcome) -> list[str]:
    """Without what ours says of a malformed line behind the words of the peer."""
    lines = [" ".join(entry) for entry in outcome["entries"] if LOGGED.match(entry[0])]
    return [re.sub(r'^(error_invalid_config ".*?, line=\d+): .*(" E)$', r"\1\2", x) for x in lines]


def settings_differences(case: Case, ours: Outcome, peer: Outcome) -> Iterator[str]:
    codes = peer["codes"] if "codes" in peer else ours["codes"]
    for config, our, their in zip(case["configs"], ours["codes"], codes, strict=True):
        yield from differences("returned", our, their)
        if their == 0 and our != 0 and "text" in config:  # all else follows from that
            lines = config["text"].splitlines()
            for problem in our.splitlines():
                number = re.search(r", line=(\d+)", problem)
                line = lines[int(number[1]) - 1][:200] if number else ""
                yield f"refused line: {problem}: {line}"
            return
    fields = peer["fields"] if "fields" in peer else ours["fields"]
    for name, value in fields.items():
        yield from differences(name, ours["fields"][name], value)
    if "raised" in ours:  # the peer may hang here
        for problem in ours["raised"].removeprefix("SettingsError: ").splitlines():
            yield f"refused: {problem}"
        return
    assert "entries" in ours, ours
    assert "entries" in peer, peer
    for line in difflib.ndiff(logged(peer), logged(ours)):
        if line[0] in "+-":
            yield f"only {'ours' if line[0] == '+' else 'peer'}: {line[2:]}"


def check(pair: Pair, tally: Tally, case: Case) -> None:
    case = {"configs": [], **case, "way": "settings", "fields": FIELDS, "limit_s": 6}
    found = list(settings_differences(case, *pair.run(case)))
    if any(difference.startswith("only ours: error_") for difference in found):
        # The peer may lose what it wants to log before a test, as time goes.
        found = list(settings_differences(case, *pair.run_in_turn(case)))
    assert tally.add(GROUP, found) == []


@hypothesis_settings(
    max_examples=300,
    derandomize=True,
    deadline=None,
    phases=[Phase.generate],  # shrinking would take minutes
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(case=cases())
def test_random_files_and_settings(pair: Pair, tally: Tally, case: Case) -> None:
    check(pair, tally, case)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_built_in_rules_of_every_model(pair: Pair, tally: Tally, scenario: str) -> None:
    assert len(MODELS) > 20
    for model in [*MODELS, "nosuch"]:
        config = {"path": "", "model": model, "scenario": scenario, "type": 0}
        check(pair, tally, {"settings": {"scenario": scenario}, "configs": [config]})


@pytest.mark.parametrize("key", ["*.Server.target_qps", "*.*.accuracy_log_sampling_target"])
def test_spellings_of_numbers(pair: Pair, tally: Tally, key: str) -> None:
    for number in NUMBERS:
        check(pair, tally, one_file(f"\n{key} = {number}\n"))


def one_file(text: str, model: str = "m", scenario: str = "Server", conf_type: int = 2) -> Case:
    config = {"text": text, "model": model, "scenario": scenario, "type": conf_type}
    return {"settings": {"scenario": "Server"}, "configs": [config]}


def test_grammar(pair: Pair, tally: Tally) -> None:
    for text in TEXTS:
        check(pair, tally, one_file(text))


@pytest.mark.parametrize("conf_type", [-1, 0, 1, 2, 3])
def test_kinds_of_files(pair: Pair, tally: Tally, conf_type: int) -> None:
    text = "*.*.qsl_rng_seed = 5\n*.*.min_query_count = 9\n*.*.test05 = 1"
    check(pair, tally, one_file(text, model="bert", conf_type=conf_type))


@pytest.mark.parametrize(
    ("model", "scenario"), [("llama3.1", "Server"), ("a.b.c", "Server"), ("a", "b.Server")]
)
def test_names_with_dots(pair: Pair, tally: Tally, model: str, scenario: str) -> None:
    text = (
        "llama3.1.Server.max_async_queries = 4\na.b.c.*.max_query_count = 5\n"
        "a.b.Server.min_query_count = 7"
    )
    check(pair, tally, one_file(text, model=model, scenario=scenario))


def test_files_in_a_row(pair: Pair, tally: Tally) -> None:
    missing = {"path": "/nonexistent/x", "model": "bert", "scenario": "Server", "type": 1}
    bad = {**missing, "text": "*.*.min_query_count = x", "path": "bad.conf"}
    good = {**missing, "text": "*.*.min_query_count = 9", "path": "good.conf"}
    folder = {**missing, "path": "/tmp", "type": 2}
    for configs in ([missing] * 2, [missing, bad, good], [good, good], [bad, good], [folder]):
        check(pair, tally, {"configs": configs})


def test_settings_of_two_tests_in_one_process(pair: Pair, tally: Tally) -> None:
    alone = one_file("*.Server.target_qps = 7", model="bert", conf_type=1)
    alone = {**alone, "way": "settings", "fields": FIELDS, "total": 10833}  # as the rules ask for
    second = {**alone, "another": alone["configs"]}
    our_second, peer_second = pair.run(second)
    _, peer_alone = pair.run(alone)
    assert list(settings_differences(alone, our_second, peer_alone)) == []
    met = [f"second file of a process: {e[1]}" for e in peer_second["entries"] if e[2] == "E"]
    assert tally.add(GROUP, met) == []


@pytest.mark.parametrize("line", BAD_LINES)
def test_audit_file_with_a_bad_line(pair: Pair, tally: Tally, line: str) -> None:
    audit = f"*.*.min_query_count = 9\n{line}\n"
    check(pair, tally, {"settings": {"scenario": "Server"}, "audit": audit})


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("given_in", ["settings", "rules"])
def test_test05(pair: Pair, tally: Tally, scenario: str, given_in: str) -> None:
    seeds = {f"test05_{s}_rng_seed": n for n, s in enumerate(("qsl", "sample_index", "schedule"))}
    case: Case = {"settings": {"scenario": scenario, "mode": "SubmissionRun", **seeds}}
    if given_in == "settings":
        case["settings"]["test05"] = True
    case["audit"] = "*.*.mode = 1\n*.*.test05 = 1\n*.*.accuracy_log_rng_seed = 720381539243781796"
    check(pair, tally, case)


def test_every_known_difference_was_met(tally: Tally) -> None:
    assert tally.unseen(GROUP) == []
