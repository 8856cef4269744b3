"""Files made once and kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlperf_loadgen.harness.cache import cache_folder, cached, cached_folder, content_key
from mlperf_loadgen.untrusted import FileError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    chosen = tmp_path / "cache"
    monkeypatch.setenv("MLPERF_LOADGEN_CACHE", str(chosen))
    return chosen


def test_a_file_is_made_once_for_a_key(folder: Path) -> None:
    made: list[Path] = []

    def build(path: Path) -> None:
        made.append(path)
        path.write_text(f"number {len(made)}")

    first = cached("net.onnx", "a", build)
    assert first == folder / "net-a.onnx"
    assert first.read_text() == "number 1"
    assert cached("net.onnx", "a", build) == first
    assert cached("net.onnx", "b", build).read_text() == "number 2"
    assert len(made) == 2


def test_a_build_that_fails_leaves_nothing(folder: Path) -> None:
    def build(path: Path) -> None:
        path.write_text("half")
        raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError, match="out of memory"):
        cached("net.onnx", "a", build)
    assert list(folder.iterdir()) == []


def test_a_folder_that_another_process_made_meanwhile_is_taken(folder: Path) -> None:
    def fill(draft: Path) -> None:
        (draft / "ours").touch()
        other = folder / "data-a"
        other.mkdir()
        (other / "theirs").touch()

    assert [file.name for file in cached_folder("data", "a", fill).iterdir()] == ["theirs"]


def test_a_folder_that_cannot_be_put_in_place_is_an_error(folder: Path) -> None:
    with pytest.raises(NotADirectoryError):
        cached_folder("data", "a", lambda draft: (folder / "data-a").touch())


def test_a_key_depends_on_every_part(tmp_path: Path) -> None:
    file = tmp_path / "weights"
    file.write_text("one")
    key = content_key(file, "v1")
    assert key == content_key(file, "v1")
    assert key != content_key(file, "v2")
    assert content_key("ab", "c") != content_key("a", "bc")
    file.write_text("two")
    assert key != content_key(file, "v1")


def test_without_a_choice_it_is_the_users_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLPERF_LOADGEN_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "mlperf_loadgen"


def test_it_is_made_for_its_owner_alone(folder: Path) -> None:
    assert cache_folder() == folder
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_one_that_others_may_write_to_is_refused(folder: Path, mode: int) -> None:
    folder.mkdir(exist_ok=True)
    folder.chmod(mode)
    with pytest.raises(FileError, match=f"{folder}: other users may write to it.*chmod go-w"):
        cached("net.onnx", "a", lambda path: pytest.fail("made in a folder of others"))
    folder.chmod(0o755)
    assert cache_folder() == folder


def test_one_of_another_user_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = cache_folder().stat().st_uid
    monkeypatch.setattr("os.geteuid", lambda: owner + 1)
    with pytest.raises(FileError, match=f"{folder} belongs to another user.*MLPERF_LOADGEN_CACHE"):
        cache_folder()
