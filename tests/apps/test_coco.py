"""COCO folders and the accuracy over them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mlperf_loadgen.harness.accuracy_log import AccuracyLog, AccuracyLogError

from reference_apps.vision import accuracy_coco
from reference_apps.vision.coco import read_coco

IDS = (1, 2, 90)


def described(boxes: list[tuple[int, int, list[float]]], count: int = 3) -> dict[str, Any]:
    """boxes: picture, category and x, y, width, height in pixels of pictures of 200 x 100."""
    return {
        "images": [
            {"id": 100 + i, "file_name": f"{i}.jpg", "width": 200, "height": 100}
            for i in range(count)
        ],
        "annotations": [
            {
                "id": number,
                "image_id": 100 + picture,
                "category_id": category,
                "bbox": box,
                "area": box[2] * box[3],
                "iscrowd": 0,
            }
            for number, (picture, category, box) in enumerate(boxes, start=1)
        ],
        "categories": [{"id": number, "name": str(number)} for number in IDS],
    }


TRUTH = [(0, 1, [20.0, 10.0, 100.0, 30.0]), (2, 90, [0.0, 0.0, 40.0, 40.0])]


def folder(path: Path, content: Any) -> Path:
    (path / "annotations").mkdir()
    (path / "annotations" / "instances_val2017.json").write_text(json.dumps(content))
    (path / "val2017").mkdir()
    for number in range(3):
        (path / "val2017" / f"{number}.jpg").write_bytes(b"picture")
    return path


class TestFolder:
    def test_pictures_in_the_order_of_the_file(self, tmp_path: Path) -> None:
        data = read_coco(folder(tmp_path, described(TRUTH)))
        assert [picture.id for picture in data.pictures] == [100, 101, 102]
        assert data.file(1) == tmp_path / "val2017" / "1.jpg"
        assert list(data.category_ids) == list(IDS)
        assert len(data.head(2)) == 2

    def test_pictures_without_boxes_can_be_left_out(self, tmp_path: Path) -> None:
        data = read_coco(folder(tmp_path, described(TRUTH)), only_annotated=True)
        assert [picture.id for picture in data.pictures] == [100, 102]

    def test_a_missing_picture_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError, match=r"not there: .*3\.jpg"):
            read_coco(folder(tmp_path, described(TRUTH, count=4)))

    def test_a_missing_file_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError, match=r"instances_val2017\.json"):
            read_coco(tmp_path)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (
                lambda content: content.pop("images"),
                r'\.json: must have a field "images" of type list',
            ),
            (
                lambda content: content["images"][1].pop("width"),
                r'images\[1\] must have a field "width"',
            ),
            (lambda content: content["images"].clear(), "describes no pictures"),
            (
                lambda content: content["categories"].append(3),
                r'categories\[3\] must have a field "id"',
            ),
        ],
    )
    def test_what_is_wrong_in_the_file_is_named(
        self, tmp_path: Path, change: Any, message: str
    ) -> None:
        content = described(TRUTH)
        change(content)
        with pytest.raises(ValueError, match=message):
            read_coco(folder(tmp_path, content))

    def test_a_file_that_is_no_json_is_named(self, tmp_path: Path) -> None:
        root = folder(tmp_path, {})
        (root / "annotations" / "instances_val2017.json").write_text("{")
        with pytest.raises(ValueError, match="is not a JSON file"):
            read_coco(root)


def row(index: int, box: list[float], score: float, kind: int) -> list[float]:
    x, y, width, height = box
    return [index, y / 100, x / 200, (y + height) / 100, (x + width) / 200, score, kind]


def log(*responses: list[list[float]]) -> AccuracyLog:
    numbers = np.arange(len(responses))
    data = [np.array(rows, np.float32).tobytes() for rows in responses]
    return AccuracyLog(Path("log.json"), numbers, numbers, data)


class TestAccuracy:
    def test_the_truth_scores_100(self, tmp_path: Path) -> None:
        data = read_coco(folder(tmp_path, described(TRUTH)))
        answers = log([row(0, TRUTH[0][2], 0.9, 1)], [], [row(2, TRUTH[1][2], 0.8, 90)])
        verdict = accuracy_coco.judge(answers, data, labels=False)
        assert verdict.line() == "mAP=100.000%"
        assert verdict.summary.count("\n") == 11
        assert [one["image_id"] for one in verdict.detections] == [100, 102]
        assert verdict.detections[0]["bbox"] == pytest.approx(TRUTH[0][2])

    def test_labels_are_places_in_the_list_of_categories(self, tmp_path: Path) -> None:
        data = read_coco(folder(tmp_path, described(TRUTH)))
        answers = log([row(0, TRUTH[0][2], 0.9, 1)], [], [row(2, TRUTH[1][2], 0.8, 3)])
        assert accuracy_coco.judge(answers, data, labels=True).line() == "mAP=100.000%"
        assert accuracy_coco.judge(answers, data, labels=False).line() == "mAP=50.000%"

    def test_boxes_turned_round_score_nothing(self, tmp_path: Path) -> None:
        data = read_coco(folder(tmp_path, described(TRUTH)))
        index, top, left, bottom, right, *rest = row(0, TRUTH[0][2], 0.9, 1)
        answers = log([[index, left, top, right, bottom, *rest]], [], [])
        assert accuracy_coco.judge(answers, data, labels=False).mean_average_precision == 0

    def test_only_the_pictures_that_were_answered_count(self, tmp_path: Path) -> None:
        data = read_coco(folder(tmp_path, described(TRUTH)))
        some = log([row(0, TRUTH[0][2], 0.9, 1)], [])
        assert accuracy_coco.judge(some, data, labels=False).line() == "mAP=100.000%"
        assert accuracy_coco.judge(some, data.head(2), labels=False).line() == "mAP=100.000%"

    def test_no_detections_at_all(self, tmp_path: Path) -> None:
        data = read_coco(folder(tmp_path, described(TRUTH)))
        assert accuracy_coco.judge(log([], [], []), data, labels=False).line() == "mAP=0.000%"

    @pytest.mark.parametrize(
        ("responses", "message"),
        [
            (([[1.0, 2.0]],), "sample 0 has 8 bytes, not rows of 28"),
            (([row(1, TRUTH[0][2], 1, 1)],), "sample 0 says that it is for 1"),
            (([], [], [], []), "sample 3 is not in the list of 3 pictures"),
        ],
    )
    def test_what_does_not_fit_is_named(self, tmp_path: Path, responses: Any, message: str) -> None:
        data = read_coco(folder(tmp_path, described(TRUTH)))
        with pytest.raises(AccuracyLogError, match=message):
            accuracy_coco.judge(log(*responses), data, labels=False)


class TestCommand:
    def run(self, path: Path, answers: AccuracyLog, *options: str) -> None:
        records = [
            json.dumps({"seq_id": index, "qsl_idx": index, "data": data.hex()})
            for index, data in zip(answers.indices.tolist(), answers.data, strict=True)
        ]
        log_file = path / "log.json"
        log_file.write_text("\n".join(["[", ",\n".join(records), "]"]))
        files = (f"--mlperf-accuracy-file={log_file}", f"--coco-dir={path}")
        accuracy_coco.main([*files, f"--output-file={path / 'found.json'}", *options])

    def test_its_options_say_what_the_log_holds(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        folder(tmp_path, described(TRUTH))
        first, last = TRUTH[0][2], TRUTH[1][2]
        ids = log([row(0, first, 0.9, 1)], [], [row(2, last, 0.8, 90)])
        self.run(tmp_path, ids)
        self.run(
            tmp_path, log([row(0, first, 0.9, 1)], [], [row(2, last, 0.8, 3)]), "--use-inv-map"
        )
        annotated = log([row(0, first, 0.9, 1)], [row(1, last, 0.8, 90)])
        self.run(tmp_path, annotated, "--remove-48-empty-images")
        lines = capsys.readouterr().out.splitlines()
        assert [line for line in lines if line.startswith("mAP")] == ["mAP=100.000%"] * 3
        found = json.loads((tmp_path / "found.json").read_text())
        assert [one["image_id"] for one in found] == [100, 102]
