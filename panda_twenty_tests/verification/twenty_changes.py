"""Small changes that somebody could make to a field in Twenty, by the kind of field."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from panda_twenty.twenty.workspace import FieldFacts


def changes(field: FieldFacts, value: Any) -> Iterator[tuple[str, Any]]:
    """What was changed, and what to send; never what stands there already."""
    for sentence, changed in _CHANGES[field.type](field, value):
        if changed != value:
            yield sentence, changed


def _text(field: FieldFacts, value: Any) -> Iterator[tuple[str, Any]]:
    yield "something added", f"{value or ''}x"
    if value:
        yield "cleared", ""
        yield "a blank added at the end", f"{value} "
        yield "last character lost", value[:-1] or "?"
        yield "case changed", value.swapcase()


def _number(field: FieldFacts, value: Any) -> Iterator[tuple[str, Any]]:
    yield "one more", (value or 0) + 1
    if value is not None:
        yield "cleared", None
        yield "half a unit less", value - 0.5


def _boolean(field: FieldFacts, value: Any) -> Iterator[tuple[str, Any]]:
    yield "turned round", not value
    if value is not None and field.is_nullable:
        yield "cleared", None


def _date(field: FieldFacts, value: Any) -> Iterator[tuple[str, Any]]:
    day = date.fromisoformat(value) if value else date(2020, 2, 28)
    yield "the day after", (day + timedelta(days=1)).isoformat()
    if value:
        yield "cleared", None


def _moment(field: FieldFacts, value: Any) -> Iterator[tuple[str, Any]]:
    moment = datetime.fromisoformat(value) if value else datetime.fromisoformat("2020-02-28T12:00:00.000Z")
    yield "an hour later", _iso(moment + timedelta(hours=1))
    yield "a millisecond later", _iso(moment + timedelta(milliseconds=1))
    if value and field.name != "createdAt":
        yield "cleared", None


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _select(field: FieldFacts, value: Any) -> Iterator[tuple[str, Any]]:
    yield from (("another option", each.value) for each in field.options[:2] if each.value != value)
    if value is not None and field.is_nullable and field.name not in ("status", "fileCategory"):
        yield "cleared", None


def _multi_select(field: FieldFacts, value: Any) -> Iterator[tuple[str, Any]]:
    yield (
        "one more option",
        [*(value or []), *[o.value for o in field.options if o.value not in (value or [])][:1]],
    )
    if value:
        yield "cleared", []


def _array(field: FieldFacts, value: Any) -> Iterator[tuple[str, Any]]:
    yield "one more", [*(value or []), "x"]
    if value:
        yield "the last lost", value[:-1]
        yield "the first misspelt", [f"{value[0]}x", *value[1:]]
    if len(value or []) > 1:
        yield "two swapped", [value[1], value[0], *value[2:]]


def _full_name(field: FieldFacts, value: Any) -> Iterator[tuple[str, Any]]:
    first, last = value["firstName"], value["lastName"]
    yield "last name in capitals", {"firstName": first, "lastName": (last or "x").swapcase()}
    yield "first name misspelt", {"firstName": f"{first}e", "lastName": last}
    yield "names swapped", {"firstName": last, "lastName": first}
    yield "a blank added", {"firstName": first, "lastName": f"{last} "}


def _emails(field: FieldFacts, value: Any) -> Iterator[tuple[str, Any]]:
    primary, additional = value["primaryEmail"], value["additionalEmails"] or []
    yield (
        "one more address",
        {
            "primaryEmail": primary,
            "additionalEmails": [*additional, "stranger@quill.test"],
        },
    )
    if primary:
        yield "another main address", {"primaryEmail": f"x{primary}", "additionalEmails": additional or None}
        yield "cleared", {"primaryEmail": None, "additionalEmails": None}
    if additional:
        yield "an additional address lost", {"primaryEmail": primary, "additionalEmails": additional[:-1]}


def _phones(field: FieldFacts, value: Any) -> Iterator[tuple[str, Any]]:
    number, more = value["primaryPhoneNumber"], value["additionalPhones"] or []
    whole = {
        "primaryPhoneNumber": number,
        "primaryPhoneCallingCode": value["primaryPhoneCallingCode"],
        "additionalPhones": more or None,
    }
    extra = {"number": "2125550199", "callingCode": "+1"}
    yield (
        "one more number",
        {**whole, "additionalPhones": [*more, extra]}
        if number
        else {
            "primaryPhoneNumber": "2125550199",
            "primaryPhoneCallingCode": "+1",
            "additionalPhones": None,
        },
    )
    if number:
        digit = str((int(number[-1]) + 1) % 10)
        yield "a wrong digit", {**whole, "primaryPhoneNumber": number[:-1] + digit}
        yield (
            "cleared",
            {
                "primaryPhoneNumber": "",
                "primaryPhoneCallingCode": "",
                "primaryPhoneCountryCode": "",
                "additionalPhones": None,
            },
        )
        if value["primaryPhoneCallingCode"] == "+1":
            yield (
                "another calling code",
                {
                    **whole,
                    "primaryPhoneCallingCode": "+49",
                    "primaryPhoneCountryCode": "DE",
                },
            )
    if more:
        yield "an additional number lost", {**whole, "additionalPhones": more[:-1] or None}


def _address(field: FieldFacts, value: Any) -> Iterator[tuple[str, Any]]:
    for part in ("addressStreet1", "addressStreet2", "addressCity", "addressPostcode", "addressState"):
        yield f"{part} changed", {part: f"{value[part] or ''}x"}
    yield "a place on the map added", {"addressLat": 12.5}


def _links(field: FieldFacts, value: Any) -> Iterator[tuple[str, Any]]:
    yield "another address", {"primaryLinkUrl": "https://stranger.test", "primaryLinkLabel": ""}
    if value["primaryLinkUrl"]:
        yield "a label added", {"primaryLinkLabel": "our site"}


def _currency(field: FieldFacts, value: Any) -> Iterator[tuple[str, Any]]:
    yield "a cent more", {"amountMicros": int(value["amountMicros"] or 0) + 10_000}
    if value["amountMicros"] is not None:
        yield "another currency", {"currencyCode": "EUR"}


def _rich_text(field: FieldFacts, value: Any) -> Iterator[tuple[str, Any]]:
    text = value["markdown"] or ""
    yield "a sentence added", {"markdown": f"{text}\n\nAdded."}
    if len(text) > 20:
        yield "cut short", {"markdown": text[: len(text) // 2]}
        yield "a letter changed", {"markdown": text.replace("e", "a", 1)}
        yield "a blank added", {"markdown": f"{text} "}


def _raw_json(field: FieldFacts, value: Any) -> Iterator[tuple[str, Any]]:
    changed = copy.deepcopy(value)
    if changed:
        changed[0]["status"] = f"{changed[0]['status'][:-1]}Y"
        yield "one letter", changed
        yield "a tooth lost", value[1:]
    else:
        yield "invented", [{"tooth": "1"}]


def _actor(field: FieldFacts, value: Any) -> Iterator[tuple[str, Any]]:
    yield "another name", {"source": value["source"], "name": f"{value['name']}x"}
    yield "another source", {"source": "API", "name": value["name"]}


def _position(field: FieldFacts, value: Any) -> Iterator[tuple[str, Any]]:
    yield "moved", value + 0.5


_CHANGES = {
    "TEXT": _text,
    "NUMBER": _number,
    "BOOLEAN": _boolean,
    "DATE": _date,
    "DATE_TIME": _moment,
    "SELECT": _select,
    "MULTI_SELECT": _multi_select,
    "ARRAY": _array,
    "FULL_NAME": _full_name,
    "EMAILS": _emails,
    "PHONES": _phones,
    "ADDRESS": _address,
    "LINKS": _links,
    "CURRENCY": _currency,
    "RICH_TEXT": _rich_text,
    "RAW_JSON": _raw_json,
    "ACTOR": _actor,
    "POSITION": _position,
}


def to_send(field: FieldFacts | None, value: Any) -> Any:
    """What puts a value that was read back where it stood."""
    if isinstance(value, Mapping):
        sent = {name: part for name, part in value.items() if part is not None or name in _CLEARED_BY_NULL}
        if field is not None and field.type == "RICH_TEXT":
            return {"markdown": value["markdown"], "blocknote": value["blocknote"]}
        if field is not None and field.type == "ACTOR":
            return {"source": value["source"], "name": value["name"]}
        return sent
    if isinstance(value, Sequence) and not isinstance(value, str):
        return list(value)
    return value


_CLEARED_BY_NULL = (
    "primaryEmail",
    "additionalEmails",
    "additionalPhones",
    "amountMicros",
    "addressLat",
    "addressStreet1",
    "addressStreet2",
    "addressCity",
    "addressPostcode",
    "addressState",
    "addressCountry",
    "currencyCode",
    "secondaryLinks",
)
