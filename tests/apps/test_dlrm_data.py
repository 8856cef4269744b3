"""Criteo's files: raw text to what the app reads, against slow and obvious ways of doing it."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reference_apps.dlrm import criteo_text, fake_criteo, npz_file, preprocess
from reference_apps.dlrm.dataset import AggregatedLibrary, Files, StoredPairs, read_test_pairs
from reference_apps.dlrm.fake_criteo import ClickModel, write_raw
from reference_apps.dlrm.preprocess import FirstAppearance
from reference_apps.dlrm.processing import to_responses
from reference_apps.dlrm.variants import KAGGLE, TERABYTE_10M, TERABYTE_40M, Variant

ROWS = 61  # a day: odd, so that the test set is rounded up
Row = tuple[int, list[int], list[int]]  # label, numbers, categories


def slow_rows(path: Path) -> list[Row]:
    rows = []
    for line in path.read_text(encoding="ascii").splitlines():
        label, *fields = line.split("\t")
        numbers = [int(field or "0") for field in fields[:13]]
        rows.append((int(label), numbers, [int(field or "0", 16) for field in fields[13:]]))
    return rows


def slow_days(folder: Path, variant: Variant) -> list[list[Row]]:
    """Rows of each day, categories numbered by first appearance over all days."""
    if variant.dataset == "kaggle":
        rows = slow_rows(folder / "train.txt")
        days = [[rows.pop(0) for _ in range(len(rows) // left)] for left in range(7, 0, -1)]
    else:
        days = [slow_rows(folder / f"day_{day}") for day in range(24)]
    seen: list[dict[int, int]] = [{} for _ in range(26)]
    for rows in days:
        for _, _, categories in rows:
            for feature, value in enumerate(categories):
                value = value % variant.max_ind_range if variant.max_ind_range else value
                categories[feature] = seen[feature].setdefault(value, len(seen[feature]))
    return days


def arrays(path: Path) -> dict[str, Any]:
    with np.load(path) as file:
        return dict(file)


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folders = {}
    for variant in (KAGGLE, TERABYTE_40M):
        folders[variant.dataset] = tmp_path_factory.mktemp(variant.dataset)
        write_raw(folders[variant.dataset], variant, ROWS)
    return folders


@pytest.fixture(scope="module")
def preprocessed(
    raw: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Files]:
    files = {}
    for variant in (KAGGLE, TERABYTE_40M):
        output = tmp_path_factory.mktemp("preprocessed")
        binary = variant is TERABYTE_40M
        files[variant.dataset] = preprocess.preprocess(
            variant, raw[variant.dataset], output, binary=binary
        )
    return files


class TestText:
    def test_against_python(self, raw: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(criteo_text, "_CHUNK_BYTES", 1000)
        path = raw["kaggle"] / "train.txt"
        slow, row = slow_rows(path), 0
        assert sum(path.read_bytes().count(b"-%d\t" % k) for k in (1, 2)) > 0
        for pairs in criteo_text.read(criteo_text.whole_file(path)):
            for label, dense, sparse in zip(pairs.labels, pairs.dense, pairs.sparse, strict=True):
                assert (label, dense.tolist(), sparse.tolist()) == slow[row]
                row += 1
        assert row == len(slow) == 7 * ROWS

    def test_parts_are_as_equal_as_can_be(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(criteo_text, "_CHUNK_BYTES", 100)
        lines = [line("1", number=str(k)) for k in range(17)]
        (tmp_path / "train.txt").write_text("\n".join(lines), encoding="ascii")  # no last newline
        found = []
        for extent in criteo_text.split(tmp_path / "train.txt", 7):
            read = [pairs.dense[:, 0] for pairs in criteo_text.read(extent)]
            found.append(np.concatenate(read).tolist())
            assert len(found[-1]) == extent.rows
        assert [len(part) for part in found] == [3, 3, 3, 2, 2, 2, 2]
        assert [number for part in found for number in part] == list(range(17))

    @pytest.mark.parametrize(
        ("text", "fault"),
        [
            ("1\t2", r"day, line 2: a line must have 40 fields separated by tabs, not 2"),
            ("2" + "\t" * 39, r"line 2: the label must be 0 or 1, not 2"),
            ("1" + "\t3x" + "\t" * 38, r"line 2, field 2: b'3x' is not an integer"),
            ("1\t-" + "\t" * 38, r"field 2: b'-' is not an integer"),
            ("1\t2147483648" + "\t" * 38, r"field 2: b'2147483648' is not an integer"),
            ("1" + "\t" * 38 + "\tfffffffg", r"field 40: b'fffffffg' is not a hexadecimal"),
            ("1" + "\t" * 38 + "\t123456789", r"field 40: b'123456789' is not a hexadecimal"),
            ("1" + "\t" * 38 + "\t-1", r"field 40: b'-1' is not a hexadecimal"),
        ],
    )
    def test_faults_are_named(self, tmp_path: Path, text: str, fault: str) -> None:
        (tmp_path / "day").write_text(f"{line('0')}\n{text}\n", encoding="ascii")
        with pytest.raises(ValueError, match=fault):
            list(criteo_text.read(criteo_text.whole_file(tmp_path / "day")))

    def test_the_largest_numbers(self, tmp_path: Path) -> None:
        fields = ["1", "-2147483648", *["2147483647"] * 12, *["ffffffff"] * 25, "FFFFFFFE"]
        (tmp_path / "day").write_text("\t".join(fields) + "\n", encoding="ascii")
        (pairs,) = criteo_text.read(criteo_text.whole_file(tmp_path / "day"))
        assert pairs.dense.tolist() == [[-(2**31), *[2**31 - 1] * 12]]
        assert pairs.sparse.tolist() == [[*[2**32 - 1] * 25, 2**32 - 2]]

    def test_labels_alone(self, raw: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(criteo_text, "_CHUNK_BYTES", 1000)
        path = raw["terabyte"] / "day_23"
        expected = [label for label, _, _ in slow_rows(path)]
        assert criteo_text.read_labels(path, 40).tolist() == expected[:40]
        assert criteo_text.read_labels(path, ROWS).tolist() == expected
        with pytest.raises(
            ValueError, match=f"day_23 must have at least {ROWS + 1} lines, not {ROWS}"
        ):
            criteo_text.read_labels(path, ROWS + 1)


def line(label: str, number: str = "") -> str:
    return "\t".join((label, number, *[""] * 38))


class TestNumbering:
    def test_against_a_dictionary(self) -> None:
        random, seen, numbering = np.random.default_rng(3), dict[int, int](), FirstAppearance()
        blocks = [random.integers(-50, 50, 40).astype(np.int32) for _ in range(6)]
        for block in blocks:
            numbering.add(block)
            for value in block.tolist():
                seen.setdefault(value, len(seen))
            assert numbering.unique().tolist() == list(seen)
        again = FirstAppearance(numbering.unique())
        for block in blocks:
            assert again.numbers(block).tolist() == [seen[value] for value in block.tolist()]


class TestPreprocess:
    @pytest.mark.parametrize("variant", [KAGGLE, TERABYTE_40M], ids=lambda v: str(v.dataset))
    def test_each_day_against_python(
        self, variant: Variant, raw: dict[str, Path], preprocessed: dict[str, Files]
    ) -> None:
        files = preprocessed[variant.dataset]
        days = slow_days(raw[variant.dataset], variant)
        for day, rows in enumerate(days):
            processed = arrays(files.processed(day))
            assert processed["y"].tolist() == [label for label, _, _ in rows]
            assert processed["X_cat"].tolist() == [categories for _, _, categories in rows]
            assert processed["X_int"].tolist() == [
                [max(number, 0) for number in numbers] for _, numbers, _ in rows
            ]
        assert arrays(files.rows_of_days())["total_per_file"].tolist() == [ROWS] * files.days
        counts = arrays(files.table_sizes())["counts"].tolist()
        assert counts == [
            1 + max(categories[feature] for rows in days for _, _, categories in rows)
            for feature in range(26)
        ]

    @pytest.mark.parametrize("dataset", ["kaggle", "terabyte"])
    def test_training_days_are_shuffled_and_nothing_is_lost(
        self, dataset: str, preprocessed: dict[str, Files]
    ) -> None:
        files = preprocessed[dataset]
        last = files.last_day
        for name, array in arrays(files.processed(last)).items():
            np.testing.assert_array_equal(arrays(files.reordered(last))[name], array)

        def rows(day: int, path: Any) -> list[tuple[int, ...]]:
            found = arrays(path(day))
            table = np.column_stack((found["y"], found["X_int"], found["X_cat"]))
            return list(map(tuple, table.tolist()))

        before = [row for day in range(last) for row in rows(day, files.processed)]
        after = [row for day in range(last) for row in rows(day, files.reordered)]
        assert before != after
        assert sorted(before) == sorted(after)
        first_day = set(rows(0, files.processed))
        assert 0 < len(first_day.intersection(rows(0, files.reordered))) < ROWS

    def test_an_interrupted_run_goes_on(
        self, raw: dict[str, Path], preprocessed: dict[str, Files], tmp_path: Path, monkeypatch: Any
    ) -> None:
        write, left = npz_file.write, iter(range(40))

        def interrupted(path: Path, content: Any) -> None:
            if next(left, None) is None:
                raise KeyboardInterrupt
            write(path, content)

        with monkeypatch.context() as patch:
            patch.setattr(npz_file, "write", interrupted)
            with pytest.raises(KeyboardInterrupt):
                preprocess.preprocess(KAGGLE, raw["kaggle"], tmp_path / "out")
        kept = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").glob("*y_0.npz")}
        assert kept
        files = preprocess.preprocess(KAGGLE, raw["kaggle"], tmp_path / "out")
        assert {name: (tmp_path / "out" / name).stat().st_mtime_ns for name in kept} == kept
        names = sorted(path.name for path in (tmp_path / "out").iterdir())
        assert names == sorted(path.name for path in preprocessed["kaggle"].folder.iterdir())
        for day in range(7):
            for name, array in arrays(preprocessed["kaggle"].reordered(day)).items():
                np.testing.assert_array_equal(arrays(files.reordered(day))[name], array)

    def test_sub_sampling_drops_rows_without_a_click(
        self, raw: dict[str, Path], tmp_path: Path
    ) -> None:
        variant = replace(KAGGLE, data_sub_sample_rate=0.875)
        files = preprocess.preprocess(variant, raw["kaggle"], tmp_path)
        labels = np.concatenate([arrays(files.parsed(day))["y"] for day in range(7)])
        before = [label for label, _, _ in slow_rows(raw["kaggle"] / "train.txt")]
        assert labels.sum() == sum(before)
        clickless = before.count(0)
        assert (labels == 0).sum() == pytest.approx(0.125 * clickless, abs=0.05 * clickless)

    def test_files_made_with_other_settings_are_not_mixed(self, raw: dict[str, Path]) -> None:
        output = raw["kaggle"].parent / "mixed"
        preprocess.preprocess(KAGGLE, raw["kaggle"], output)
        with pytest.raises(ValueError, match="made with other settings"):
            preprocess.preprocess(replace(KAGGLE, max_ind_range=9), raw["kaggle"], output)

    def test_days_on_which_no_row_is_kept(self, tmp_path: Path) -> None:
        lines = [line(str(int(day == 6)), number="5") for day in range(7)]
        (tmp_path / "train.txt").write_text("\n".join(lines) + "\n", encoding="ascii")
        files = preprocess.preprocess(replace(KAGGLE, data_sub_sample_rate=1.0), tmp_path)
        assert arrays(files.rows_of_days())["total_per_file"].tolist() == [0, 0, 0, 0, 0, 0, 1]
        assert len(read_test_pairs(tmp_path, "kaggle")) == 1

    def test_the_command_names_what_is_missing(self, tmp_path: Path) -> None:
        with pytest.raises(
            FileNotFoundError, match=r"no such file: .*day_0; the raw text of all days is needed"
        ):
            preprocess.main(["--dataset-path", str(tmp_path)])


class TestTestSet:
    def test_the_first_half_of_the_last_day(
        self, raw: dict[str, Path], preprocessed: dict[str, Files]
    ) -> None:
        rows = slow_days(raw["terabyte"], TERABYTE_40M)[23][: (ROWS + 1) // 2]
        for binary in (False, True):
            stored = read_test_pairs(preprocessed["terabyte"].folder, "terabyte", binary=binary)
            assert len(stored) == 31
            pairs = stored.read(slice(None), TERABYTE_40M)
            assert pairs.labels.tolist() == [label for label, _, _ in rows]
            assert pairs.sparse.tolist() == [categories for _, _, categories in rows]
            logs = [[math.log(max(n, 0) + 1) for n in numbers] for _, numbers, _ in rows]
            np.testing.assert_allclose(pairs.dense, logs, rtol=1e-6)
            assert isinstance(stored.sparse, np.memmap)

    def test_the_binary_file_is_int32_records(self, preprocessed: dict[str, Files]) -> None:
        records = np.fromfile(preprocessed["terabyte"].binary(), "<i4").reshape(-1, 40)
        last = arrays(preprocessed["terabyte"].processed(23))
        np.testing.assert_array_equal(records[:, 0], last["y"][:31])
        np.testing.assert_array_equal(records[:, 1:14], last["X_int"][:31])
        np.testing.assert_array_equal(records[:, 14:], last["X_cat"][:31])

    @pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
    @pytest.mark.parametrize("dtype", [np.int32, np.float64])
    def test_files_of_the_official_script(
        self, preprocessed: dict[str, Files], tmp_path: Path, save: Any, dtype: Any
    ) -> None:
        source = preprocessed["kaggle"]
        last = {key: v.astype(dtype) for key, v in arrays(source.reordered(6)).items()}
        save(Files(tmp_path, "kaggle").reordered(6), **last)
        ours = read_test_pairs(source.folder, "kaggle").read(slice(None), KAGGLE)
        theirs = read_test_pairs(tmp_path, "kaggle").read(slice(None), KAGGLE)
        np.testing.assert_array_equal(theirs.sparse, ours.sparse)
        np.testing.assert_array_equal(theirs.dense, ours.dense)
        np.testing.assert_array_equal(theirs.labels, ours.labels)

    def test_categories_are_taken_modulo(self, preprocessed: dict[str, Files]) -> None:
        stored = read_test_pairs(preprocessed["kaggle"].folder, "kaggle")
        pairs = stored.read(np.array([3, 1]), KAGGLE.with_max_rows(5))
        np.testing.assert_array_equal(pairs.sparse, stored.sparse[[3, 1]] % 5)

    def test_a_category_without_a_row_is_named(self, preprocessed: dict[str, Files]) -> None:
        stored = read_test_pairs(preprocessed["kaggle"].folder, "kaggle")
        small = replace(KAGGLE, table_rows=(1460, 2, *KAGGLE.table_rows[2:]))
        with pytest.raises(ValueError, match=r"feature 1 must be from 0 to 1 in kaggle, not \d+ "):
            stored.read(slice(None), small)

    def test_what_is_missing_or_damaged_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(
            FileNotFoundError, match=r"no such file: .*day_23_reordered\.npz; make it with"
        ):
            read_test_pairs(tmp_path, "terabyte")
        with pytest.raises(FileNotFoundError, match="--mlperf-bin-loader"):
            read_test_pairs(tmp_path, "terabyte", binary=True)
        files = Files(tmp_path, "terabyte")
        files.binary().write_bytes(b"123")
        with pytest.raises(
            ValueError, match="must be one or more records of 160 bytes, not 3 bytes"
        ):
            read_test_pairs(tmp_path, "terabyte", binary=True)
        files.reordered(23).write_bytes(b"123")
        with pytest.raises(ValueError, match=r"day_23_reordered\.npz has no array y"):
            read_test_pairs(tmp_path, "terabyte")
        wrong = {"y": np.zeros(4), "X_int": np.zeros((4, 12)), "X_cat": np.zeros((4, 26))}
        npz_file.write(files.reordered(23), wrong)
        with pytest.raises(ValueError, match=r"X_int must have the shape \(2, 13\), not \(2, 12\)"):
            read_test_pairs(tmp_path, "terabyte")
        npz_file.write(files.reordered(23), wrong | {"y": np.zeros((4, 0), np.int32)})
        with pytest.raises(ValueError, match=r"y must have the shape \(2,\), not \(2, 0\)"):
            read_test_pairs(tmp_path, "terabyte")


class TestLibrary:
    @pytest.fixture
    def stored(self, preprocessed: dict[str, Files]) -> StoredPairs:
        return read_test_pairs(preprocessed["kaggle"].folder, "kaggle")

    @pytest.fixture
    def library(self, stored: StoredPairs) -> AggregatedLibrary:
        bounds = np.array([0, 3, 4, 10, 12, 15])
        return AggregatedLibrary(stored, KAGGLE, bounds, performance_sample_count=4)

    def test_a_batch_against_one_by_one(
        self, library: AggregatedLibrary, stored: StoredPairs
    ) -> None:
        library.load(np.array([4, 2, 0, 2]))
        batch = library.batch(np.array([2, 4, 2, 0]))
        rows = [*range(4, 10), *range(12, 15), *range(4, 10), *range(3)]
        expected = stored.read(np.array(rows), KAGGLE)
        np.testing.assert_array_equal(batch.pairs.dense, expected.dense)
        np.testing.assert_array_equal(batch.pairs.sparse, expected.sparse)
        np.testing.assert_array_equal(batch.pairs.labels, expected.labels)
        probabilities = np.arange(len(rows), dtype=np.float32)
        found = to_responses(batch, probabilities)
        assert [len(rows) for rows in found] == [6, 3, 6, 3]
        together = np.concatenate(list(found))
        np.testing.assert_array_equal(together[:, 0], probabilities)
        np.testing.assert_array_equal(together[:, 1], expected.labels)

    def test_samples_of_one_length_are_answered_by_one_array(
        self, library: AggregatedLibrary
    ) -> None:
        library.load(np.arange(5))
        batch = library.batch(np.array([0, 4]))
        found = to_responses(batch, np.arange(6, dtype=np.float32))
        assert isinstance(found, np.ndarray)
        assert found.shape == (2, 3, 2)
        assert found[..., 0].tolist() == [[0, 1, 2], [3, 4, 5]]

    def test_samples_that_are_not_there(self, library: AggregatedLibrary) -> None:
        assert len(library) == 5
        assert library.performance_sample_count == 4
        library.load(np.array([1, 3]))
        for wrong in (0, 2, 4):
            with pytest.raises(LookupError, match="not all of the samples"):
                library.batch(np.array([1, wrong]))
        library.unload(np.array([1, 3]))
        with pytest.raises(LookupError):
            library.batch(np.array([1]))
        with pytest.raises(IndexError, match="samples 0 to 4"):
            library.load(np.array([5]))


class TestClickModel:
    def test_clicks_come_with_their_probabilities(self) -> None:
        day = ClickModel(KAGGLE).day(1, 20_000)
        for least in (0.0, 0.2, 0.4, 0.6):
            among = (day.probabilities >= least) & (day.probabilities < least + 0.2)
            expected = day.probabilities[among].mean()
            assert day.pairs.labels[among].mean() == pytest.approx(expected, abs=0.03)

    def test_the_command_makes_a_set_that_can_be_read(self) -> None:
        fake_criteo.main(["terabyte0875", "--output", "fake", "--rows-a-day", "64"])
        ours = read_test_pairs(Path("fake"), "terabyte").read(slice(None), TERABYTE_10M)
        binary = read_test_pairs(Path("fake"), "terabyte", binary=True)
        np.testing.assert_array_equal(ours.labels, binary.labels)
        assert slow_rows(Path("fake", "day_23"))[0][0] in (0, 1)
        assert len(slow_rows(Path("fake", "day_23"))) == 64

    def test_tables_have_room_for_all_values(self) -> None:
        for variant in (KAGGLE, TERABYTE_10M, TERABYTE_40M):
            sparse = ClickModel(variant).day(0, 5000).pairs.sparse
            for feature, rows in enumerate(variant.table_rows):
                assert 1 < len(np.unique(sparse[:, feature])) <= rows
