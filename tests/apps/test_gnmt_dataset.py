"""Tests reading the files of newstest2014."""

from __future__ import annotations

from pathlib import Path

import pytest

from reference_apps.gnmt import dataset
from reference_apps.gnmt.dataset import (
    SPECIAL,
    Lines,
    Vocabulary,
    join_pieces,
    read_newstest,
    read_references,
    read_vocabulary,
)


def write(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize("chunk", [1, 3, 7, 1 << 22])
@pytest.mark.parametrize("end", ["", "\n"])
def test_lines(chunk: int, end: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only line feeds end lines and only spaces separate words, whatever else Unicode has."""
    monkeypatch.setattr(dataset, "_CHUNK", chunk)
    written = ["Straße 1", " two  words ", "one", "a\u2028b\u00a0c \x85d", "x y z"]
    read = Lines(write(tmp_path / "text", "\n".join(written) + end))
    assert [read[number] for number in range(len(read))] == written
    assert read.words.tolist() == [2, 2, 1, 2, 3]


def test_invalid_lines(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no such file: .*nowhere"):
        Lines(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="text has no lines"):
        Lines(write(tmp_path / "text", ""))
    with pytest.raises(ValueError, match="text, line 2: must have at least one word"):
        Lines(write(tmp_path / "text", "a\n \nb\n"))
    (tmp_path / "text").write_bytes(b"a\n\xff\n")
    with pytest.raises(ValueError, match="text, line 2: 'utf-8' codec"):
        Lines(tmp_path / "text")[1]


def test_vocabulary(tmp_path: Path) -> None:
    read = read_vocabulary(write(tmp_path / "v", "<unk>\n<s>\n</s>\nHau@@\nse\n.\n"))
    assert len(read) == 6
    assert read.ids("Hau@@ se  weg .").tolist() == [3, 4, 0, 5]
    assert read.sentence([3, 4, 5]) == "Hause ."


def test_special_words_are_added_to_a_vocabulary_without_them(tmp_path: Path) -> None:
    assert read_vocabulary(write(tmp_path / "v", "a\nb\n")).words == (*SPECIAL, "a", "b")
    with pytest.raises(ValueError, match=r"v: duplicate word '<unk>'"):
        read_vocabulary(write(tmp_path / "v", "<s>\n</s>\n<unk>\n"))


def test_a_duplicate_word_is_refused() -> None:
    with pytest.raises(ValueError, match="duplicate word 'a'"):
        Vocabulary(["a", "b", "a"])


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        ("Hau@@ se .", "Hause ."),
        ("un@@ be@@ kannt", "unbekannt"),
        ("a@b @ @-@ c", "a@b @ @-@ c"),
        ("das Hau@@", "das"),
        ("das un@@ be@@", "das"),
        ("Hau@@", ""),
        ("", ""),
    ],
)
def test_pieces_are_joined(pieces: str, words: str) -> None:
    assert join_pieces(pieces) == words


def test_a_folder(tmp_path: Path) -> None:
    write(tmp_path / dataset.SOURCE, "a b\nb\n")
    write(tmp_path / dataset.REFERENCE, "A@@ b\nb\n")
    write(tmp_path / dataset.SOURCE_VOCABULARY, "a\nb\n")
    with pytest.raises(FileNotFoundError, match=r"no such file: .*vocab\.bpe\.32000\.de"):
        read_newstest(tmp_path, large=False)
    write(tmp_path / dataset.TARGET_VOCABULARY, "c\n")
    with pytest.raises(FileNotFoundError, match=r"newstest2014.tok.bpe.32000.en.large"):
        read_newstest(tmp_path, large=True)
    data = read_newstest(tmp_path, large=False)
    assert len(data.source) == 2
    assert (len(data.source_words), len(data.target_words)) == (5, 4)
    assert read_references(data.reference) == ["Ab", "b"]
    write(tmp_path / dataset.LARGE_SOURCE, "b\n" * 6)
    assert len(read_newstest(tmp_path, large=True).source) == 6
