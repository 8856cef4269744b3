"""The documentation builds as a site, without a warning."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import mlperf_loadgen as lg
import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-q",
        "-W",
        "--keep-going",
        "-d",
        folder / "doctrees",
    ]
    ran = subprocess.run(
        [*command, ROOT / "docs", folder / "html"],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return folder / "html"


def text(page: Path) -> str:
    return re.sub(r"<[^>]+>", "", page.read_text(encoding="utf-8"))


def test_the_table_has_every_setting(site: Path) -> None:
    shown = text(site / "settings.html")
    names = [name for name, member in vars(lg.TestSettings).items() if isinstance(member, property)]
    assert len(names) > 50
    assert [name for name in names if name not in shown] == []


def test_the_list_has_every_difference(site: Path) -> None:
    recorded = (ROOT / "tests/parity/differences.txt").read_text(encoding="utf-8")
    listed = (site / "compatibility.html").read_text(encoding="utf-8")
    section = listed.partition('id="all-differences"')[2].partition("</section>")[0]
    assert section.count("<li>") == recorded.count("\nwhy: ") > 20


@pytest.mark.parametrize("function", [lg.run, lg.complete], ids=["Python", "compiled"])
def test_the_reference_has_docstrings(function: Callable[..., object], site: Path) -> None:
    paragraphs = (function.__doc__ or "").split("\n\n")
    sentence = paragraphs[1 if "->" in paragraphs[0] else 0]  # a compiled function says its types
    assert len(sentence) > 30
    assert sentence[:30] in text(site / "api.html")


@pytest.mark.parametrize(
    "app", [path.parent.name for path in ROOT.glob("reference_apps/*/README.md")]
)
def test_every_app_has_a_page(app: str, site: Path) -> None:
    assert (site / f"_generated/apps/{app}.html").is_file()


def test_no_link_leads_outside_the_site(site: Path) -> None:
    for page in site.rglob("*.html"):
        for target in re.findall(r'href="([^"#:?]+)[#"]', page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), (page, target)
