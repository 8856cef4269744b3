"""Text to WordPieces, as the uncased BERT models have them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mlperf_loadgen.harness.untrusted import FileError, read_text
from tokenizers import BertWordPieceTokenizer

PAD, UNKNOWN, CLS, SEP, MASK = SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_LARGEST = 16 << 20  # bytes; the official one has 232 kB


class WordPiece:
    """A vocabulary and how text is cut into its pieces: in lower case, without accents, apart at
    spaces and punctuation, each word into the longest pieces that there are. Any thread.
    """

    def __init__(self, path: Path) -> None:
        """path: vocab.txt, a piece a line; its number is that of the line, from 0.

        Raises FileNotFoundError, and FileError for a piece that stands there twice and a special
        one that is missing.
        """
        self._numbers: dict[str, int] = {}
        lines = read_text(path, _LARGEST).removesuffix("\n").split("\n")
        for number, piece in enumerate(lines):
            if piece in self._numbers:
                raise FileError(
                    f"{path}, line {number + 1}: {piece!r:.100} stands in line "
                    f"{self._numbers[piece] + 1} already"
                )
            self._numbers[piece] = number
        missing = [piece for piece in SPECIAL if piece not in self._numbers]
        if missing:
            raise FileError(f"{path} is no vocabulary of BERT: it has no {', '.join(missing)}")
        self.path = path
        self._tokenizer = BertWordPieceTokenizer(self._numbers, lowercase=True)

    def __len__(self) -> int:
        return len(self._numbers)

    def number(self, piece: str) -> int:
        """Of a piece of the vocabulary."""
        return self._numbers[piece]

    def cut(self, texts: Sequence[str]) -> list[list[str]]:
        """The pieces of each text."""
        encoded = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [list(one.tokens) for one in encoded]

    def words(self, text: str) -> list[str]:
        """The text as it is before words are cut into pieces."""
        plain = self._tokenizer.normalizer.normalize_str(text)
        return [word for word, _ in self._tokenizer.pre_tokenizer.pre_tokenize_str(plain)]
