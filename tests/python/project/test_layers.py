"""Who includes whom: tests/layers.txt against every #include of the C++ sources."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PUBLIC = Path("loadgen/include/mlperf_loadgen")
SOURCES = {".h", ".cc"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)', re.MULTILINE)
PYTHON = re.compile(r"\b(Python\.h|PyObject|PyGILState\w*|pybind11|py::)")
PLATFORM = re.compile(r"\b(__linux__|__APPLE__|_WIN32|__FreeBSD__)\b")
UPWARDS = re.compile(r'import\w*\(\s*"mlperf_loadgen', re.IGNORECASE)


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
        header = source.is_relative_to(root / PUBLIC)
        # A source of the core is loadgen/<layer>/<file>, or loadgen/<file>, which is public.
        inside = path.parts[1] if len(path.parts) > 2 and not header else "public"
        layer = inside if core else "bindings"
        if layer not in table:
            found.append(f"{path}: layer '{layer}' is not in the table")
            continue
        text = source.read_text()
        if core and PYTHON.search(text):
            found.append(f"{path}: no Python in the core")
        if PLATFORM.search(text):
            found.append(f"{path}: a platform branch; see loadgen/base/linux and portable")
        if UPWARDS.search(text):
            found.append(f"{path}: imports the Python package")
        for bracket, written in INCLUDE.findall(text):
            if bracket == "<":
                continue
            if header:  # sees public headers only, which lie beside it
                beside = (source.parent / written).resolve()
                if not (beside.is_file() and beside.is_relative_to((root / PUBLIC).resolve())):
                    found.append(f"{path}: {written}")
                continue
            other, _, name = written.partition("/")
            public = other == "mlperf_loadgen" and (root / PUBLIC / name).is_file()
            own = other == layer if core else (root / "bindings" / written).exists()
            if not (public or own or other in table[layer] or written in table[layer]):
                found.append(f"{path}: {written}")
    return found


def test_every_include_is_allowed() -> None:
    table = read_table((ROOT / "tests" / "layers.txt").read_text())
    assert violations(ROOT, table) == []
    folders = {path.name for path in (ROOT / "loadgen").iterdir() if path.is_dir()}
    assert folders - {"include"} | {"public", "bindings"} == set(table)


TABLE = "base:\ntrack: base\nrun: base track/counter.h\npublic: run\nbindings: run/table.h\n"


@pytest.mark.parametrize(
    ("path", "text", "refused"),
    [
        ("loadgen/track/a.cc", '#include "track/a.h"\n#include "base/b.h"\n', ""),
        ("loadgen/track/a.cc", '#include "mlperf_loadgen/face.h"\n#include <vector>\n', ""),
        ("loadgen/track/a.cc", '#include "face.h"\n', "face.h"),
        ("loadgen/track/a.cc", '#include "mlperf_loadgen/unknown.h"\n', "unknown.h"),
        ("loadgen/track/a.cc", '// run\n#include "run/run.h"\n', "run/run.h"),
        ("loadgen/track/a.cc", '#  include  "run/run.h"\n', "run/run.h"),
        ("loadgen/track/a.cc", '#include "unknown.h"\n', "unknown.h"),
        ("loadgen/base/a.h", '#include "track/a.h"\n', "track/a.h"),
        ("loadgen/run/a.cc", '#include "track/counter.h"\n', ""),
        ("loadgen/run/a.cc", '#include "track/slots.h"\n', "track/slots.h"),
        ("loadgen/face.cc", '#include "run/run.h"\n', ""),
        (f"{PUBLIC}/other.h", '#include "face.h"\n', ""),
        (f"{PUBLIC}/bindings/other.h", '#include "../face.h"\n', ""),
        (f"{PUBLIC}/other.h", '#include "run/run.h"\n', "run/run.h"),
        ("loadgen/storage/a.cc", "", "layer 'storage' is not in the table"),
        ("loadgen/base/a.cc", "#ifdef __linux__\n#endif\n", "a platform branch"),
        ("loadgen/base/a.cc", "#include <Python.h>\n", "no Python in the core"),
        ("loadgen/base/a.cc", "#include <pybind11/pybind11.h>\n", "no Python in the core"),
        ("loadgen/base/a.cc", "struct PyObject;\n", "no Python in the core"),
        ("bindings/a.cc", '#include "mlperf_loadgen/face.h"\n#include "mine.h"\n', ""),
        ("bindings/a.cc", '#include "run/table.h"\n', ""),
        ("bindings/a.cc", "#include <pybind11/pybind11.h>\n", ""),
        ("bindings/a.cc", '#include "run/run.h"\n', "run/run.h"),
        ("bindings/a.cc", 'py::module_::import("signal");\n', ""),
        ("bindings/a.cc", 'py::module_::import("mlperf_loadgen.text");\n', "the Python package"),
        ("bindings/a.cc", 'PyImport_ImportModule(\n    "mlperf_loadgen");\n', "the Python package"),
    ],
)
def test_what_is_refused(tmp_path: Path, path: str, text: str, refused: str) -> None:
    for name, content in [(f"{PUBLIC}/face.h", ""), ("bindings/mine.h", ""), (path, text)]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    found = violations(tmp_path, read_table(TABLE))
    if refused:
        assert len(found) == 1
        assert found[0].startswith(f"{path}: ")
        assert refused in found[0]
    else:
        assert found == []
