"""The lists, rows and chart of the vendor with German words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from panda_twenty.panda.tooth_notation import from_universal
from panda_twenty_tests.strangers.conversions import NOT_ASSESSABLE, bits, shifted, six
from panda_twenty_tests.strangers.relaying import Column, Practice, Values

_C = Column

PATIENT, EXAM = shifted(20_000), shifted(60_000)
DAY, TEXT_DAY = "%Y%m%d", "%d.%m.%Y"
BLOCKED = -99

LISTS: Mapping[str, tuple[int, tuple[tuple[str, str], ...]]] = {
    "Zustand": (1, (("A", "aktiv"), ("I", "inaktiv"), ("D", "verstorben"))),
    "Verhaeltnis": (
        2,
        (("SELF", "selbst"), ("SPOUSE", "Ehepartner"), ("CHILD", "Kind"), ("OTHER", "sonstige")),
    ),
    "Art": (
        3,
        (
            ("I", "Erstbefund"),
            ("R", "Reevaluation"),
            ("P", "postoperativ"),
            ("M", "Erhaltung"),
            ("S", "Screening"),
        ),
    ),
    "Ausdehnung": (4, (("L", "lokalisiert"), ("G", "generalisiert"), ("M", "Molaren-Inzisiven"))),
    "Prognose": (
        5,
        (("G", "gut"), ("F", "mittel"), ("Q", "fraglich"), ("P", "schlecht"), ("H", "hoffnungslos")),
    ),
    "Mundhygiene": (6, (("G", "gut"), ("F", "mittel"), ("P", "schlecht"))),
    "Rauchen": (7, (("N", "nie"), ("F", "frueher"), ("C", "Raucher"))),
    "Diabetes": (8, (("N", "nein"), ("P", "Praediabetes"), ("1", "Typ 1"), ("2", "Typ 2"))),
    "PlanZustand": (
        9,
        (("P", "vorgeschlagen"), ("A", "angenommen"), ("C", "abgeschlossen"), ("R", "abgelehnt")),
    ),
    "PhaseZustand": (10, (("O", "offen"), ("I", "laufend"), ("C", "abgeschlossen"))),
    "LeistungZustand": (
        11,
        (("T", "geplant"), ("C", "erledigt"), ("D", "abgelehnt"), ("E", "vorhanden")),
    ),
    "Ergebnis": (
        12,
        (
            ("S", "vereinbart"),
            ("C", "erschienen"),
            ("N", "nicht erschienen"),
            ("X", "abgesagt"),
            ("R", "verschoben"),
        ),
    ),
    "Typ": (13, (("N", "Zahl"), ("T", "Text"), ("B", "Ja/Nein"), ("C", "Auswahl"), ("D", "Datum"))),
}


def coded(name: str, of: str, entries: str | None = None) -> Column:
    """A column of numbers that Code90 explains."""
    _, listed = LISTS[entries or name]
    return _C(
        name,
        "SMALLINT",
        of,
        codes={theirs: number for number, (theirs, _) in enumerate(listed, 1)},
        words=dict(listed),
        listed_in=("Code90", "Text"),
    )


def list_rows(_: Practice) -> Iterator[Values]:
    for name, (number, entries) in LISTS.items():
        for place, (_theirs, word) in enumerate(entries, 1):
            yield {"Liste": number, "ListenName": name, "Nr": place, "Text": word}


def carried(name: str) -> Callable[[Values], Any]:
    return lambda row: row[name]


def day_number(value: str) -> int:
    """A day as a number: 20240318."""
    return int(value[:10].replace("-", ""))


def text_day(value: str) -> str:
    """``18.03.2024``."""
    return f"{value[8:10]}.{value[5:7]}.{value[:4]}"


def text_moment(value: str) -> str:
    """``2024-03-18 09:05:00``."""
    return value[:19].replace("T", " ")


def whole_name(row: Values) -> str | None:
    """``Last, First M``; nothing where neither is known."""
    if not row["LastName"] and not row["FirstName"]:
        return None
    given = " ".join(part for part in (row["FirstName"], row.get("MiddleInitial")) if part)
    return f"{row['LastName'] or ''}, {given}"


def named(table: str) -> Callable[[Practice], Iterator[Values]]:
    """The rows of a table with their names in one."""

    def rows(practice: Practice) -> Iterator[Values]:
        for row in practice.rows(table):
            yield {**row, "WholeName": whole_name(row)}

    return rows


def patients(practice: Practice) -> Iterator[Values]:
    """The patients, and some once more as they were entered by mistake and deleted."""
    for number, row in enumerate(named("Patient")(practice)):
        yield row
        if number % 21 == 4:
            yield {**row, "PatientID": 900_000 + row["PatientID"], "Geloescht": 1}


_OF_TARIFF = ("Carrier", "GroupNo", "PreventivePct", "BasicPct", "MajorPct")


def carriers(practice: Practice) -> Iterator[Values]:
    names = sorted({row["Carrier"] for row in practice.rows("PatientInsurance")})
    for number, name in enumerate(names, 1):
        yield {"KasseNr": 100 + number, "Carrier": name}


def _tariff_numbers(practice: Practice) -> dict[tuple[Any, ...], int]:
    numbers: dict[tuple[Any, ...], int] = {}
    for row in practice.rows("PatientInsurance"):
        numbers.setdefault(tuple(row[name] for name in _OF_TARIFF), 501 + len(numbers))
    return numbers


def tariffs(practice: Practice) -> Iterator[Values]:
    carrier_of = {row["Carrier"]: row["KasseNr"] for row in carriers(practice)}
    for tariff, number in _tariff_numbers(practice).items():
        values = dict(zip(_OF_TARIFF, tariff, strict=True))
        yield {**values, "TarifNr": number, "KasseNr": carrier_of[values["Carrier"]]}


def policies(practice: Practice) -> Iterator[Values]:
    numbers = _tariff_numbers(practice)
    for row in practice.rows("PatientInsurance"):
        yield {**row, "TarifNr": numbers[tuple(row[name] for name in _OF_TARIFF)]}


def sides(practice: Practice) -> Iterator[Values]:
    """Two rows per tooth: the vestibular and the oral side, each from distal to mesial."""
    number = 0
    for row in practice.rows("PerioTooth"):
        if row["ToothStatus"] in "MUX":
            continue
        depths, margins = six(row, "Pd"), six(row, "Gm")
        marks = {name: bits(row[name]) for name in ("Bleeding", "Suppuration", "Plaque")}
        for side, places in (("v", (0, 1, 2)), ("o", (3, 4, 5))):
            number += 1
            yield {
                **row,
                "LfdNr": number,
                "Flaeche": side,
                **{f"Depth{n}": _reading(depths[at]) for n, at in enumerate(places, 1)},
                **{f"Margin{n}": _reading(margins[at], -1) for n, at in enumerate(places, 1)},
                **{
                    f"{name}{n}": values[at]
                    for name, values in marks.items()
                    for n, at in enumerate(places, 1)
                },
            }


def _reading(value: int | None, sign: int = 1) -> int | None:
    return BLOCKED if value == NOT_ASSESSABLE else None if value is None else sign * value


def fdi(value: Any) -> int:
    """The FDI number of a tooth with a Universal number."""
    return int(from_universal(str(value), "fdi"))
