"""The library as others use it: installed, found, linked with, and run."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

import mlperf_loadgen as lg
import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
NULL_SUT = EXAMPLES / "cpp" / "null_sut.cc"
INCLUDE = ROOT / "loadgen" / "include" / "mlperf_loadgen"
PUBLIC_HEADERS = sorted(str(path.relative_to(INCLUDE)) for path in INCLUDE.rglob("*.h"))
HEADERS_OF_CXX = sorted(set(PUBLIC_HEADERS) - {"api.h", "mlperf_loadgen.h"})
# By which names SUTs of the established LoadGen include what they need.
ESTABLISHED_HEADERS = {
    *("c_api", "issue_query_controller", "loadgen", "logging", "query_dispatch_library"),
    *("query_sample", "query_sample_library", "system_under_test", "test_settings"),
}
# Their namespaces are not public, but for the established functions of mlperf::c.
ROOMS = sorted(
    path.name for path in (ROOT / "loadgen").iterdir() if path.is_dir() and path.name != "include"
)
C_FUNCTIONS = re.findall(
    r"MLPERF_LOADGEN_API .*?(\w+)\(", (INCLUDE / "c_api.h").read_text(encoding="utf-8")
)

PAGE = (ROOT / "docs/cpp.md").read_text(encoding="utf-8")
TO_INSTALL, TO_BUILD, WITH_PIP = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
(PROJECT,) = re.findall(r"```cmake\n(.*?)```", PAGE, re.DOTALL)

GCC = shutil.which("g++")
CLANG = shutil.which("clang++")
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]
ENVIRONMENT = {
    **os.environ,
    "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    "CMAKE_GENERATOR": "Ninja",
}


def run(*command: str | Path, folder: Path | None = None, **environment: str) -> str:
    ended = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env={**ENVIRONMENT, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout
    return ended.stdout


def build(source: Path, folder: Path, *definitions: str) -> None:
    run("cmake", "-S", source, "-B", folder, *definitions)
    run("cmake", "--build", folder)


def runs_a_valid_test(program: Path, folder: Path, **environment: str) -> None:
    folder.mkdir(exist_ok=True)
    run(program, folder=folder, **environment)
    summary = (folder / "mlperf_log_summary.txt").read_text(encoding="utf-8")
    assert "Result is : VALID" in summary


def new_project(folder: Path, text: str) -> None:
    folder.mkdir()
    (folder / "CMakeLists.txt").write_text(text)
    shutil.copy(NULL_SUT, folder / "my_sut.cc")


@pytest.fixture(scope="session")
def static_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder after the commands of docs/cpp.md: the library is in mlperf/."""
    home = tmp_path_factory.mktemp("home")
    run("sh", "-ec", TO_INSTALL, folder=ROOT, HOME=str(home))
    return home


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prefix with a shared library, moved since. By clang, if there is one: programs that use it
    here are not."""
    folder = tmp_path_factory.mktemp("shared")
    definitions = ["-DBUILD_SHARED_LIBS=ON", "-DMLPERF_LOADGEN_WERROR=ON"]
    if CLANG is not None:
        definitions.append(f"-DCMAKE_CXX_COMPILER={CLANG}")
    build(ROOT, folder / "build", *definitions)
    run("cmake", "--install", folder / "build", "--prefix", folder / "first")
    return (folder / "first").rename(folder / "prefix")


def pkg_config(prefix: Path, *arguments: str) -> list[str]:
    program = shutil.which("pkgconf", path=ENVIRONMENT["PATH"]) or "pkg-config"
    path = str(prefix / "lib" / "pkgconfig")
    return run(program, *arguments, "mlperf_loadgen", PKG_CONFIG_PATH=path).split()


@pytest.mark.parametrize("kind", ["static", "shared"])
def test_examples(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if kind == "shared":
        prefix = request.getfixturevalue("shared")
    else:
        prefix = request.getfixturevalue("static_home") / "mlperf"
    build(EXAMPLES, tmp_path, f"-DCMAKE_PREFIX_PATH={prefix}")
    names = [path.stem for path in [*EXAMPLES.glob("cpp/*.cc"), *EXAMPLES.glob("c/*.c")]]
    assert "null_sut" in names
    for name in names:
        runs_a_valid_test(tmp_path / name, tmp_path / f"{name}_logs")


def test_project_of_the_page(static_home: Path, tmp_path: Path) -> None:
    new_project(tmp_path / "project", PROJECT)
    run("sh", "-ec", TO_BUILD, folder=tmp_path / "project", HOME=str(static_home))
    runs_a_valid_test(tmp_path / "project" / "build" / "my_sut", tmp_path / "logs")


@pytest.mark.parametrize("version", ["0.0", "1"])
def test_another_version_is_refused(version: str, static_home: Path, tmp_path: Path) -> None:
    asks = PROJECT.replace("mlperf_loadgen REQUIRED", f"mlperf_loadgen {version} REQUIRED")
    new_project(tmp_path / "project", asks)
    with pytest.raises(AssertionError, match=r"compatible with requested\s+version"):
        run("sh", "-ec", TO_BUILD, folder=tmp_path / "project", HOME=str(static_home))


def test_pkg_config_static(static_home: Path, tmp_path: Path) -> None:
    flags = pkg_config(static_home / "mlperf", "--cflags", "--libs")
    run("c++", "-std=c++17", *STRICT, NULL_SUT, *flags, "-o", tmp_path / "my_sut")
    runs_a_valid_test(tmp_path / "my_sut", tmp_path)


CATCHES = """
#include "loadgen.h"
int main() {
  try {
    mlperf::StartTest(nullptr, nullptr, mlperf::TestSettings(), mlperf::LogSettings());
  } catch (const mlperf::SettingsError&) {
    return 0;
  }
  return 1;
}
"""


def test_pkg_config_shared(shared: Path, tmp_path: Path) -> None:
    """An exception is the same type on both sides, whatever the program hides."""
    source, program = tmp_path / "catches.cc", tmp_path / "catches"
    source.write_text(CATCHES)
    flags = pkg_config(shared, "--cflags", "--libs")
    run("c++", "-std=c++17", "-fvisibility=hidden", *STRICT, source, *flags, "-o", program)
    run(program, LD_LIBRARY_PATH=str(shared / "lib"))


def test_pkg_config_of_the_page(static_home: Path, tmp_path: Path) -> None:
    """The path that the embedding page sets is that of the prefix which docs/cpp.md installs to."""
    page = (ROOT / "docs" / "embedding.md").read_text(encoding="utf-8")
    commands = re.search(r"```sh\n(export PKG_CONFIG_PATH.*?)```", page, re.DOTALL)
    assert commands is not None
    shutil.copy(NULL_SUT, tmp_path / "my_sut.cc")
    run("sh", "-ec", commands[1], folder=tmp_path, HOME=str(static_home))
    runs_a_valid_test(tmp_path / "my_sut", tmp_path)


ANSWERS = """
#include <thread>
#include <vector>
#include "loadgen.h"
extern "C" __attribute__((visibility("default"))) void answer(const uintptr_t* ids, size_t count) {
  std::thread([ids = std::vector<uintptr_t>(ids, ids + count)] {
    for (const uintptr_t id : ids) {
      mlperf::QuerySampleResponse response(id, reinterpret_cast<uintptr_t>(&id), sizeof(id));
      mlperf::QuerySamplesComplete(&response, 1, [](mlperf::QuerySampleResponse* answer) {
        answer->size = 1;
      });
    }
  }).detach();
}
"""

RUNS = """
import ctypes, sys
import mlperf_loadgen as lg
extension = ctypes.CDLL(sys.argv[1])
def issue(samples):
    ids = (ctypes.c_size_t * len(samples))(*[sample.id for sample in samples])
    extension.answer(ids, ctypes.c_size_t(len(samples)))
settings = lg.TestSettings()
settings.scenario = lg.TestScenario.Offline
settings.mode = lg.TestMode.AccuracyOnly
settings.stall_timeout_ms = 20_000
sut = lg.ConstructSUT(issue, lambda: None)
qsl = lg.ConstructQSL(16, 16, lambda samples: None, lambda samples: None)
lg.StartTest(sut, qsl, settings)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the loader keeps copies apart")
def test_an_extension_with_a_copy_of_its_own_answers(static_home: Path, tmp_path: Path) -> None:
    source, extension = tmp_path / "answers.cc", tmp_path / "answers.so"
    source.write_text(ANSWERS)
    flags = pkg_config(static_home / "mlperf", "--cflags", "--libs")
    hidden = ["-fvisibility=hidden", "-shared", "-fPIC"]
    run("c++", "-std=c++17", *STRICT, *hidden, source, *flags, "-o", extension)
    said = run(sys.executable, "-c", RUNS, extension, folder=tmp_path)
    assert "no test is running" not in said
    answers = json.loads((tmp_path / "mlperf_log_accuracy.json").read_text(encoding="utf-8"))
    assert len(answers) == 16
    assert all(len(answer["data"]) == 2 for answer in answers)


OUTER = f"""
cmake_minimum_required(VERSION 3.21)
project(outer LANGUAGES CXX)
set(CMAKE_CXX_STANDARD 17)
include(FetchContent)
FetchContent_Declare(mlperf_loadgen SOURCE_DIR {ROOT})
FetchContent_MakeAvailable(mlperf_loadgen)
if(CMAKE_BUILD_TYPE OR CMAKE_CXX_VISIBILITY_PRESET OR NOT CMAKE_CXX_STANDARD EQUAL 17)
  message(FATAL_ERROR "The project inside changes the one around it")
endif()
add_executable(my_sut my_sut.cc)
target_link_libraries(my_sut PRIVATE mlperf_loadgen::mlperf_loadgen)
install(TARGETS my_sut)
"""


def test_as_a_part_of_another_project(tmp_path: Path) -> None:
    new_project(tmp_path / "outer", OUTER)
    build(tmp_path / "outer", tmp_path / "build")
    runs_a_valid_test(tmp_path / "build" / "my_sut", tmp_path)
    run("cmake", "--install", tmp_path / "build", "--prefix", tmp_path / "prefix")
    installed = [path.name for path in (tmp_path / "prefix").rglob("*") if path.is_file()]
    assert installed == ["my_sut"]


@pytest.mark.parametrize("alone", [True, False])
def test_the_folder_of_the_sources_by_itself(alone: bool, tmp_path: Path) -> None:
    """As in the established tree: cmake -S loadgen, or add_subdirectory of it."""
    source = ROOT / "loadgen"
    if not alone:
        source = tmp_path / "outer"
        text = OUTER.split("include(FetchContent)")[0] + f"add_subdirectory({ROOT}/loadgen loadgen)"
        new_project(
            source,
            f"{text}\nadd_executable(my_sut my_sut.cc)\n"
            "target_link_libraries(my_sut mlperf_loadgen)\n",
        )
    run("cmake", "-S", source, "-B", tmp_path / "build")
    assert "my_sut" in run("ninja", "-C", tmp_path / "build", "-t", "targets", "all") or alone
    installs = "MLPERF_LOADGEN_INSTALL:BOOL=ON"
    assert (installs in (tmp_path / "build" / "CMakeCache.txt").read_text()) == alone


class TestWheel:
    """pip is all that a C++ SUT needs."""

    @pytest.fixture(autouse=True)
    def _installed(self) -> None:
        try:
            lg.get_include()
        except FileNotFoundError as error:
            pytest.skip(str(error))

    def test_with_cmake(self, tmp_path: Path) -> None:
        new_project(tmp_path / "project", PROJECT)
        found = f"-Dmlperf_loadgen_DIR={lg.get_cmake_dir()}"
        build(tmp_path / "project", tmp_path / "build", found)
        runs_a_valid_test(tmp_path / "build" / "my_sut", tmp_path)

    def test_with_a_compiler(self, tmp_path: Path) -> None:
        shutil.copy(NULL_SUT, tmp_path / "my_sut.cc")
        run("sh", "-ec", WITH_PIP, folder=tmp_path)
        runs_a_valid_test(tmp_path / "my_sut", tmp_path)

    def test_headers_are_those_of_the_library(self) -> None:
        assert headers(Path(lg.get_include())) == PUBLIC_HEADERS


def headers(folder: Path) -> list[str]:
    """Everything in an include folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


class TestHeaders:
    def test_only_the_public_ones_are_installed(self, static_home: Path) -> None:
        assert headers(static_home / "mlperf" / "include" / "mlperf_loadgen") == PUBLIC_HEADERS

    def test_an_established_sut_finds_its_own_in_the_include_folder(
        self, static_home: Path, tmp_path: Path
    ) -> None:
        prefix = static_home / "mlperf"
        assert {path.stem for path in (prefix / "include").glob("*.h")} == ESTABLISHED_HEADERS
        source = tmp_path / "my_sut.cc"
        source.write_text("".join(f'#include "{name}.h"\n' for name in ESTABLISHED_HEADERS))
        with source.open("a", encoding="utf-8") as file:
            file.write((ROOT / "tests" / "compat" / "null_sut.cc").read_text(encoding="utf-8"))
        found = [f"-I{prefix / 'include'}", f"-I{ROOT / 'tests' / 'compat'}", f"-L{prefix / 'lib'}"]
        libraries = ["-lmlperf_loadgen", "-pthread"]
        run("c++", "-std=c++17", source, *found, *libraries, "-o", tmp_path / "my_sut")
        run(tmp_path / "my_sut", folder=tmp_path)

    @pytest.mark.parametrize("header", [*HEADERS_OF_CXX])
    def test_an_older_standard_is_named(self, header: str, tmp_path: Path) -> None:
        (tmp_path / "old.cc").write_text(f'#include "{header}"\n')
        with pytest.raises(AssertionError) as raised:
            run("c++", "-std=c++14", "-fsyntax-only", f"-I{INCLUDE}", tmp_path / "old.cc")
        first = next(line for line in str(raised.value).splitlines() if "error:" in line)
        assert "mlperf_loadgen needs C++17" in first

    @pytest.mark.parametrize("standard", ["c++17", "c++20"])
    @pytest.mark.parametrize(
        "compiler",
        [
            pytest.param(GCC, id="gcc", marks=pytest.mark.skipif(not GCC, reason="no g++")),
            pytest.param(CLANG, id="clang", marks=pytest.mark.skipif(not CLANG, reason="no clang")),
        ],
    )
    def test_each_compiles_by_itself(
        self, compiler: str, standard: str, static_home: Path, tmp_path: Path
    ) -> None:
        sources = []
        for header in PUBLIC_HEADERS:
            sources.append(tmp_path / f"{header.replace('/', '_')}.cc")
            sources[-1].write_text(f'#include "{header}"\n')
        include = f"-I{static_home / 'mlperf' / 'include' / 'mlperf_loadgen'}"
        run(compiler, f"-std={standard}", *STRICT, "-fsyntax-only", include, *sources)


def symbols(*arguments: str | Path) -> list[tuple[str, str]]:
    """The type and the name of what a library defines, as nm prints them."""
    lines = run("nm", "-C", "--defined-only", *arguments).splitlines()
    found = [line.split(maxsplit=2) for line in lines]
    return [(words[1], words[2]) for words in found if len(words) == 3]


@pytest.mark.skipif(sys.platform != "linux", reason="reads ELF")
class TestExports:
    PUBLIC = re.compile(
        r"((typeinfo|typeinfo name|vtable) for )?"
        rf"(mlperf::(?!({'|'.join(ROOMS)})::)|mlperf::c::({'|'.join(C_FUNCTIONS)})\(|mlperf_\w+$)"
    )

    @pytest.fixture
    def exported(self, shared: Path) -> list[tuple[str, str]]:
        return symbols("-D", shared / "lib" / "libmlperf_loadgen.so")

    def test_nothing_but_the_public_names(self, exported: list[tuple[str, str]]) -> None:
        assert [name for _, name in exported if not self.PUBLIC.match(name)] == []

    def test_the_established_c_functions(self, exported: list[tuple[str, str]]) -> None:
        found = {name.split("::")[2].split("(")[0] for _, name in exported if "mlperf::c::" in name}
        assert found == set(C_FUNCTIONS)

    def test_every_public_function(
        self, exported: list[tuple[str, str]], static_home: Path
    ) -> None:
        """None has been declared without MLPERF_LOADGEN_API."""
        everything = symbols(static_home / "mlperf" / "lib" / "libmlperf_loadgen.a")
        functions = {name for kind, name in everything if kind == "T" and self.PUBLIC.match(name)}
        assert any(name.startswith("mlperf::StartTest(") for name in functions)
        assert functions - {name for _, name in exported} == set()

    def test_types_that_cross(self, exported: list[tuple[str, str]]) -> None:
        types = {name.split("::")[1] for _, name in exported if name.startswith("typeinfo for ")}
        assert types >= {"SystemUnderTest", "Error", "SettingsError", "IncompleteError"}

    def test_the_name_that_programs_ask_for_has_the_version(self, shared: Path) -> None:
        library = shared / "lib" / "libmlperf_loadgen.so"
        version = ".".join(lg.__version__.split(".")[:2])
        assert f"libmlperf_loadgen.so.{version}]" in run("readelf", "-d", library)
