"""Reads COCO 2017: a folder of pictures and the JSON file of their boxes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mlperf_loadgen.untrusted import FileError, Folder, entries, field, read_json

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
    pictures = [
        Picture(
            id=field(entry, "id", int, where),
            name=field(entry, "file_name", str, where),
            width=field(entry, "width", int, where),
            height=field(entry, "height", int, where),
        )
        for entry, where in entries(described, "images", f"{path}:")
    ]
    categories = [
        field(entry, "id", int, where)
        for entry, where in entries(described, "categories", f"{path}:")
    ]
    if only_annotated:
        seen = {
            field(entry, "image_id", int, where)
            for entry, where in entries(described, "annotations", f"{path}:")
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
    return Coco(folder, path, pictures, categories)
