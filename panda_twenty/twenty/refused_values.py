"""Which records of a batch a refusal speaks of: those that hold the value which Twenty quotes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeVar

from panda_twenty.twenty.errors import Refused
from panda_twenty.twenty.reasons import ReasonCode

_VALUE_RULES = frozenset(
    {
        ReasonCode.BAD_EMAIL,
        ReasonCode.BAD_PHONE,
        ReasonCode.WRONG_TYPE,
        ReasonCode.NOT_A_NUMBER,
        ReasonCode.BAD_UUID,
        ReasonCode.BAD_DATE,
        ReasonCode.BAD_DATE_TIME,
        ReasonCode.NOT_AN_OPTION,
    }
)
"""Reasons that lie in the value alone: every record that holds the quoted value is refused for it."""


class _HasBody(Protocol):
    """A record on its way."""

    body: dict[str, Any]


_Sent = TypeVar("_Sent", bound=_HasBody)


def holders_of_quoted_value(batch: Sequence[_Sent], refusal: Refused) -> list[_Sent]:
    """Records that hold, in the named field, the very value that Twenty quotes: they need no second call.

    None where the reason does not lie in the value alone.
    """
    if refusal.reason not in _VALUE_RULES:
        return []
    raw = refusal.raw_text()
    return [
        each
        for each in batch
        if any(
            _is_the_quoted(value, raw) for value in _named_values(each.body, refusal, "primaryPhoneNumber")
        )
    ]


def holders_of_text(batch: Sequence[_Sent], refusal: Refused) -> list[_Sent]:
    """Records whose value of the named field occurs somewhere in the refusal: worth trying apart."""
    raw = refusal.raw_text()
    return [
        each
        for each in batch
        if refusal.field is not None
        and any(str(value) in raw for value in _named_values(each.body, refusal, None))
    ]


def _named_values(body: Mapping[str, Any], refusal: Refused, phone_part: str | None) -> list[Any]:
    """The values that the refusal may speak of; for telephone numbers Twenty names no field."""
    name, _, subfield = (refusal.field or "").partition(".")
    if not name:
        if refusal.reason is not ReasonCode.BAD_PHONE or phone_part is None:
            return []
        found = [value.get(phone_part) for value in body.values() if isinstance(value, Mapping)]
    else:
        value = body.get(name)
        found = [value.get(subfield) if isinstance(value, Mapping) and subfield else value]
    return [each for each in found if isinstance(each, str | int | float) and each != ""]


def _is_the_quoted(value: Any, raw: str) -> bool:
    text = re.escape(str(value))
    return (
        re.search(rf"(value ['\"]?{text}['\"]? for |^Provided phone number is invalid {text}$)", raw)
        is not None
    )
