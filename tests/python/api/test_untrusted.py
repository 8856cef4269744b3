"""Fields of JSON files that somebody else made."""

from __future__ import annotations

from typing import Any

import pytest
from mlperf_loadgen.untrusted import FileError, entries, field


@pytest.mark.parametrize(
    ("parent", "kind", "message"),
    [
        ([], str, "of type str, not None"),
        ({}, str, "of type str, not None"),
        ({"id": 7}, str, "of type str, not 7"),
        ({"id": True}, int, "of type int, not True"),
        ({"id": "7"}, (int, float), "of type int or float, not '7'"),
    ],
)
def test_a_field_that_is_missing_or_of_another_kind(
    parent: Any, kind: type | tuple[type, ...], message: str
) -> None:
    with pytest.raises(FileError) as error:
        field(parent, "id", kind, "a.json: images[2]")
    assert str(error.value) == f'a.json: images[2] must have a field "id" {message}'


def test_entries_have_their_place_in_the_file() -> None:
    ((article, where),) = entries({"data": [{"qas": ["why"]}]}, "data", "a.json:")
    assert entries(article, "qas", where) == [("why", "a.json: data[0] qas[0]")]
