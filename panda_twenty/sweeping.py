"""The verification of a whole workspace: every route, every range, and what is there besides.

Writes nothing to Twenty. It can be cut off at any point and goes on from there; differences go to a file as
they are found, and only counts are kept in memory.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from panda_twenty.ledger.gone_rows import gone_but_visible
from panda_twenty.ledger.ledger import now
from panda_twenty.ledger.outcomes import SAMPLE, current_outcomes
from panda_twenty.ledger.state import quarantined
from panda_twenty.ledger.verified import (
    SweepProgress,
    begin_sweep,
    finish_sweep,
    keep_progress,
    keys_seen_in,
    not_seen_in,
    progress_of,
)
from panda_twenty.mapping.specification import Route
from panda_twenty.panda.extraction import count_rows
from panda_twenty.panda.ranges import PatientRange, joined_ranges
from panda_twenty.private_folder import private_folder
from panda_twenty.progress import Step, announce
from panda_twenty.route_verification import both_ends
from panda_twenty.session import Session
from panda_twenty.stages import CannotGoOn
from panda_twenty.verification.compare import Sweep, verify_route
from panda_twenty.verification.differences import Verification
from panda_twenty.verification.findings import (
    DIFFERENCE,
    WITHOUT_RECORD,
    WITHOUT_SOURCE,
    Findings,
    read_findings,
)
from panda_twenty.verification.totals import Total, Totals, compared_totals
from panda_twenty.verification.unexplained import Records, Walk, walk_unexplained, walk_untouched
from panda_twenty.verification.watching import LINK_OBJECTS

IDS_PER_FILTER = 5_000
"""What one filter of Twenty takes (measured)."""


@dataclass(frozen=True)
class Scope:
    """What to verify: everything, one object, one range; all fields, or only what was touched since."""

    object: str | None = None
    range_key: str | None = None
    fingerprint: bool = False

    def text(self) -> str:
        return json.dumps(self.__dict__, sort_keys=True)


@dataclass
class SweepResult:
    """What a verification found. Everything but the file's content is free of personal data."""

    scope: Scope
    started_at: str
    finished_at: str
    findings: Path
    objects: dict[str, Verification]
    totals: list[Total] = field(default_factory=list)
    by_hand: dict[str, int] = field(default_factory=dict)
    outside_ranges: dict[str, int] = field(default_factory=dict)
    """Rows of the source, by entity, that no patient range reaches: their patient has no usable id."""
    quarantine: dict[str, int] = field(default_factory=dict)
    """Records in quarantine, by reason."""
    found: dict[str, int] = field(default_factory=dict)
    read_again: int = 0
    """Records whose fields were compared, in this process."""

    @property
    def is_clean(self) -> bool:
        return not any(self.found.values()) and all(total.agrees for total in self.totals)

    def summary(self) -> dict[str, Any]:
        """Counts only."""
        return {
            "all_is_well": self.is_clean,
            "scope": self.scope.__dict__,
            "started_at": self.started_at,
            "finished_at": self.finished_at,
            **{kind: self.found[kind] for kind in (DIFFERENCE, WITHOUT_SOURCE, WITHOUT_RECORD)},
            "objects": {
                name: {
                    **{key: getattr(each, key) for key in _COUNTS},
                    "fields_that_differ": dict(each.different_fields),
                }
                for name, each in self.objects.items()
            },
            "totals_compared": len(self.totals),
            "totals_that_differ": [total.__dict__ for total in self.totals if not total.agrees],
            "made_by_hand_in_twenty": self.by_hand,
            "rows_outside_all_ranges": self.outside_ranges,
            "quarantined": self.quarantine,
        }


_COUNTS = ("source", "verified", "different", "missing", "quarantined", "fields_compared")


def verify_workspace(session: Session, scope: Scope) -> SweepResult:
    """Verify what the scope says, or go on with a verification of it that was cut off.

    Waits where another one is at work: they keep their progress in one place and their findings in one file.
    """
    with alone(session.destination / "reports"):
        return _verify_workspace(session, scope)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the one place of this folder for a verification; waits, and says so, where another one has it."""
    private_folder(folder)
    descriptor = os.open(folder / "verification.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            announce(Step("wait for another verification to end", 0))
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _verify_workspace(session: Session, scope: Scope) -> SweepResult:
    pairs = _pairs(session, scope)
    number, started_at, _ = begin_sweep(session.ledger, scope.text(), session.digest)
    progress = progress_of(session.ledger, number)
    size = max((each.file_size for each in progress.values()), default=0)
    findings = Findings(session.destination / "reports" / "verification.jsonl", size)
    run = _Run(session, scope, number, progress, findings)
    try:
        if scope.fingerprint:
            for name in dict.fromkeys(route.object for route, _ in pairs):
                run.mark_untouched(name)
        for place, (route, range_key) in enumerate(pairs):
            announce(Step("verify", place, len(pairs), f"{route.name} {range_key}"))
            run.verify_range(route, range_key)
        announce(Step("verify", len(pairs), len(pairs)))
        totals: list[Total] = []
        by_hand: dict[str, int] = {}
        if scope.range_key is None:
            for name in dict.fromkeys(route.object for route, _ in pairs):
                by_hand[name] = run.walk(name)
            if not scope.fingerprint:
                totals = [each for name in run.totals for each in run.compared_totals(name)]
        findings.size()
    finally:
        findings.close()
    found = dict.fromkeys((DIFFERENCE, WITHOUT_SOURCE, WITHOUT_RECORD), 0)
    for each in read_findings(findings.file):
        found[each["kind"]] += 1
    reasons: dict[str, int] = {}
    for held_back in quarantined(session.ledger, scope.object):
        reasons[held_back.code] = reasons.get(held_back.code, 0) + 1
    result = SweepResult(
        scope,
        started_at,
        now(),
        findings.file,
        run.objects,
        totals,
        {name: count for name, count in by_hand.items() if count},
        _outside_ranges(session, scope, pairs),
        reasons,
        found,
        run.read_again,
    )
    finish_sweep(session.ledger, number, result.summary())
    return result


def _pairs(session: Session, scope: Scope) -> list[tuple[Route, str]]:
    """Routes and ranges that were loaded and lie in the scope, in the mapping's order."""
    names = [each.name for each in session.mapping.objects]
    if scope.object is not None and scope.object not in names:
        raise CannotGoOn(f"The mapping has no object {scope.object}; it has {', '.join(names)}.")
    loaded = sorted(current_outcomes(session.ledger))
    if not loaded:
        raise CannotGoOn(
            "Nothing was migrated from this practice into this workspace yet; run `panda-twenty migrate` or "
            "`panda-twenty sample` first."
        )
    if scope.range_key is not None and scope.range_key not in {key for _, key in loaded}:
        keys = ", ".join(dict.fromkeys(key for _, key in loaded))
        raise CannotGoOn(f"No range {scope.range_key} was migrated; there are {keys}.")
    return [
        (route, key)
        for route in session.mapping.routes
        for name, key in loaded
        if name == route.name and scope.object in (None, route.object) and scope.range_key in (None, key)
    ]


@dataclass
class _Run:
    """One sweep under way."""

    session: Session
    scope: Scope
    number: int
    progress: Mapping[str, SweepProgress]
    findings: Findings
    objects: dict[str, Verification] = field(default_factory=dict)
    totals: dict[str, Totals] = field(default_factory=dict)
    read_again: int = 0
    _touched: dict[str, dict[tuple[str, str], set[str]]] = field(default_factory=dict)
    _left_open: dict[str, Records | None] = field(default_factory=dict)
    """By object, what was found to be neither untouched nor gone; lost with the process."""

    @cached_property
    def _outcomes(self) -> Mapping[tuple[str, str], tuple[str, dict[str, Any]]]:
        return current_outcomes(self.session.ledger)

    def mark_untouched(self, name: str) -> None:
        """Of one object: mark what stands as it did, and note what has to be read again."""
        stage = f"untouched/{name}"
        if not self._at(stage).is_done:
            self._left_open[name] = walk_untouched(self._walk(name))
            self._done(stage)
        self._touched[name] = not_seen_in(self.session.ledger, name, self.number)

    def verify_range(self, route: Route, range_key: str) -> None:
        stage = f"{route.name}/{range_key}"
        at = self._at(stage)
        content = at.content or {}
        result = Verification.from_counts(route.object, content.get("counts", {}))
        verified_before = Verification(route.object)
        totals = Totals.from_json(content.get("totals", {}))
        if not at.is_done:
            only_keys = self._keys_to_read(route, range_key)
            if only_keys is not None:
                verified_before = self._before(route, range_key)
            sweep = Sweep(
                self.number,
                stage,
                self.findings.add,
                self.findings.size,
                totals,
                # Keys that were read before the sweep was cut off are not among those to read any more.
                self._keys_done(route, range_key) if at.rows and only_keys is None else frozenset(),
                only_keys,
            )
            if sweep.only_keys is None or sweep.only_keys:
                ends = both_ends(self.session, route, range_key)
                verify_route(route, ends, self._announced(stage), sweep=sweep, so_far=result)
            self.read_again += result.source
            _replace_by(verified_before, result)
            result = verified_before if only_keys is not None else result
            self._done(stage, {"counts": result.counts(), "totals": totals.to_json()})
        self.objects.setdefault(route.object, Verification(route.object)).add(result)
        self.totals.setdefault(route.object, Totals()).merge(totals)

    def _keys_done(self, route: Route, range_key: str) -> frozenset[str]:
        """What this sweep came by before it was cut off. Not a number: rows come and go meanwhile."""
        return keys_seen_in(self.session.ledger, route.object, route.name, range_key, self.number)

    def _keys_to_read(self, route: Route, range_key: str) -> set[str] | None:
        """Everything, but for a fingerprint of a range that was verified whole since it was last loaded.

        Where a load or a verification was cut off, there are records that nobody has looked at yet.
        """
        if not self.scope.fingerprint or "verified" not in self._before_counts(route, range_key):
            return None
        return self._touched[route.object].get((route.name, range_key), set())

    def _before(self, route: Route, range_key: str) -> Verification:
        """What the last verification of all of this range counted."""
        return Verification.from_counts(route.object, self._before_counts(route, range_key))

    def _before_counts(self, route: Route, range_key: str) -> Mapping[str, Any]:
        return self._outcomes.get((route.name, range_key), ("", {}))[1]

    def walk(self, name: str) -> int:
        """Look for records that nothing explains; returns how many people added by hand."""
        stage = f"unexplained/{name}"
        at = self._at(stage)
        if at.is_done:
            return int((at.content or {}).get("by_hand", 0))
        walk = self._walk(name)
        walk_unexplained(walk, self._left_open.pop(name, None))
        self._done(stage, {"by_hand": walk.by_hand})
        return walk.by_hand

    def compared_totals(self, name: str) -> list[Total]:
        session, totals = self.session, self.totals[name]
        left_out = sorted({*totals.left_out, *gone_but_visible(session.ledger, name)})
        if len(left_out) > IDS_PER_FILTER:
            return []
        if name in LINK_OBJECTS:
            creator = {"name": {"eq": session.actor.name}, "source": {"eq": "IMPORT"}}
            where: dict[str, Any] = {"createdBy": creator}
        else:
            where = {"pandaId": {"like": f"{session.practice}/%"}}
        if left_out:
            where = {"and": [where, {"not": {"id": {"in": left_out}}}]}
        return compared_totals(session.client, session.facts(name), totals, where)

    def _walk(self, name: str) -> Walk:
        return Walk(
            self.session.client,
            self.session.ledger,
            self.session.facts(name),
            self.session.practice,
            self.number,
            self.findings.add,
            lambda done: announce(Step(f"walk {name}", done)),
        )

    def _at(self, stage: str) -> SweepProgress:
        return self.progress.get(stage) or SweepProgress()

    def _done(self, stage: str, content: Mapping[str, Any] | None = None) -> None:
        keep_progress(
            self.session.ledger,
            self.number,
            stage,
            SweepProgress(0, True, content, self.findings.size()),
        )

    def _announced(self, stage: str) -> Callable[[Verification], None]:
        return lambda so_far: announce(Step(f"verify {stage}", so_far.source))


def _replace_by(before: Verification, again: Verification) -> None:
    """Let the records that were read again count as they are now instead of as they were."""
    before.source -= again.source
    before.verified -= again.source - again.quarantined
    before.quarantined -= again.quarantined
    before.add(again)


def _outside_ranges(session: Session, scope: Scope, pairs: list[tuple[Route, str]]) -> dict[str, int]:
    """Rows that belong to no patient range, where a whole practice was verified."""
    if scope != Scope() or any(key == SAMPLE for _, key in pairs):
        return {}
    # One count for all ranges that follow on each other: there may be a thousand, and a dozen entities.
    ranges = joined_ranges({PatientRange.from_key(key) for route, key in pairs if route.is_patient_scoped})
    found = {}
    for entity in dict.fromkeys(route.entity for route, _ in pairs if route.is_patient_scoped):
        reached = sum(count_rows(session.source, session.profile, entity, each) for each in ranges)
        rows = count_rows(session.source, session.profile, entity)
        if rows > reached:
            found[entity] = rows - reached
    return found
