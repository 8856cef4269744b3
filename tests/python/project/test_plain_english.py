"""Comments, messages, documentation and names use the words of the field.

The lists hold what readers stumbled over: translated turns of phrase, and names that are images
where the field or the textbook has a term. An entry is a regular expression and what to write.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

PHRASES = {
    r"(?<![Tt]here )\bis no\b(?! (?:longer|more|less|such|better|worse|need|reason)\b)": "is not a",
    r"\bstands? there\b": "occurs, is present",
    r"\bwith commas between\b": "comma-separated",
    r"\bof (?:yours|mine|one's own)\b": "your",
    r"\bat hand\b": "available",
    r"\bin the midst\b": "during",
    r"\bso many\b(?! that)": "that many, or a number",
    r"\bas (?:\w+ )?(?:has|have) it\b": "like, as in",
    r"\bwants\b(?! to\b)": "needs, asks for",
    r"\b(?:goes|go|sent|send|sends) (?:\w+ ){0,2}home\b": "ends, returns",
    r"\bbears? on no\b": "does not affect",
    r"\bnobody (?:said|gave|says)\b": "was not given",
    r"\bwhat (?:is|was) not said\b": "what is not set",
    r"\bnone any ?more\b": "no longer valid",
    r"\bthe like of\b": "such as",
    r"\bmisses the argument\b": "missing required argument",
    r"\bhears? (?:of|from)\b": "receives, is told",
    r"\bopinions?\b": "result, label",
    r"\bstand-ins?\b": "synthetic model, synthetic data",
    r"\bthe (?:house|rooms?)\b": "architecture, layer",
    r"\b[Ss]anitis(?:e|ed|es|ing)\b": "derive, derived",
    r"\bmade = ": "name the value after what it is",
}
NAMES = {
    r"\bDoor\b": "GuardedPtr",
    r"\bColumn<": "ZeroedArray",
    r"\b(?:Gate|Nudged?|LetsGo)\b": "CompletionCounter, Wake, WouldRelease",
    r"\b(?:Lane|LeaveLane|kMusterNs|kDesertionNs)\b": "IssueThreadState, FinishIssueThread",
    r"\b(?:Lobby|Lent|CallUp)\b": "IssueThreadPool, RegisteredThread, StartSeries",
    r"\bFarewell\b": "DrainWait",
    r"\bJournal\b": "RunEvents",
    r"\b(?:CutShort|SayStuck|Orphan\(|StayOutOfCopies|LeaveCopy\b)": "EndEarly, ThrowIfForked",
    r"\b(?:Turn(?! )|Nap|Backlog)\b": "SpinLock, ClampSleep, SampleRing",
    r"\b(?:Pen|Phrase|TakePen|GiveBack)\b": "TextCursor, FixedText, Commit",
    r"\bkLandmark\b": "kCheckpointEvery",
    r"\b(?:Mistakes\(|Doubts\b|Sanitise\b)": "UnknownKeyWarnings, Warnings, Derive",
    r"\bGeneratorReport\b": "OverheadReport",
    r"\b(?:StandIn|settle|_Opinion|_Lesson|cuttings)\b": "SyntheticModel, init_weights, crops",
    r"\b(?:above_zero|needs_rate|threads_of_a_worker)\b": "positive_float, threads_per_worker",
}

# Recorded and expected texts, and this list itself.
EXCLUDED = ("tests/data/", "tests/golden/", "tests/fuzz/corpus/", "tests/python/project/test_plain")


def tracked() -> list[str]:
    kinds = ("*.py", "*.pyi", "*.cc", "*.h", "*.c", "*.md", "*.toml", "*.yml", "*/CMakeLists.txt")
    command = ["git", "ls-files", *kinds, "Makefile", "tests/layers.txt"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.splitlines() if not name.startswith(EXCLUDED)]


def offenders(name: str, text: str) -> list[str]:
    rules = PHRASES if name.endswith((".md", ".txt", ".toml", ".yml")) else PHRASES | NAMES
    return [
        f"{name}:{number}: {line.strip()}  ->  {plain}"
        for number, line in enumerate(text.splitlines(), 1)
        for pattern, plain in rules.items()
        if re.search(pattern, line)
    ]


def test_words_are_those_of_the_field() -> None:
    found = [
        line
        for name in tracked()
        for line in offenders(name, (ROOT / name).read_text(encoding="utf-8"))
    ]
    assert not found, "\n".join(["", *found])


@pytest.mark.parametrize(
    "line",
    [
        "raise ValueError('x.pt is no checkpoint')",
        "a key stands there twice",
        "a thread of yours calls it",
        "The workers are sent home.",
        "made = Path(name)",
    ],
)
def test_odd_words_are_found(line: str) -> None:
    (found,) = offenders("loadgen/a.cc", f"// fine\n{line}\n")
    assert found.startswith(f"loadgen/a.cc:2: {line}  ->  ")


def test_names_are_looked_for_in_code_only() -> None:
    assert offenders("base/door.h", "class Door {")
    assert not offenders("docs/logs.md", "Mistakes in configuration files")


def test_plain_words_pass() -> None:
    lines = "a link is no longer followed; there is no limit\nso many that memory runs out\n"
    assert offenders("README.md", lines) == []
