"""Counts the cases of each group, and sorts their differences into known ones and others."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

TABLE = Path(__file__).with_name("differences.txt")


class Known(NamedTuple):
    group: str
    pattern: re.Pattern[str]
    reason: str
    seldom: bool  # may or may not be seen, as time goes


def read_table(path: Path = TABLE) -> list[Known]:
    """Blocks of "group: ...", "where: ...", "why: ..."; "#" starts a comment line."""
    rows = []
    text = re.sub(r"^#.*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for block in filter(None, re.split(r"\n\s*\n", text.strip())):
        row: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            if not line[0].isspace():
                name, _, line = line.partition(":")
            row[name] = f"{row.get(name, '')} {line.strip()}".strip()
        seldom = row["group"].endswith(" (seldom)")
        group = row["group"].removesuffix(" (seldom)")
        rows.append(Known(group, re.compile(row["where"]), row["why"], seldom))
    return rows


class Tally:
    """What one session of the tests has seen."""

    def __init__(self) -> None:
        self.known = read_table()
        self.cases: Counter[str] = Counter()
        self.differed: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.seen: Counter[Known] = Counter()

    def add(self, group: str, found: Iterable[str]) -> list[str]:
        """Counts a case; returns those of its differences that no row of the table names."""
        found = list(found)
        self.cases[group] += 1
        self.differed[group] += bool(found)
        unknown = []
        rows = set()
        for difference in found:
            matching = [k for k in self.known if k.group == group and k.pattern.search(difference)]
            rows.update(matching)
            if not matching:
                unknown.append(difference)
        self.seen.update(rows)
        self.failed[group] += bool(unknown)
        return unknown

    def unseen(self, group: str) -> list[str]:
        """Rows of the table that no case has met, though they should have been."""
        rows = [k for k in self.known if k.group == group]
        return [k.pattern.pattern for k in rows if not k.seldom and not self.seen[k]]

    def lines(self) -> Iterable[str]:
        for group, cases in self.cases.items():
            yield (
                f"{group}: {cases} cases, {self.differed[group]} differ in a way that the table "
                f"names, {self.failed[group]} in another"
                if self.differed[group]
                else f"{group}: {cases} cases, none differs"
            )
            for known in self.known:
                if known.group == group and self.seen[known]:
                    yield f"  {self.seen[known]:4} x {known.pattern.pattern}"
                    yield f"         {known.reason}"
