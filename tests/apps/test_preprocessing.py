"""Each way of pre-processing, pixel by pixel against OpenCV and Pillow done by hand."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import skimage
from numpy.typing import NDArray
from PIL import Image

from reference_apps.vision import preprocessing
from reference_apps.vision.prepared import Prepared

CAT = Path(skimage.__file__).parent / "data" / "chelsea.png"  # 451 x 300
SHAPES = {"wide": None, "tall": cv2.ROTATE_90_CLOCKWISE}


@pytest.fixture(params=SHAPES)
def cat(request: pytest.FixtureRequest) -> NDArray[np.uint8]:
    picture = cv2.imread(str(CAT))
    turn = SHAPES[request.param]
    return picture if turn is None else cv2.rotate(picture, turn)


def middle(picture: NDArray[Any]) -> NDArray[Any]:
    top, left = ((side - 224) // 2 for side in picture.shape[:2])
    return picture[top : top + 224, left : left + 224]


def resized_256(picture: NDArray[np.uint8], how: int) -> NDArray[np.uint8]:
    height, width = picture.shape[:2]
    sides = (256, 256 * height // width) if height > width else (256 * width // height, 256)
    resized: NDArray[np.uint8] = cv2.resize(
        cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), sides, None, 0, 0, how
    )
    return resized


def test_vgg(cat: NDArray[np.uint8]) -> None:
    by_hand = middle(resized_256(cat, cv2.INTER_AREA)).astype("float32")
    by_hand = by_hand - np.array([123.68, 116.78, 103.94], "float32")
    result = preprocessing.vgg(cat)
    assert result.dtype == np.float32
    np.testing.assert_array_equal(result, by_hand)


def test_mobilenet(cat: NDArray[np.uint8]) -> None:
    by_hand = middle(resized_256(cat, cv2.INTER_LINEAR)).astype("float32")
    by_hand = (by_hand / 255 - 0.5) * 2
    np.testing.assert_array_equal(preprocessing.mobilenet(cat), by_hand)


def test_torchvision(cat: NDArray[np.uint8]) -> None:
    image = Image.fromarray(cat[..., ::-1])
    width, height = image.size
    sides = (256, int(256 * height / width)) if width < height else (int(256 * width / height), 256)
    image = image.resize(sides, Image.Resampling.BILINEAR)
    left, top = (round((side - 224) / 2.0) for side in image.size)
    pixels = np.array(image.crop((left, top, left + 224, top + 224))).astype("float32") / 255
    by_hand = (pixels - np.array([0.485, 0.456, 0.406], "float32")) / np.array(
        [0.229, 0.224, 0.225], "float32"
    )
    np.testing.assert_allclose(preprocessing.torchvision(cat), by_hand, atol=1e-6)


def plain(picture: NDArray[np.uint8], side: int) -> NDArray[np.float32]:
    resized: NDArray[np.float32] = cv2.resize(
        cv2.cvtColor(picture.astype("float32"), cv2.COLOR_BGR2RGB), (side, side)
    )
    return resized


def test_coco_uint8(cat: NDArray[np.uint8]) -> None:
    result = preprocessing.coco_uint8(cat)
    assert result.dtype == np.uint8
    np.testing.assert_array_equal(result, np.floor(plain(cat, 300)))


def test_coco_centred(cat: NDArray[np.uint8]) -> None:
    np.testing.assert_array_equal(
        preprocessing.coco_centred(cat), (plain(cat, 300) - 127.5) / 127.5
    )


def test_coco_normalized(cat: NDArray[np.uint8]) -> None:
    by_hand = (plain(cat, 1200) / 255 - np.array([0.485, 0.456, 0.406])) / [0.229, 0.224, 0.225]
    result = preprocessing.coco_normalized(cat)
    assert result.shape == (1200, 1200, 3)
    np.testing.assert_allclose(result, by_hand, atol=1e-5)


def test_a_square_picture_of_the_right_size_is_only_shifted() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (300, 300, 3), np.uint8)
    np.testing.assert_array_equal(preprocessing.coco_uint8(picture), picture[..., ::-1])


@pytest.mark.parametrize(
    ("width", "cut", "rounded"), [(300, 38, 38), (301, 38, 38), (302, 39, 39), (303, 39, 40)]
)
@pytest.mark.parametrize("tall", [False, True])
def test_the_middle_where_margins_are_odd(width: int, cut: int, rounded: int, tall: bool) -> None:
    """Half of an odd margin is cut off, but torchvision rounds it, to the even number."""
    columns = np.arange(width).astype(np.uint8)  # from 256 on they begin anew
    picture = np.repeat(np.tile(columns, (256, 1))[..., None], 3, axis=2)
    picture = np.ascontiguousarray(picture.transpose(1, 0, 2)) if tall else picture

    def first(pixels: NDArray[np.float32]) -> float:
        assert pixels.shape == (224, 224, 3)
        line = pixels[:, 0, 0] if tall else pixels[0, :, 0]
        return float(line[0])

    assert first(preprocessing.vgg(picture)) == pytest.approx(cut - 123.68)
    assert first(preprocessing.mobilenet(picture)) == pytest.approx((cut / 255 - 0.5) * 2)
    expected = (rounded / 255 - 0.485) / 0.229
    assert first(preprocessing.torchvision(picture)) == pytest.approx(expected, rel=1e-5)


def test_channels_first(cat: NDArray[np.uint8]) -> None:
    pixels = preprocessing.mobilenet(cat)
    result = preprocessing.to_nchw(pixels)
    assert result.shape == (3, 224, 224)
    assert result.flags.c_contiguous
    np.testing.assert_array_equal(result[2], pixels[..., 2])


class TestRead:
    def test_grey_pictures_have_three_channels(self, tmp_path: Path) -> None:
        cv2.imwrite(str(tmp_path / "grey.png"), np.full((5, 4), 7, np.uint8))
        assert preprocessing.read(tmp_path / "grey.png").tolist() == [[[7] * 3] * 4] * 5

    @pytest.mark.parametrize("content", [b"", b"no picture", CAT.read_bytes()[:100]])
    def test_what_is_no_picture_is_named(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "broken.jpg").write_bytes(content)
        with pytest.raises(ValueError, match=r"broken\.jpg is not a picture"):
            preprocessing.read(tmp_path / "broken.jpg")


class TestPrepared:
    def make(self, folder: Path) -> Prepared:
        return Prepared(preprocessing.mobilenet, "NHWC", folder=folder / "cache")

    def files(self, folder: Path) -> list[Path]:
        return sorted((folder / "cache").rglob("*.npy"))

    def test_a_picture_is_prepared_once(self, tmp_path: Path) -> None:
        source = tmp_path / "cat.png"
        source.write_bytes(CAT.read_bytes())
        first = self.make(tmp_path)(source)
        np.testing.assert_array_equal(first, preprocessing.mobilenet(preprocessing.read(CAT)))
        (kept,) = self.files(tmp_path)
        np.save(kept, np.zeros(3, np.float32))
        assert self.make(tmp_path)(source).tolist() == [0, 0, 0]

    def test_a_file_that_is_cut_off_is_made_again(self, tmp_path: Path) -> None:
        first = self.make(tmp_path)(CAT)
        (kept,) = self.files(tmp_path)
        for size in (0, 20, 5000):
            kept.write_bytes(kept.read_bytes()[:size])
            np.testing.assert_array_equal(self.make(tmp_path)(CAT), first)

    @pytest.mark.parametrize(("later_ns", "rows"), [(1, 0), (0, 1)], ids=["time", "size"])
    def test_a_picture_that_changed_is_prepared_again(
        self, tmp_path: Path, later_ns: int, rows: int
    ) -> None:
        source = tmp_path / "picture.bmp"
        cv2.imwrite(str(source), cv2.imread(str(CAT)))
        before = source.stat()
        first = self.make(tmp_path)(source)
        cv2.imwrite(str(source), cv2.imread(str(CAT))[: -rows or None, ::-1])
        assert (source.stat().st_size == before.st_size) == (rows == 0)
        os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns + later_ns))
        assert not np.array_equal(self.make(tmp_path)(source), first)

    def test_all_are_prepared_before_they_are_asked_for(self, tmp_path: Path) -> None:
        sources = []
        for number in range(5):
            sources.append(tmp_path / f"{number}.png")
            cv2.imwrite(str(sources[-1]), np.full((40, 30, 3), number, np.uint8))
        self.make(tmp_path).prepare(sources)
        files = self.files(tmp_path)
        assert len(files) == 5
        times = [file.stat().st_mtime_ns for file in files]
        self.make(tmp_path).prepare(sources)
        assert [file.stat().st_mtime_ns for file in files] == times
        sources[3].write_bytes(b"no picture")
        with pytest.raises(ValueError, match=r"3\.png is not a picture"):
            self.make(tmp_path).prepare(sources)

    def test_layouts_and_kinds_do_not_meet(self, tmp_path: Path) -> None:
        for preprocess in (preprocessing.vgg, preprocessing.mobilenet):
            for layout in ("NHWC", "NCHW"):
                Prepared(preprocess, layout, folder=tmp_path / "cache")(CAT)
        assert len(self.files(tmp_path)) == 4

    def test_an_unknown_layout_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match='layout must be "NCHW" or "NHWC", not "CHWN"'):
            Prepared(preprocessing.vgg, "CHWN", folder=tmp_path)
