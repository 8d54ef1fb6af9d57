"""Which table each entity lives in: by its name, its columns, and its place among the others.

Entities are settled one after the other, the unmistakable ones first: the patient, whom everything points at;
the chart, which has a shape of its own; the procedures, which carry CDT codes. Those then tell the others
apart: a phase lies between procedures and plan, an exam is what the chart belongs to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from panda_twenty.mapping.proposal.landscape import Landscape
from panda_twenty.mapping.proposal.model import RunnerUp
from panda_twenty.mapping.proposal.vocabulary import attribute_phrases, entity_context, entity_phrases
from panda_twenty.panda.discovery.facts import TableFacts
from panda_twenty.panda.discovery.names import phrase_score
from panda_twenty.panda.entities import ENTITIES

LEAST = 0.34
"""A table below this score is nobody's."""

MARKS: Mapping[str, Mapping[str, float]] = {
    "patient": {
        "birth_date": 3,
        "first_name": 2,
        "last_name": 2,
        "sex": 1,
        "home_phone": 1,
        "chart_number": 0.5,
        "street": 0.5,
    },
    "provider": {
        "npi": 2,
        "credentials": 2,
        "license_number": 1,
        "last_name": 1.5,
        "first_name": 1,
        "specialty": 1,
    },
    "practice_location": {
        "street": 1.5,
        "city": 1,
        "phone": 1,
        "name": 1.5,
        "npi": 1,
        "postal_code": 0.5,
        "is_main": 0.5,
    },
    "referral_source": {
        "last_name": 1.5,
        "practice_name": 1.5,
        "phone": 1,
        "fax": 1.5,
        "street": 1,
        "credentials": 1,
    },
    "insurance_policy": {
        "carrier": 2,
        "policy_number": 1.5,
        "group_number": 1.5,
        "subscriber_relation": 1,
        "priority": 1,
        "major_pct": 1,
    },
    "perio_exam": {"exam_date": 2, "exam_type": 1, "stage": 1, "diagnosis": 1, "is_baseline": 0.5},
    "treatment_plan": {"plan_date": 2, "name": 1, "status": 1, "goal": 1},
    "treatment_phase": {"phase_order": 2, "label": 1.5, "status": 1, "start_date": 1, "end_date": 1},
    "planned_procedure": {"ada_code": 3, "tooth_area": 1.5, "fee": 1, "clinical_description": 1, "status": 1},
    "perio_comparison": {"title": 1, "measures": 1},
    "clinical_note": {"body": 3, "noted_at": 1.5, "subject": 0.5},
    "letter": {"body": 3, "written_at": 1.5, "recipient": 1},
    "letter_template": {"body": 3, "name": 1.5},
    "appointment": {"starts_at": 3, "minutes": 2, "operatory": 1, "outcome": 1, "procedure": 1},
    "document": {"file_name": 3, "content": 2.5, "scanned_at": 1},
    "finding_definition": {"label": 2, "value_type": 1.5, "choices": 1.5},
    "custom_finding": {"value": 2},
}
"""The attributes by which an entity's table is told, with their weight."""

ORDER = (
    "patient",
    "perio_chart",
    "perio_exam",
    "planned_procedure",
    "treatment_phase",
    "treatment_plan",
    "provider",
    "practice_location",
    "referral_source",
    "letter_template",
    "letter",
    "clinical_note",
    "appointment",
    "insurance_policy",
    "document",
    "perio_comparison",
    "custom_finding",
    "finding_definition",
)


@dataclass(frozen=True)
class Seat:
    """A table given to an entity."""

    entity: str
    table: str
    score: float
    reasons: tuple[str, ...]
    runners_up: tuple[RunnerUp, ...] = ()


@dataclass
class Seating:
    """Who sits where so far."""

    landscape: Landscape
    chart_tables: Mapping[str, float]
    """Tables whose shape is that of a chart, with how plain that is."""
    seats: dict[str, Seat] = field(default_factory=dict)

    def table_of(self, entity: str) -> str | None:
        """The table an entity was given, if any."""
        seat = self.seats.get(entity)
        return None if seat is None else seat.table

    @property
    def taken(self) -> frozenset[str]:
        """Tables that are somebody's."""
        return frozenset(seat.table for seat in self.seats.values())


def seat_entities(landscape: Landscape, chart_tables: Mapping[str, float]) -> Seating:
    """Give every entity that the database holds its table."""
    seating = Seating(landscape, chart_tables)
    for entity in ORDER:
        seat = _seat(seating, entity)
        if seat is not None:
            seating.seats[entity] = seat
    _share_a_chart_table(seating)
    return seating


def _share_a_chart_table(seating: Seating) -> None:
    """A wide or packed chart stands in the exam's own row: then one table serves both."""
    chart, exam = seating.seats.get("perio_chart"), seating.seats.get("perio_exam")
    if chart is not None and exam is None:
        seating.seats["perio_exam"] = Seat(
            "perio_exam", chart.table, chart.score * 0.9, ("holds the chart, one row per exam",)
        )


def _seat(seating: Seating, entity: str) -> Seat | None:
    scored = []
    for table in seating.landscape.tables.values():
        score, reasons = _score(seating, entity, table)
        if score >= LEAST:
            scored.append((score, table.name, reasons))
    scored.sort(key=lambda each: (-each[0], each[1]))
    if not scored:
        return None
    score, name, reasons = scored[0]
    runners = tuple(RunnerUp(other, "", round(points, 3)) for points, other, _ in scored[1:4])
    return Seat(entity, name, round(min(1.0, score), 3), reasons, runners)


def _score(seating: Seating, entity: str, table: TableFacts) -> tuple[float, tuple[str, ...]]:
    landscape = seating.landscape
    if entity == "perio_chart":
        plain = seating.chart_tables.get(table.name, 0.0)
        return (plain, ("has the shape of a chart",)) if plain else (0.0, ())
    if table.name in seating.taken and not (
        entity == "perio_exam" and seating.table_of("perio_chart") == table.name
    ):
        return 0.0, ()
    place, why = _PLACES[entity](seating, table)
    if place <= -1:
        return 0.0, ()
    said = frozenset(("table", "list"))
    named = phrase_score(table.name.rpartition(".")[2], entity_phrases(entity), said)
    if stem := landscape.key_stem(table.name):
        # "JRN_NO" says that each row of DJRN is a journal's.
        named = max(named, _BY_ITS_KEY * phrase_score(stem, entity_phrases(entity), said))
    marks = marks_found(landscape, entity, table)
    score = 0.34 * named + 0.36 * marks + 0.3 * place
    reasons = [f"name {named:.2f}", f"columns {marks:.2f}"]
    if why:
        reasons.append(why)
    return score, tuple(reasons)


_BY_ITS_KEY = 0.8
"""What a key's name counts beside the name of the table."""


def marks_found(landscape: Landscape, entity: str, table: TableFacts) -> float:
    """How many of an entity's marks the table has, with those of its base, from 0 to 1."""
    base = landscape.base_of(table.name)
    places = [(each.name, column) for each in (table, base) if each is not None for column in each]
    marks = MARKS[entity]
    catalogue = ENTITIES[entity].attributes
    found = 0.0
    taken: set[tuple[str, str]] = set()
    for name, weight in marks.items():
        best, where = 0.0, ("", "")
        for owner, column in places:
            if (owner, column.name) in taken:
                continue
            score = landscape.evidence(entity, catalogue[name], owner, column).score
            if score > best:
                best, where = score, (owner, column.name)
        if best >= 0.4:
            taken.add(where)
            found += weight * min(1.0, best / 0.85)
    return found / sum(marks.values())


def _reaches_patient(seating: Seating, table: TableFacts) -> list[str] | None:
    patient = seating.table_of("patient")
    if patient is None or table.name == patient:
        return None
    way = seating.landscape.way_to(table.name, patient)
    return None if way is None else [relation.to_table for relation in way]


def _points_at(seating: Seating, table: TableFacts, entity: str) -> float:
    target = seating.table_of(entity)
    if target is None or target == table.name:
        return 0.0
    found = seating.landscape.columns_to(table.name, target)
    return found[0].score if found else 0.0


def _pointed_at_by(seating: Seating, table: TableFacts, entity: str) -> float:
    source = seating.table_of(entity)
    if source is None or source == table.name:
        return 0.0
    found = seating.landscape.columns_to(source, table.name)
    return found[0].score if found else 0.0


def _patient(seating: Seating, table: TableFacts) -> tuple[float, str]:
    referrers = len(seating.landscape.referrers.get(table.name, ()))
    return min(1.0, referrers / 5), f"{referrers} tables point at it"


def _provider(seating: Seating, table: TableFacts) -> tuple[float, str]:
    if seating.landscape.table_words(table.name) & _OUTSIDE:
        return -1, ""
    place, why = _small_and_pointed_at(seating, table, 500)
    return (place, why) if place <= -1 else (max(place, min(1.0, _in_the_role(seating, table) / 4)), why)


_OUTSIDE = frozenset(("referral", "outside", "external"))
"""Words of tables whose doctors are not the practice's own."""


def _in_the_role(seating: Seating, table: TableFacts) -> int:
    """How many tables have a column that is called after a provider and holds keys of this table."""
    landscape = seating.landscape
    return sum(
        any(
            landscape.holds_keys(other.name, column, table.name)
            and phrase_score(
                landscape.spelled(other.name, column.name),
                attribute_phrases(entity, "provider_key"),
                entity_context(entity),
            )
            >= 0.75
            for column in other
            if column.broad in ("integer", "guid", "text")
        )
        for entity, seat in seating.seats.items()
        if "provider_key" in ENTITIES[entity].attributes
        for other in (landscape.tables[seat.table],)
    )


def _location(seating: Seating, table: TableFacts) -> tuple[float, str]:
    return _small_and_pointed_at(seating, table, 100)


def _small_and_pointed_at(seating: Seating, table: TableFacts, most: int) -> tuple[float, str]:
    if table.rows > most or _reaches_patient(seating, table) == [seating.table_of("patient")]:
        return -1, ""
    referrers = len(seating.landscape.referrers.get(table.name, ()))
    return min(1.0, referrers / 4), f"{table.rows} rows, {referrers} tables point at it"


def _referral(seating: Seating, table: TableFacts) -> tuple[float, str]:
    if _reaches_patient(seating, table) == [seating.table_of("patient")]:
        return -1, ""
    from_patient = _pointed_at_by(seating, table, "patient")
    referrers = len(seating.landscape.referrers.get(table.name, ()))
    return max(0.8 * from_patient, min(0.5, referrers / 4)), "patients point at it" if from_patient else ""


def _exam(seating: Seating, table: TableFacts) -> tuple[float, str]:
    if _reaches_patient(seating, table) is None:
        return -1, ""
    chart = seating.table_of("perio_chart")
    if chart is not None and chart != table.name:
        pointed = _pointed_at_by(seating, table, "perio_chart")
        return (1.6 * pointed, "the chart belongs to it") if pointed else (-0.3, "")
    if chart == table.name:
        return 0.9, "holds the chart"
    return 0.2, ""


def _procedure(seating: Seating, table: TableFacts) -> tuple[float, str]:
    way = _reaches_patient(seating, table)
    if way is None:
        return -1, ""
    with_codes = max((column.share("cdt_d") for column in table), default=0.0)
    own = seating.landscape.relations_of(table.name)
    between = [
        relation.to_table
        for relation in own.values()
        if seating.landscape.tables[relation.to_table].rows > 20
        and relation.to_table != seating.table_of("patient")
        and _reaches_patient(seating, seating.landscape.tables[relation.to_table]) is not None
    ]
    place = 0.5 * with_codes + (0.5 if between else 0.0)
    return place, "carries CDT codes and belongs to something" if between and with_codes else ""


def _phase(seating: Seating, table: TableFacts) -> tuple[float, str]:
    way = _reaches_patient(seating, table)
    if way is None:
        return -1, ""
    pointed = _pointed_at_by(seating, table, "planned_procedure")
    patient = seating.table_of("patient")
    above = [
        relation.to_table
        for relation in seating.landscape.relations_of(table.name).values()
        if relation.to_table not in (patient, table.name, *seating.taken)
        and _reaches_patient(seating, seating.landscape.tables[relation.to_table]) is not None
    ]
    if pointed and above:
        return 1.4, "lies between procedures and a plan"
    return (0.0, "") if not pointed else (-0.2, "")


def _plan(seating: Seating, table: TableFacts) -> tuple[float, str]:
    if _reaches_patient(seating, table) is None:
        return -1, ""
    by_phase = _pointed_at_by(seating, table, "treatment_phase")
    by_item = _pointed_at_by(seating, table, "planned_procedure")
    if by_phase:
        return 1.4 * by_phase, "phases belong to it"
    return (1.1 * by_item, "procedures belong to it") if by_item else (0.0, "")


def _template(seating: Seating, table: TableFacts) -> tuple[float, str]:
    if _reaches_patient(seating, table) == [seating.table_of("patient")]:
        return -1, ""
    merged = max((column.share("merge_field") for column in table), default=0.0)
    if table.rows > 2_000:
        return -0.5, ""
    return merged, "texts with merge fields" if merged > 0.3 else ""


def _letter(seating: Seating, table: TableFacts) -> tuple[float, str]:
    if _reaches_patient(seating, table) is None:
        return -1, ""
    made = _points_at(seating, table, "letter_template")
    sent = _points_at(seating, table, "referral_source")
    return max(1.2 * made, 0.6 * sent), "made from a template" if made else (
        "goes to referrers" if sent else ""
    )


def _note(seating: Seating, table: TableFacts) -> tuple[float, str]:
    if _reaches_patient(seating, table) is None:
        return -1, ""
    texts = max((max(column.share("prose"), column.share("rtf")) for column in table), default=0.0)
    return 0.5 * texts + (
        0.3 if _points_at(seating, table, "provider") else 0.0
    ), "texts" if texts > 0.3 else ""


def _appointment(seating: Seating, table: TableFacts) -> tuple[float, str]:
    if _reaches_patient(seating, table) is None:
        return -1, ""
    return (0.5 if _points_at(seating, table, "provider") else 0.2), ""


def _of_a_patient(seating: Seating, table: TableFacts) -> tuple[float, str]:
    way = _reaches_patient(seating, table)
    if way is None:
        return -1, ""
    return 0.5 / len(way), "belongs to patients"


def _document(seating: Seating, table: TableFacts) -> tuple[float, str]:
    if _reaches_patient(seating, table) is None:
        return -1, ""
    files = max((column.share("file") for column in table), default=0.0)
    named = max((column.share("file_name") for column in table), default=0.0)
    return max(files, named), "files" if files or named else ""


def _comparison(seating: Seating, table: TableFacts) -> tuple[float, str]:
    exam = seating.table_of("perio_exam")
    if exam is None or exam == table.name or _reaches_patient(seating, table) is None:
        return -1, ""
    exams = len(seating.landscape.columns_to(table.name, exam))
    return (1.5, f"{exams} columns name exams") if exams >= 2 else (-1, "")


def _finding(seating: Seating, table: TableFacts) -> tuple[float, str]:
    of_exam = _points_at(seating, table, "perio_exam")
    if not of_exam:
        return -1, ""
    defined = [
        relation
        for relation in seating.landscape.relations_of(table.name).values()
        if relation.to_table not in seating.taken
        and seating.landscape.tables[relation.to_table].rows <= 2_000
        and _reaches_patient(seating, seating.landscape.tables[relation.to_table]) is None
    ]
    return (1.0, "values of an exam, each with a definition") if defined else (-0.1, "")


def _definition(seating: Seating, table: TableFacts) -> tuple[float, str]:
    if _reaches_patient(seating, table) is not None or table.rows > 2_000:
        return -1, ""
    pointed = _pointed_at_by(seating, table, "custom_finding")
    return (1.4 * pointed, "findings are defined by it") if pointed else (-1, "")


_PLACES: Mapping[str, Callable[[Seating, TableFacts], tuple[float, str]]] = {
    "patient": _patient,
    "provider": _provider,
    "practice_location": _location,
    "referral_source": _referral,
    "perio_exam": _exam,
    "planned_procedure": _procedure,
    "treatment_phase": _phase,
    "treatment_plan": _plan,
    "letter_template": _template,
    "letter": _letter,
    "clinical_note": _note,
    "appointment": _appointment,
    "insurance_policy": _of_a_patient,
    "document": _document,
    "perio_comparison": _comparison,
    "custom_finding": _finding,
    "finding_definition": _definition,
}


def closed_tables(seating: Seating, own: Sequence[str]) -> tuple[str, ...]:
    """Tables that belong to entities other than ``own``."""
    return tuple(seat.table for entity, seat in seating.seats.items() if entity not in own)
