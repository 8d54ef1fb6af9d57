"""A bug for every transform, such as somebody may well write: off by one, swapped, cut, in the wrong unit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

Bug = Callable[[Any], Any]
"""What the bug makes of the right result."""


def _if_something(change: Bug) -> Bug:
    return lambda right: change(right) if right not in (None, "", []) else right


def _day_before(day: str) -> str:
    return (datetime.fromisoformat(day) - timedelta(days=1)).date().isoformat()


def _hour_before(moment: str) -> str:
    shifted = datetime.fromisoformat(moment) - timedelta(hours=1)
    return shifted.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _mirrored(row: str) -> str:
    """Mesial and distal confused."""
    teeth = [part.split(": ") for part in row.split(" | ")]
    return " | ".join(f"{number}: {' '.join(cells.split(' ')[::-1])}" for number, cells in teeth)


def _swapped(one: str, other: str) -> Bug:
    return lambda right: {**right, one: right[other], other: right[one]}


_OTHER_CONSTANT = {
    "PRACTICE_LOCATION": "REFERRING_PRACTICE",
    "REFERRING_PRACTICE": "PRACTICE_LOCATION",
    "PATIENT": "PROVIDER",
    "PROVIDER": "PATIENT",
    "CLINICAL_NOTE": "LETTER",
    "LETTER": "CLINICAL_NOTE",
}

BUGS: Mapping[str, Bug] = {
    "text": _if_something(lambda text: text[:-1]),
    "code": lambda right: None,
    "number": _if_something(lambda number: number + 1),
    "boolean": _if_something(lambda truth: not truth),
    "civil_date": _if_something(_day_before),
    "moment": _if_something(_hour_before),
    "constant": lambda right: _OTHER_CONSTANT[right],
    "title": lambda right: right.split(" ")[0],
    "count": lambda right: right + 1,
    "distinct": _if_something(lambda values: values[:-1]),
    "joined_text": _if_something(lambda text: " ".join(text.split()[::-1]) + " Dr."),
    "listed_rows": _if_something(lambda rows: rows[:-1]),
    "links": _if_something(lambda link: {**link, "primaryLinkUrl": f"{link['primaryLinkUrl']}/home"}),
    "filled_list": _if_something(lambda values: values[:-1]),
    "us_dollars": _if_something(lambda money: {**money, "amountMicros": money["amountMicros"] // 100}),
    "full_name": _if_something(_swapped("firstName", "lastName")),
    "name_suffix": lambda right: "Jr." if right is None else None,
    "emails": _if_something(lambda held: {**held, "primaryEmail": f"x{held['primaryEmail']}"}),
    "email_remark": lambda right: None if right else "no address",
    "phones": _if_something(
        lambda held: {**held, "primaryPhoneNumber": held["primaryPhoneNumber"][::-1].replace("0", "5")}
    ),
    "phone_remarks": lambda right: None if right else "Mobile",
    "address": _if_something(_swapped("addressStreet1", "addressCity")),
    "chart_row": _if_something(_mirrored),
    "chart_index": _if_something(lambda index: index + 1),
    "tooth_worst": _if_something(lambda depth: depth - 1),
    "tooth_mobility": lambda right: "GRADE_0" if right != "GRADE_0" else None,
    "tooth_furcation": lambda right: None if right else "GRADE_1",
    "teeth_with_status": _if_something(lambda teeth: teeth[:-1]),
    "findings_json": _if_something(lambda teeth: [{**teeth[0], "status": "PONTIC"}, *teeth[1:]]),
    "npi_remark": lambda right: None if right else "cannot be right",
    "code_status": lambda right: "RETIRED" if right != "RETIRED" else "CURRENT",
    "teeth_of_area": _if_something(lambda teeth: teeth[:-1]),
    "quadrants_of_area": lambda right: None if right else ["UR"],
    "stored_indices_that_differ": lambda right: None if right else ["BOP %"],
    "baseline_state": lambda right: "NONE" if right != "NONE" else "RE_BASED",
    "task_status": lambda right: "TODO" if right == "DONE" else "DONE",
    "custom_finding": lambda right: None,
    "rich_text": _if_something(lambda text: {"markdown": text["markdown"][:-12]}),
    "rich_text_kind": lambda right: "rtf" if right != "rtf" else "plain",
    "rich_text_is_fallback": lambda right: not right,
    "rich_text_remark": lambda right: None if right else "left out: pictures",
}

NOT_IN_THE_DEFAULT = frozenset({"workspace_member"})
"""The default mapping assigns nobody: these have nothing to get wrong there."""


def wrong(right: Callable[[Sequence[Any], Mapping[str, Any]], Any], bug: Bug) -> Callable[..., Any]:
    """The transform with its bug."""
    return lambda values, options: bug(right(values, options))
