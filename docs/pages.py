"""Writes the pages of the site that come from elsewhere, and resolves links to them.

``docs/_generated/`` receives the pages of the project's root and of the apps, the table of all
settings, from the module, and the list of differences, from ``tests/parity/differences.txt``.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import mlperf_loadgen as lg

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
GENERATED = DOCS / "_generated"

# The page of the site that each file of the repository becomes, without its suffix.
PAGE_OF = {
    "README.md": "index",
    "ARCHITECTURE.md": "_generated/architecture",
    "CHANGELOG.md": "_generated/changelog",
    "CONTRIBUTING.md": "_generated/contributing",
    **{
        path.relative_to(ROOT).as_posix(): f"_generated/apps/{path.parent.name}"
        for path in sorted((ROOT / "reference_apps").glob("*/README.md"))
    },
    **{f"docs/{path.name}": path.stem for path in sorted(DOCS.glob("*.md"))},
}
SOURCE_OF = {page: source for source, page in PAGE_OF.items() if source != "README.md"}

_LINK = re.compile(r"\[([^\]]+)\]\((?!https?:|#)([^)#\s]+)(#[^)\s]*)?\)")


def generate() -> None:
    """Write everything below ``docs/_generated/``."""
    texts = {"settings": settings_table(), "differences": differences_list()}
    for source, page in PAGE_OF.items():
        if page.startswith("_generated/"):
            texts[page.removeprefix("_generated/")] = (ROOT / source).read_text(encoding="utf-8")
    for name, text in texts.items():
        path = GENERATED / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def resolve_links(page: str, source: list[str]) -> None:
    """Turn links between files of the repository into links between pages of the site.

    A link to a file that is not a page becomes its text.
    """
    folder = (ROOT / SOURCE_OF[page]).parent if page in SOURCE_OF else DOCS

    def resolved(link: re.Match[str]) -> str:
        text, target, anchor = link.groups()
        name = os.path.relpath(folder / target, ROOT)
        if name not in PAGE_OF:
            return text
        path = os.path.relpath(DOCS / PAGE_OF[name], (DOCS / page).parent)
        return f"[{text}]({path}.md{anchor or ''})"

    source[0] = _LINK.sub(resolved, source[0])


def settings_table() -> str:
    """Return the fields of TestSettings with their defaults and meanings as a Markdown table."""
    defaults = lg.TestSettings()
    rows = ["| setting | default | meaning |", "| --- | --- | --- |"]
    for name, member in vars(lg.TestSettings).items():
        if isinstance(member, property):
            default = str(getattr(defaults, name)).rpartition(".")
            shown = default[2] if default[0].startswith("Test") else "".join(default)
            rows.append(f"| `{name}` | {shown} | {member.__doc__} |")
    return "\n".join(rows) + "\n"


def differences_list() -> str:
    """Return the intended differences from mlcommons-loadgen, by group of tests, as Markdown."""
    text = (ROOT / "tests/parity/differences.txt").read_text(encoding="utf-8")
    groups: dict[str, list[str]] = {}
    for block in text.split("\n\n"):
        fields = re.fullmatch(r"group: (\w+).*?\nwhere: .*?\nwhy: (.*)", block.strip(), re.DOTALL)
        if fields is not None:
            groups.setdefault(fields[1], []).append(" ".join(fields[2].split()))
    return "\n".join(
        f"**{group.capitalize()}**\n\n" + "".join(f"- {reason}\n" for reason in reasons)
        for group, reasons in groups.items()
    )
