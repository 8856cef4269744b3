"""Writes the page of one result, or of several laid over each other."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlperf_loadgen._core import __version__
from mlperf_loadgen.errors import Error
from mlperf_loadgen.page import charts, svg, theme, view
from mlperf_loadgen.page.runs import Run, runs_of
from mlperf_loadgen.result.whole_file import write_whole
from mlperf_loadgen.text import one_line

if TYPE_CHECKING:
    from jinja2 import Template

__all__ = ["POLICY", "html", "style", "template", "write_page"]

_HERE = Path(__file__).parent
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_SIGNS = {
    "valid": theme.GOOD,
    "invalid": theme.LIMIT,
    "bad": theme.LIMIT,
    "broken": theme.BROKEN,
    "do": theme.ACCENT,
    "warn": theme.BROKEN,
    "note": theme.MUTED,
    "none": theme.MUTED,
}


def write_page(
    records: Sequence[Mapping[str, Any]], path: str | Path, *, interactive: bool = False
) -> Path:
    """Write the page of these results to a file, which appears whole or not at all; return it.

    The page needs nothing but itself; that of one result holds the result, which store.load()
    reads back. ``interactive`` adds a script of 0.9 MB that makes the charts
    live. Raises OutputError, and Error when what draws it is not installed.
    """
    path = Path(path)
    write_whole(path, html(records, interactive=interactive))
    return path


def html(records: Sequence[Mapping[str, Any]], *, interactive: bool = False) -> str:
    """Return the page of these results as text.

    Raises Error for one that is not as its schema says, which may come from anywhere.
    """
    if not records:
        raise ValueError("records: a page needs at least one result")
    try:
        return _html(records, interactive)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        what = f"{type(error).__name__}: {one_line(str(error))}"
        raise Error(
            f"a result is not as its schema says, so it cannot be drawn ({what})"
        ) from error


def _html(records: Sequence[Mapping[str, Any]], interactive: bool) -> str:
    page = template()
    from markupsafe import Markup

    runs = runs_of(records)
    several = len(runs) > 1
    ones = [view.result(run) for run in runs]
    sections: list[dict[str, Any]] = [
        {
            "name": name,
            "title": title,
            "lead": _lead(name, runs),
            "charts": [{"chart": chart, "svg": Markup(svg.draw(chart))} for chart in drawn],
        }
        for name, title, drawn in charts.sections(runs)
    ]
    return page.render(
        title=f"{len(runs)} results" if several else _title(ones[0].banner),
        version=__version__,
        policy=POLICY + ("; script-src 'unsafe-inline'" if interactive else ""),
        style=Markup(style()),
        signs=_SIGNS,
        ones=ones,
        sections=sections,
        compared=[name for name in view.COMPARED if any(name in run.metrics for run in runs)],
        unofficial=[
            f"{one.run.key} {one.run.name}" for one in ones if one.banner.unofficial is not None
        ],
        schemas=sorted({str(record.get("schema", "")) for record in records}),
        embedded=None if several else Markup(_json(records[0])),
        scripts=_live(sections) if interactive else [],
    )


def template(name: str = "page.html.j2", folder: Path = _HERE) -> Template:
    """Return a template of a page, which is filled with plain values. Raises Error."""
    try:
        import jinja2
    except ImportError:
        raise Error("the page needs jinja2: pip install 'mlperf-loadgen[report]'") from None
    loader = jinja2.FileSystemLoader(folder)
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    return environment.get_template(name)


def _live(sections: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Return the specifications of all charts, and the script that makes them live."""
    from markupsafe import Markup

    specs = [
        {"name": drawn["chart"].name, "spec": _zooming(drawn["chart"].spec)}
        for section in sections
        for drawn in section["charts"]
    ]
    script = svg.live_script((_HERE / "live.js").read_text(encoding="utf-8"))
    return [
        {"kind": "application/json", "name": "charts", "text": Markup(_json(specs))},
        {"kind": "", "name": "", "text": Markup(script)},
    ]


def _zooming(spec: dict[str, Any]) -> dict[str, Any]:
    """Return a specification whose horizontal axis follows the mouse; Shift and the wheel zoom."""
    select = {"type": "interval", "encodings": ["x"], "zoom": "wheel![event.shiftKey]"}
    first, *others = spec["layer"]
    zoom = {"name": "zoom", "select": select, "bind": "scales"}
    while "layer" in first:  # a parameter belongs to a single view
        others = [*first["layer"][1:], *others]
        first = {**{k: v for k, v in first.items() if k != "layer"}, **first["layer"][0]}
    return {**spec, "layer": [{**first, "params": [zoom]}, *others]}


def style() -> str:
    """Return the style sheet, which maps the colours of the charts to those on a dark ground."""
    dark = "".join(
        f'svg [{attribute}="{light}"] {{ {attribute}: {dark}; }}\n'
        for light, dark in theme.COLOURS.items()
        for attribute in ("fill", "stroke")
    )
    sheet = (_HERE / "page.css").read_text(encoding="utf-8")
    return f"{sheet}@media screen and (prefers-color-scheme: dark) {{\n{dark}}}\n"


def _title(banner: view.Banner) -> str:
    figure = f"{banner.value} {banner.unit}".strip()
    return ", ".join(text for text in (f"{banner.verdict}: {figure}", banner.name) if text)


def _lead(section: str, runs: list[Run]) -> str:
    """Return what a section means, where its charts do not say it themselves."""
    if section == "generator" and len(runs) == 1:
        return view.own_part(runs[0])
    return ""


def _json(data: Any) -> str:
    """Return JSON that cannot end the element that holds it."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")
