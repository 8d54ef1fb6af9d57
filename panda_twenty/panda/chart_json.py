"""The chart as text, for the staged files.

Compact JSON, one object per tooth; what was not recorded is left out. ``"x"`` is not assessable, null not
recorded; six marks are six letters, ``1``, ``0``, ``x`` or ``.``. A chart has few different sixes and a
practice has millions of them, so both ways remember what each of them was.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

import orjson

from panda_twenty.panda.chart import (
    ASPECTS,
    FURCATION_ENTRANCES,
    NOT_ASSESSABLE,
    NOTHING_RECORDED,
    UNRECORDED_SITES,
    Mark,
    NotAssessable,
    Tooth,
    ToothStatus,
    are_numbers,
)

MOST_REMEMBERED = 20_000
"""Different sixes of one field that are remembered; some megabytes."""

_MARK_LETTERS: Mapping[Mark, str] = {True: "1", False: "0", NOT_ASSESSABLE: "x", None: "."}
_LETTER_MARKS: Mapping[str, Mark] = {letter: mark for mark, letter in _MARK_LETTERS.items()}
_STATUS = {status.value: status for status in ToothStatus}


def teeth_to_json(teeth: Sequence[Tooth]) -> str:
    """The teeth as JSON in ASCII; the same teeth give the same text on any machine."""
    return f"[{','.join(map(_tooth_to_text, teeth))}]"


def teeth_from_json(text: str) -> tuple[Tooth, ...]:
    """The teeth that :func:`teeth_to_json` wrote, equal to the last site."""
    try:
        plain = orjson.loads(text)
    except orjson.JSONDecodeError:
        # A note may hold half a surrogate pair, which the standard library takes.
        plain = json.loads(text)
    return tuple(map(_tooth_from_plain, plain))


def _tooth_to_text(tooth: Tooth) -> str:
    (
        number,
        status,
        depth,
        margin,
        level,
        bleeding,
        suppuration,
        plaque,
        calculus,
        mobility,
        furcation,
        junction,
        width,
        prognosis,
        note,
        source_number,
    ) = tooth
    return "".join(
        (
            f'{{"n":{quoted(number)},"s":"{status}"',
            _pd_text(tuple(depth)),
            _gm_text(tuple(margin)),
            _al_text(tuple(level)),
            _bl_text(tuple(bleeding)),
            _su_text(tuple(suppuration)),
            _pl_text(tuple(plaque)),
            _ca_text(tuple(calculus)),
            _f_text(tuple(furcation.items())) if furcation else "",
            _mg_text(tuple(junction.items())) if junction else "",
            _kw_text(tuple(width.items())) if width else "",
            "" if mobility is None else f',"mo":{quoted(mobility)}',
            "" if prognosis is None else f',"pr":{quoted(prognosis)}',
            "" if note is None else f',"no":{quoted(note)}',
            "}" if source_number is None else f',"as":{quoted(source_number)}}}',
        )
    )


def _written(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, NotAssessable):
        return value.value
    raise TypeError(f"{type(value).__name__} has no place in a chart")


def _six_writer(short: str, write: Callable[[tuple[Any, ...]], str]) -> Callable[[tuple[Any, ...]], str]:
    @lru_cache(MOST_REMEMBERED)
    def text(six: tuple[Any, ...]) -> str:
        return "" if all(value is None for value in six) else f',"{short}":{write(six)}'

    return text


def _group_writer(short: str) -> Callable[[tuple[tuple[str, Any], ...]], str]:
    @lru_cache(MOST_REMEMBERED)
    def text(items: tuple[tuple[str, Any], ...]) -> str:
        group = dict(items)
        in_order = {key: group[key] for key in (*FURCATION_ENTRANCES, *ASPECTS) if key in group}
        return f',"{short}":{_written(in_order)}'

    return text


def _letters(six: tuple[Mark, ...]) -> str:
    return f'"{"".join([_MARK_LETTERS[value] for value in six])}"'


# One memory each: a mark that is True equals a depth of 1.
_pd_text, _gm_text, _al_text = (_six_writer(short, _written) for short in ("pd", "gm", "al"))
_bl_text, _su_text, _pl_text, _ca_text = (_six_writer(short, _letters) for short in ("bl", "su", "pl", "ca"))
_f_text, _mg_text, _kw_text = map(_group_writer, ("f", "mg", "kw"))


def _tooth_from_plain(plain: Mapping[str, Any]) -> Tooth:
    get = plain.get
    fields = (
        plain["n"],
        _STATUS[plain["s"]],
        UNRECORDED_SITES if (six := get("pd")) is None else _six(six),
        UNRECORDED_SITES if (six := get("gm")) is None else _six(six),
        UNRECORDED_SITES if (six := get("al")) is None else _six(six),
        UNRECORDED_SITES if (letters := get("bl")) is None else _marks(letters),
        UNRECORDED_SITES if (letters := get("su")) is None else _marks(letters),
        UNRECORDED_SITES if (letters := get("pl")) is None else _marks(letters),
        UNRECORDED_SITES if (letters := get("ca")) is None else _marks(letters),
        get("mo"),
        NOTHING_RECORDED if (group := get("f")) is None else _group(group),
        NOTHING_RECORDED if (group := get("mg")) is None else _group(group),
        NOTHING_RECORDED if (group := get("kw")) is None else _group(group),
        get("pr"),
        get("no"),
        get("as"),
    )
    return tuple.__new__(Tooth, fields)


def _six(six: list[Any]) -> tuple[Any, ...]:
    return tuple(six) if are_numbers(six) else _six_with_others(tuple(six))


@lru_cache(MOST_REMEMBERED)
def _six_with_others(six: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple([NOT_ASSESSABLE if value == "x" else value for value in six])


@lru_cache(MOST_REMEMBERED)
def _marks(letters: str) -> tuple[Mark, ...]:
    return tuple([_LETTER_MARKS[letter] for letter in letters])


def _group(group: dict[str, Any]) -> Mapping[str, Any]:
    if "x" not in group.values():
        return group
    return {key: NOT_ASSESSABLE if value == "x" else value for key, value in group.items()}
