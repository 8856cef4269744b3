"""Reads the result of ``vllm bench serve --save-result --save-detailed``: a JSON object."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mlperf_loadgen.convert.imported import of_requests
from mlperf_loadgen.convert.requests import Requests, whole_ns
from mlperf_loadgen.text import one_line
from mlperf_loadgen.untrusted import FileError, field

__all__ = ["is_vllm", "read_vllm"]

_NS = 1e9
_LISTS = ("start_times", "ttfts", "itls", "output_lens", "errors")


def is_vllm(content: Any) -> bool:
    """Say whether this is such a result, with details or without them."""
    return isinstance(content, dict) and {"completed", "request_throughput"} <= set(content)


def read_vllm(path: Path, content: Any) -> dict[str, Any]:
    """Return the record. Raises FileError, which names the file and the place in it.

    A request lasts until its last token, TTFT and the times between tokens together.
    """
    if any(name not in content for name in _LISTS):
        missing = ", ".join(name for name in _LISTS if name not in content)
        raise FileError(
            f"{path}: it has no {missing}: save it with --save-detailed, and with a version of "
            "vLLM that keeps start_times"
        )
    lists = [field(content, name, list, f"{path}:") for name in _LISTS]
    if len({len(each) for each in lists}) != 1:
        raise FileError(f"{path}: {', '.join(_LISTS)} must have the same length")
    requests = Requests()
    for number, (start, ttft, gaps, tokens, error) in enumerate(zip(*lists, strict=True)):
        where = f"{path}: request {number}"
        numbers = [start, ttft, *(gaps if isinstance(gaps, list) else [gaps])]
        if not all(map(_is_number, numbers)) or not isinstance(tokens, int):
            raise FileError(f"{where}: start_times, ttfts, itls and output_lens must be numbers")
        requests.add(
            where,
            whole_ns(start, _NS),
            whole_ns(sum(numbers[1:]), _NS),
            ttft_ns=whole_ns(ttft, _NS),
            tokens=tokens,
            failed=bool(error),
        )
    run = {"sut": one_line(str(content.get("model_id", "")))}
    return of_requests("vllm bench", requests.series(str(path)), run)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12
