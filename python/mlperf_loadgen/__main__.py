"""Runs ``python -m mlperf_loadgen``."""

from __future__ import annotations

import argparse

from mlperf_loadgen import __version__, native
from mlperf_loadgen.calibration import calibrate


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m mlperf_loadgen",
        description="Measures the overhead of LoadGen, or says where its C++ library is.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("calibrate", help="measure the overhead of LoadGen on this machine")
    config = commands.add_parser("config", help="print the options to build a C++ SUT with")
    config.add_argument("--includes", action="store_true", help="for the compiler")
    config.add_argument("--libs", action="store_true", help="for the linker, after the sources")
    config.add_argument("--cmakedir", action="store_true", help="for -Dmlperf_loadgen_DIR=")
    arguments = parser.parse_args()

    if arguments.command == "calibrate":
        print(calibrate())
        return
    words = []
    if arguments.includes:
        words.append(native.compiler_arguments())
    if arguments.libs:
        words.append(native.linker_arguments())
    if arguments.cmakedir:
        words.append(native.get_cmake_dir())
    if not words:
        config.error("one of --includes, --libs, --cmakedir is required")
    print(*words)


if __name__ == "__main__":
    main()
