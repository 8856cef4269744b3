"""``mlperf-loadgen config``: how to build a C++ SUT."""

from __future__ import annotations

from typing import Any

from mlperf_loadgen import native
from mlperf_loadgen.cli.parser import Parser, UsageError
from mlperf_loadgen.exit_codes import Exit

__all__ = ["main", "parser"]


def parser() -> Parser:
    described = Parser("config", "Prints the options to build a C++ SUT with.")
    for option, what in (
        ("--includes", "for the compiler"),
        ("--libs", "for the linker, after the sources"),
        ("--cmakedir", "for -Dmlperf_loadgen_DIR="),
    ):
        described.add_argument(option, action="store_true", help=what)
    return described


def main(given: dict[str, Any]) -> int:
    words = []
    if "includes" in given:
        words.append(native.compiler_arguments())
    if "libs" in given:
        words.append(native.linker_arguments())
    if "cmakedir" in given:
        words.append(native.get_cmake_dir())
    if not words:
        raise UsageError("config: nothing is asked for. Give --includes, --libs or --cmakedir.")
    print(*words)
    return Exit.VALID
