"""Names: what is public in the peer's module is in ours, with the same parameters and defaults."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from parity.pair import ROOT, Outcome, Pair, differences
from parity.tally import Tally

GROUP = "names"
PAGE = (ROOT / "docs/compatibility.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def names(pair: Pair) -> tuple[dict[str, Any], dict[str, Any]]:
    ours, peer = pair.run({"way": "names"})
    return ours["names"], peer["names"]


def function_differences(name: str, our: list[list[str]], their: list[list[str]]) -> Iterator[str]:
    """The peer leaves some parameters without a name: those can be given by position only."""
    yield from differences(f"parameters of {name}", len(our), len(their))
    for (our_name, our_default), (their_name, their_default) in zip(our, their, strict=False):
        if not re.fullmatch(r"arg\d", their_name):
            yield from differences(f"parameter of {name}", our_name, their_name)
        yield from differences(f"default of {name}({our_name})", our_default, their_default)


def name_differences(name: str, our: Any, their: Any) -> Iterator[str]:
    if our is None:
        yield f"missing: {name}"
    elif our["kind"] != their["kind"]:
        yield f"{name}: ours a {our['kind']}, peer a {their['kind']}"
    elif our["kind"] == "function":
        yield from function_differences(name, our["signature"], their["signature"])
    else:
        for member in their["members"]:
            if member not in our["members"]:
                yield f"missing: {name}.{member}"
        yield from differences(f"values of {name}", our.get("values"), their.get("values"))
        for member, value in their["defaults"].items():
            yield from differences(f"{name}().{member}", our["defaults"].get(member), value)
        for member, signature in their["methods"].items():
            if member in our["methods"] and not name.startswith("Vector"):  # those are lists
                yield from function_differences(
                    f"{name}.{member}", our["methods"][member], signature
                )


def test_every_name_of_the_peer(names: tuple[dict[str, Any], dict[str, Any]], tally: Tally) -> None:
    ours, peer = names
    assert len(peer) >= 20
    unknown = []
    for name, their in peer.items():
        unknown += tally.add(GROUP, name_differences(name, ours.get(name), their))
    assert unknown == []


# What scripts write: each must give the same, or raise the same.
EXPRESSIONS = [
    "int(lg.TestScenario.Offline)",
    "lg.TestScenario(2) == lg.TestScenario.Server",
    "lg.TestScenario.Server == lg.TestScenario.Server, lg.TestScenario.Server == 2",
    "lg.TestMode.AccuracyOnly.name, lg.TestMode.AccuracyOnly.value",
    "str(lg.TestMode.AccuracyOnly)",
    "lg.TestMode.AccuracyOnly",
    "{lg.TestScenario.Offline: 1}[lg.TestScenario.Offline]",
    "list(lg.TestScenario.__members__)",
    "lg.TestScenario.__members__['Offline'].value",
    "__import__('pickle').loads(__import__('pickle').dumps(lg.TestScenario.Offline)).name",
    "lg.QuerySample().id, lg.QuerySample().index",
    "lg.QuerySample(3, 4).id, lg.QuerySample(3, 4).index",
    "(lambda s: (s.id, s.index))(__import__('pickle').loads(__import__('pickle').dumps("
    "lg.QuerySample(3, 4))))",
    "lg.QuerySampleResponse(1, 2, 3).n_tokens, lg.QuerySampleResponse(1, 2, 3, 4).n_tokens",
    "lg.QuerySampleResponse().id",
    "lg.QuerySampleResponse().n_tokens",
    "lg.QuerySampleResponse(1, 2)",
    "lg.QuerySample(-1, 0)",
    "lg.QuerySample('1', 0)",
    "(lambda r: (r.id, r.data, r.size))(__import__('pickle').loads(__import__('pickle').dumps("
    "lg.QuerySampleResponse(3, 4, 5))))",
    "len(lg.VectorQuerySampleResponse([lg.QuerySampleResponse(1, 2, 3)]))",
    "bool(lg.VectorQuerySampleResponse())",
    "lg.VectorQuerySampleResponse([lg.QuerySampleResponse(1, 2, 3)]).pop().size",
    "isinstance(lg.ConstructSUT(lambda s: None, lambda: None), int)",
    "lg.ConstructSUT(1, 2)",
    "lg.ConstructQSL('a', 1, lambda s: None, lambda s: None)",
    "setattr(lg.TestSettings(), 'scenario', 2)",
    "setattr(lg.TestSettings(), 'server_target_qps', 7)",
    "setattr(lg.TestSettings(), 'server_target_qps', '7')",
    "setattr(lg.TestSettings(), 'min_query_count', 7.5)",
    "setattr(lg.TestSettings(), 'min_query_count', -1)",
    "setattr(lg.TestSettings(), 'min_query_count', 2**64)",
    "setattr(lg.TestSettings(), 'server_target_latency_ns', 1e6)",
    "setattr(lg.TestSettings(), 'no_such_setting', 1)",
    "lg.TestSettings().FromConfig(path='', model='bert', scenario='Offline', conf_type=0)",
    "lg.LogOutputSettings().outdir, lg.LogOutputSettings().prefix",
    "lg.QuerySamplesComplete(responses=[], response_cb=None)",
]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_expressions_of_scripts(pair: Pair, tally: Tally, expression: str) -> None:
    ours, peer = pair.run({"way": "evaluate", "expression": expression})
    assert tally.add(GROUP, expression_differences(expression, ours, peer)) == []


def expression_differences(expression: str, ours: Outcome, peer: Outcome) -> Iterator[str]:
    yield from differences(expression, ours.get("value"), peer.get("value", "(it crashes)"))


def test_the_page_lists_what_this_package_adds(
    names: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    ours, peer = names
    section = re.search(r"\nThis package adds (.*?)\n\n", PAGE, re.DOTALL)
    assert section is not None
    listed = set(re.findall(r"`([\w.]+)`", section[1]))
    added = {name for name in ours if name not in peer}
    for name in ours.keys() & peer.keys():
        if ours[name]["kind"] == "class" and not name.startswith("Vector"):
            members = set(ours[name]["members"]) - set(peer[name]["members"])
            added |= {f"{name}.{member}" for member in members}
    assert listed == added


def test_every_known_difference_was_met(tally: Tally) -> None:
    assert tally.unseen(GROUP) == []
