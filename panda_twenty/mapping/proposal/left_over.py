"""Takes columns whose names say nothing because no other is left, where the rows themselves agree.

Such a line is worth a look and never sure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from panda_twenty.mapping.proposal.candidates import Candidate
from panda_twenty.mapping.proposal.evidence import dates_share, is_social_security
from panda_twenty.mapping.proposal.landscape import Landscape
from panda_twenty.mapping.proposal.model import LIKELY, POSSIBLE
from panda_twenty.mapping.proposal.tables import Seat, Seating
from panda_twenty.mapping.proposal.vocabulary import attribute_phrases
from panda_twenty.panda.discovery.facts import ColumnFacts
from panda_twenty.panda.discovery.names import phrase_score, words_of
from panda_twenty.panda.entities import ENTITIES, Kind
from panda_twenty.panda.values import key_text, plain_text

NEARLY_ALWAYS = 0.9
"""Share of the rows that a column fills which every row of its entity has."""

_LEFT_OVER, _GUESSED = 0.56, 0.5
"""What a column counts that is taken because no other is left, alone or as one of several readings."""

_ALL_MIDNIGHT, _ORDERED, _FEWEST_PAIRS = 0.95, 0.95, 20
_EARLIEST_YEAR = 1960
"""No practice's own dates are older; birth dates are."""


def take_what_is_left(seating: Seating, seat: Seat, chosen: dict[str, Candidate]) -> None:
    """Add to ``chosen`` what only one column is left for."""
    _take_first_and_last_day(seating.landscape, seat, chosen)
    _take_the_third_phone(seating.landscape, seat, chosen)
    _take_the_only_day(seating.landscape, seat, chosen)
    _take_the_first_visit(seating, seat, chosen)
    _take_the_moment_of_entry(seating.landscape, seat, chosen)


def _take_first_and_last_day(landscape: Landscape, seat: Seat, chosen: dict[str, Candidate]) -> None:
    """Two dates of a phase that are called nothing in particular are its first and its last day."""
    names = ("start_date", "end_date")
    if seat.entity != "treatment_phase" or any(_is_found(chosen, name) for name in names):
        return
    used = {each.column for name, each in chosen.items() if name not in names and each.score >= POSSIBLE}
    dates = [
        column.name
        for column in landscape.tables[seat.table]
        if column.name not in used and _holds_days(column)
    ]
    if len(dates) == 2:
        if _share_in_order(landscape, seat.table, dates[1], dates[0]) > _ORDERED:
            dates.reverse()
        for name, column in zip(names, dates, strict=True):
            because = ("one of two dates that say no more",)
            chosen[name] = Candidate(name, seat.table, column, _GUESSED, because)


_DAYS = {
    "perio_exam": "exam_date",
    "treatment_plan": "plan_date",
    "clinical_note": "noted_at",
    "letter": "written_at",
    "appointment": "starts_at",
    "document": "scanned_at",
}
"""The day on which what a row tells took place: a row of these has one, whatever its column is called."""


def _take_the_only_day(landscape: Landscape, seat: Seat, chosen: dict[str, Candidate]) -> None:
    """The one date that is left beside the stamps of a row, of several the one without a time of day."""
    name = _DAYS.get(seat.entity)
    if name is None or (name in chosen and chosen[name].score >= LIKELY):
        return
    left = _left_dates(landscape, seat, chosen, name)
    if not left and "created_at" not in ENTITIES[seat.entity].attributes:
        left = _left_dates(landscape, seat, chosen, name, stamps=("modified_at",))
    left = [column for column in left if column.fill_share > NEARLY_ALWAYS]
    if len(left) > 1 and ENTITIES[seat.entity].attributes[name].kind is Kind.DATE:
        left = [column for column in left if _is_day(column)]
    if len(left) == 1:
        because = ("the one date that is left beside the stamps of the row",)
        chosen[name] = Candidate(name, seat.table, left[0].name, _LEFT_OVER, because)


def _take_the_first_visit(seating: Seating, seat: Seat, chosen: dict[str, Candidate]) -> None:
    """The one date of a patient after which all exams lie, whatever it is called."""
    exam = seating.table_of("perio_exam")
    if seat.entity != "patient" or exam is None or _is_found(chosen, "first_visit"):
        return
    exams = _days_by_patient(seating, exam, seat.table)
    left = [
        column
        for column in _left_dates(seating.landscape, seat, chosen, "first_visit")
        if _is_day(column)
        and (column.first_year or 0) >= _EARLIEST_YEAR
        and _comes_first(seating.landscape, seat.table, column, exams)
    ]
    if len(left) == 1:
        because = ("the one date that is left, and never after an exam of its patient",)
        chosen["first_visit"] = Candidate("first_visit", seat.table, left[0].name, _GUESSED, because)


def _take_the_moment_of_entry(landscape: Landscape, seat: Seat, chosen: dict[str, Candidate]) -> None:
    """The one moment that is left and never after the row's last change is when it was entered."""
    changed = chosen.get("modified_at")
    known = ENTITIES[seat.entity].attributes
    if "created_at" not in known or _is_found(chosen, "created_at") or changed is None:
        return
    left = [
        column
        for column in _left_dates(landscape, seat, chosen, "created_at")
        if column.fill_share > NEARLY_ALWAYS
        and not _is_day(column)
        and (column.first_year or 0) >= _EARLIEST_YEAR
    ]
    if len(left) == 1 and _share_in_order(landscape, seat.table, left[0].name, changed.column) > _ORDERED:
        because = ("the one moment that is left, and never after the last change of its row",)
        chosen["created_at"] = Candidate("created_at", seat.table, left[0].name, _GUESSED, because)


def _is_found(chosen: dict[str, Candidate], name: str) -> bool:
    return name in chosen and chosen[name].score >= POSSIBLE


_STAMPS = ("created_at", "modified_at")


def _left_dates(
    landscape: Landscape,
    seat: Seat,
    chosen: dict[str, Candidate],
    name: str,
    stamps: Sequence[str] = _STAMPS,
) -> list[ColumnFacts]:
    """Columns with dates that no other attribute than ``name`` has; ``stamps`` are left out by their name."""
    used = {candidate.column for other, candidate in chosen.items() if other != name}
    return [
        column
        for column in landscape.tables[seat.table]
        if column.name not in used
        and _holds_days(column)
        and not _is_stamp(landscape, seat.table, column, stamps)
    ]


def _holds_days(column: ColumnFacts) -> bool:
    return column.broad in ("date", "moment") or (column.filled > 0 and dates_share(column) > NEARLY_ALWAYS)


def _is_day(column: ColumnFacts) -> bool:
    """Whether a column of dates has no time of day."""
    return column.broad == "date" or column.share("midnight") > _ALL_MIDNIGHT or not column.share("clock")


def _is_stamp(landscape: Landscape, table: str, column: ColumnFacts, stamps: Sequence[str]) -> bool:
    """Whether a date's name says when the row was entered or changed."""
    spelled = landscape.spelled(table, column.name)
    return any(
        phrase_score(spelled, attribute_phrases("patient", name), landscape.table_words(table)) >= LIKELY
        for name in stamps
    )


def _share_in_order(landscape: Landscape, table: str, earlier: str, later: str) -> float:
    """Share of the sampled rows with both dates in which the first is no later; 0 with too few of them."""
    first = _days(landscape.discovery.sampled_values(table, earlier))
    second = _days(landscape.discovery.sampled_values(table, later))
    pairs = [(one, other) for one, other in zip(first, second, strict=True) if one and other]
    return sum(one <= other for one, other in pairs) / len(pairs) if len(pairs) >= _FEWEST_PAIRS else 0.0


def _days(values: Iterable[Any]) -> list[str]:
    """ISO days, so that they compare; empty where a value is none."""
    texts = ["" if value is None else plain_text(value).strip()[:10] for value in values]
    return [text if len(text) == 10 and text[4] == text[7] == "-" else "" for text in texts]


def _days_by_patient(seating: Seating, exam: str, patient: str) -> dict[str, str]:
    """The earliest sampled exam of each patient, by the value that names the patient."""
    landscape = seating.landscape
    relations = landscape.columns_to(exam, patient)
    days = [column for column in landscape.tables[exam] if _holds_days(column) and _is_day(column)]
    if not relations or not days:
        return {}
    known = ENTITIES["perio_exam"].attributes["exam_date"]
    day = max(days, key=lambda column: landscape.evidence("perio_exam", known, exam, column).score)
    keys = landscape.discovery.sampled_values(exam, relations[0].column)
    found: dict[str, str] = {}
    for key, text in zip(keys, _days(landscape.discovery.sampled_values(exam, day.name)), strict=True):
        if (name := key_text(key)) is not None and text:
            found[name] = min(text, found.get(name, text))
    return found


def _comes_first(landscape: Landscape, patient: str, column: ColumnFacts, exams: dict[str, str]) -> bool:
    key = landscape.tables[patient].key
    if len(key) != 1:
        return False
    keys: Sequence[Any] = landscape.discovery.sampled_values(patient, key[0])
    days = _days(landscape.discovery.sampled_values(patient, column.name))
    pairs = [
        (text, exams[name])
        for value, text in zip(keys, days, strict=True)
        if text and (name := key_text(value)) is not None and name in exams
    ]
    return len(pairs) >= _FEWEST_PAIRS and sum(day <= exam for day, exam in pairs) > _ORDERED * len(pairs)


_OTHERS_PHONE = frozenset("fax pager emergency spouse contact guarantor employer extension other".split())


def _take_the_third_phone(landscape: Landscape, seat: Seat, chosen: dict[str, Candidate]) -> None:
    """Beside the telephones of home and work, the one that is left in a patient's row is mobile."""
    known = [chosen.get(name) for name in ("home_phone", "work_phone")]
    rival = chosen.get("mobile_phone")
    if seat.entity != "patient" or None in known or (rival is not None and rival.score >= LIKELY):
        return
    used = {candidate.column for name, candidate in chosen.items() if name != "mobile_phone"}
    left = [
        column.name
        for column in landscape.tables[seat.table]
        if column.broad == "text"
        and column.share("phone") > 0.8
        and column.name not in used
        and not set(words_of(column.name)) & _OTHERS_PHONE
        and not is_social_security(column)
    ]
    if len(left) == 1:
        because = ("the one telephone that is left beside home and work",)
        chosen["mobile_phone"] = Candidate("mobile_phone", seat.table, left[0], _LEFT_OVER, because)
