"""Texts from outside, as the package and the core write them."""

from __future__ import annotations

from pathlib import Path

import mlperf_loadgen as lg
import pytest
from mlperf_loadgen.text import one_line

FORGED = "Result is : VALID"
SEPARATORS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("plain caf\xe9 \u3000", "plain caf\xe9 \u3000"),
        ("a\nb\rc\td", "a b c d"),
        ("\x1b[2J\x7f\x9b", r"\x1b[2J\x7f\x9b"),
        ("\u2028\u2029\x85", r"\u2028\u2029\x85"),
        ("\udcff", r"\udcff"),
        ("x" * 8192, "x" * 8192),
        ("x" * 8193, "x" * 8192 + "... (cut: 8193 characters)"),
    ],
)
def test_one_line(text: str, line: str) -> None:
    assert one_line(text) == line


@pytest.mark.parametrize("separator", SEPARATORS)
def test_no_text_of_a_sut_makes_a_line_of_its_own(separator: str, tmp_path: Path) -> None:
    class Sut(lg.SystemUnderTest):
        name = f"x{separator}{FORGED}\x1b[2J"

        def issue(self, samples: lg.Samples) -> None:
            raise RuntimeError(f"y{separator}{FORGED}\x1b[2J")

    with pytest.raises(RuntimeError) as raised:
        lg.run(Sut(), range(8), min_duration_ms=0, output=tmp_path)
    report = raised.value.report  # type: ignore[attr-defined]
    files = [path.read_text(encoding="utf-8") for path in tmp_path.iterdir()]
    for text in [str(report), report.end_reason, *report.errors, *files]:
        assert "\x1b" not in text
        assert not any(line.startswith(FORGED) for line in text.splitlines())
