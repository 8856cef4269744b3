"""Turns specifications into SVG, and makes it small."""

from __future__ import annotations

import re
from typing import Any

from mlperf_loadgen.errors import Error
from mlperf_loadgen.page.charts import Chart

__all__ = ["draw", "live_script"]

_VEGA_LITE = "6.1"

_HIDDEN = re.compile(r' (?:aria-\w+|role|pointer-events|stroke-miterlimit)="[^"]*"')
_EMPTY = re.compile(r'<path class="(?:background|foreground)" d="[^"]*"(?: display="none")?/>')
_NUMBER = re.compile(r"-?\d+\.\d{2,}(?:e-\d+)?")
_NUMBERS = re.compile(r' (?:d|transform|[xy][12]?|width|height)="[^"]*"')
_SAME = re.compile(r'<path d="([^"]*)"( fill="[^"]*" fill-opacity="[^"]*")/>')


def live_script(snippet: str) -> str:
    """Return the script that draws specifications in a browser, with ``snippet`` at its end."""
    bundle: str = _vl_convert().javascript_bundle(snippet, vl_version=_VEGA_LITE)
    return bundle.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def draw(chart: Chart) -> str:
    """Return a chart as an ``<svg>`` that is one picture to a screen reader, with its description.

    It has no style sheet and no script; colours are attributes, which a style sheet can map.
    """
    svg = _slim(_vl_convert().vegalite_to_svg(chart.spec, vl_version=_VEGA_LITE))
    start = svg.index(">") + 1
    head = svg[:start].replace("<svg ", '<svg role="img" ', 1)
    text = f"{chart.title}. {chart.description}"
    head = head[:-1] + f' aria-label="{_attribute(text)}">'
    return head + svg[start:]


def _vl_convert() -> Any:
    try:
        import vl_convert
    except ImportError:
        raise Error(
            "the page needs vl-convert-python: pip install 'mlperf-loadgen[report]'"
        ) from None
    return vl_convert


def _slim(svg: str) -> str:
    """Return the same picture: what says nothing is left out, numbers get a tenth of a pixel."""
    svg = _EMPTY.sub("", _HIDDEN.sub("", svg))
    svg = _NUMBERS.sub(lambda found: _NUMBER.sub(_tenth, found.group()), svg)
    merged: list[str] = []
    at, before = 0, ("", -1)
    for found in _SAME.finditer(svg):
        shape, fill = found.groups()
        if found.start() == before[1] and fill == before[0]:
            merged[-1] += shape
        else:
            merged += [_closed(before[0]) + svg[at : found.start()] + '<path d="' + shape]
        at, before = found.end(), (fill, found.end())
    return "".join(merged) + _closed(before[0]) + svg[at:]


def _closed(fill: str) -> str:
    return f'"{fill}/>' if fill else ""


def _tenth(number: re.Match[str]) -> str:
    return f"{float(number.group()):.1f}".removesuffix(".0").replace("-0.0", "0")


def _attribute(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
