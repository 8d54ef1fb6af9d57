"""Up to where each entity and patient range of the source is in Twenty, verified.

A reading is noted when an entity of a range is staged. It becomes the watermark once every route that draws
on it was loaded and verified after that reading, and not before, whoever asked for the run.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select, update

from panda_twenty.ledger.bulk import chunks, put_rows
from panda_twenty.ledger.cutover_tables import (
    look_ups,
    looked_up_rows,
    looks,
    readings,
    waiting,
    watermarks,
)
from panda_twenty.ledger.ledger import Ledger, now

Place = tuple[str, str]
"""Entity and range key."""

CHANGED_IN_PART = ""
"""Stands for the digest of a range of which changed patients were read alone since it was last read whole."""


@dataclass(frozen=True)
class Reading:
    """What was read of one entity in one range."""

    entity: str
    range_key: str
    marker: str | None
    digest: str
    rows: int
    at: str


@dataclass(frozen=True)
class Watermark:
    """The newest reading of an entity and range that is in Twenty, verified."""

    entity: str
    range_key: str
    marker: str | None
    marker_at: str
    digest: str
    rows: int
    read_at: str
    changed_at: str
    stale_at: str | None = None
    looked_at: str = ""
    """When changed patients of the range were last read alone and delivered; empty if never since."""

    @property
    def complete_at(self) -> str:
        """The newest moment as of which everything that the marker tells is in Twenty."""
        return max(self.read_at, self.looked_at)

    @property
    def is_stale(self) -> bool:
        """Whether the records have to be made anew, although these rows may not have changed."""
        return self.stale_at is not None


def keep_reading(ledger: Ledger, reading: Reading) -> None:
    """Note what was staged. ``digest`` is hashed once more, with the practice's key."""
    row = {**reading.__dict__, "digest": ledger.keyed_hash(reading.digest)}
    with ledger.writing() as connection:
        put_rows(connection, readings, [row], ("entity", "range_key"))


def newest_readings(ledger: Ledger) -> dict[Place, Reading]:
    with ledger.reading() as connection:
        return {
            (row.entity, row.range_key): Reading(**row._mapping)
            for row in connection.execute(select(readings))
        }


def newest_reading(ledger: Ledger, place: Place) -> Reading:
    """The newest reading of an entity and range, which has been staged."""
    here = (readings.c.entity == place[0]) & (readings.c.range_key == place[1])
    with ledger.reading() as connection:
        return Reading(**connection.execute(select(readings).where(here)).one()._mapping)


def standing_watermarks(ledger: Ledger) -> dict[Place, Watermark]:
    same_place = (looks.c.entity == watermarks.c.entity) & (looks.c.range_key == watermarks.c.range_key)
    query = select(watermarks, looks.c.at.label("looked_at")).outerjoin(looks, same_place)
    with ledger.reading() as connection:
        return {
            (row.entity, row.range_key): Watermark(**{**row._mapping, "looked_at": row.looked_at or ""})
            for row in connection.execute(query)
        }


def commit_readings(ledger: Ledger, delivered: Iterable[Reading]) -> int:
    """Move the watermarks of these readings, which are in Twenty and verified. Returns how many moved."""
    fresh = list(delivered)
    if not fresh:
        return 0
    at = now()
    with ledger.writing() as connection:
        before = {(row.entity, row.range_key): row for row in connection.execute(select(watermarks))}
        rows = []
        for reading in fresh:
            known = before.get((reading.entity, reading.range_key))
            same_marker = known is not None and known.marker == reading.marker
            same_rows = known is not None and known.digest == reading.digest
            stale_at = known.stale_at if known is not None else None
            rows.append(
                {
                    "entity": reading.entity,
                    "range_key": reading.range_key,
                    "marker": reading.marker,
                    "marker_at": known.marker_at if known is not None and same_marker else at,
                    "digest": reading.digest,
                    "rows": reading.rows,
                    "read_at": reading.at,
                    "changed_at": known.changed_at if known is not None and same_rows else reading.at,
                    "stale_at": stale_at if stale_at is not None and stale_at >= reading.at else None,
                }
            )
        put_rows(connection, watermarks, rows, ("entity", "range_key"))
        ledger.append(
            connection,
            "watermarks",
            {"moved": sorted([each.entity, each.range_key, each.marker] for each in fresh)},
        )
    return len(fresh)


@dataclass(frozen=True)
class Look:
    """Changed patients of a range that were read alone, and are in Twenty, verified."""

    entity: str
    range_key: str
    marker: str
    digest: str | None
    """What the range is known to hold as a whole, where no record came of it that was not as before."""
    at: str


def begin_looks(ledger: Ledger, places: Iterable[Place]) -> None:
    """Forget what these entities and ranges hold as a whole, before changed patients of them are sent.

    Otherwise a patient who came, was sent by a run that was cut off, and is gone again leaves a range that
    reads as before, and the record is not looked for.
    """
    with ledger.writing() as connection:
        for entity, range_key in sorted(places):
            connection.execute(
                update(watermarks)
                .where(watermarks.c.entity == entity, watermarks.c.range_key == range_key)
                .values(digest=CHANGED_IN_PART)
            )


def commit_looks(ledger: Ledger, delivered: Sequence[Look]) -> None:
    """Move the markers of these places. What they hold as a whole is known again once all of it is read."""
    if not delivered:
        return
    at = now()
    with ledger.writing() as connection:
        for look in delivered:
            here = (watermarks.c.entity == look.entity) & (watermarks.c.range_key == look.range_key)
            moved = {"marker": look.marker, "marker_at": at}
            connection.execute(
                update(watermarks)
                .where(here, watermarks.c.marker.is_distinct_from(look.marker))
                .values(**moved)
            )
            if look.digest is None:
                connection.execute(update(watermarks).where(here).values(changed_at=look.at))
            else:
                as_begun = watermarks.c.digest == CHANGED_IN_PART
                connection.execute(update(watermarks).where(here, as_begun).values(digest=look.digest))
        rows = [{"entity": each.entity, "range_key": each.range_key, "at": each.at} for each in delivered]
        put_rows(connection, looks, rows, ("entity", "range_key"))
        ledger.append(
            connection,
            "looks",
            {"moved": sorted([each.entity, each.range_key, each.marker] for each in delivered)},
        )


def keep_waiting(ledger: Ledger, places: Collection[Place]) -> dict[Place, str]:
    """Remember since when these places, and no others, have been waiting. Returns that moment of each."""
    at = now()
    with ledger.reading() as connection:
        before = {(row.entity, row.range_key): row.since for row in connection.execute(select(waiting))}
    if before.keys() != set(places):
        with ledger.writing() as connection:
            for entity, range_key in before.keys() - set(places):
                here = (waiting.c.entity == entity) & (waiting.c.range_key == range_key)
                connection.execute(delete(waiting).where(here))
            rows = [
                {"entity": entity, "range_key": range_key, "since": at}
                for entity, range_key in sorted(set(places) - before.keys())
            ]
            if rows:
                put_rows(connection, waiting, rows, ("entity", "range_key"))
    return {place: before.get(place, at) for place in places}


def advance_markers(ledger: Ledger, entity: str, marker: str, but_not: Collection[str]) -> None:
    """Move the marker of all ranges of an entity in which nothing changed up to there."""
    at = now()
    with ledger.writing() as connection:
        places = connection.execute(
            select(watermarks.c.range_key).where(
                watermarks.c.entity == entity,
                watermarks.c.marker.is_distinct_from(marker),
            )
        ).scalars()
        chosen = [key for key in places if key not in but_not]
        for chunk in chunks(chosen):
            connection.execute(
                update(watermarks)
                .where(
                    watermarks.c.entity == entity,
                    watermarks.c.range_key.in_(chunk),
                )
                .values(marker=marker, marker_at=at)
            )


def make_stale(ledger: Ledger, places: Iterable[Place]) -> None:
    """Have the records of these entities and ranges made anew by the next run."""
    at = now()
    with ledger.writing() as connection:
        for entity, range_key in sorted(set(places)):
            connection.execute(
                update(watermarks)
                .where(watermarks.c.entity == entity, watermarks.c.range_key == range_key)
                .values(stale_at=at)
            )


def looked_up(ledger: Ledger, entity: str) -> dict[str, str]:
    """The hashes of an entity's rows as patients' records were made from them, by source key."""
    with ledger.reading() as connection:
        return {
            row.source_key: row.row_hash
            for row in connection.execute(select(looked_up_rows).where(looked_up_rows.c.entity == entity))
        }


def asked_look_ups(ledger: Ledger) -> frozenset[str]:
    """The entities of which it is known what patients' records were made from, be it from no row at all.

    A ledger of an older version tells of those alone that had rows.
    """
    with ledger.reading() as connection:
        return frozenset(
            name
            for column in (look_ups.c.entity, looked_up_rows.c.entity)
            for name in connection.execute(select(column).distinct()).scalars()
        )


def keep_looked_up(ledger: Ledger, entity: str, hashes: Mapping[str, str], stale: Collection[Place]) -> None:
    """Remember these rows, and in the same moment that the records which draw on them are stale."""
    at = now()
    with ledger.writing() as connection:
        connection.execute(delete(looked_up_rows).where(looked_up_rows.c.entity == entity))
        rows: Sequence[Mapping[str, str]] = [
            {"entity": entity, "source_key": key, "row_hash": each} for key, each in hashes.items()
        ]
        if rows:
            put_rows(connection, looked_up_rows, rows, ("entity", "source_key"))
        put_rows(connection, look_ups, [{"entity": entity, "asked_at": at}], ("entity",))
        for other, range_key in sorted(set(stale)):
            connection.execute(
                update(watermarks)
                .where(watermarks.c.entity == other, watermarks.c.range_key == range_key)
                .values(stale_at=at)
            )
