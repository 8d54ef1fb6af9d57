"""How well one column fits one attribute: by its name, its type, its values and its relation.

Every score comes with its reasons. A name that says exactly what the attribute is and values that fit give
about 0.85 to 1; a name alone, an abbreviation or values alone stay below 0.8, so that a person looks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from panda_twenty.mapping.proposal.vocabulary import attribute_phrases, entity_context
from panda_twenty.panda.discovery.facts import ColumnFacts
from panda_twenty.panda.discovery.names import phrase_score, words_of
from panda_twenty.panda.entities import Attribute, Kind

NAME_WEIGHT, VALUE_WEIGHT = 0.76, 0.24

_SOCIAL_SECURITY = frozenset(("social", "ssn"))


@dataclass(frozen=True)
class Evidence:
    """A score from 0 to 1 and what it rests on."""

    score: float
    name: float
    value: float
    """From -1 (cannot be) over 0 (says nothing) to 1 (can hardly be anything else)."""
    reasons: tuple[str, ...]


_CALLED_LIKE_ITS_TABLE = frozenset(("name", "label"))

NOTHING = Evidence(0.0, 0.0, 0.0, ())


def is_social_security(column: ColumnFacts) -> bool:
    """Whether a column holds Social Security numbers, whatever it is called: such columns are never read."""
    words = set(words_of(column.name))
    if words & _SOCIAL_SECURITY and "date" not in words:
        return True
    if column.share("ssn_dashed") >= 0.3:
        return True
    named_otherwise = words & frozenset(
        "phone fax postal code policy group license chart zip member subscriber account claim id key".split()
    )
    return (
        column.share("ssn") >= 0.7 and column.distinct > 5 and column.broad == "text" and not named_otherwise
    )


def column_evidence(
    entity: str, attribute: Attribute, column: ColumnFacts, spelled: str, table_words: frozenset[str]
) -> Evidence:
    """How well ``column`` fits; ``spelled`` is its name without a prefix that its whole table shares."""
    if is_social_security(column):
        return NOTHING
    context = entity_context(entity) | table_words
    said = set(words_of(spelled))
    if attribute.kind in (Kind.DATE, Kind.MOMENT) and column.broad in ("date", "moment"):
        spelled = _with_its_day(spelled)
    name = phrase_score(spelled, attribute_phrases(entity, attribute.name), context)
    if attribute.name in _CALLED_LIKE_ITS_TABLE and said and said <= table_words and column.broad == "text":
        # The column "Office" of a table "Offices" is what each of them is called.
        name = max(name, 0.85)
    value, seen = value_evidence(entity, attribute, column)
    if value <= -1:
        return Evidence(0.0, name, value, (seen,))
    if not column.filled:
        value, seen = min(value, 0.0), "no values to look at"
    if value < 0:
        score = name * NAME_WEIGHT * (1 + value)
    elif name > 0:
        # A name that says a little makes values that say it all no weaker.
        score = max(name * NAME_WEIGHT + value * VALUE_WEIGHT, 0.5 * value if value >= 0.9 else 0.0)
    else:
        score = 0.5 * value if value >= 0.9 else 0.0
    if not column.filled:
        score *= 0.7
    reasons = [f"name {name:.2f}"] if name else ["the name says nothing"]
    reasons.append(f"type {column.declared}")
    if seen:
        reasons.append(f"values: {seen}")
    return Evidence(round(min(1.0, score), 3), name, value, tuple(reasons))


def _with_its_day(spelled: str) -> str:
    """``CHGON`` as ``CHG ON``: a date whose name ends in "on" says on which day."""
    return re.sub(r"(?<=[A-Za-z]{3})_?(?i:on)$", " date", spelled)


def value_evidence(entity: str, attribute: Attribute, column: ColumnFacts) -> tuple[float, str]:
    """From -1 to 1, and what was seen. Types that cannot hold the kind are out; patterns count both ways."""
    kind = attribute.kind
    if kind is Kind.KEY:
        return (0.3, "") if column.broad in ("integer", "guid", "text", "number") else (-1, "no key type")
    if kind in (Kind.DATE, Kind.MOMENT):
        return _date_evidence(entity, attribute, column)
    if kind is Kind.BOOLEAN:
        return _boolean_evidence(column)
    if kind in (Kind.INTEGER, Kind.DECIMAL):
        return _number_evidence(attribute, column)
    if kind is Kind.CODE:
        return _code_evidence(attribute, column)
    if kind is Kind.BYTES:
        return (
            (1.0, "files")
            if column.broad == "bytes" and column.share("file") > 0.2
            else (
                (0.2, "")
                if column.broad == "bytes" and not column.declared.startswith(("rowversion", "timestamp"))
                else (-1, "no bytes")
            )
        )
    return _text_evidence(entity, attribute, column)


def dates_share(column: ColumnFacts) -> float:
    """Share of the values that are dates, however written; of digits, what is none but 0."""
    bare = column.share("date_bare")
    return max(
        column.share("date_iso") + column.share("blank_date"),
        column.share("date_us"),
        column.share("date_day_first"),
        column.share("date_dotted"),
        bare + column.share("zero") if bare > 0.05 else 0.0,
    )


def _date_evidence(entity: str, attribute: Attribute, column: ColumnFacts) -> tuple[float, str]:
    if column.broad in ("boolean", "guid", "bytes", "time"):
        return -1, "no dates"
    dates = dates_share(column)
    if column.filled and dates < 0.5 and column.broad not in ("date", "moment"):
        return -1, "no dates"
    if not column.filled:
        return (0.1, "") if column.broad in ("date", "moment") else (-1, "no dates")
    first, last = column.first_year or 0, column.last_year or 0
    if attribute.name == "birth_date":
        if first and first < 1965 and last < 2030:
            return 1.0, f"dates from {first} to {last}"
        return -0.7, f"dates from {first} to {last} are no birth dates"
    if first and first < 1960 and column.share("blank_date") == 0:
        return -0.5, f"dates from {first} on"
    with_clock = column.share("clock") > 0 and column.share("midnight") < 0.5
    typed_moment = column.broad == "moment" and not column.patterns.get("midnight")
    if attribute.kind is Kind.MOMENT:
        if attribute.name in ("created_at", "modified_at"):
            if column.fill_share < _STAMPED:
                return -0.3, f"only {column.fill_share:.0%} of the rows have it"
            return (0.6 if with_clock or typed_moment else 0.2), "moments" if with_clock else "days"
        return (0.7, "moments") if with_clock or typed_moment else (0.2, "days")
    return (0.5, "days") if not with_clock else (0.2, "moments")


_STAMPED = 0.5
"""Share of the rows below which a moment is no stamp that a program puts on each of them."""


def _boolean_evidence(column: ColumnFacts) -> tuple[float, str]:
    if column.broad == "boolean":
        return 0.7, "yes or no"
    if not column.filled:
        return (0.0, "") if column.broad in ("integer", "text") else (-1, "")
    if column.distinct <= 3 and column.share("yes_no") > 0.95:
        return 0.6, "yes or no"
    if column.distinct <= 3 and column.codes and column.longest <= 8:
        return 0.1, "two or three codes"
    return -1, "not yes or no"


_BOUNDS = {
    "priority": (0, 9),
    "preventive_pct": (0, 100),
    "basic_pct": (0, 100),
    "major_pct": (0, 100),
    "stored_bop_pct": (0, 100),
    "stored_plaque_pct": (0, 100),
    "bone_loss_pct": (0, 100),
    "stored_mean_pd": (0, 12),
    "teeth_lost_to_perio": (0, 32),
    "cigarettes_per_day": (0, 100),
    "hba1c_pct": (3, 20),
    "recall_months": (0, 36),
    "phase_order": (0, 40),
    "item_order": (0, 200),
    "minutes": (0, 720),
    "fee": (0, 100_000),
}


def _number_evidence(attribute: Attribute, column: ColumnFacts) -> tuple[float, str]:
    if column.broad in ("moment", "date", "guid", "bytes", "time"):
        return -1, "no numbers"
    if column.filled and column.share("number") < 0.9:
        return -1, "no numbers"
    if attribute.kind is Kind.INTEGER and column.filled and column.share("integer") < 0.9:
        return -0.5, "not whole"
    low, high = _BOUNDS.get(attribute.name, (None, None))
    if low is None or high is None or column.lowest is None or column.highest is None:
        return 0.2, ""
    if column.lowest < low or column.highest > high * 1.5:
        return -0.6, f"{column.lowest:g} to {column.highest:g}"
    if attribute.name == "minutes":
        return (0.7, "lengths of appointments") if column.highest >= 20 else (-0.3, "too short")
    if attribute.name == "fee":
        return (0.7, "money") if column.highest > 40 and column.broad == "number" else (0.2, "")
    return 0.5, f"{column.lowest:g} to {column.highest:g}"


def _code_evidence(attribute: Attribute, column: ColumnFacts) -> tuple[float, str]:
    if column.broad in ("moment", "date", "bytes", "time"):
        return -1, "no codes"
    if not column.filled:
        return 0.0, ""
    pattern = {"sex": "sex", "stage": "stage", "grade": "grade", "subscriber_relation": "relation"}.get(
        attribute.name
    )
    if pattern and column.share(pattern) > 0.8 and column.distinct > 1:
        return 1.0 if attribute.name in ("sex",) else 0.7, f"{column.distinct} codes that fit"
    if column.broad == "guid":
        return -0.3, ""
    if not column.codes:
        return (-0.6, "too many different values for codes") if column.distinct > 12 else (0.0, "")
    if column.distinct <= 14:
        return 0.45, f"{column.distinct} codes"
    return -0.3, f"{column.distinct} different values"


_FOR = {
    "first_name": ("given_name", "name_like"),
    "last_name": ("family_name", "name_like"),
    "middle_name": ("initial", "given_name", "name_like"),
    "preferred_name": ("given_name", "name_like"),
    "title": ("title",),
    "suffix": ("suffix",),
    "credentials": ("degree",),
    "street": ("street",),
    "street2": ("unit",),
    "state": ("state",),
    "postal_code": ("zip",),
    "email": ("email",),
    "phone": ("phone",),
    "fax": ("phone",),
    "home_phone": ("phone",),
    "work_phone": ("phone",),
    "mobile_phone": ("phone",),
    "npi": ("npi",),
    "website": ("url",),
    "ada_code": ("cdt_d", "cdt"),
    "body": ("rtf", "html", "multi_line", "prose"),
    "file_name": ("file_name",),
    "tooth_area": ("tooth_area",),
    "surface": ("surface",),
    "choices": ("name_list",),
    "recipient": ("person",),
    "guarantor_name": ("person", "full_name"),
}
_DISTINCTIVE = frozenset(
    ("email", "npi", "cdt_d", "url", "file_name", "rtf", "degree", "given_name", "family_name")
)
_MUST = frozenset(
    (
        "email",
        "npi",
        "title",
        "suffix",
        "phone",
        "fax",
        "home_phone",
        "work_phone",
        "mobile_phone",
        "ada_code",
        "postal_code",
        "file_name",
    )
)
"""Attributes whose values have a shape that most of them must show."""


_NEVER_NUMBERS = frozenset(
    (
        "first_name last_name middle_name title suffix street street2 city state email website body file_name"
    ).split()
)


def _text_evidence(entity: str, attribute: Attribute, column: ColumnFacts) -> tuple[float, str]:
    if column.broad in ("moment", "date", "boolean", "bytes", "time") and not (
        attribute.name == "body" and column.broad == "bytes" and (column.share("rtf") or not column.filled)
    ):
        return -1, "no text"
    if column.broad == "bytes":
        return 1.0, "RTF in bytes"
    if not column.filled:
        return (0.1, "") if column.broad == "text" else (-0.3, "")
    if column.broad in ("integer", "number", "guid") and attribute.name in _NEVER_NUMBERS:
        return -0.8, "numbers"
    wanted = _FOR.get(attribute.name, ())
    if attribute.name == "title" and entity not in ("patient", "provider", "referral_source"):
        wanted = ()
    if wanted:
        best, share = max(((pattern, column.share(pattern)) for pattern in wanted), key=lambda each: each[1])
        if attribute.name in ("first_name", "last_name"):
            return _name_evidence(attribute.name, column)
        if attribute.name == "body" and column.distinct == 1 and column.filled > _SAME_IN_ALL:
            return -0.8, "the same text in every row"
        if best in _DISTINCTIVE and share >= 0.5:
            return 1.0, f"{share:.0%} look like {best.replace('_', ' ')}"
        if share >= 0.6:
            return 0.6, f"{share:.0%} look like {best.replace('_', ' ')}"
        if attribute.name in _MUST and share < 0.2:
            return -0.7, f"only {share:.0%} look like {wanted[0].replace('_', ' ')}"
        if attribute.name == "body":
            return (0.5, "texts") if column.mean_length > 40 else (-0.4, "short")
        if attribute.name == "street" and share < 0.2 and column.share("name_like") > 0.8:
            return -0.3, "no streets"
        return 0.1, ""
    return _plain_text_evidence(attribute, column)


_SAME_IN_ALL = 20
"""Rows from which one text in all of them is a printed line and nobody's note."""


def _name_evidence(name: str, column: ColumnFacts) -> tuple[float, str]:
    own, other = ("given_name", "family_name") if name == "first_name" else ("family_name", "given_name")
    if column.share("full_name") > 0.5:
        return -0.5, "whole names"
    if column.share("name_like") < 0.5:
        return -0.6, "no names"
    if column.share(own) > 0.08 and column.share(own) > 1.5 * column.share(other):
        return 0.9, f"{column.share(own):.0%} are frequent {own.replace('_', ' ')}s"
    if column.share(other) > 0.12 and column.share(other) > 2 * column.share(own):
        return -0.4, f"{column.share(other):.0%} are frequent {other.replace('_', ' ')}s"
    return 0.4, "names"


_LONGEST_CODE = 11
"""Mean length from which a procedure's code is none but its name."""

_PROSE = frozenset(
    ["note", "medical_alert", "diagnosis", "goal", "clinical_description", "letter_description"]
)
_SHORT = frozenset(
    (
        "chart_number pms_id policy_number group_number license_number pms_code operatory case_type measures"
    ).split()
)


_NUMBERED = frozenset(("chart_number", "pms_id", "policy_number", "group_number", "license_number"))


def _plain_text_evidence(attribute: Attribute, column: ColumnFacts) -> tuple[float, str]:
    name = attribute.name
    looks_dated = dates_share(column) > 0.8 or column.share("email") > 0.5
    if looks_dated:
        return -0.9, "dates or addresses"
    if name in _SHORT:
        if (
            name in ("chart_number", "pms_id", "policy_number")
            and column.filled > 20
            and column.distinct < column.filled * 0.4
        ):
            return -0.5, "few different values"
        if name in _NUMBERED and column.share("name_like") > 0.8:
            return -0.7, "names and no numbers"
        if name == "pms_code" and column.mean_length > _LONGEST_CODE:
            return -0.7, "texts and no codes"
        return (0.4, "short") if column.longest <= 40 else (-0.5, "long texts")
    if name in _PROSE:
        return (0.4, "texts") if column.mean_length > 12 else (-0.2, "short")
    if column.broad in ("integer", "number", "guid"):
        return -0.5, "numbers"
    if column.share("number") > 0.9:
        return -0.4, "numbers"
    if name in ("name", "label", "carrier", "practice_name", "city") and column.mean_length > 70:
        return -0.3, "long texts"
    return 0.4, "texts"
