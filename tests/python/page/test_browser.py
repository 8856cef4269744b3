"""The page in a browser: it asks for nothing, shows everything, and everyone can read it."""

from __future__ import annotations

import io
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from mlperf_loadgen.page import theme, write_page

from tests.python.page import results
from tests.python.result import synthetic

playwright = pytest.importorskip("playwright.sync_api")
axe = pytest.importorskip("axe_playwright_python.sync_playwright")
image = pytest.importorskip("PIL.Image")

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FOUND = next((path for name in BROWSERS if (path := shutil.which(name))), None)
STRICT = "sandbox; default-src 'none'; img-src 'self'; style-src 'self'"
NAMES = ("good", "overloaded", "broken", "ten", "tokens", "offline", "huge", "three")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(FOUND is None, reason="needs a browser: one of " + ", ".join(BROWSERS)),
]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    for name in NAMES:
        several = [synthetic.server(seed=i, label=f"build {i}") for i in range(3)]
        records = several if name == "three" else [results.ALL[name]()]
        write_page(records, folder / f"{name}.html")
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        found = started.chromium.launch(executable_path=FOUND, args=["--no-sandbox"])
        yield found
        found.close()


class Visit:
    """A page that is open, with what it asked for and complained about."""

    def __init__(self, browser: Any, url: str, *, width: int = 1180, **options: Any) -> None:
        size = {"width": width, "height": 900}
        self.page = browser.new_context(viewport=size, **options).new_page()
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "console",
            lambda line: self.complaints.append(line.text) if line.type != "log" else None,
        )
        self.page.goto(url)

    def open_all(self) -> None:
        self.page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")

    def __enter__(self) -> Visit:
        return self

    def __exit__(self, *_: object) -> None:
        self.page.context.close()


def ink(page: Any) -> list[float]:
    """The share of each chart that is not ground."""
    shares = []
    for chart in page.locator("svg[role=img]").all():
        drawn = image.open(io.BytesIO(chart.screenshot())).convert("RGB")
        colours = drawn.getcolors(drawn.width * drawn.height)
        shares.append(1 - max(count for count, _ in colours) / (drawn.width * drawn.height))
    return shares


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_a_page_on_disk_needs_nothing(browser: Any, pages: Path, name: str, scripts: bool) -> None:
    url = (pages / f"{name}.html").as_uri()
    with Visit(browser, url, java_script_enabled=scripts) as visit:
        assert visit.asked == [url]
        assert visit.complaints == []
        shares = ink(visit.page)
        assert len(shares) == visit.page.locator("figure").count()
        assert all(share > 0.01 for share in shares)


@pytest.fixture(scope="module")
def strict(pages: Path) -> Iterator[str]:
    """The address of a server that allows a page hardly anything."""

    class Handler(SimpleHTTPRequestHandler):
        def end_headers(self) -> None:
            self.send_header("Content-Security-Policy", STRICT)
            super().end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=pages)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_page_under_a_strict_policy(browser: Any, strict: str) -> None:
    url = f"{strict}/good.html"
    with Visit(browser, url) as visit:
        assert visit.asked == [url]
        assert len(visit.complaints) == 1, visit.complaints
        assert "style" in visit.complaints[0]
        assert all(share > 0.01 for share in ink(visit.page))
        line = visit.page.locator(f'path[stroke="{theme.ACCENT}"]').first
        assert line.evaluate("e => getComputedStyle(e).stroke") == "rgb(42, 111, 219)"
        visit.open_all()
        assert visit.page.locator("#checks table").is_visible()
        assert visit.page.locator("figure table").count() == visit.page.locator("figure").count()
        assert visit.page.locator("figure table").last.is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["good", "overloaded", "three"])
def test_everyone_can_read_it(browser: Any, pages: Path, name: str, scheme: str) -> None:
    url = (pages / f"{name}.html").as_uri()
    with Visit(browser, url, color_scheme=scheme) as visit:
        visit.open_all()
        found = axe.Axe().run(visit.page).response["violations"]
        serious = [rule for rule in found if rule["impact"] in ("serious", "critical")]
        told = [(rule["id"], rule["nodes"][0]["html"][:200]) for rule in serious]
        assert told == []


def test_dark_ground_changes_the_charts_and_print_does_not(browser: Any, pages: Path) -> None:
    url = (pages / "good.html").as_uri()
    stroke = "e => getComputedStyle(e).stroke"
    with Visit(browser, url, color_scheme="dark") as visit:
        line = visit.page.locator(f'figure path[stroke="{theme.ACCENT}"]').first
        assert line.evaluate(stroke) == "rgb(110, 168, 255)"
        assert all(share > 0.01 for share in ink(visit.page))
        visit.page.emulate_media(media="print")
        assert line.evaluate(stroke) == "rgb(42, 111, 219)"
        pdf = visit.page.pdf(format="A4")
        assert 1 <= pdf.count(b"/Type /Page\n") <= 5


@pytest.mark.parametrize("scripts", [True, False])
def test_live_charts(browser: Any, tmp_path: Path, scripts: bool) -> None:
    path = write_page([results.good()], tmp_path / "live.html", interactive=True)
    assert path.stat().st_size < 2_000_000
    with Visit(browser, path.as_uri(), java_script_enabled=scripts) as visit:
        assert all(share > 0.01 for share in ink(visit.page))
        if not scripts:
            return
        visit.page.locator(".vega-embed").nth(visit.page.locator("figure").count() - 1).wait_for()
        visit.page.locator("#throughput .drawing").hover(position={"x": 364, "y": 80})
        readings = visit.page.locator(".reading:visible").all_inner_texts()
        assert len(readings) == 4  # all charts over time
        assert "p99 " in readings[0]
        assert "completed 1,0" in readings[1]
        visit.open_all()
        visit.page.get_by_label("Search settings").fill("QPS")
        assert visit.page.locator(".settings tbody tr:visible").count() == 1
        assert visit.page.locator("#throughput").get_by_text("completed").count() >= 1
        assert visit.complaints == []
        assert visit.asked == [path.as_uri()]


@pytest.mark.parametrize("width", [320, 390, 768, 1180])
@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_wider_than_the_window(browser: Any, pages: Path, name: str, width: int) -> None:
    with Visit(browser, (pages / f"{name}.html").as_uri(), width=width) as visit:
        visit.open_all()
        wide = "document.scrollingElement.scrollWidth"
        assert visit.page.evaluate(wide) <= width


OVERLAPS = """
charts => charts.flatMap(chart => {
  const texts = [...chart.querySelectorAll('text')].filter(t => t.checkVisibility());
  const boxes = texts.map(t => [t.textContent, t.getBoundingClientRect()]).filter(([text]) => text);
  return boxes.flatMap(([a, p], i) => boxes.slice(i + 1).filter(([b, q]) =>
    p.left < q.right - 1 && q.left < p.right - 1 && p.top < q.bottom - 4 && q.top < p.bottom - 4
  ).map(([b]) => [chart.closest('figure').id, a, b]));
})
"""
CUT = """
charts => charts.flatMap(chart => {
  const frame = chart.closest('main').getBoundingClientRect();
  return [...chart.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()])
    .filter(([text, box]) => box.left < frame.left - 1 || box.right > frame.right + 1)
    .map(([text]) => [chart.closest('figure').id, text]);
})
"""


@pytest.mark.parametrize("width", [390, 1180])
@pytest.mark.parametrize("name", NAMES)
def test_texts_of_charts_are_apart_and_whole(
    browser: Any, pages: Path, name: str, width: int
) -> None:
    with Visit(browser, (pages / f"{name}.html").as_uri(), width=width) as visit:
        charts = visit.page.locator("svg[role=img]")
        assert charts.evaluate_all(OVERLAPS) == []
        assert charts.evaluate_all(CUT) == []
