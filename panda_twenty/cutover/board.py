"""The board: per entity what changed last, what arrived last, and what is still to come."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from panda_twenty.cutover.committing import followed_entities
from panda_twenty.cutover.readings import marker_before_reading, marker_of
from panda_twenty.cutover.switch import is_on
from panda_twenty.cutover.work import Work, find_work
from panda_twenty.ledger.field_hashes import edits_by_object
from panda_twenty.ledger.gone_rows import GoneRow, gone_from_source
from panda_twenty.ledger.state import quarantined
from panda_twenty.ledger.taken_back import places_taken_back
from panda_twenty.ledger.watermarks import Watermark, standing_watermarks
from panda_twenty.mapping.specification import Route
from panda_twenty.panda.changes import Means
from panda_twenty.session import Session


@dataclass(frozen=True)
class EntityStanding:
    """Where one entity stands."""

    entity: str
    marker: str
    """How its changes are found, such as ``modified date (ModifiedOn)``."""
    last_change: str | None
    """The newest change that the source knows of, as its marker tells; for hashes, when it was last found."""
    last_delivered: str | None
    """When the newest reading that is in Twenty, verified, was made; the oldest of all ranges counts."""
    lag_minutes: float | None
    """For how long something has been known to be pending; 0 where nothing is."""
    ranges: int
    pending_ranges: int
    due_ranges: int
    """Due for a look by hash; whether anything changed there is not known."""
    quarantined: int


@dataclass(frozen=True)
class Board:
    """Where the cutover stands. Holds no personal data."""

    practice: str
    at: str
    window_is_open: bool
    entities: tuple[EntityStanding, ...]
    conflicts: int
    kept_edits: int
    gone: tuple[GoneRow, ...]
    """Rows that are no longer in the source, and what was done about the record of each."""
    quarantined: int
    taken_back: tuple[str, ...]
    """Ranges (``all`` for what belongs to no patient) that no delta touches until they are migrated again."""

    @property
    def pending(self) -> int:
        """Entities of ranges that are known to differ from Twenty."""
        return sum(each.pending_ranges for each in self.entities)

    @property
    def lag_minutes(self) -> float:
        return max((each.lag_minutes or 0.0 for each in self.entities), default=0.0)

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"pending": self.pending, "lag_minutes": self.lag_minutes}


def read_board(session: Session, work: Work | None = None) -> Board:
    """The board as of now; asks the practice and the ledger, never Twenty."""
    work = find_work(session) if work is None else work
    standing = standing_watermarks(session.ledger)
    held_back = Counter(each.entity for each in quarantined(session.ledger))
    edits = edits_by_object(session.ledger).values()
    return Board(
        practice=session.practice,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        window_is_open=is_on(session.ledger),
        entities=tuple(
            _entity(
                session,
                entity,
                [mark for (name, _), mark in standing.items() if name == entity],
                work,
                held_back,
            )
            for entity in followed_entities(session)
        ),
        conflicts=sum(each.get("conflict", 0) for each in edits),
        kept_edits=sum(each.get("kept", 0) for each in edits),
        gone=tuple(gone_from_source(session.ledger)),
        quarantined=sum(held_back.values()),
        taken_back=tuple(sorted({key for _, key in places_taken_back(session.ledger)})),
    )


def _entity(
    session: Session, entity: str, marks: list[Watermark], work: Work, held_back: Counter[str]
) -> EntityStanding:
    marker = marker_of(session, entity)
    pending = sum(1 for place in work.pending if place[0] == entity)
    oldest = min((mark.complete_at for mark in marks), default=None)
    waiting_since = min((at for place, at in work.since.items() if place[0] == entity), default=None)
    if marker.means is Means.HASHES:
        last_change = max((mark.changed_at for mark in marks), default=None)
    else:
        last_change = marker_before_reading(session, entity)
    routes: list[Route] = [each for each in session.mapping.routes if each.entity == entity]
    return EntityStanding(
        entity=entity,
        marker=marker.name,
        last_change=last_change,
        last_delivered=oldest,
        lag_minutes=_minutes_since(waiting_since) if pending else 0.0,
        ranges=len(marks),
        pending_ranges=pending,
        due_ranges=sum(1 for place in work.places if place[0] == entity) - pending,
        quarantined=sum(held_back[route.identity] for route in routes),
    )


def _minutes_since(moment: str | None) -> float | None:
    if moment is None:
        return None
    return round((datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds() / 60, 1)


def as_markdown(board: Board) -> str:
    """The board as a table, for asset metadata."""
    head = (
        "| entity | last change in PANDA | in Twenty as of | lag (minutes) | pending ranges | due for a look "
        "| quarantine | found by |\n|---|---|---|---|---|---|---|---|"
    )
    lines = "\n".join(
        f"| {each.entity} | {each.last_change or '-'} | {each.last_delivered or 'never'} "
        f"| {'-' if each.lag_minutes is None else each.lag_minutes} | {each.pending_ranges} "
        f"| {each.due_ranges} | {each.quarantined} | {each.marker} |"
        for each in board.entities
    )
    return f"{head}\n{lines}"
