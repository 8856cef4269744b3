"""One pair of workers for all tests here, and a table of what was compared at their end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from at_the_end import say_at_the_end
from parity.pair import Pair
from parity.tally import Tally

TALLY = Tally()

say_at_the_end("ours beside the peer", TALLY.lines)


@pytest.fixture(scope="session")
def tally() -> Tally:
    return TALLY


@pytest.fixture(scope="session")
def pair() -> Iterator[Pair]:
    both = Pair()
    yield both
    both.close()
