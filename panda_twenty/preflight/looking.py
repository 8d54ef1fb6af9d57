"""Everything that is looked at before a migration, on one page: each line passes, warns or stops.

Nothing is written, neither to the practice nor to Twenty. The ledger is told of one thing only: that a stop
was overridden, by whom and by which setting.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from panda_twenty.confirming import parts_now
from panda_twenty.ledger.ledger import Ledger, LedgerError
from panda_twenty.ledger.state import setting
from panda_twenty.mapping.data_model import wanted_objects
from panda_twenty.mapping.specification import MappingSpecification
from panda_twenty.panda.errors import SourceError
from panda_twenty.preflight import machine as machine_lines
from panda_twenty.preflight import practice as practice_lines
from panda_twenty.preflight import twenty as twenty_lines
from panda_twenty.preflight.estimate import (
    ASSUMPTIONS,
    Estimate,
    Sample,
    estimate,
    read_sample,
    records_by_object,
)
from panda_twenty.preflight.line import Line, Verdict
from panda_twenty.preflight.practice import PracticeFindings, look_at_practice
from panda_twenty.preflight.twenty import TwentyFindings, look_at_twenty
from panda_twenty.session import Session, prepared_home
from panda_twenty.settings import REFERENCE_PROFILE, Settings
from panda_twenty.twenty.preflight import expiry_line

OVERRIDES = {
    "read_only_login": "PANDA_ALLOW_WRITABLE_LOGIN",
    "cloud_host": "PANDA_BUSINESS_ASSOCIATE_AGREEMENT",
}
"""Stops that a setting turns into warnings; the ledger keeps that it did."""

MISSING = frozenset(("source_connection", "twenty_reachable", "api_key"))
"""Stops that mean that there was nothing to look at."""


@contextmanager
def sandbox_where_nothing_is_set(settings: Settings) -> Iterator[Settings]:
    """The sandbox's two ends where neither is set; what is set alone is looked at alone."""
    if settings.uses_sandbox_practice and settings.uses_sandbox_twenty:
        from panda_twenty.migration import using_sandbox

        with using_sandbox(settings) as complete:
            yield complete
    else:
        prepared_home(settings)
        yield settings


def run_preflight(session: Session, *, probe: bool = False) -> Preflight:
    """Look at both ends and at this machine, with whatever the settings give. What goes wrong is a line.

    ``probe`` measures the rate limit, which uses it up for a minute.
    """
    settings = session.settings
    practice = _practice(session)
    mapping = session.mapping if practice.fits else session.base_mapping
    opened = _OpenedLedger(session, practice.fits)
    twenty = (
        twenty_lines.not_looked_at()
        if settings.twenty_url is None
        else look_at_twenty(
            session,
            mapping,
            opened.ledger,
            planned=records_by_object(mapping, practice.rows),
            providers=practice.rows.get("provider"),
            reads_source=practice.fits,
            probe=probe,
        )
    )
    ledger = opened.ledger() if twenty.answers else None
    expected = _estimate(session, mapping, practice, twenty, ledger) if practice.fits else None
    lines = list(twenty.lines)
    if twenty.answers:
        place = next((at for at, line in enumerate(lines) if line.code == "key_role"), len(lines) - 1) + 1
        now = datetime.now(UTC)
        lines.insert(place, expiry_line(twenty.key_expires, now, expected.hours if expected else 0.0))
    machine = (
        machine_lines.free_disk_line(session.home, expected.disk_bytes if expected else None),
        machine_lines.home_line(session.home),
        machine_lines.ledger_line(ledger, opened.problem),
        machine_lines.confirmation_line(
            ledger,
            parts_now(session) if practice.fits and ledger is not None else None,
            is_sandbox_practice=session.is_sandbox_practice,
        ),
        machine_lines.versions_line(),
    )
    sections = (
        Section(practice_lines.TITLE, practice.lines),
        Section(twenty_lines.TITLE, tuple(lines)),
        Section(machine_lines.TITLE, machine),
    )
    allowed = {code for code, name in OVERRIDES.items() if getattr(settings, name.lower())}
    if ledger is not None:
        note_overrides(ledger, [line for each in sections for line in each.lines], allowed)
    return Preflight(
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        by=settings.panda_twenty_actor,
        sections=tuple(
            Section(
                each.title,
                tuple(overridden(line, allowed, on_record=ledger is not None) for line in each.lines),
            )
            for each in sections
        ),
        estimate=expected,
    )


def _practice(session: Session) -> PracticeFindings:
    if session.settings.panda_connection is None:
        return practice_lines.not_looked_at("source_connection", "PANDA_CONNECTION is not set.")
    choices = session.base_mapping.choices
    settings = session.settings
    try:
        return look_at_practice(
            session.practice_database,
            session.profile,
            profile_was_chosen=settings.panda_profile is not None or settings.profile != REFERENCE_PROFILE,
            documents_wanted=choices.documents,
            documents_limit_megabytes=choices.documents_limit_mb,
        )
    except SourceError as problem:
        return practice_lines.unreachable(problem)


def _estimate(
    session: Session,
    mapping: MappingSpecification,
    practice: PracticeFindings,
    twenty: TwentyFindings,
    ledger: Ledger | None,
) -> Estimate:
    ids = practice.patient_ids
    highest = ids.highest if ids else 0
    patients = ids.patients if ids else 0
    try:
        sample = read_sample(session, patients, highest)
    except SourceError:
        sample = Sample({}, {})
    kept = setting(ledger, "range_width") if ledger is not None else None
    return estimate(
        mapping,
        practice.rows,
        sample,
        highest_id=highest,
        range_width=int(kept) if kept else session.settings.panda_twenty_range_width,
        document_bytes=practice.document_bytes,
        model_steps=twenty.model_steps if twenty.answers else _whole_data_model(mapping),
        standing=twenty.in_twenty,
        calls_per_minute=session.settings.panda_twenty_calls_per_minute,
    )


def _whole_data_model(mapping: MappingSpecification) -> int:
    """Steps of a workspace that has nothing yet but Twenty's own objects."""
    objects = wanted_objects(mapping)
    return sum(not each.standard for each in objects) + sum(len(each.fields) for each in objects)


class _OpenedLedger:
    """The ledger of this practice in this workspace, or why it cannot be opened."""

    def __init__(self, session: Session, practice_is_known: bool) -> None:
        self._session = session
        self._practice_is_known = practice_is_known
        self.problem: LedgerError | None = None

    def ledger(self) -> Ledger | None:
        if not self._practice_is_known or self.problem is not None:
            return None
        try:
            return self._session.ledger
        except LedgerError as problem:
            self.problem = problem
            return None


def overridden(line: Line, allowed: set[str], *, on_record: bool) -> Line:
    """A stop that a setting allows, as the warning that is left of it."""
    if line.verdict is not Verdict.STOP or line.code not in allowed:
        return line
    record = "the ledger says who allowed it" if on_record else "the ledger will say so once it is known"
    found = f"{line.found} Allowed by {OVERRIDES[line.code]}=true; {record}."
    return replace(line, verdict=Verdict.WARN, found=found)


def note_overrides(ledger: Ledger, lines: list[Line], allowed: set[str]) -> None:
    """Account for each stop that a setting overrides; the same finding by the same person is noted once."""
    noted = {
        (entry.actor, entry.content["code"], entry.content["found"]) for entry in ledger.entries("override")
    }
    for line in lines:
        is_new = (ledger.actor, line.code, line.found) not in noted
        if line.verdict is Verdict.STOP and line.code in allowed and is_new:
            ledger.note("override", {"code": line.code, "found": line.found, "by": OVERRIDES[line.code]})


@dataclass(frozen=True)
class Section:
    """The lines about one of the places that were looked at."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Preflight:
    """The whole page."""

    at: str
    """When, ISO 8601 in UTC."""
    by: str
    sections: tuple[Section, ...]
    estimate: Estimate | None
    """None where the practice or its profile is not known."""

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(line for section in self.sections for line in section.lines)

    @property
    def stops(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.verdict is Verdict.STOP)

    @property
    def verdict(self) -> Verdict:
        """The gravest of all lines."""
        verdicts = {line.verdict for line in self.lines}
        return next(each for each in (Verdict.STOP, Verdict.WARN, Verdict.PASS) if each in verdicts)

    @property
    def exit_code(self) -> int:
        """2 where an end that is set could not be looked at, 1 for any other stop, else 0."""
        if any(line.code in MISSING for line in self.stops):
            return 2
        return 1 if self.stops else 0

    def counts(self) -> Mapping[Verdict, int]:
        return {each: sum(line.verdict is each for line in self.lines) for each in Verdict}

    def to_json(self) -> dict[str, Any]:
        """The page as one JSON object."""
        expected = None
        if self.estimate is not None:
            expected = {
                **asdict(self.estimate),
                "calls": self.estimate.calls,
                "assumptions": list(ASSUMPTIONS),
            }
        return {
            "at": self.at,
            "by": self.by,
            "verdict": self.verdict,
            "exit_code": self.exit_code,
            "counts": dict(self.counts()),
            "lines": [
                {"section": section.title, **asdict(line)}
                for section in self.sections
                for line in section.lines
            ],
            "estimate": expected,
        }
