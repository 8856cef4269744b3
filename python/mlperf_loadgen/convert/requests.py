"""Collects requests, as other load generators log them, into a series."""

from __future__ import annotations

from array import array

import numpy as np

from mlperf_loadgen.convert.series import Series
from mlperf_loadgen.untrusted import FileError

__all__ = ["MOST", "Requests", "whole_ns"]

MOST = 10_000_000  # requests of a file
_LATEST = 1 << 62  # ns
_MOST_TOKENS = 1 << 32  # of a request


class Requests:
    """The requests of a file, in any order. ``where`` is the place in it, for errors."""

    def __init__(self) -> None:
        self._times = array("q")  # four a request: start, end, first token or -1, tokens
        self._failed = bytearray()

    def add(
        self,
        where: str,
        start_ns: int,
        latency_ns: int,
        *,
        ttft_ns: int = -1,
        tokens: int = 0,
        failed: bool = False,
    ) -> None:
        """Add a request. Raises FileError for a time or a count that cannot be one."""
        if len(self._failed) >= MOST:
            raise FileError(f"{where}: more than {MOST} requests")
        end_ns = start_ns + latency_ns
        for name, value, limit in (
            ("start", start_ns, _LATEST),
            ("end", end_ns, _LATEST),
            ("count of tokens", tokens, _MOST_TOKENS),
        ):
            if not 0 <= value < limit:
                raise FileError(f"{where}: a {name} of {value} is out of range")
        if latency_ns < 0 or not -1 <= ttft_ns < _LATEST:
            raise FileError(f"{where}: a duration is out of range")
        first_ns = -1 if ttft_ns < 0 else min(start_ns + ttft_ns, end_ns)
        self._times.extend((start_ns, end_ns, first_ns, tokens))
        self._failed.append(failed)

    def series(self, where: str) -> Series:
        """Return them in the order in which they were sent. Raises FileError when there is none
        that has an answer.
        """
        failed = np.frombuffer(self._failed, np.bool_)
        if not len(failed) or failed.all():
            raise FileError(f"{where}: it has no request that was answered")
        times = np.frombuffer(self._times, np.int64).reshape(-1, 4)
        order = np.argsort(times[:, 0], kind="stable")
        start, end, first, tokens = times[order].T
        failed = failed[order]
        return Series(
            scenario="OpenLoop",
            issued_ns=start,
            completed_ns=end,
            query=np.arange(len(order)),
            first_token_ns=first if (first[~failed] >= 0).any() else None,
            tokens=tokens if tokens.any() else None,
            failed=failed,
        )


def whole_ns(value: float, unit_ns: float) -> int:
    """Return a time in ns; -1 for one that cannot be, which :meth:`Requests.add` refuses."""
    scaled = value * unit_ns
    return round(scaled) if 0 <= scaled < _LATEST else -1
