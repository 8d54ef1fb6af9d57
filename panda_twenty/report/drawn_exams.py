"""Some exams drawn from both ends: those that differ first, then others, the same every time."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from panda_twenty.ledger.outcomes import SAMPLE
from panda_twenty.ledger.state import KnownRecord, known_records, records_of
from panda_twenty.ledger.verified import range_keys_of
from panda_twenty.mapping.records import joined_rows
from panda_twenty.mapping.specification import Route
from panda_twenty.report.chart_drawing import drawn_chart
from panda_twenty.report.charted import chart_of_source, chart_of_twenty, differing_sites
from panda_twenty.route_verification import both_ends
from panda_twenty.session import Session
from panda_twenty.sweeping import SweepResult
from panda_twenty.twenty.records import read_by_ids
from panda_twenty.verification.findings import DIFFERENCE, read_findings

EXAMS = 8
"""Charts on one page; each weighs about 60 KB."""


@dataclass(frozen=True)
class DrawnExam:
    """One exam as the source has it and as Twenty has it."""

    source_key: str
    twenty_id: str
    source: Markup
    twenty: Markup
    differing: int
    """Sites at which the two are not the same."""


def drawn_exams(session: Session, result: SweepResult) -> list[DrawnExam]:
    """The charts of up to eight exams; none where the mapping has no chart or Twenty no exam."""
    route = next(
        (
            each
            for each in session.mapping.routes
            if any(line.transform == "chart_row" for line in each.lines)
        ),
        None,
    )
    if route is None:
        return []
    picked = _picked(session, route, result)
    if not picked:
        return []
    columns = [line.column for line in route.lines if line.transform in ("chart_row", "findings_json")]
    facts = session.facts(route.object)
    found = read_by_ids(session.client, facts, [each.twenty_id for each in picked.values()], columns)
    teeth = _teeth(session, route, picked)
    return [
        _drawn(route, each, teeth[key], found[each.twenty_id])
        for key, each in picked.items()
        if each.twenty_id in found and teeth.get(key)
    ]


def _picked(session: Session, route: Route, result: SweepResult) -> dict[str, KnownRecord]:
    """Differing exams first, then evenly spread ones, from the sample where there is one."""
    wanted = [
        found["source_key"]
        for found in read_findings(result.findings, DIFFERENCE)
        if found["object"] == route.object
    ]
    spread = _spread(session, route, SAMPLE) or _spread(session, route, None)
    keys = list(dict.fromkeys([*wanted, *spread]))[:EXAMS]
    return {
        key: each for key, each in known_records(session.ledger, route.identity, keys).items() if each.stands
    }


def _spread(session: Session, route: Route, range_key: str | None) -> list[str]:
    """The keys of every so many exams, of which a large practice has more than should be in memory."""
    exams = sum(1 for _ in records_of(session.ledger, route.object, range_key))
    step = max(1, exams // EXAMS)
    every = itertools.islice(records_of(session.ledger, route.object, range_key), 0, None, step)
    return [each.source_key for each in every]


def _teeth(session: Session, route: Route, picked: Mapping[str, KnownRecord]) -> dict[str, Any]:
    path = next(line.source[0] for line in route.lines if line.transform == "chart_row")
    teeth: dict[str, Any] = {}
    for range_key in range_keys_of(session.ledger, route.identity, list(picked)):
        ends = both_ends(session, route, range_key)
        for row in joined_rows(route, ends.read_source, ends.one_each):
            if row.row.key in picked:
                teeth[row.row.key] = row.value(path) or ()
    return teeth


def _drawn(route: Route, known: KnownRecord, teeth: Any, record: Mapping[str, Any]) -> DrawnExam:
    source, twenty = chart_of_source(teeth), chart_of_twenty(route, record)
    differing = differing_sites(source, twenty)
    return DrawnExam(
        known.source_key,
        known.twenty_id,
        drawn_chart(source, differing, "The chart in PANDA"),
        drawn_chart(twenty, differing, "The chart in Twenty"),
        len(differing),
    )
