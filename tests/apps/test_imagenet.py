"""ImageNet folders and the accuracy over them."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from mlperf_loadgen.harness.accuracy_log import AccuracyLogError

from reference_apps.vision import accuracy_imagenet
from reference_apps.vision.imagenet import read_imagenet


def folder(path: Path, text: str, *names: str) -> Path:
    path.mkdir(exist_ok=True)
    (path / "val_map.txt").write_text(text)
    for name in names:
        (path / name).parent.mkdir(exist_ok=True)
        (path / name).write_bytes(b"picture")
    return path


class TestFolder:
    def test_the_list_says_which_and_in_which_order(self, tmp_path: Path) -> None:
        root = folder(tmp_path, "val/b.JPEG 65\n\na.JPEG\t999\n", "val/b.JPEG", "a.JPEG", "c.JPEG")
        data = read_imagenet(root)
        assert list(data.names) == ["val/b.JPEG", "a.JPEG"]
        assert data.labels.tolist() == [65, 999]
        assert len(data.head(1)) == len(data.head(1).labels) == 1
        assert len(data.head(None)) == 2

    def test_another_list(self, tmp_path: Path) -> None:
        root = folder(tmp_path / "data", "a 1\n", "a", "b")
        (tmp_path / "other.txt").write_text("b 2\n")
        assert list(read_imagenet(root, tmp_path / "other.txt").names) == ["b"]

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("a\n", "line 1: expected NAME CLASS"),
            ("a 1 2\n", "line 1: expected NAME CLASS"),
            ("a 1\na 1000\n", "line 2: expected NAME CLASS"),
            ("a -1\n", "line 1: expected NAME CLASS"),
            ("../a 1\n", "is not in"),
            ("/a 1\n", "is not in"),
            ("\n", "names no picture"),
        ],
    )
    def test_a_line_that_is_wrong_is_named(self, tmp_path: Path, text: str, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            read_imagenet(folder(tmp_path, text, "a"))

    def test_a_missing_picture_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError, match=r"line 2: no such file: .*b\.JPEG"):
            read_imagenet(folder(tmp_path, "a 1\nb.JPEG 2\n", "a"))

    def test_a_missing_list_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError, match=r"val_map\.txt"):
            read_imagenet(tmp_path)


def answer(label: float) -> bytes:
    return struct.pack("<f", label)


def log(path: Path, *records: tuple[int, bytes]) -> Path:
    lines = ",\n".join(
        f'{{ "seq_id" : {i}, "qsl_idx" : {index}, "data" : "{data.hex().upper()}" }}'
        for i, (index, data) in enumerate(records)
    )
    (path / "mlperf_log_accuracy.json").write_text(f"[\n{lines}\n]\n")
    return path / "mlperf_log_accuracy.json"


class TestAccuracyCommand:
    def run(
        self, path: Path, capsys: pytest.CaptureFixture[str], file: Path, *more: str
    ) -> list[str]:
        (path / "val_map.txt").write_text("a 3\nb 5\nc 999\n")
        accuracy_imagenet.main(
            [
                *("--mlperf-accuracy-file", str(file)),
                *("--imagenet-val-file", str(path / "val_map.txt"), *more),
            ]
        )
        return capsys.readouterr().out.splitlines()

    def test_the_line_that_checkers_read(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        answers = [
            (2, answer(999)),
            (0, answer(4)),
            (1, answer(5)),
        ]
        assert self.run(tmp_path, capsys, log(tmp_path, *answers)) == [
            "accuracy=66.667%, good=2, total=3"
        ]

    def test_the_first_answer_to_a_sample_counts(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        answers = [(0, answer(3)), (0, answer(7))]
        lines = self.run(tmp_path, capsys, log(tmp_path, *answers), "--verbose")
        assert lines == [
            "1 further answers to the same samples",
            "accuracy=100.000%, good=1, total=1",
        ]

    @pytest.mark.parametrize(("dtype", "code"), [("int32", "<i"), ("int64", "<q")])
    def test_whole_numbers(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], dtype: str, code: str
    ) -> None:
        file = log(tmp_path, (1, struct.pack(code, 5)))
        assert self.run(tmp_path, capsys, file, "--dtype", dtype) == [
            "accuracy=100.000%, good=1, total=1"
        ]

    def test_no_bytes_are_a_wrong_answer(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        lines = self.run(tmp_path, capsys, log(tmp_path, (0, b"")), "--verbose")
        assert lines[0] == "sample 0: found -1, expected 3"
        assert lines[-1] == "accuracy=0.000%, good=0, total=1"

    def test_what_does_not_fit_is_named(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(AccuracyLogError, match="sample 3 is not in the list of 3 pictures"):
            self.run(tmp_path, capsys, log(tmp_path, (3, answer(1))))
        with pytest.raises(AccuracyLogError, match="sample 1 has 2 bytes, a float32 has 4"):
            self.run(tmp_path, capsys, log(tmp_path, (1, b"ab")))


def test_an_empty_log_has_no_accuracy() -> None:
    nothing = np.empty(0, np.int64)
    line = accuracy_imagenet.Verdict(nothing, nothing, nothing).line()
    assert line == "accuracy=0.000%, good=0, total=0"
