"""The stub of the compiled module says what the module has."""

from __future__ import annotations

import ast
import inspect
import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import mlperf_loadgen
import pytest
from mlperf_loadgen import _core

STUB = Path(mlperf_loadgen.__file__).with_name("_core.pyi")
TREE = ast.parse(STUB.read_text(encoding="utf-8"))
CLASSES = {node.name: node for node in TREE.body if isinstance(node, ast.ClassDef)}

# How every class that a C extension makes looks; none of it can be said in a stub.
OF_COMPILED_CLASSES = (
    "is inconsistent, metaclass differs",
    '.__init__ is inconsistent, stub does not have *args parameter "args"',
    "is a disjoint base at runtime, but isn't marked with @disjoint_base in the stub",
)


def test_mypy_finds_nothing_missing_or_made_up(tmp_path: Path) -> None:
    # mypy refuses to look into site-packages, where the package may be installed.
    compiled = shutil.ignore_patterns("_core*.so", "_core*.pyd", "__pycache__", "harness")
    shutil.copytree(STUB.parent, tmp_path / "stubs" / "mlperf_loadgen", ignore=compiled)
    found = subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", "mlperf_loadgen._core", "--concise"],
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": str(tmp_path / "stubs")},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in found.stdout.splitlines() if not line.endswith(OF_COMPILED_CLASSES)]
    assert lines == []
    assert found.stderr == ""
    assert "mlperf_loadgen._core.TestSettings" in found.stdout  # it did look


def test_fields_are_those_that_make_stub_writes() -> None:
    tool = Path(__file__).parents[3] / "tools" / "make_stub.py"
    assert runpy.run_path(str(tool))["stub"]() == STUB.read_text(encoding="utf-8")


def attributes(class_name: str) -> dict[str, tuple[str, str]]:
    """Annotated names of a class, with their type and the text below them."""
    found = {}
    body = CLASSES[class_name].body
    for node, below in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            text = ""
            if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
                text = str(below.value.value)
            found[node.target.id] = (ast.unparse(node.annotation), text)
    return found


def test_every_setting_has_its_type_and_text() -> None:
    settings = _core.TestSettings()
    table = {
        name: (type(getattr(settings, name)).__name__, inspect.getdoc(member))
        for name, member in vars(_core.TestSettings).items()
        if isinstance(member, property)
    }
    assert len(table) > 40
    assert attributes("TestSettings") == table


@pytest.mark.parametrize("name", ["TestScenario", "TestMode", "LoggingMode"])
def test_every_member_of_an_enum_is_there(name: str) -> None:
    enum = getattr(_core, name)
    declared = {member for member in attributes(name) if not member.startswith("_")}
    assert declared - {"MultiStreamFree"} == set(enum.__members__)
    for member, value in enum.__members__.items():
        assert value.name == member
        assert enum(value.value) == value


def compiled_arguments(function: object) -> list[tuple[str, str | None]] | None:
    """Names and defaults that pybind11 writes into the first line of the text."""
    signature = re.match(r"\w+\((.*)\) -> ", getattr(function, "__doc__", None) or "")
    if signature is None:
        return None
    parameters = ast.parse(f"def f({signature[1]}): ...").body[0]
    assert isinstance(parameters, ast.FunctionDef)
    return arguments(parameters)


def arguments(function: ast.FunctionDef) -> list[tuple[str, str | None]]:
    names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    defaults = [ast.unparse(default) for default in function.args.defaults]
    padded = [None] * (len(names) - len(defaults)) + defaults
    return [pair for pair in zip(names, padded, strict=True) if pair[0] != "self"]


def stub_functions() -> list[tuple[str, ast.FunctionDef]]:
    free = [("", node) for node in TREE.body if isinstance(node, ast.FunctionDef)]
    methods = [
        (class_name, node)
        for class_name, class_node in CLASSES.items()
        for node in class_node.body
        if isinstance(node, ast.FunctionDef)
        and not node.decorator_list
        and not node.name.startswith("__")
    ]
    return free + methods


def test_functions_take_the_arguments_that_the_stub_says() -> None:
    compared = 0
    for class_name, node in stub_functions():
        owner = getattr(_core, class_name) if class_name else _core
        compiled = compiled_arguments(getattr(owner, node.name))
        if compiled is None:
            continue  # QuerySamplesComplete and FirstTokenComplete: mypy reads their signature
        assert arguments(node) == compiled, node.name
        compared += 1
    assert compared > 12


def test_what_the_package_exports_exists() -> None:
    for name in mlperf_loadgen.__all__:
        assert hasattr(mlperf_loadgen, name)
    assert STUB.with_name("py.typed").exists()
