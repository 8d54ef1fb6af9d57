"""Writes the verification report, its CSV and the cutover certificate; all of them their owner's alone."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from panda_twenty.confirming import parts_now
from panda_twenty.ledger.confirmation import confirmations
from panda_twenty.ledger.runs import run_times
from panda_twenty.ledger.state import counts_by_object, quarantined
from panda_twenty.report.drawn_exams import DrawnExam, drawn_exams
from panda_twenty.session import Session
from panda_twenty.sweeping import SweepResult
from panda_twenty.verification.differences import Verification
from panda_twenty.verification.findings import (
    DIFFERENCE,
    WITHOUT_RECORD,
    WITHOUT_SOURCE,
    read_findings,
)
from panda_twenty.verification.reporting import open_private, write_private

DIFFERENCES_ON_THE_PAGE = 500
"""Beyond that a page is slow to open and nobody reads it; the CSV has every one."""

PAGES = Path(__file__).parent / "pages"

COLUMNS = ("object", "twenty_id", "source_key", "field", "source", "twenty", "comparator")


@dataclass(frozen=True)
class FieldRate:
    """How often one field was compared, and how often it was right."""

    name: str
    compared: int
    right: int

    @property
    def percent(self) -> float:
        """Rounded down, so that 100 means every one."""
        return 100.0 if self.right == self.compared else int(1000 * self.right / self.compared) / 10


def write_report(session: Session, result: SweepResult, *, show_values: bool) -> dict[str, Path]:
    """Write ``verification.html``, ``verification.csv`` and ``certificate.html``; returns where they are.

    Without ``show_values`` the values of differences are masked and the charts bear no key.
    """
    folder = session.destination / "reports"
    files = {
        "report": folder / "verification.html",
        "differences": folder / "verification.csv",
        "certificate": folder / "certificate.html",
    }
    _write_csv(files["differences"], result, show_values=show_values)
    exams = drawn_exams(session, result)
    facts = _facts(session, result)
    write_private(
        files["report"],
        _page("verification.html", **facts, **_details(session, result, exams, show_values=show_values)),
    )
    write_private(files["certificate"], _page("certificate.html", **facts))
    return files


def _page(name: str, **facts: Any) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(PAGES), autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["number"] = lambda value: f"{value:,}"
    environment.filters["moment"] = lambda value: str(value)[:19].replace("T", " ")
    # The stylesheet is a file of this project, with no text of anybody's in it.
    style = Markup((PAGES / "style.css").read_text(encoding="utf-8"))  # noqa: S704
    return environment.get_template(name).render(style=style, **facts)


def _facts(session: Session, result: SweepResult) -> dict[str, Any]:
    """What both pages say: counts, names of objects, who confirmed, and the ledger's head."""
    confirmed = list(confirmations(session.ledger))
    digest = parts_now(session, fresh=False).digest()
    held_back = list(quarantined(session.ledger))
    return {
        "result": result,
        "practice": session.practice,
        "workspace": session.server.workspace_id or "unknown",
        "url": session.settings.twenty_url,
        "objects": list(result.objects.items()),
        "labels": {each.name: each.label_plural for each in session.mapping.objects},
        "in_ledger": counts_by_object(session.ledger),
        "found": result.found,
        "confirmed": confirmed,
        "is_confirmed_now": bool(confirmed) and confirmed[-1].digest == digest,
        "digest": digest,
        "head": session.ledger.head(),
        "quarantined": len(held_back),
        "totals_wrong": [total for total in result.totals if not total.agrees],
    }


def _details(
    session: Session, result: SweepResult, exams: Sequence[DrawnExam], *, show_values: bool
) -> dict[str, Any]:
    differences = list(itertools.islice(read_findings(result.findings, DIFFERENCE), DIFFERENCES_ON_THE_PAGE))
    entities = session.profile.entities
    return {
        "show_values": show_values,
        "differences": [_shown(each, show_values=show_values) for each in differences],
        "differences_kept": DIFFERENCES_ON_THE_PAGE,
        "without_source": list(itertools.islice(read_findings(result.findings, WITHOUT_SOURCE), 200)),
        "without_record": list(itertools.islice(read_findings(result.findings, WITHOUT_RECORD), 200)),
        "rates": {name: list(_rates(each)) for name, each in result.objects.items()},
        "exams": exams,
        "not_read_tables": dict(session.profile.tables_not_read),
        "not_read_columns": {
            name: dict(source.not_read) for name, source in entities.items() if source.not_read
        },
        "quarantine": _quarantine(session),
        "runs": run_times(session.ledger),
    }


def _rates(verification: Verification) -> Iterator[FieldRate]:
    rates = [
        FieldRate(name, compared, verification.right_fields[name])
        for name, compared in verification.compared_fields.items()
    ]
    yield from sorted(rates, key=lambda rate: (rate.right / rate.compared, rate.name))


def _quarantine(session: Session) -> list[dict[str, Any]]:
    """Per object and reason: how many, the advice, and the first keys."""
    groups: dict[tuple[str, str], dict[str, Any]] = {}
    for each in quarantined(session.ledger):
        group = groups.setdefault(
            (each.object, each.code),
            {"object": each.object, "code": each.code, "advice": each.advice, "count": 0, "keys": []},
        )
        group["count"] += 1
        if len(group["keys"]) < 10:
            group["keys"].append(f"{each.entity} {each.source_key}")
    return sorted(groups.values(), key=lambda group: -group["count"])


def _shown(found: Mapping[str, Any], *, show_values: bool) -> dict[str, Any]:
    is_open = show_values or not found.get("is_personal", True)
    return {
        **{name: found[name] for name in COLUMNS},
        "source": spelled(found["source"]) if is_open else masked(found["source"]),
        "twenty": spelled(found["twenty"]) if is_open else masked(found["twenty"]),
    }


def spelled(value: Any) -> str:
    """A value as it is shown: nothing is said, and blanks that the eye would miss are marked."""
    if value in (None, "", [], {}):
        return "(nothing)"
    text = value if isinstance(value, str) else _joined(value)
    shown = text if len(text) <= 600 else f"{text[:600]} … ({len(text)} characters)"
    return shown if shown == shown.strip() else shown.replace(" ", "␣")


def _joined(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_joined(part)}" for name, part in value.items() if part not in (None, ""))
    if isinstance(value, list):
        return "[" + ", ".join(_joined(part) for part in value) + "]"
    return str(value)


def masked(value: Any) -> str:
    """What may be said of a personal value: whether there is one, and of what kind and length."""
    if value in (None, "", [], {}):
        return "(nothing)"
    if isinstance(value, bool):
        return "(yes or no)"
    if isinstance(value, int | float):
        return "(a number)"
    if isinstance(value, str):
        return f"(text, {len(value)} characters)"
    return f"({len(value)} parts)"


def _write_csv(file: Path, result: SweepResult, *, show_values: bool) -> None:
    """Every difference, one a row, straight from the findings to the disk."""
    with open_private(file, errors="replace") as opened:
        rows = csv.DictWriter(opened, ("kind", *COLUMNS), lineterminator="\n", restval="")
        rows.writeheader()
        for found in read_findings(result.findings):
            shown = (
                _shown(found, show_values=show_values)
                if found["kind"] == DIFFERENCE
                else {
                    "object": found["object"],
                    "twenty_id": found["twenty_id"],
                    "source_key": found["source_key"],
                    "comparator": found["reason"],
                }
            )
            rows.writerow({"kind": found["kind"], **{name: _safe(text) for name, text in shown.items()}})


def _safe(text: Any) -> Any:
    """A cell that a spreadsheet would take for a formula is marked as text."""
    return f"'{text}" if isinstance(text, str) and text[:1] in "=+-@" else text
