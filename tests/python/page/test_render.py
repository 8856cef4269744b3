"""The page: whole, small, quick, safe against what a result may contain, and a result itself."""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import sys
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import mlperf_loadgen as lg
import pytest
from mlperf_loadgen import Error, OutputError
from mlperf_loadgen.page import render, svg, view, write_page
from mlperf_loadgen.result import store

from tests.python.page import results
from tests.python.result import synthetic

HOSTILE = "</script><img src=x onerror=alert(1)><svg/onload=alert(2)>'\"&{{ 7*7 }}"


class Elements(HTMLParser):
    """Collects elements, attributes and visible text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self.inside = tag

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside not in ("script", "style"):
            self.text.append(data)

    def count(self, tag: str) -> int:
        return sum(found == tag for found, _ in self.found)


@pytest.mark.parametrize("name", results.ALL)
def test_pages_are_small_and_read_back(name: str, tmp_path: Path) -> None:
    record = results.ALL[name]()
    path = write_page([record], tmp_path / "report.html")
    assert path.stat().st_size < 1_000_000
    assert store.load(path) == record
    elements = Elements(path.read_text(encoding="utf-8"))
    charts = [attributes for tag, attributes in elements.found if attributes.get("role") == "img"]
    assert len(charts) == elements.count("figure")
    assert all(chart["aria-label"] for chart in charts)


@pytest.mark.parametrize("tokens", [False, True])
def test_what_is_drawn_is_small_whatever_was_measured(tokens: bool) -> None:
    text, _, data = render.html([results.huge(tokens=tokens)]).partition('id="report">')
    charts = re.findall(r'<svg role="img".*?</svg>', text, re.DOTALL)
    assert len(charts) >= 7
    assert max(map(len, charts)) < 150_000
    assert len(text) < 400_000  # and the result at most 600,000 more
    assert data.rstrip().endswith("</script></body>\n</html>")


@pytest.mark.alone
def test_a_page_is_made_quickly() -> None:
    render.html([results.good()])
    used = time.process_time()
    render.html([results.huge()])
    assert time.process_time() - used < 2


def test_ten_results_laid_over_each_other(tmp_path: Path) -> None:
    records = [results.huge() | {"id": f"{i:016}"} for i in range(10)]
    path = write_page(records, tmp_path / "ten.html")
    text = path.read_text(encoding="utf-8")
    assert len(text) < 2_000_000
    assert "J: Settings" in text
    assert "<script" not in text  # a picture: the results stay in their files


def test_nothing_is_fetched() -> None:
    elements = Elements(render.html([results.good()]))
    for _, attributes in elements.found:
        for name in ("src", "href", "xlink:href", "action", "data", "poster", "srcset"):
            assert name not in attributes
        assert "style" not in attributes  # refused where inline styles are
        assert not any(name.startswith("on") for name in attributes)
    assert elements.count("link") == 0
    assert [a.get("type") for tag, a in elements.found if tag == "script"] == ["application/json"]


def test_an_interactive_page_has_one_script_more_and_a_policy_for_it() -> None:
    record = results.good() | {"id": "</script>"}
    live = Elements(render.html([record], interactive=True))
    scripts = [a.get("type") for tag, a in live.found if tag == "script"]
    assert scripts == ["application/json", "application/json", None]
    assert policy(live).endswith("; script-src 'unsafe-inline'")
    assert policy(Elements(render.html([record]))) == (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    )


def policy(elements: Elements) -> str:
    metas = [attributes for tag, attributes in elements.found if tag == "meta"]
    return next(str(a["content"]) for a in metas if a.get("http-equiv"))


def hostile(value: Any) -> Any:
    """The same record with every text in it, and every name of a fact, replaced."""
    if isinstance(value, str):
        return HOSTILE
    if isinstance(value, list):
        return [hostile(inner) for inner in value]
    return {k: hostile(v) for k, v in value.items()} if isinstance(value, dict) else value


def test_what_a_result_says_is_never_markup() -> None:
    plain = results.overloaded() | {
        "environment": {"a": {"b": "c"}},
        "files": results.good()["files"],
    }
    record = hostile(plain) | {"environment": {HOSTILE: {HOSTILE: HOSTILE}}}
    record["timeline"], record["schema"] = plain["timeline"], plain["schema"]
    record["run"]["scenario"] = HOSTILE
    text = render.html([record])
    elements = Elements(text)
    assert elements.count("img") == 0
    assert elements.count("script") == 1
    assert not any(name.startswith("on") for _, attributes in elements.found for name in attributes)
    assert HOSTILE in "".join(elements.text)
    assert json.loads(text.rpartition('id="report">')[2].partition("</script>")[0]) == record
    several = Elements(render.html([record, record]))
    assert several.count("img") == 0


def test_a_result_that_is_not_as_its_schema_says_is_drawn_or_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(svg, "draw", lambda chart: "")  # what takes the time
    values = itertools.cycle([None, -1, "text", [{}], {"a": [1]}])
    record = results.good(400)
    for name, inside in record.items():
        inner = inside if isinstance(inside, dict) else {}
        for wrong in (next(values), *(inner | {key: next(values)} for key in inner)):
            with contextlib.suppress(Error):
                render.html([record | {name: wrong}])


def test_a_result_that_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(Error, match="a result is not as its schema says"):
        render.html([{"run": 3}])


def test_the_verdict_is_in_words(tmp_path: Path) -> None:
    words = {"good": "VALID", "overloaded": "INVALID", "broken": "NOT COMPLETE"}
    for name, verdict in words.items():
        text = render.html([results.ALL[name]()])
        assert re.search(rf'class="verdict"><svg.*?</svg>{verdict}<', text, re.DOTALL)
        assert f"<title>{verdict}" in text
    assert "Not an MLPerf result" not in render.html([results.good()])
    assert "Not an MLPerf result</b>: no rules were asked for." in render.html([results.broken()])


def test_early_stopping_is_told_by_points() -> None:
    text = render.html([results.good()])
    assert "<li>Processed at least 64 queries (99).</li>" in text
    assert "<li>Met.</li>" in text


def test_a_check_without_figures_is_a_sentence() -> None:
    record = results.good()
    record["verdict"]["checks"].append(
        {"name": "early stopping", "met": True, "sentence": "Enough."}
    )
    text = render.html([record])
    assert '<td>early stopping</td><td colspan="3">Enough.</td>' in text


def test_the_command_can_be_repeated() -> None:
    record = results.good()
    record["made"]["command"] = ["/x/mlperf_loadgen/__main__.py", "run", "a&b"]
    assert "<code>python -m mlperf_loadgen run &#39;a&amp;b&#39;</code>" in render.html([record])


def test_settings_say_where_they_come_from() -> None:
    text = render.html([results.good()])
    row = "<td>target_qps</td><td>1,000/s</td><td>command line --qps</td><td>900 (user.conf:3)</td>"
    assert row in text


def test_a_number_of_the_environment_is_no_yes() -> None:
    facts = {"sockets": 1, "isolated": 0, "smt": True, "boost": False}
    ((_, shown),) = view.environment({"environment": {"processor": facts}})
    assert [fact.value for fact in shown] == ["1", "0", "yes", "no"]


def test_a_page_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="file"):
        write_page([results.bare()], tmp_path / "file" / "report.html")
    write_page([results.bare()], tmp_path / "new" / "report.html")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["report.html"]
    with pytest.raises(ValueError, match="at least one"):
        write_page([], tmp_path / "none.html")


@pytest.mark.parametrize(
    ("module", "package"), [("vl_convert", "vl-convert-python"), ("jinja2", "jinja2")]
)
def test_what_is_missing_is_named(
    module: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(
        Error, match=rf"the page needs {package}: pip install 'mlperf-loadgen\[report\]'"
    ):
        render.html([synthetic.server(100)])


def test_the_page_of_a_run(tmp_path: Path) -> None:
    lg.run(
        lambda samples: samples.indices,
        range(64),
        min_query_count=300,
        min_duration_ms=0,
        output=tmp_path,
    )
    record = store.load(tmp_path)
    text = write_page([record], tmp_path / "report.html").read_text(encoding="utf-8")
    assert "SingleStream" in text
    assert text.count('<svg role="img"') == 6
    assert "<td>early stopping</td>" in text
