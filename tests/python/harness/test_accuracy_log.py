"""Reading the accuracy log."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from mlperf_loadgen.harness.accuracy_log import (
    AccuracyLogError,
    Record,
    iterate_accuracy_log,
    read_accuracy_log,
)

THREE = (
    "[\n"
    '{ "seq_id" : 2, "qsl_idx" : 7, "data" : "0000803F" },\n'
    '{ "seq_id" : 0, "qsl_idx" : 7, "data" : "00000040" },\n'
    '{ "seq_id" : 1, "qsl_idx" : 3, "data" : "00004040" }\n'
    "]\n"
)


def written(folder: Path, text: str) -> Path:
    path = folder / "mlperf_log_accuracy.json"
    path.write_bytes(text.encode())
    return path


def test_records_in_the_order_of_the_file(tmp_path: Path) -> None:
    log = read_accuracy_log(written(tmp_path, THREE))
    assert log.seq_ids.tolist() == [2, 0, 1]
    assert log.indices.tolist() == [7, 7, 3]
    assert log.arrays("<f4").tolist() == [1.0, 2.0, 3.0]


def test_the_first_response_for_an_index_counts(tmp_path: Path) -> None:
    log = read_accuracy_log(written(tmp_path, THREE)).unique()
    assert log.indices.tolist() == [3, 7]
    assert log.seq_ids.tolist() == [1, 2]
    assert log.arrays("<f4").tolist() == [3.0, 1.0]


def test_shapes(tmp_path: Path) -> None:
    log = read_accuracy_log(written(tmp_path, THREE))
    assert log.arrays(np.uint8, (2, 2)).tolist()[0] == [[0, 0], [0x80, 0x3F]]
    with pytest.raises(AccuracyLogError, match="response for sample 7 has 4 bytes, expected 8"):
        log.arrays("<f4", (2,))


def test_an_empty_log_and_an_empty_response(tmp_path: Path) -> None:
    assert len(read_accuracy_log(written(tmp_path, "[\n]\n"))) == 0
    empty = '[\n{ "seq_id" : 0, "qsl_idx" : 0, "data" : "" }\n]\n'
    assert read_accuracy_log(written(tmp_path, empty)).data == [b""]


def test_token_counts(tmp_path: Path) -> None:
    text = (
        '[\n{ "seq_id" : 0, "qsl_idx" : 4, "data" : "41", "token_data" : "42", '
        '"token_count" : 17 }\n]\n'
    )
    assert list(iterate_accuracy_log(written(tmp_path, text))) == [Record(0, 4, b"A", 17)]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "line 1: an accuracy log begins with a line \\["),
        ("{}\n", "line 1: an accuracy log begins with a line \\["),
        ("[\n", "line 1: the file is cut off; the closing \\] is missing"),
        (THREE[:-2], "line 4: the file is cut off; the closing \\] is missing"),
        (THREE[:70], "line 3: the file is cut off in this line"),
        (THREE.replace("},", "}", 1), "line 3: no comma after the record before"),
        (THREE.replace("00000040", "0000004"), "line 3: not a record"),
        (THREE.replace("qsl_idx", "index"), "line 2: not a record \\('qsl_idx'\\)"),
        (THREE.replace('"data"', "data"), "line 2: not a record"),
        ("[\n17\n]\n", "line 2: not a record"),
        (
            f'[\n{{ "seq_id" : 0, "qsl_idx" : {1 << 63}, "data" : "41" }}\n]\n',
            "line 2: not a record \\(9223372036854775808 is not a whole number",
        ),
    ],
)
def test_a_broken_file_is_named_with_its_line(tmp_path: Path, text: str, complaint: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(AccuracyLogError, match=complaint) as error:
        read_accuracy_log(path)
    assert str(error.value).startswith(str(path))


def test_a_log_that_was_cut_off_can_be_read_up_to_there(tmp_path: Path) -> None:
    ends = [THREE.index("}", THREE.index(f'"seq_id" : {seq_id}')) + 1 for seq_id in [2, 0, 1]]
    for size in range(len(THREE) - 2):
        path = written(tmp_path, THREE[:size])
        with pytest.raises(AccuracyLogError):
            read_accuracy_log(path)
        there = sum(end <= size for end in ends)
        assert read_accuracy_log(path, partial=True).seq_ids.tolist() == [2, 0, 1][:there]
    assert len(read_accuracy_log(written(tmp_path, THREE), partial=True)) == 3


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{}\n", "line 1: an accuracy log begins with a line \\["),
        (THREE.replace("},", "}", 1), "line 3: no comma after the record before"),
        (THREE.replace("00000040", "0000004"), "line 3: not a record"),
        (THREE[:70].replace(' "qsl_idx" : 7,', "") + " }", "line 2: not a record"),
    ],
)
def test_what_is_broken_before_the_end_is_no_cut(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(AccuracyLogError, match=complaint):
        read_accuracy_log(written(tmp_path, text), partial=True)
