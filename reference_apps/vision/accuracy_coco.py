"""Computes COCO mAP from an accuracy log: python -m reference_apps.vision.accuracy_coco --help"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mlperf_loadgen.harness.accuracy_log import AccuracyLog, AccuracyLogError, read_accuracy_log
from mlperf_loadgen.harness.extras import require

from reference_apps.vision.coco import Coco, read_coco
from reference_apps.vision.detections import COLUMNS


@dataclass(frozen=True)
class Verdict:
    """The detections as COCO tools read them, and what pycocotools says of them."""

    detections: list[dict[str, Any]]
    summary: str  # its twelve lines
    mean_average_precision: float  # 0..1

    def line(self) -> str:
        """Returns the line that the submission checker reads."""
        return f"mAP={100 * self.mean_average_precision:.3f}%"


def judge(log: AccuracyLog, data: Coco, *, labels: bool) -> Verdict:
    """Evaluates responses, one a sample (see AccuracyLog.unique), over the pictures that were
    answered.

    labels: the responses have labels 1..80, places in the list of categories; else category ids.

    Raises AccuracyLogError for a response that is not a table of 7 columns, that names another
    sample than its own, or whose sample the data set does not have.
    """
    detections: list[dict[str, Any]] = []
    pictures: list[int] = []
    for index, response in zip(log.indices.tolist(), log.data, strict=True):
        if index >= len(data):
            raise AccuracyLogError(
                f"{log.path}: sample {index} is not in the list of {len(data)} pictures"
            )
        pictures.append(data.pictures[index].id)
        detections += _detections(log.path, index, response, data, labels)
    summary, score = _evaluate(data.annotations, detections, pictures)
    return Verdict(detections, summary, score)


def _detections(
    path: Path, index: int, response: bytes, data: Coco, labels: bool
) -> list[dict[str, Any]]:
    if len(response) % (COLUMNS * 4):
        raise AccuracyLogError(
            f"{path}: the response for sample {index} has {len(response)} bytes, not rows of "
            f"{COLUMNS * 4}"
        )
    picture = data.pictures[index]
    rows = []
    for row in np.frombuffer(response, np.float32).reshape(-1, COLUMNS).tolist():
        if int(row[0]) != index:
            raise AccuracyLogError(
                f"{path}: the response for sample {index} says that it is for {int(row[0])}"
            )
        top, left, bottom, right = (
            part * side
            for part, side in zip(row[1:5], (picture.height, picture.width) * 2, strict=True)
        )
        label = int(row[6])
        category = label
        if labels:
            category = data.category_ids[label - 1] if 0 < label <= len(data.category_ids) else -1
        rows.append(
            {
                "image_id": picture.id,
                "image_loc": picture.name,
                "category_id": category,
                "bbox": [left, top, right - left, bottom - top],
                "score": row[5],
            }
        )
    return rows


def _evaluate(
    annotations: Path, detections: list[dict[str, Any]], pictures: list[int]
) -> tuple[str, float]:
    coco = require("pycocotools.coco")
    evaluation = require("pycocotools.cocoeval")
    spoken = io.StringIO()
    with contextlib.redirect_stdout(spoken):
        truth = coco.COCO(str(annotations))
        if not detections:  # which pycocotools does not take
            return "no detections", 0.0
        judged = evaluation.COCOeval(truth, truth.loadRes(detections), "bbox")
        judged.params.imgIds = pictures
        judged.evaluate()
        judged.accumulate()
        spoken.truncate(0)
        spoken.seek(0)
        judged.summarize()
    return spoken.getvalue().rstrip(), max(0.0, float(judged.stats[0]))


def main(argv: Sequence[str] | None = None) -> None:
    """Prints the summary of pycocotools and the line that checkers read."""
    parser = argparse.ArgumentParser(description="COCO mAP from an accuracy log.")
    parser.add_argument("--mlperf-accuracy-file", type=Path, required=True, metavar="FILE")
    parser.add_argument("--coco-dir", type=Path, required=True, metavar="DIR")
    parser.add_argument(
        "--use-inv-map", action="store_true", help="responses have labels 1..80, not category ids"
    )
    parser.add_argument(
        "--remove-48-empty-images",
        action="store_true",
        help="the run left out pictures without boxes",
    )
    parser.add_argument(
        "--output-file", type=Path, default=Path("coco-results.json"), metavar="FILE"
    )
    parser.add_argument("--verbose", action="store_true", help="say how much was evaluated")
    args = parser.parse_args(argv)
    data = read_coco(args.coco_dir, only_annotated=args.remove_48_empty_images)
    log = read_accuracy_log(args.mlperf_accuracy_file).unique()
    verdict = judge(log, data, labels=args.use_inv_map)
    args.output_file.write_text(json.dumps(verdict.detections), encoding="utf-8")
    if args.verbose:
        print(f"{len(log)} pictures, {len(verdict.detections)} detections")
    print(verdict.summary)
    print(verdict.line())


if __name__ == "__main__":
    main()
