"""What MODULE:OBJECT names."""

from __future__ import annotations

from pathlib import Path

import mlperf_loadgen as lg
import pytest
from mlperf_loadgen.cli.objects import load_library, load_sut
from mlperf_loadgen.cli.parser import UsageError


@pytest.mark.parametrize("where", ["my_sut", "my_sut.py"])
def test_a_sut_is_a_class_an_object_a_function_or_made_by_one(folder: Path, where: str) -> None:
    sut, library = load_sut(f"{where}:Sut")
    assert isinstance(sut, lg.SystemUnderTest)
    assert library is None
    sut, library = load_sut(f"{where}:make")
    assert isinstance(sut, lg.SystemUnderTest)
    assert library == range(64)
    sut, library = load_sut(f"{where}:answer")
    assert callable(sut)
    assert library is None


def test_a_library_is_an_object_or_a_number(folder: Path) -> None:
    assert load_library("my_sut:images") == list(range(10))
    assert load_library("1e3") == range(1000)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "my_sut:Sutt",
            "module my_sut has no Sutt. It has: Sut, make, answer, nothing, Broken, Silent.",
        ),
        ("my_sut.py:nothing", "returned None; a SUT, or a pair (SUT, library), is needed."),
        ("my_sut:images", "is a list; a SUT, or a pair (SUT, library), is needed."),
        ("my_sut", "must be MODULE:OBJECT or FILE.py:OBJECT."),
    ],
)
def test_what_is_no_sut(folder: Path, name: str, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        load_sut(name)
    assert str(raised.value) == f"{name}: {said}"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("none_such:x", "none_such: there is no such module, here or installed."),
        ("none/such.py:x", "none/such.py: there is no such file."),
    ],
)
def test_what_is_not_there(folder: Path, name: str, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        load_sut(name)
    assert str(raised.value) == said


def test_a_module_that_does_not_import_says_why(folder: Path) -> None:
    (folder / "needs_more.py").write_text("import none_such_either")
    with pytest.raises(ModuleNotFoundError, match="none_such_either"):
        load_sut("needs_more:x")


def test_a_library_has_a_length(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"^my_sut:nothing: None has no length; "):
        load_library("my_sut:nothing")
