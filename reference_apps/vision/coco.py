"""Reads COCO 2017: a folder of pictures and the JSON file of their boxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mlperf_loadgen.harness.untrusted import FileError, Folder, read_json

ANNOTATIONS = Path("annotations", "instances_val2017.json")
PICTURES = Path("val2017")


@dataclass(frozen=True)
class Picture:
    """One picture of the JSON file."""

    id: int
    name: str  # relative to val2017
    width: int
    height: int


@dataclass(frozen=True)
class Coco:
    """Pictures in the order of the file, which is that of the samples."""

    folder: Path
    annotations: Path
    pictures: Sequence[Picture]
    category_ids: Sequence[int]  # in the order of the file; label i is the one at i - 1

    def __len__(self) -> int:
        return len(self.pictures)

    def head(self, count: int | None) -> Coco:
        """Returns the first `count` pictures, or all."""
        return replace(self, pictures=self.pictures[:count])

    def file(self, index: int) -> Path:
        """Returns the path of the picture of a sample."""
        return self.folder / PICTURES / self.pictures[index].name


def read_coco(
    folder: Path, annotations: Path | None = None, *, only_annotated: bool = False
) -> Coco:
    """Returns the data set in `folder`, described by `annotations` (None: its
    instances_val2017.json).

    only_annotated: leave out pictures without a box; 48 of the 5,000 official ones have none.

    Raises FileNotFoundError naming the file that is missing, and FileError for a JSON file of
    another form, which names the entry, for one without pictures, and for a picture that is not in
    the folder.
    """
    path = annotations or folder / ANNOTATIONS
    described = read_json(path)
    entries = {name: _entries(path, described, name) for name in ("images", "categories")}
    pictures = [
        Picture(
            id=_field(path, "images", number, entry, "id", int),
            name=_field(path, "images", number, entry, "file_name", str),
            width=_field(path, "images", number, entry, "width", int),
            height=_field(path, "images", number, entry, "height", int),
        )
        for number, entry in enumerate(entries["images"])
    ]
    if only_annotated:
        boxes = _entries(path, described, "annotations")
        seen = {
            _field(path, "annotations", number, entry, "image_id", int)
            for number, entry in enumerate(boxes)
        }
        pictures = [picture for picture in pictures if picture.id in seen]
    if not pictures:
        raise FileError(f"{path} describes no pictures")
    there = Folder(folder / PICTURES)
    for number, picture in enumerate(pictures):
        if min(picture.width, picture.height) < 1:
            raise FileError(f"{path}: images[{number}] has no pixels")
        file = there.file(picture.name, f"{path}: images[{number}]")
        if not file.is_file():
            raise FileNotFoundError(f"{path} names a picture that is not there: {file}")
    categories = [
        _field(path, "categories", number, entry, "id", int)
        for number, entry in enumerate(entries["categories"])
    ]
    return Coco(folder, path, pictures, categories)


def _entries(path: Path, described: Any, name: str) -> list[Any]:
    entries = described.get(name) if isinstance(described, Mapping) else None
    if not isinstance(entries, list):
        raise FileError(f'{path} has no list "{name}"')
    return entries


def _field(path: Path, what: str, number: int, entry: Any, name: str, kind: type) -> Any:
    value = entry.get(name) if isinstance(entry, Mapping) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise FileError(f'{path}: {what}[{number}] has no "{name}" of type {kind.__name__}')
    return value
