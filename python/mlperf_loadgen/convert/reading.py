"""Reads a result, whichever program has made it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mlperf_loadgen.convert.aiperf import is_aiperf, read_aiperf
from mlperf_loadgen.convert.http_csv import is_k6, is_vegeta, read_k6, read_vegeta
from mlperf_loadgen.convert.loadgen_logs import DETAIL, read_logs
from mlperf_loadgen.convert.vllm import is_vllm, read_vllm
from mlperf_loadgen.result import store
from mlperf_loadgen.untrusted import read_json, read_text

__all__ = ["read"]


def read(path: str | Path) -> dict[str, Any]:
    """Return the record of a result, or of what another program has measured.

    Raises OSError for a file that cannot be read, and FileError, which names the file, for one that
    is of no known format.
    """
    path = Path(path)
    if path.is_dir():
        if (path / DETAIL).exists() and not (path / store.NAME).exists():
            return read_logs(path)
        return store.load(path)
    text = read_text(path)
    if is_k6(text):
        return read_k6(path, text)
    if is_vegeta(text):
        return read_vegeta(path, text)
    if is_aiperf(text.partition("\n")[0]):
        return read_aiperf(path, text)
    if '"request_throughput"' in text:
        content = read_json(path)
        if is_vllm(content):
            return read_vllm(path, content)
    return store.load(path)
