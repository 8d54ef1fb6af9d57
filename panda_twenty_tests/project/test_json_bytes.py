"""JSON as bytes says the same as the standard library's, and has one spelling."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panda_twenty.json_bytes import canonical, parsed, strict

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(VALUES)
def test_what_is_written_reads_back_as_it_was(value: Any) -> None:
    for written in (canonical(value), strict(value)):
        assert json.loads(written.decode("utf-8", "surrogatepass")) == value


@given(st.dictionaries(st.text(), VALUES))
def test_the_order_of_keys_leaves_no_trace(value: dict[str, Any]) -> None:
    assert canonical(dict(reversed(list(value.items())))) == canonical(value)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_refused_and_never_looks_like_nothing(number: float) -> None:
    for value in (number, {"a": number}, {"a": [None, (1, {"b": number})]}):
        with pytest.raises(ValueError, match=r"finite|compliant"):
            strict(value)
        nothing = json.loads(json.dumps(value, allow_nan=True), parse_constant=lambda _: None)
        assert canonical(value) != canonical(nothing)


def test_half_pairs_and_large_integers_have_json_too() -> None:
    assert canonical({"a": "\ud800"}) != canonical({"a": "\udfff"})
    assert canonical(2**70) == str(2**70).encode()
    with pytest.raises(TypeError):
        strict({"a": object()})


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b'{"a": [1, 2.5, null, "\xc3\xa9"]}', {"a": [1, 2.5, None, "é"]}),
        (b'"half a pair: \\ud800"', "half a pair: \ud800"),
        (b"100000000000000000000", 1e20),
    ],
)
def test_what_either_parser_reads_is_read(content: bytes, value: Any) -> None:
    assert parsed(content) == value


def test_what_neither_reads_is_a_value_error() -> None:
    for content in (b"<html>", b"", b"\xff"):
        with pytest.raises(ValueError):
            parsed(content)
