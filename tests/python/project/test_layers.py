"""Who includes whom: tests/layers.txt against every #include of the C++ sources."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SOURCES = {".h", ".cc"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)', re.MULTILINE)
PYTHON = re.compile(r"\b(Python\.h|PyObject|PyGILState\w*|pybind11|py::)")


def read_table(text: str) -> dict[str, set[str]]:
    lines = [line.split("#")[0] for line in text.splitlines()]
    rows = (line.partition(":") for line in lines if line.strip())
    return {layer.strip(): set(allowed.split()) for layer, _, allowed in rows}


def violations(root: Path, table: dict[str, set[str]]) -> list[str]:
    found = []
    sources = [*(root / "loadgen").rglob("*"), *(root / "bindings").rglob("*")]
    for source in sorted(path for path in sources if path.suffix in SOURCES):
        path = source.relative_to(root)
        core = path.parts[0] == "loadgen"
        # A source of the core is loadgen/<layer>/<file>, or loadgen/<file>, which is public.
        layer = (path.parts[1] if len(path.parts) > 2 else "public") if core else "bindings"
        if layer not in table:
            found.append(f"{path}: layer '{layer}' is not in the table")
            continue
        text = source.read_text()
        # A second name of a public header, which stands one folder up.
        forwards = path.parts[:2] == ("loadgen", "bindings")
        if core and PYTHON.search(text):
            found.append(f"{path}: no Python in the core")
        for bracket, written in INCLUDE.findall(text):
            if bracket == "<":
                continue
            included = written.removeprefix("../") if forwards else written
            other, slash, _ = included.partition("/")
            public = not slash and (root / "loadgen" / included).exists()
            own = other == layer if core else (root / "bindings" / included).exists()
            # A public header sees nothing but public headers; loadgen.cc sees what the table says.
            allowed = set() if layer == "public" and path.suffix == ".h" else table[layer]
            if not (public or own or other in allowed or included in allowed):
                found.append(f"{path}: {included}")
    return found


def test_every_include_is_allowed() -> None:
    table = read_table((ROOT / "tests" / "layers.txt").read_text())
    assert violations(ROOT, table) == []
    layers = {path.name for path in (ROOT / "loadgen").iterdir() if path.is_dir()}
    assert layers | {"public", "bindings"} == set(table)


TABLE = "base:\ntrack: base\nrun: base track/counter.h\npublic: run\nbindings: run/table.h\n"


@pytest.mark.parametrize(
    ("path", "text", "refused"),
    [
        ("loadgen/track/a.cc", '#include "track/a.h"\n#include "base/b.h"\n', ""),
        ("loadgen/track/a.cc", '#include "face.h"\n#include <vector>\n', ""),
        ("loadgen/track/a.cc", '// run\n#include "run/run.h"\n', "run/run.h"),
        ("loadgen/track/a.cc", '#  include  "run/run.h"\n', "run/run.h"),
        ("loadgen/track/a.cc", '#include "unknown.h"\n', "unknown.h"),
        ("loadgen/base/a.h", '#include "track/a.h"\n', "track/a.h"),
        ("loadgen/run/a.cc", '#include "track/counter.h"\n', ""),
        ("loadgen/run/a.cc", '#include "track/slots.h"\n', "track/slots.h"),
        ("loadgen/face.cc", '#include "run/run.h"\n', ""),
        ("loadgen/other.h", '#include "run/run.h"\n', "run/run.h"),
        ("loadgen/storage/a.cc", "", "layer 'storage' is not in the table"),
        ("loadgen/base/a.cc", "#include <Python.h>\n", "no Python in the core"),
        ("loadgen/base/a.cc", "#include <pybind11/pybind11.h>\n", "no Python in the core"),
        ("loadgen/base/a.cc", "struct PyObject;\n", "no Python in the core"),
        ("bindings/a.cc", '#include "face.h"\n#include "mine.h"\n#include "run/table.h"\n', ""),
        ("bindings/a.cc", "#include <pybind11/pybind11.h>\n", ""),
        ("bindings/a.cc", '#include "run/run.h"\n', "run/run.h"),
    ],
)
def test_what_is_refused(tmp_path: Path, path: str, text: str, refused: str) -> None:
    for name, content in [("loadgen/face.h", ""), ("bindings/mine.h", ""), (path, text)]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    found = violations(tmp_path, read_table(TABLE))
    if refused:
        assert len(found) == 1
        assert found[0].startswith(f"{path}: ")
        assert refused in found[0]
    else:
        assert found == []
