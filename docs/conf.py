"""Configures Sphinx: ``make docs`` builds the site into build/docs."""

from __future__ import annotations

import sys
from pathlib import Path

import mlperf_loadgen
from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).parent))
import pages

project = "mlperf_loadgen"
release = version = mlperf_loadgen.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "furo"
html_title = f"mlperf_loadgen {release}"
exclude_patterns = ["_generated/settings.md", "_generated/differences.md"]  # parts of other pages
myst_heading_anchors = 3
autodoc_member_order = "bysource"


def setup(app: Sphinx) -> None:
    app.connect("builder-inited", lambda app: pages.generate())
    app.connect("source-read", lambda app, name, source: pages.resolve_links(name, source))
