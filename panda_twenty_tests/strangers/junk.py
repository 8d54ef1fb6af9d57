"""What stands in a practice's database besides the practice: copies, imports, logs, statements."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from panda_twenty_tests.strangers.relaying import Column, Practice, Table, Values

JUNK_WORDS = (
    "Aldous",
    "Brigid",
    "Cosmo",
    "Delphine",
    "Evander",
    "Fenella",
    "Gideon",
    "Hester",
    "Ignatius",
    "Jocasta",
)


def patient_copies(patients: Table, name: str, *, every: int) -> Table:
    """A stale copy of the patient table: older rows, no key, some values out of date."""

    def rows(practice: Practice) -> Iterator[Values]:
        source = practice.rows(patients.of or "") if patients.rows is None else patients.rows(practice)
        for number, row in enumerate(source):
            if number % every == 0 and number % 10 != 7:
                stale = {**row, "MobilePhone": None, "Street": f"{number} Formerly Row"}
                yield stale

    columns = tuple(replace(column, also=()) for column in patients.columns)
    return replace(
        patients,
        name=name,
        columns=columns,
        rows=rows,
        key=(),
        foreign_keys={},
        indexes=(),
        junk=True,
        deleted=None,
    )


def system_tables(patient_number: Callable[[Any], Any]) -> tuple[Table, ...]:
    """Import and test leftovers, SQL Server's diagrams, logs, users, and a large table of statements."""

    def of_patients(per_patient: int) -> Callable[[Practice], Iterator[Values]]:
        def rows(practice: Practice) -> Iterator[Values]:
            rng = random.Random(f"junk/{practice.seed}/{per_patient}")
            number = 0
            for patient in practice.rows("Patient"):
                for _ in range(rng.randrange(2 * per_patient)):
                    number += 1
                    yield {
                        "number": number,
                        "patient": patient_number(patient["PatientID"]),
                        "last": patient["LastName"],
                        "first": patient["FirstName"],
                        "born": patient["BirthDate"],
                        "day": f"20{rng.randrange(14, 26)}-{rng.randrange(1, 13):02d}-11T00:00:00.000",
                        "amount": rng.randrange(-40_000, 90_000) / 100,
                        "word": rng.choice(JUNK_WORDS),
                    }

        return rows

    def column(name: str, type_: str, of: str, *, never: bool = False) -> Column:
        return Column(name, type_, made=lambda row: row[of], never=never)

    def fixed(name: str, type_: str, value: Any, *, never: bool = False) -> Column:
        return Column(name, type_, made=lambda _: value, never=never)

    return (
        Table(
            "tmpImport",
            (
                column("F1", "NVARCHAR(255)", "patient"),
                column("F2", "NVARCHAR(255)", "last"),
                column("F3", "NVARCHAR(255)", "first"),
                column("F4", "NVARCHAR(255)", "born"),
                fixed("F5", "NVARCHAR(255)", None),
            ),
            rows=of_patients(1),
            junk=True,
        ),
        Table(
            "sysdiagrams",
            (
                fixed("name", "NVARCHAR(128)", "Diagram_0"),
                fixed("principal_id", "INT", 1),
                fixed("diagram_id", "INT", 1),
                fixed("version", "INT", 1),
                fixed("definition", "VARBINARY(8000)", b"\xd0\xcf\x11\xe0"),
            ),
            rows=lambda _: [{}],
            junk=True,
        ),
        Table(
            "ErrLog",
            (
                column("ErrID", "INT", "number"),
                column("ErrDate", "DATETIME", "day"),
                fixed("ErrNo", "INT", -2147217900),
                fixed("Msg", "VARCHAR(200)", "Timeout expired"),
                fixed("Mod", "VARCHAR(40)", "frmChart"),
            ),
            rows=of_patients(2),
            key=("ErrID",),
            junk=True,
        ),
        Table(
            "zz_test",
            (
                column("PatientID", "INT", "patient"),
                column("FirstName", "VARCHAR(50)", "word"),
                column("LastName", "VARCHAR(50)", "word"),
                fixed("x", "INT", 1),
            ),
            rows=of_patients(1),
            junk=True,
        ),
        Table(
            "AUD",
            (
                column("AUDID", "INT", "number"),
                column("TS", "DATETIME", "day"),
                column("USR", "VARCHAR(20)", "word"),
                fixed("TBL", "VARCHAR(20)", "PT"),
                column("PTID", "INT", "patient"),
                fixed("ACT", "CHAR(1)", "U"),
                column("OLDVAL", "VARCHAR(200)", "last"),
                column("NEWVAL", "VARCHAR(200)", "last"),
            ),
            rows=of_patients(8),
            key=("AUDID",),
            junk=True,
        ),
        Table(
            "STM",
            (
                column("STMID", "INT", "number"),
                column("PTID", "INT", "patient"),
                column("DT", "DATETIME", "day"),
                column("AMT", "DECIMAL(10,2)", "amount"),
                column("BAL", "DECIMAL(10,2)", "amount"),
                fixed("TXT", "VARCHAR(200)", "Thank you for your prompt payment."),
                fixed("CCNO", "VARCHAR(20)", "4000000000000002", never=True),
            ),
            rows=of_patients(25),
            key=("STMID",),
            junk=True,
        ),
        Table(
            "USR",
            (
                column("USRID", "INT", "number"),
                column("FirstName", "VARCHAR(50)", "word"),
                column("LastName", "VARCHAR(50)", "word"),
                fixed("PWD", "VARCHAR(40)", "invented", never=True),
            ),
            rows=lambda _: [{"number": n, "word": word} for n, word in enumerate(JUNK_WORDS, 1)],
            key=("USRID",),
            junk=True,
        ),
    )
