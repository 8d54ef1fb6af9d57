"""How the rows of a table are told apart, and how they are reached from a range of patients."""

from __future__ import annotations

from panda_twenty.mapping.proposal.landscape import Landscape
from panda_twenty.mapping.proposal.model import Step
from panda_twenty.mapping.proposal.tables import Seat, Seating
from panda_twenty.panda.discovery.facts import TableFacts

_OWN_COLUMN_TYPES = ("integer",)


def key_of(landscape: Landscape, table: TableFacts) -> tuple[str, ...]:
    """The columns that tell the rows of a table apart: its key, else the first that looks unique."""
    if table.key:
        return table.key
    unique = [column.name for column in table if column.looks_unique]
    return (unique[0],) if unique else (next(iter(table.columns)),)


def way_to_patient(seating: Seating, seat: Seat) -> tuple[tuple[Step, ...], str | None, float]:
    """Parents and range column by which an entity is read, and how sure the way is."""
    landscape = seating.landscape
    patient = seating.table_of("patient")
    if patient is None:
        return (), None, 0.0
    own = landscape.tables[patient]
    number = _patient_number(landscape, own)
    if seat.table == patient:
        return (), number, 1.0 if number else 0.0
    way = landscape.way_to(seat.table, patient)
    if way is None or number is None:
        return (), None, 0.0
    trust = min((relation.score for relation in way), default=1.0)
    last = way[-1]
    if last.to_column == number and landscape.column(last.table, last.column).broad in _OWN_COLUMN_TYPES:
        return (
            tuple(Step(each.to_table, {each.column: each.to_column}) for each in way[:-1]),
            last.column,
            trust,
        )
    # The children name the patient by something else than the whole number that ranges are made of.
    return tuple(Step(each.to_table, {each.column: each.to_column}) for each in way), number, trust


def _patient_number(landscape: Landscape, patient: TableFacts) -> str | None:
    """The whole number by which patients are read in ranges: their key, else another unique column."""
    if len(patient.key) == 1 and patient.columns[patient.key[0]].broad in _OWN_COLUMN_TYPES:
        return patient.key[0]
    unique = [column.name for column in patient if column.broad in _OWN_COLUMN_TYPES and column.looks_unique]
    return unique[0] if unique else None
