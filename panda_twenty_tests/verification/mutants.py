"""Wrong results of a transform: every small way in which a stored value can differ from the right one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
CHART_ROW = re.compile(r"\w+: \S+ \S+ \S+( \| .*)?")


def mutants(value: Any) -> Iterator[tuple[str, Any]]:
    """What went wrong, and what it made of ``value``; never the value itself."""
    for sentence, mutant in _mutants(value):
        if mutant != value or type(mutant) is not type(value):
            yield sentence, mutant


def _mutants(value: Any) -> Iterator[tuple[str, Any]]:
    if value is None:
        yield "invented text", "invented"
        return
    if value != "":
        yield "lost", None
    if isinstance(value, bool):
        yield "turned round", not value
    elif isinstance(value, int | float):
        yield "one more", value + 1
        yield "half a unit less", value - 0.5
        yield "sign turned", -value
    elif isinstance(value, str):
        yield from _texts(value)
    elif isinstance(value, Mapping):
        yield from _mappings(value)
    else:
        yield from _lists(list(value))


def _texts(text: str) -> Iterator[tuple[str, str]]:
    yield "last character dropped", text[:-1]
    yield "first character dropped", text[1:]
    yield "something added", f"{text}1"
    for place, letter in enumerate(text):
        if letter.isdigit():
            yield f"wrong digit at {place}", f"{text[:place]}{(int(letter) + 1) % 10}{text[place + 1 :]}"
        elif letter.isalpha() and not DAY.match(text):
            wrong = "q" if letter.lower() != "q" else "z"
            yield f"wrong letter at {place}", f"{text[:place]}{wrong}{text[place + 1 :]}"
    if found := DAY.match(text):
        for days in (-1, 1):
            shifted = date.fromisoformat(found.group()) + timedelta(days=days)
            yield f"shifted by {days} day", shifted.isoformat() + text[10:]
    if "T" in text and text.endswith("Z"):
        yield "six hours off", text.replace(text[11:13], f"{(int(text[11:13]) + 6) % 24:02}", 1)
    if CHART_ROW.fullmatch(text):
        yield from _chart_rows(text)


def _chart_rows(text: str) -> Iterator[tuple[str, str]]:
    teeth = [part.split(": ") for part in text.split(" | ")]

    def joined(parts: list[list[str]]) -> str:
        return " | ".join(": ".join(part) for part in parts)

    yield "mirrored sites", joined([[number, cells[::-1]] for number, cells in teeth])
    yield "a tooth dropped", joined(teeth[1:])
    yield (
        "teeth shifted by one",
        joined(
            [[number, cells] for (number, _), (_, cells) in zip(teeth, [*teeth[1:], teeth[0]], strict=True)]
        ),
    )
    for sign, other in ((".", "0"), (".", "x"), ("x", "."), ("+", "-"), ("-", "+"), ("-", "."), ("0", ".")):
        swapped = [[n, " ".join(other if cell == sign else cell for cell in c.split())] for n, c in teeth]
        yield f"{sign} written as {other}", joined(swapped)


def _mappings(value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, part in value.items():
        for sentence, mutant in mutants(part):
            yield f"{name}: {sentence}", {**value, name: mutant}
    filled = [name for name, part in value.items() if part]
    for one, other in pairwise(filled):
        yield f"{one} and {other} swapped", {**value, one: value[other], other: value[one]}


def _lists(value: list[Any]) -> Iterator[tuple[str, Any]]:
    for place, part in enumerate(value):
        yield f"row {place} lost", value[:place] + value[place + 1 :]
        yield f"row {place} twice", [*value[: place + 1], *value[place:]]
        for sentence, mutant in mutants(part):
            if mutant is not None:
                yield f"row {place}: {sentence}", [*value[:place], mutant, *value[place + 1 :]]
    if len(value) > 1:
        yield "two rows swapped", [value[1], value[0], *value[2:]]
