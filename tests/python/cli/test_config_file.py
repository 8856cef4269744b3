"""mlperf-loadgen.toml."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlperf_loadgen.cli.config_file import load
from mlperf_loadgen.cli.parser import UsageError

TOML = """\
extends = "base.toml"
sut = "my_sut:make"
duration = "30s"

[settings]
schedule_rng_seed = 42

[gates]
fail_if = ["p99>250ms"]

[output]
dir = "results/{label}"
"""


def test_a_file_is_read_over_the_one_it_extends(folder: Path) -> None:
    (folder / "base.toml").write_text('label = "base"\nduration = "5s"\n')
    (folder / "mlperf-loadgen.toml").write_text(TOML)
    config = load()
    duration = config.options["duration"]
    assert (duration.value, duration.file, duration.line) == (30_000, "mlperf-loadgen.toml", 3)
    label = config.options["label"]
    assert (label.value, label.file, label.line) == ("base", "base.toml", 1)
    assert config.settings["schedule_rng_seed"].value == 42
    assert config.settings["schedule_rng_seed"].line == 6
    assert config.gates["fail_if"].value == ["p99>250ms"]
    assert config.output["dir"].value == "results/{label}"


def test_without_a_file_nothing_is_said(folder: Path) -> None:
    assert load().options == {}


def test_a_variable_names_another_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "other.toml").write_text("queries = 1e3")
    monkeypatch.setenv("MLPERF_LOADGEN_CONFIG", "other.toml")
    assert load().options["queries"].value == 1000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('\nduraton = "5s"', ':2: no key "duraton". Did you mean "duration"?'),
        ("duration = 600", ":1: duration: 600: a unit is missing. Write 600s, 10m or 600ms."),
        ('scenario = "Sever"', ':1: scenario: Sever: no scenario "Sever". Did you mean "Server"?'),
        ("[output]\ndri = 'x'", ':2: no key "dri" in [output]. Did you mean "dir"?'),
        (
            "[settings]\nmin_query_cuont = 1",
            ':2: min_query_cuont: min_query_cuont=1: no setting "min_query_cuont". '
            'Did you mean "min_query_count"?',
        ),
        ("settings = 3", ":1: [settings] must be a table."),
        (
            "[gates]\nfail_if = 'p99>1s'",
            ':2: fail_if: p99>1s: must be a list, such as ["p99>250ms"].',
        ),
        ("[gates]\nallow_invalid = 1", ":2: allow_invalid: 1: must be true or false."),
    ],
)
def test_mistakes_are_found_by_line(folder: Path, text: str, said: str) -> None:
    (folder / "a.toml").write_text(text)
    with pytest.raises(UsageError) as raised:
        load("a.toml")
    assert str(raised.value) == f"a.toml{said}"


def test_what_is_no_toml_and_what_is_not_there(folder: Path) -> None:
    (folder / "a.toml").write_text("duration =")
    with pytest.raises(UsageError, match=r"^a\.toml: Invalid value"):
        load("a.toml")
    with pytest.raises(UsageError, match=r"^b\.toml: cannot be read: No such file"):
        load("b.toml")


def test_a_circle_of_files_is_refused(folder: Path) -> None:
    (folder / "a.toml").write_text('extends = "b.toml"')
    (folder / "b.toml").write_text('extends = "a.toml"')
    with pytest.raises(UsageError, match=r"extends a\.toml, which extends this file"):
        load("a.toml")
