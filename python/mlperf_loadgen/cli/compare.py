"""``mlperf-loadgen compare``: does NEW differ from BASE, by how much, how sure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mlperf_loadgen.cli.main import say
from mlperf_loadgen.cli.parser import Parser, UsageError
from mlperf_loadgen.cli.results import read_gates, read_results, write_text
from mlperf_loadgen.exit_codes import Exit

if TYPE_CHECKING:
    from mlperf_loadgen.compare import Comparison

__all__ = ["add_gates", "main", "needs_scipy", "parser", "show"]


def parser() -> Parser:
    described = Parser(
        "compare",
        "Says whether NEW differs from BASE, by how much, how sure.",
        "BASE NEW | --base ... --new ...",
    )
    described.add_argument("results", metavar="BASE NEW", nargs="*", help="a result a side")
    described.add_argument("--base", metavar="RESULT", nargs="+", help="several, against")
    described.add_argument("--new", metavar="RESULT", nargs="+", help="several")
    described.add_argument(
        "--paired", action="store_true", help="the runs were interleaved: A B, B A, A B"
    )
    described.add_argument(
        "--allow-different", action="store_true", help="compare different tests as well"
    )
    described.add_argument("-o", "--output", metavar="FILE", help="a page with the shift curve")
    add_gates(described)
    return described


def add_gates(parser: Parser) -> None:
    """Add what ``history gate`` has as well."""
    parser.add_argument(
        "--fail-if",
        metavar="CONDITION",
        action="append",
        help='such as "p99>+5%%" or "qps<-2%%"; may be repeated',
    )
    parser.add_argument(
        "--undecided", choices=("pass", "fail"), help="exit with 0, or 4, instead of 5"
    )
    parser.add_argument("--markdown", metavar="FILE", help="for the summary of a CI job")
    parser.add_argument("--junit", metavar="FILE", help="a test case for each gate")
    parser.add_argument("--json", action="store_true", help="as JSON")


def main(given: dict[str, Any]) -> int:
    sides = _sides(given)
    needs_scipy()
    from mlperf_loadgen.compare import NotComparedError, Options, compare

    gates = read_gates(given, change=True)
    options = Options(
        paired="paired" in given,
        allow_different="allow_different" in given,
        names=(_named(sides[0], "BASE"), _named(sides[1], "NEW")),
    )
    base, new = (read_results(side) for side in sides)
    try:
        comparison = compare(base, new, gates, options)
    except NotComparedError as error:
        raise UsageError(str(error)) from None
    except ValueError as error:
        raise UsageError(f"compare: {error}") from None
    if "output" in given:
        from mlperf_loadgen.compare.page import write_page

        say(f"written: {write_page(comparison, base, new, given['output'])}")
    return show(comparison, given)


def show(comparison: Comparison, given: dict[str, Any]) -> int:
    """Print a comparison, write what is asked for, and return its exit code."""
    from mlperf_loadgen.compare import render

    if "json" in given:
        print(json.dumps(render.as_json(comparison), indent=2))
    else:
        print(render.table(comparison))
    if "markdown" in given:
        write_text(given["markdown"], render.markdown(comparison))
    if "junit" in given:
        write_text(given["junit"], render.junit(comparison))
    code = comparison.exit_code
    if code == Exit.UNDECIDED and "undecided" in given:
        return Exit.GATE if given["undecided"] == "fail" else Exit.VALID
    return code


def needs_scipy() -> None:
    """Say how to get SciPy where it is missing."""
    try:
        import mlperf_loadgen.compare  # noqa: F401
    except ImportError as error:
        raise UsageError(str(error)) from None


def _sides(given: dict[str, Any]) -> tuple[list[str], list[str]]:
    results: list[str] = given.get("results", [])
    base, new = given.get("base"), given.get("new")
    if results and (base or new):
        raise UsageError("compare: give BASE NEW, or --base and --new, not both.")
    if base and new:
        return base, new
    if len(results) != 2:
        raise UsageError("compare: two results are needed, or --base and --new with several.")
    return results[:1], results[1:]


def _named(side: list[str], name: str) -> str:
    return side[0] if len(side) == 1 else name
