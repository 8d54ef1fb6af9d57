"""Which tables nothing is proposed from, and which only look so."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from panda_twenty.panda.discovery.catalogue import CatalogueColumn, CatalogueTable
from panda_twenty.panda.discovery.set_aside import stale_copies

_COLUMNS = tuple(f"C{number}" for number in range(10))


def table(name: str, columns: Sequence[str] = _COLUMNS, rows: int = 100) -> CatalogueTable:
    described = {each: CatalogueColumn(each, "int", "integer", True) for each in columns}
    return CatalogueTable(name, False, described, rows=rows)


def aside(*tables: CatalogueTable) -> set[str]:
    return set(stale_copies({each.name: each for each in tables}))


@pytest.mark.parametrize("name", ["care_plan_stage", "dental_arch", "lab_test", "imp_plan"])
def test_words_of_the_practice_do_not_set_a_table_aside(name: str) -> None:
    assert aside(table(name), table("patient", ("a", "b", "c"))) == set()


def test_the_same_words_do_where_the_table_is_a_copy() -> None:
    assert aside(table("patient_stage"), table("patient")) == {"patient_stage"}


def test_the_smaller_of_two_tables_alike_is_the_copy() -> None:
    assert aside(table("PEREXAM"), table("PEREXBAK", rows=31)) == {"PEREXBAK"}


def test_the_history_of_a_table_is_set_aside_and_a_letter_history_is_not() -> None:
    versions = table("patient_aud", ("patient_id", "rev", "revtype", "first_name"))
    letters = table("letter_history", ("letter_id", "body", "printed"))
    assert aside(table("patient"), versions, letters) == {"patient_aud"}
