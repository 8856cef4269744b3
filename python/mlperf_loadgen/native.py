"""Locates the C++ library in this package, for building a SUT in C++ or C."""

from __future__ import annotations

from pathlib import Path

from mlperf_loadgen import _core

__all__ = ["get_cmake_dir", "get_include"]

# Beside the compiled module, also where the Python files are elsewhere (an editable installation).
_FOLDER = Path(_core.__file__).parent


def get_include() -> str:
    """Return the folder of ``loadgen.h``, for ``-I``."""
    return _existing("include/mlperf_loadgen")


def get_cmake_dir() -> str:
    """Return the folder of the CMake package, for ``-Dmlperf_loadgen_DIR=``."""
    return _existing("lib/cmake/mlperf_loadgen")


def compiler_arguments() -> str:
    folder = get_include()
    return f"-I{folder} -I{Path(folder).parent}"


def linker_arguments() -> str:
    """Return the options of the pkg-config file."""
    folder = Path(_existing("lib"))
    text = (folder / "pkgconfig" / "mlperf_loadgen.pc").read_text(encoding="utf-8")
    (line,) = [line for line in text.splitlines() if line.startswith("Libs: ")]
    return line.removeprefix("Libs: ").replace("${libdir}", str(folder))


def _existing(name: str) -> str:
    folder = _FOLDER / name
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder} does not exist: mlperf_loadgen was not installed by pip")
    return str(folder)
