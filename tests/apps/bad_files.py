"""Bad files, and what reads them: run as a script, it reads all with little memory to be had, and
prints, as JSON, how each reading ended.
"""

from __future__ import annotations

import io
import json
import pickle
import resource
import struct
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

SPARE_BYTES = 384 << 20
Reader = Callable[[Path], object]


def readers() -> dict[str, tuple[str, Reader]]:
    """By what is read: the name of the file and the function that reads it."""
    from mlperf_loadgen.harness.accuracy_log import read_accuracy_log
    from mlperf_loadgen.untrusted import read_json, read_text

    from reference_apps.bert.dataset import WordPiece, read_squad
    from reference_apps.common.checkpoint import weights, weights_in
    from reference_apps.dlrm import npz_file
    from reference_apps.dlrm.aggregation import read_quantiles, read_trace
    from reference_apps.dlrm.criteo_text import read_labels
    from reference_apps.dlrm.model import load_checkpoint
    from reference_apps.dlrm.variants import KAGGLE
    from reference_apps.gnmt.dataset import Lines, read_vocabulary
    from reference_apps.rnnt.config import read_config
    from reference_apps.rnnt.dataset import read_references, read_waveform
    from reference_apps.unet3d import nifti, preprocess
    from reference_apps.unet3d.dataset import Preprocessed, read_preprocessed
    from reference_apps.vision.coco import read_coco
    from reference_apps.vision.imagenet import read_imagenet
    from reference_apps.vision.preprocessing import read

    return {
        "accuracy log": ("log.json", read_accuracy_log),
        "json": ("a.json", read_json),
        "text": ("a.txt", read_text),
        "squad": ("dev.json", read_squad),
        "coco": ("coco.json", lambda path: read_coco(path.parent, path)),
        "manifest": ("m.json", lambda path: read_references(path.parent, path)),
        "vocabulary of bert": ("vocab.txt", WordPiece),
        "vocabulary of gnmt": ("vocab.en", read_vocabulary),
        "sentences": ("text.en", Lines),
        "label list": ("val_map.txt", lambda path: read_imagenet(path.parent, path)),
        "picture": ("a.png", read),
        "weights": ("w.pt", weights),
        "module": ("m.pt", weights_in),
        "dlrm checkpoint": ("d.pt", lambda path: load_checkpoint(path, KAGGLE)),
        "npz": ("a.npz", lambda path: npz_file.first_rows(path, "y")),
        "criteo": ("day_0", lambda path: read_labels(path, 9)),
        "quantiles": ("q.txt", read_quantiles),
        "trace": ("t.txt", read_trace),
        "rnnt.toml": ("rnnt.toml", read_config),
        "sound": ("a.flac", read_waveform),
        "volume": ("a.nii", nifti.read),
        "fold": ("fold.txt", preprocess.read_fold),
        "case": ("case.pkl", lambda path: Preprocessed(path.parent, ["case"]).case(0)),
        "list of cases": ("preprocessed_files.pkl", lambda path: read_preprocessed(path.parent)),
    }


JSON = ("json", "squad", "coco", "manifest")
PICKLES = ("weights", "module", "dlrm checkpoint", "case", "list of cases")
TORCH = ("weights", "module", "dlrm checkpoint")


def cases() -> dict[str, tuple[str, bytes | Path]]:
    """By name: which reader, and the content of its file, or what the file is a link to."""
    bad: dict[str, tuple[str, bytes | Path]] = {}
    for reader in NAMES:
        bad[f"{reader}: a folder"] = (reader, Path(tempfile.gettempdir()))
        bad[f"{reader}: a device without end"] = (reader, Path("/dev/zero"))
        if reader != "text":
            bad[f"{reader}: empty"] = (reader, b"")
        if reader != "sentences":  # which are looked at when they are wanted
            bad[f"{reader}: bytes of no form"] = (reader, b"\x80\x02\xff\xfe\x00" * 9)
    for reader in JSON:
        bad[f"{reader}: nested without end"] = (reader, b"[" * 200_000)
        bad[f"{reader}: objects without end"] = (reader, b'{"a":' * 200_000)
        bad[f"{reader}: NaN"] = (reader, b'{"data": NaN}')
        if reader != "json":
            bad[f"{reader}: another form"] = (reader, b'{"images": 5, "data": [7]}')
    for name in ("/etc/passwd", "../coco.json", "a/../../b", "a\0b", ""):
        bad[f"coco: a picture {name!r}"] = ("coco", _coco(name))
        bad[f"manifest: a recording {name!r}"] = ("manifest", _manifest(name))
    bad["coco: a picture without pixels"] = ("coco", _coco("a.png", width=-1))
    bad["manifest: seconds that are no number"] = (
        "manifest",
        _manifest("a.wav").replace(b"1.5", b"NaN"),
    )
    for name in ("/etc/passwd", "../a.png"):
        bad[f"label list: {name}"] = ("label list", f"{name} 1\n".encode())
    for reader in PICKLES:
        for kind, content in _pickles().items():
            bad[f"{reader}: {kind}"] = (reader, content)
    for reader in TORCH:
        for kind, content in _archives().items():
            bad[f"{reader}: {kind}"] = (reader, content)
    for kind, content in _arrays().items():
        bad[f"case: {kind}"] = ("case", content)
    for kind, content in _npz().items():
        bad[f"npz: {kind}"] = ("npz", content)
    bad["picture: of 2.5 thousand million pixels"] = ("picture", _png(50_000, 50_000))
    bad["sound: hours in a few bytes"] = ("sound", _flac())
    bad["volume: larger than any in a few bytes"] = ("volume", _nifti((32_000, 32_000, 32_000)))
    bad["volume: four axes"] = ("volume", _nifti((2, 2, 2, 2)))
    bad["rnnt.toml: nested without end"] = ("rnnt.toml", b"a = " + b"[" * 100_000)
    bad["quantiles: a number of 400 digits"] = ("quantiles", b"9" * 400)
    bad["criteo: a line without end"] = ("criteo", b"1" * (1 << 18))
    return bad


def _coco(name: str, width: int = 5) -> bytes:
    picture = {"id": 1, "file_name": name, "width": width, "height": 5}
    return json.dumps({"images": [picture], "categories": [{"id": 1}]}).encode()


def _manifest(name: str) -> bytes:
    entry = {"files": [{"fname": name}], "original_duration": 1.5, "transcript": "a"}
    return json.dumps([entry]).encode()


def _pickles() -> dict[str, bytes]:
    def call(module: str, name: str, argument: bytes) -> bytes:
        return f"\x80\x02c{module}\n{name}\n".encode("latin1") + argument + b"\x85R."

    text = b"X\x01\x00\x00\x00O"
    return {
        "memory without content": call("builtins", "bytearray", b"\x8a\x05\x00\x00\x00\x80\x00"),
        "a place far away": b"\x80\x02Nr\xff\xff\xff\x7f.",
        "bytes that are not there": b"\x80\x04\x8e\x00\x00\x00\x00\x00\x01\x00\x00.",
        "a program": call("os", "mkdir", b"X\x06\x00\x00\x00sprung"),
        "a dtype of objects": call("numpy", "dtype", text),
        "an attribute of a function": b"\x80\x02c_codecs\nencode\nN}X\x01\x00\x00\x00aK\x01s\x86b.",
        "a step too few": b"\x80\x02R.",
        "cut off": pickle.dumps([1.5] * 99)[:-9],
    }


def _archives() -> dict[str, bytes]:
    def packed(name: str, content: bytes, kind: int = zipfile.ZIP_STORED) -> bytes:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", kind) as archive:
            archive.writestr(f"w/{name}", content)
        return file.getvalue()

    stored = packed("data/0", b"\0" * 99)
    return {
        "a zip bomb": packed("data/0", bytes(1 << 28), zipfile.ZIP_DEFLATED),
        "TorchScript": packed("constants.pkl", b"\x80\x02."),
        "a member larger than the file": stored.replace(b"c\0\0\0" * 2, b"\xff\xff\xff\x7f" * 2),
        "an archive cut off": stored[:-30],
        "a program in an archive": packed("data.pkl", _pickles()["a program"]),
        "memory in an archive": packed("data.pkl", _pickles()["memory without content"]),
    }


def _arrays() -> dict[str, bytes]:
    """Arrays as NumPy does not write them."""

    def array(
        code: str, shape: str, data: str, state: str = "(I3\nV|\nNNNI-1\nI-1\nI0\nt"
    ) -> bytes:
        return (
            "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntc_codecs\nencode\n"
            "(Vb\nVlatin1\ntRtR"
            f"(I1\n{shape}cnumpy\ndtype\n(V{code}\nI00\nI01\ntR{state}b"
            f"I00\nc_codecs\nencode\n(V{data}\nVlatin1\ntRtb."
        ).encode()

    return {
        "an array of objects": array("O", "(I1\nt", "AAAAAAAA"),
        "an array of nothing": array("V0", "(I9\nt", ""),
        "an array of texts": array("U2", "(I1\nt", "AAAAAAAA"),
        "an array larger than its bytes": array("f4", "(L4398046511104L\nt", "AAAA"),
        "an array of less than nothing": array("f4", "(I-1\nt", "AAAA"),
        "a dtype with fields": array("f4", "(I1\nt", "AAAA", "(I3\nV|\nN(Va\nt}I4\nI1\nI16\nt"),
        "a class of its own in place of the array's": array("f4", "(I1\nt", "AAAA").replace(
            b"cnumpy\nndarray", b"ccollections\nOrderedDict"
        ),
    }


def _npz() -> dict[str, bytes]:
    def packed(header: str, data: bytes = b"", kind: int = zipfile.ZIP_STORED) -> bytes:
        text = header.encode().ljust(118) + b"\n"
        content = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + data
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", kind) as archive:
            archive.writestr("y.npy", content)
        return file.getvalue()

    def header(dtype: str, shape: str) -> str:
        return f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}"

    deflated = zipfile.ZIP_DEFLATED
    plain = packed(header("<i4", "(1,)"), b"\0" * 4)
    flags = plain.index(b"PK\x01\x02") + 8
    return {
        "no bytes a number": packed(header("|V0", "(3,)"), kind=deflated),
        "objects": packed(header("|O", "(3,)")),
        "4 TiB": packed(header("<f4", "(1099511627776,)"), kind=deflated),
        "4 TiB, stored": packed(header("<f4", "(1099511627776,)")),
        "less than nothing": packed(header("<f4", "(-1,)"), kind=deflated),
        "a zip bomb": packed(header("<i4", f"({1 << 26},)"), bytes(1 << 28), deflated),
        "encrypted": plain[:flags] + b"\x01\0" + plain[flags + 2 :],
        "another compression": packed(header("<i4", "(1,)"), b"\0" * 4, zipfile.ZIP_LZMA),
        "a header of code": packed("__import__('os').mkdir('sprung')"),
    }


def _png(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = zlib.compress(bytes(width + 1))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def _flac() -> bytes:
    """Says that 2^36 - 1 samples follow, and none does."""
    format_and_count = (16_000 << 44) | (0 << 41) | (15 << 36) | ((1 << 36) - 1)
    info = struct.pack(">HH", 4096, 4096) + bytes(6) + format_and_count.to_bytes(8, "big")
    return b"fLaC\x80\x00\x00\x22" + info + bytes(16)


def _nifti(sides: tuple[int, ...]) -> bytes:
    head = bytearray(352)
    head[0:4] = struct.pack("<i", 348)
    head[40:56] = struct.pack("<8h", len(sides), *sides, *[1] * (7 - len(sides)))
    head[70:74] = struct.pack("<hh", 16, 32)
    head[76:108] = struct.pack("<8f", *[1.0] * 8)
    head[108:112] = struct.pack("<f", 352.0)
    head[344:348] = b"n+1\0"
    return bytes(head)


NAMES = (
    *("accuracy log", "json", "text", "squad", "coco", "manifest", "vocabulary of bert"),
    *("vocabulary of gnmt", "sentences", "label list", "picture", "weights", "module"),
    *("dlrm checkpoint", "npz", "criteo", "quantiles", "trace", "rnnt.toml", "sound", "volume"),
    *("fold", "case", "list of cases"),
)


def outcome(read: Reader, path: Path) -> str:
    """How a reading ended: "FileError", and the text behind the path, or what else it was."""
    from mlperf_loadgen.untrusted import FileError

    try:
        read(path)
    except FileError as error:
        return f"FileError: {error}"
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    return "read"


def main() -> None:
    """Prints a JSON object: by name of the case, how it ended."""
    known: dict[str, Any] = readers()
    bad = cases()
    with open("/proc/self/statm", encoding="ascii") as sizes:
        taken = int(sizes.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + SPARE_BYTES,) * 2)
    ended = {}
    for name, (reader, content) in bad.items():
        file, read = known[reader]
        folder = Path(tempfile.mkdtemp(dir="."))
        if isinstance(content, Path):
            (folder / file).symlink_to(content)
        else:
            (folder / file).write_bytes(content)
        ended[name] = outcome(read, folder / file)
    ended["what a file had run"] = str([str(path) for path in Path().rglob("sprung")])
    json.dump(ended, sys.stdout)


if __name__ == "__main__":
    main()
