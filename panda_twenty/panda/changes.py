"""What changed in the practice since a moment, by the best means that its database offers.

In order of trust: a rowversion column of the entity's table, Change Tracking where it is already on, a
modified date, and hashes of what is read where there is nothing of the kind. A rowversion is found whether or
not the source profile names it. No marker sees a row that was deleted, and a modified date may be committed
late or not be set at all, so whoever follows the changes also reads everything again from time to time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from panda_twenty.panda.connection import PracticeDatabase, quoted_table, split_table
from panda_twenty.panda.entities import ENTITIES
from panda_twenty.panda.errors import SourceError
from panda_twenty.panda.profile.model import EntitySource, SourceProfile
from panda_twenty.panda.statements import (
    Marker,
    highest_marker_of,
    patients_changed_since,
    patients_naming,
    patients_tracked_since,
)

KEYS_PER_STATEMENT = 400

TRANSACTIONS_LOOKED_BACK = 10_000
"""Where the server cannot tell its oldest open transaction, this many rowversions are looked at again."""

_MOMENT_TYPES = re.compile(r"(datetime|datetime2|smalldatetime|datetimeoffset|timestamp)(\(\d+\))?")

_TRACKED = (
    "SELECT s.[name], t.[name] FROM sys.change_tracking_tables AS c"
    " JOIN sys.tables AS t ON t.[object_id] = c.[object_id]"
    " JOIN sys.schemas AS s ON s.[schema_id] = t.[schema_id]"
)
_PRIMARY_KEY = (
    "SELECT k.[COLUMN_NAME] FROM [INFORMATION_SCHEMA].[TABLE_CONSTRAINTS] AS c"
    " JOIN [INFORMATION_SCHEMA].[KEY_COLUMN_USAGE] AS k ON k.[CONSTRAINT_NAME] = c.[CONSTRAINT_NAME]"
    " AND k.[TABLE_SCHEMA] = c.[TABLE_SCHEMA] AND k.[TABLE_NAME] = c.[TABLE_NAME]"
    " WHERE c.[CONSTRAINT_TYPE] = 'PRIMARY KEY' AND c.[TABLE_SCHEMA] = ? AND c.[TABLE_NAME] = ?"
)


class Means(StrEnum):
    """How changes of an entity are found."""

    ROWVERSION = "rowversion"
    CHANGE_TRACKING = "change tracking"
    MODIFIED = "modified date"
    HASHES = "hashes"


@dataclass(frozen=True)
class ChangeMarker:
    """How changes of one entity are found in this database."""

    entity: str
    means: Means
    marker: Marker | None = None
    upper: str | None = None
    """For a rowversion: the function that bounds what is committed, None where the server has none."""
    sees_every_row: bool = True
    """False where the marker stands in a parent, or where the entity's rows also draw on look-up tables."""

    @property
    def name(self) -> str:
        """Such as ``modified date (ModifiedOn)``."""
        where = f" ({self.marker.column})" if self.marker else ""
        return f"{self.means}{where}{'' if self.sees_every_row else ', and hashes'}"

    def later(self, one: str, other: str | None) -> bool:
        """Whether the marker value ``one`` is a later one than ``other``."""
        return not self.fits(other) or self.order(one) > self.order(other or "")

    def fits(self, value: str | None) -> bool:
        """Whether a kept value is one of this marker; the database may have been given a better one since."""
        if value is None:
            return False
        try:
            self.order(value)
        except ValueError:
            return False
        return True

    def order(self, value: str) -> Any:
        """What marker values are compared by."""
        return datetime.fromisoformat(value) if self.means is Means.MODIFIED else int(value)

    def earlier_by(self, value: str, overlap: timedelta) -> str:
        """The value from which on rows are looked at once more, because they may have been committed late."""
        if self.means is Means.MODIFIED:
            return moment_text(datetime.fromisoformat(value) - overlap)
        if self.means is Means.ROWVERSION and self.upper is None:
            return str(max(0, int(value) - TRANSACTIONS_LOOKED_BACK))
        return value


def moment_text(value: datetime | str) -> str:
    """A moment as the database compares it: ISO 8601 with milliseconds, which datetime columns take."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.isoformat(timespec="milliseconds")


class ChangesUnknown(Exception):
    """The database no longer knows what changed since then, so everything has to be looked at."""


def change_markers(database: PracticeDatabase, profile: SourceProfile) -> dict[str, ChangeMarker]:
    """How the changes of each entity of the profile are found, by entity."""
    tracked = _tracked_tables(database)
    upper = _upper_function(database)
    return {
        entity: _marker_of(database, entity, source, tracked, upper)
        for entity, source in profile.entities.items()
    }


def _marker_of(
    database: PracticeDatabase,
    entity: str,
    source: EntitySource,
    tracked: frozenset[tuple[str, str]],
    upper: str | None,
) -> ChangeMarker:
    looks_up = any(origin.lookup for origin in source.attributes.values())
    binary = {"rowversion", "timestamp"} if database.dialect == "sqlserver" else {"rowversion"}
    columns = database.columns(source.table)
    for column, declared in columns.items():
        if declared in binary:
            marker = Marker(column, is_binary=True, is_own=True)
            sees = not looks_up and not source.parents
            return ChangeMarker(entity, Means.ROWVERSION, marker, upper, sees)
    if (
        _folded(source.table) in tracked
        and _is_keyed_by(database, source)
        and _may_ask_for_changes(database, source.table)
    ):
        return ChangeMarker(entity, Means.CHANGE_TRACKING, sees_every_row=not looks_up)
    if source.modified is not None:
        owner = source.parents[-1].table if source.parents else source.table
        types = {name.casefold(): kind for name, kind in database.columns(owner).items()}
        if _MOMENT_TYPES.fullmatch(types.get(source.modified.casefold(), "")):
            is_text = database.dialect == "sqlite"
            marker = Marker(source.modified, is_binary=False, is_own=not source.parents, is_text=is_text)
            sees = not looks_up and not source.parents
            return ChangeMarker(entity, Means.MODIFIED, marker, sees_every_row=sees)
    return ChangeMarker(entity, Means.HASHES)


def _folded(table: str) -> tuple[str, str]:
    schema, name = split_table(table)
    return schema.casefold(), name.casefold()


def _tracked_tables(database: PracticeDatabase) -> frozenset[tuple[str, str]]:
    if database.dialect != "sqlserver":
        return frozenset()
    try:
        return frozenset(
            (str(schema).casefold(), str(name).casefold()) for schema, name in database.fetch(_TRACKED)
        )
    except SourceError:
        # A server that does not know the view does not track changes either.
        return frozenset()


def _is_keyed_by(database: PracticeDatabase, source: EntitySource) -> bool:
    """Whether Change Tracking, which tells primary keys, tells the keys that the profile reads by."""
    primary = {str(row[0]).casefold() for row in database.fetch(_PRIMARY_KEY, split_table(source.table))}
    return {column.casefold() for column in source.key} <= primary


def _may_ask_for_changes(database: PracticeDatabase, table: str) -> bool:
    """Whether the login may ask Change Tracking about a table: SELECT alone does not suffice."""
    sql = (
        "SELECT HAS_PERMS_BY_NAME(?, 'OBJECT', 'VIEW CHANGE TRACKING'),"
        " CHANGE_TRACKING_MIN_VALID_VERSION(OBJECT_ID(?))"
    )
    may, oldest = database.fetch(sql, [quoted_table(table)] * 2)[0]
    return bool(may) and oldest is not None


def _upper_function(database: PracticeDatabase) -> str | None:
    """What bounds the rowversions that are committed for good; None where the server cannot tell."""
    if database.dialect != "sqlserver":
        return None
    try:
        database.fetch("SELECT CAST(MIN_ACTIVE_ROWVERSION() AS bigint)")
    except SourceError:
        return None
    return "MIN_ACTIVE_ROWVERSION()"


def upper_bound(database: PracticeDatabase, profile: SourceProfile, found: ChangeMarker) -> str | None:
    """The marker up to which a reading that starts now is complete; None for hashes and empty tables.

    A date in the future does not count: it would hide every change until then.
    """
    if found.means is Means.CHANGE_TRACKING:
        value = database.fetch("SELECT CHANGE_TRACKING_CURRENT_VERSION()")[0][0]
        return None if value is None else str(int(value))
    if found.marker is None:
        return None
    if found.upper is not None:
        return str(int(database.fetch(f"SELECT CAST({found.upper} AS bigint) - 1")[0][0]))
    limit = _tomorrow(profile) if found.means is Means.MODIFIED else None
    sql, parameters = highest_marker_of(profile.entities[found.entity], found.marker, limit)
    return _text(found, database.fetch(sql, parameters)[0][0])


def _tomorrow(profile: SourceProfile) -> str:
    """The latest date that a change can bear, by the practice's clock, whose setting may be off."""
    local = datetime.now(UTC).astimezone(profile.zone).replace(tzinfo=None)
    return moment_text(local + timedelta(days=1))


def is_in_the_future(profile: SourceProfile, found: ChangeMarker, value: str) -> bool:
    """Whether a modified date lies ahead, so that it does not tell when the row was changed."""
    if found.means is not Means.MODIFIED:
        return False
    moment = datetime.fromisoformat(value)
    limit = datetime.fromisoformat(_tomorrow(profile))
    return moment > (limit if moment.tzinfo is None else limit.replace(tzinfo=profile.zone))


def _text(found: ChangeMarker, value: Any) -> str | None:
    if value is None:
        return None
    if found.means is not Means.MODIFIED:
        return str(int(value))
    try:
        return moment_text(value)
    except ValueError:
        # A text that is no date tells nothing; the row is found when everything is compared by hash.
        return None


def changed_patients(
    database: PracticeDatabase, profile: SourceProfile, found: ChangeMarker, since: str
) -> Mapping[int | None, str]:
    """The highest marker of every patient with a row that is marked after ``since``, by patient id.

    Under None stands what belongs to no patient. Raises ChangesUnknown where the server has forgotten.
    """
    source = profile.entities[found.entity]
    if found.means is Means.CHANGE_TRACKING:
        oldest = database.fetch(
            "SELECT CHANGE_TRACKING_MIN_VALID_VERSION(OBJECT_ID(?))", [quoted_table(source.table)]
        )[0][0]
        if oldest is None or int(since) < int(oldest):
            raise ChangesUnknown(found.entity)
        sql, parameters = patients_tracked_since(source, int(since))
    elif found.marker is not None:
        bound: object = since if found.means is Means.MODIFIED else int(since)
        sql, parameters = patients_changed_since(source, found.marker, bound)
    else:
        return {}
    rows = database.fetch(sql, parameters)
    return {
        None if patient is None else int(patient): text
        for patient, value in rows
        if (text := _text(found, value)) is not None
    }


def patients_that_name(
    database: PracticeDatabase, profile: SourceProfile, entity: str, attribute: str, keys: Sequence[str]
) -> set[int] | None:
    """The patients with a row of ``entity`` whose ``attribute`` names one of these keys.

    None where that cannot be asked, because the attribute is looked up elsewhere.
    """
    source = profile.entities[entity]
    origin = source.attributes.get(attribute)
    if origin is None or origin.column is None or origin.lookup or not ENTITIES[entity].patient_scoped:
        return None
    found: set[int] = set()
    for start in range(0, len(keys), KEYS_PER_STATEMENT):
        sql, parameters = patients_naming(source, origin.column, keys[start : start + KEYS_PER_STATEMENT])
        found |= {int(row[0]) for row in database.fetch(sql, parameters) if row[0] is not None}
    return found
