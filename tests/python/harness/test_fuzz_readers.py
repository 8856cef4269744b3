"""Files of any content, read by the harness and the apps: refused with file and line, or read."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from fuzz.inputs import fuzzed
from hypothesis import example, given
from hypothesis import strategies as st
from mlperf_loadgen.harness import accuracy_log
from mlperf_loadgen.harness.accuracy_log import (
    AccuracyLogError,
    iterate_accuracy_log,
    read_accuracy_log,
)
from mlperf_loadgen.untrusted import FileError, Folder, read_json

from reference_apps.vision.imagenet import read_imagenet

LOG = (
    "[\n"
    '{ "seq_id" : 2, "qsl_idx" : 7, "data" : "0000803F" },\n'
    '{ "seq_id" : 0, "qsl_idx" : 3, "data" : "", "token_data" : "01", "token_count" : 1 },\n'
    '{ "seq_id" : 1, "qsl_idx" : 3, "data" : "00004040" }\n'
    "]\n"
)
INTERESTING = [
    *("[", "]", "{", "}", ",", '"', "\\", "\n", "\r", "\0", "null", "true", "NaN", "-Infinity"),
    *("-1", "1e400", "1" + "0" * 30, "9" * 5000, "9223372036854775808", "0x10", "1_000", "1.5"),
    *('"seq_id"', '"data" : "zz"', '"seq_id" : 1,', '"token_count" : "x",', "[" * 100_000),
]


def record(**fields: object) -> bytes:
    whole = {"seq_id": 0, "qsl_idx": 0, "data": "00", **fields}
    return b"[\n" + json.dumps(whole).encode() + b"\n]\n"


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A real log with pieces cut out, doubled or put in."""
    text = LOG
    for _ in range(draw(st.integers(1, 4))):
        begin = draw(st.integers(0, len(text)))
        end = draw(st.integers(begin, min(begin + 40, len(text))))
        piece = draw(st.sampled_from([*INTERESTING, text[begin:end] * 2, "", chr(0x10FFFF)]))
        text = text[:begin] + piece + text[end:]
    return text.encode()


@fuzzed(150)
@example(b"")
@example(b"[" * 100_000)
@example(b"[\n" + b"[" * 100_000 + b"\n]\n")
@example(b"[\n" + b'{"a":' * 100_000 + b"\n]\n")
@example(record(seq_id=10**30))
@example(record(qsl_idx=2**63))
@example(record(seq_id=-1))
@example(record(seq_id=float("nan")))
@example(record(seq_id=float("inf")))
@example(record(seq_id=True))
@example(record(seq_id="5"))
@example(record(token_count="x"))
@example(record(token_count=None))
@example(record(data=["00"]))
@example(record(data="é"))
@example(b'[\n{ "seq_id" : 0, "seq_id" : 1, "qsl_idx" : 0, "data" : "" }\n]\n')
@example(b'[\n{ "seq_id" : ' + b"9" * 5000 + b', "qsl_idx" : 0, "data" : "" }\n]\n')
@given(mutated() | st.binary(max_size=300))
def test_accuracy_logs(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mlperf_log_accuracy.json"
    path.write_bytes(content)
    try:
        log = read_accuracy_log(path)
    except AccuracyLogError as error:
        refusal = str(error)
        assert refusal.startswith(f"{path}, line ")
        assert len(refusal) < len(str(path)) + 300
        return
    assert log.seq_ids.dtype == log.indices.dtype == np.int64
    assert log.seq_ids.shape == log.indices.shape == (len(log),)
    assert all(isinstance(data, bytes) for data in log.data)
    assert (log.seq_ids >= 0).all()
    assert len(log.unique()) == len(set(log.indices.tolist()))


def test_the_log_is_one_that_is_read(tmp_path: Path) -> None:
    (tmp_path / "log").write_text(LOG)
    assert [record.seq_id for record in iterate_accuracy_log(tmp_path / "log")] == [2, 0, 1]


@pytest.mark.parametrize("ends", [b"", b"\n]\n"])
def test_a_line_that_is_too_long_is_not_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends: bytes
) -> None:
    monkeypatch.setattr(accuracy_log, "_LONGEST_LINE", 1000)
    path = tmp_path / "log"
    path.write_bytes(b'[\n{ "seq_id" : 0, "qsl_idx" : 0, "data" : "' + b"0" * 5000 + ends)
    with pytest.raises(AccuracyLogError, match="line 2: the line is longer than any record"):
        read_accuracy_log(path)


def test_what_a_first_line_may_be_is_not_read_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"[" * 100_000)
    with pytest.raises(AccuracyLogError, match="line 1"):
        read_accuracy_log(tmp_path / "log")
    with pytest.raises(FileError, match="/dev/zero is not a regular file"):
        read_accuracy_log("/dev/zero")


@fuzzed(150)
@example("a.png ²\n".encode())
@example(b"a.png " + b"0" * 5000 + b"1\n")
@example(b"a.png " + b"9" * 5000 + b"\n")
@example(b"../a.png 1\n")
@example(b"/etc/passwd 1\n")
@example(b"a\0b 1\n")
@example(b"a" * 5000 + b" 1\n")
@example(b"\xff\xfe 1\n")
@example(b"a.png -1\na.png 1_0\n")
@given(
    st.binary(max_size=60)
    | st.lists(
        st.sampled_from(["a.png", "..", "/", " ", "\n", "1", "999", "1000", "٣", "\0", "é"])
    ).map(lambda words: "".join(words).encode())
)
def test_label_files(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.png").touch()
    (tmp_path / "val_map.txt").write_bytes(content)
    path = tmp_path / "val_map.txt"
    try:
        found = read_imagenet(tmp_path)
    except (ValueError, FileNotFoundError) as error:
        refusal = str(error)
        assert refusal.startswith(f"{path}, line ") or refusal == f"{path} names no picture"
        return
    assert set(found.names) <= {"a.png"}
    assert all(0 <= label <= 999 for label in found.labels)


@fuzzed(150)
@example(b"[" * 100_000)
@example(b'\xef\xbb\xbf{"a": 1}')
@example(b"[NaN]")
@example(b"9" * 5000)
@given(st.binary(max_size=60) | st.text('[]{}",:0e-.truefalsnNa', max_size=40).map(str.encode))
def test_json_files(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(content)
    try:
        found = read_json(path)
    except FileError as error:
        refusal = str(error)
        assert refusal.startswith(f"{path} is not ")
        return
    assert found == json.loads(content.decode("utf-8-sig"))


@fuzzed(300)
@given(
    st.lists(st.sampled_from(["a", "in", "out", "..", ".", "", "\0", "/", "~"]), max_size=5).map(
        "/".join
    )
)
def test_names_of_files(tmp_path: Path, name: str) -> None:
    """What is found is in the folder, also behind links; of two, one leads out of it."""
    folder = tmp_path / "folder"
    (folder / "a").mkdir(parents=True, exist_ok=True)
    for link, target in (("in", folder / "a"), ("out", tmp_path)):
        if not (folder / link).is_symlink():
            (folder / link).symlink_to(target)
    try:
        found = Folder(folder).file(name, "list, line 1")
    except FileError as error:
        refusal = str(error)
        assert refusal.startswith("list, line 1: ")
        parts = set(name.split("/"))
        assert parts & {"..", "out", "\0", ""} or parts == {"."}
        return
    assert found.resolve().is_relative_to(folder.resolve())
