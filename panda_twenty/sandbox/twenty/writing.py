# ruff: noqa: S608
# Table and column names in SQL are the stand-in's own; values are always bound.
"""Creating, upserting, changing, deleting and restoring records, with Twenty's transaction boundaries."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import uuid
import zlib
from collections.abc import Callable
from typing import Any

from panda_twenty.sandbox.twenty import connecting, matching, moments, positions
from panda_twenty.sandbox.twenty.columns import default_value, encode
from panda_twenty.sandbox.twenty.errors import (
    TwentyError,
    data_validation,
    duplicate,
    foreign_key,
    missing_value,
)
from panda_twenty.sandbox.twenty.files import FileShelf
from panda_twenty.sandbox.twenty.schema import Column, FieldMetadata, ObjectMetadata
from panda_twenty.sandbox.twenty.store import Store

Values = dict[str, Any]
"""A record by its API names, checked: composites as dicts, relations by their join columns."""

LARGEST_INDEXED = 2690
"""Bytes that a value in a unique index may have in PostgreSQL once it is compressed."""

LARGEST_ROW = 8160
FIXED_WIDTH = {
    "NUMBER": 8,
    "POSITION": 8,
    "DATE_TIME": 8,
    "BOOLEAN": 1,
    "DATE": 4,
    "UUID": 16,
    "SELECT": 4,
    "RATING": 4,
}


class Writer:
    """Writes checked records. ``between`` is called after the updates of an upsert are committed."""

    def __init__(self, store: Store, files: FileShelf, between: Callable[[], None] = lambda: None) -> None:
        self.store = store
        self.files = files
        self.between = between

    # --- create and upsert ----------------------------------------------------------------

    def insert(self, target: ObjectMetadata, records: list[Values]) -> list[str]:
        """Insert all records or none; returns their ids in order."""
        if not records:
            return []
        prepared = [
            self._claimed(target, record, None) for record in connecting.resolve(self.store, target, records)
        ]
        rows = [self._flat(target, record) for record in prepared]
        for row in rows:
            row.setdefault("id", str(uuid.uuid4()))
        self._fill_defaults(target, rows)
        self._check_values(target, rows)
        keys = list(rows[0])
        listed = ", ".join(f'"{key}"' for key in keys)
        statement = f"INSERT INTO {target.table} ({listed}) VALUES ({', '.join('?' * len(keys))})"
        try:
            with self.store.transaction():
                self.store.connection.executemany(statement, [[row[key] for key in keys] for row in rows])
                self._check_links(target, rows)
                self._settle(target, prepared)
        except sqlite3.IntegrityError:
            raise self._duplicate(target, rows, {}) from None
        return [row["id"] for row in rows]

    def upsert(self, target: ObjectMetadata, records: list[Values]) -> list[str]:
        """Update what exists and insert the rest: two steps, of which the first stays when the second fails.

        Returns the ids of updated records first, then of inserted ones.
        """
        with self.store.lock:
            matched = matching.match(self.store, target, records)
            updates = [
                (record_id, {**record, "id": record_id})
                for record, record_id in zip(records, matched, strict=True)
                if record_id
            ]
            fresh = [record for record, record_id in zip(records, matched, strict=True) if not record_id]
            fresh = positions.assign(self.store, target, fresh, fill=True)
            if updates:
                self._update_each(target, updates)
                self.between()
            return [record_id for record_id, _ in updates] + self.insert(target, fresh)

    def _update_each(self, target: ObjectMetadata, updates: list[tuple[str, Values]]) -> None:
        """Update one record after the other; those before a failure stay."""
        values = [{**self._without_creator(target, record), "deletedAt": None} for _, record in updates]
        resolved = connecting.resolve(self.store, target, values)
        prepared = [
            self._claimed(target, record, ids) for record, (ids, _) in zip(resolved, updates, strict=True)
        ]
        rows = [self._flat(target, record) for record in prepared]
        failure: TwentyError | None = None
        with self.store.transaction():
            for (record_id, _), row in zip(updates, rows, strict=True):
                try:
                    self._update(target, [record_id], row)
                except TwentyError as error:
                    failure = error
                    break
            if failure is None:
                self._settle(target, prepared)
        if failure is not None:
            raise failure

    def _without_creator(self, target: ObjectMetadata, record: Values) -> Values:
        creator = target.by_name.get("createdBy")
        if creator is not None and creator.is_system:
            return {key: value for key, value in record.items() if key != "createdBy"}
        return record

    # --- change ---------------------------------------------------------------------------

    def update(self, target: ObjectMetadata, ids: list[str], record: Values) -> None:
        """Give all records of ``ids`` the values of ``record``; all or none."""
        if not ids:
            connecting.resolve(self.store, target, [record], updating=True)
            return
        holds_files = any(
            field.type == "FILES" and record.get(field.name) is not None for field in target.fields.values()
        )
        if holds_files and len(ids) != 1:
            message = "Cannot update multiple records with files field at once"
            raise TwentyError(
                message, user_message="You can only update one record with files field at once."
            )
        prepared = connecting.resolve(self.store, target, [record], updating=True)[0]
        prepared = self._claimed(target, prepared, ids[0]) if holds_files else prepared
        with self.store.transaction():
            self._update(target, ids, self._flat(target, prepared))
            self._settle(target, [prepared])

    def _update(self, target: ObjectMetadata, ids: list[str], row: Values) -> None:
        """One UPDATE statement with PostgreSQL's checks; undone by itself when one fails."""
        row.setdefault("updated_at", moments.now())
        self._check_values(target, [row], partial=True)
        assignments = ", ".join(f'"{key}" = ?' for key in row)
        connection = self.store.connection
        connection.execute("SAVEPOINT one_update")
        try:
            connection.execute(
                f"UPDATE {target.table} SET {assignments} WHERE id IN (SELECT value FROM json_each(?))",
                [*row.values(), json.dumps(ids)],
            )
            self._check_links(target, [row])
        except sqlite3.IntegrityError:
            connection.execute("ROLLBACK TO one_update")
            raise self._duplicate(target, [row], dict.fromkeys(ids)) from None
        except TwentyError:
            connection.execute("ROLLBACK TO one_update")
            raise
        finally:
            connection.execute("RELEASE one_update")

    def soft_delete(self, target: ObjectMetadata, ids: list[str]) -> None:
        self._stamp(target, ids, moments.now())

    def restore(self, target: ObjectMetadata, ids: list[str]) -> None:
        self._stamp(target, ids, None)

    def _stamp(self, target: ObjectMetadata, ids: list[str], deleted_at: int | None) -> None:
        with self.store.transaction():
            self.store.execute(
                f"UPDATE {target.table} SET deleted_at = ?, updated_at = ? WHERE id IN (SELECT value FROM json_each(?))",  # noqa: E501
                [deleted_at, moments.now(), json.dumps(ids)],
            )

    def destroy(self, target: ObjectMetadata, ids: list[str]) -> None:
        """Remove records for good; what points at them is removed with them or loses its link."""
        if not ids:
            return
        with self.store.transaction():
            for holder, relation in self.store.schema.relations_to(target):
                key = relation.columns[0].key
                listed = [json.dumps(ids)]
                where = f'WHERE "{key}" IN (SELECT value FROM json_each(?))'
                if (relation.settings or {}).get("onDelete") == "CASCADE":
                    children = [
                        row[0] for row in self.store.rows(f"SELECT id FROM {holder.table} {where}", listed)
                    ]
                    self.destroy(holder, children)
                else:
                    self.store.execute(f'UPDATE {holder.table} SET "{key}" = NULL {where}', listed)
            self.store.execute(
                f"DELETE FROM {target.table} WHERE id IN (SELECT value FROM json_each(?))", [json.dumps(ids)]
            )

    # --- from values to rows --------------------------------------------------------------

    def _flat(self, target: ObjectMetadata, record: Values) -> dict[str, Any]:
        """Column key to stored value, for the columns that ``record`` gives."""
        row: dict[str, Any] = {}
        for name, value in record.items():
            field = target.by_name.get(name)
            if field is None or field.is_relation:
                field = target.by_join_column[name]
            if not field.is_composite:
                for column in field.columns:
                    row[column.key] = encode(column.type, value)
            elif value is not None:
                for column in field.columns:
                    if column.subfield in value:
                        row[column.key] = encode(column.type, value[column.subfield])
        return row

    def _fill_defaults(self, target: ObjectMetadata, rows: list[dict[str, Any]]) -> None:
        """Give every row the same columns: those that any row gives, and those with a default."""
        given = {key for row in rows for key in row}
        filled = {
            column.key: default_value(column)
            for column in target.columns
            if column.key != "id" and (column.key in given or column.default is not None)
        }
        for row in rows:
            for key, value in filled.items():
                if key not in row:
                    row[key] = value

    def _check_values(
        self, target: ObjectMetadata, rows: list[dict[str, Any]], *, partial: bool = False
    ) -> None:
        """What PostgreSQL checks within a row: missing values, its size, and what an index can hold."""
        required = [column for column in target.columns if not column.nullable]
        indexed = [
            column.key
            for key in matching.keys(target)[1:]
            for _, column in key.columns
            if column.type == "TEXT"
        ]
        for row in rows:
            for column in required:
                if row.get(column.key) is None and (not partial or column.key in row):
                    raise missing_value(target.postgres_table, column.name)
            for one in indexed:
                if (
                    isinstance(row.get(one), str)
                    and len(row[one]) > LARGEST_INDEXED
                    and _compressed(row[one]) > LARGEST_INDEXED
                ):
                    raise data_validation()
            if len(row) > LARGEST_ROW // 16 and _row_size(target, row) > LARGEST_ROW:
                raise data_validation()

    # --- constraints ----------------------------------------------------------------------

    def _check_links(self, target: ObjectMetadata, rows: list[dict[str, Any]]) -> None:
        """Raise where a join column holds an id that its target does not have."""
        for relation in target.by_join_column.values():
            key = relation.columns[0].key
            wanted = {row[key] for row in rows if row.get(key) is not None}
            if not wanted:
                continue
            linked = self.store.schema.target(relation)
            found = self.store.rows(
                f"SELECT COUNT(*) FROM {linked.table} WHERE id IN (SELECT value FROM json_each(?))",
                [json.dumps(list(wanted))],
            )
            if found[0][0] != len(wanted):
                digest = hashlib.sha1(
                    f"{target.id}{relation.id}".encode(), usedforsecurity=False
                ).hexdigest()[:27]
                raise foreign_key(target.postgres_table, f"FK_{digest}")

    def _duplicate(
        self, target: ObjectMetadata, rows: list[dict[str, Any]], own: dict[str, Any]
    ) -> TwentyError:
        """The error for the first row that breaks a unique key, naming a live record that holds it."""
        keys = matching.keys(target)
        seen: set[tuple[int, tuple[Any, ...]]] = set()
        for row in rows:
            for place, key in enumerate(keys):
                values = tuple(row.get(column.key) for _, column in key.columns)
                if any(value is None for value in values):
                    continue
                others = self._holders(target, [column for _, column in key.columns], values, own)
                if (place, values) in seen or others:
                    return self._named(target, key, values, place)
                seen.add((place, values))
        return duplicate()

    def _holders(
        self, target: ObjectMetadata, columns: list[Column], values: tuple[Any, ...], own: dict[str, Any]
    ) -> list[tuple[Any, ...]]:
        where = " AND ".join(f'"{column.key}" = ?' for column in columns)
        rows = self.store.rows(f"SELECT id FROM {target.table} WHERE {where}", values)
        return [row for row in rows if row[0] not in own]

    def _named(
        self, target: ObjectMetadata, key: matching.Key, values: tuple[Any, ...], place: int
    ) -> TwentyError:
        if place == 0 or len(key.columns) != 1 or not key.fields[0].is_unique:
            return duplicate()
        field, column = key.columns[0]
        shown = values[0].split(")")[0] if isinstance(values[0], str) else values[0]
        rows = self.store.rows(
            f'SELECT id FROM {target.table} WHERE "{column.key}" = ? AND deleted_at IS NULL LIMIT 1', [shown]
        )
        return duplicate(field.label, rows[0][0], target.singular) if rows else duplicate()

    # --- files ----------------------------------------------------------------------------

    def _file_fields(self, target: ObjectMetadata) -> list[FieldMetadata]:
        return [field for field in target.fields.values() if field.type == "FILES"]

    def _claimed(self, target: ObjectMetadata, record: Values, record_id: str | None) -> Values:
        """``record`` with its files checked and described as they are stored."""
        claimed = dict(record)
        for field in self._file_fields(target):
            if record.get(field.name) is None:
                continue
            before: list[dict[str, Any]] = []
            if record_id is not None:
                rows = self.store.rows(
                    f'SELECT "{field.columns[0].key}" FROM {target.table} WHERE id = ?', [record_id]
                )
                before = json.loads(rows[0][0]) if rows and rows[0][0] else []
            claimed[field.name] = self.files.claim(field, record[field.name], before)
        return claimed

    def _settle(self, target: ObjectMetadata, records: list[Values]) -> None:
        for field in self._file_fields(target):
            for record in records:
                self.files.settle([item["fileId"] for item in record.get(field.name) or []])


def _compressed(text: str) -> int:
    """About what PostgreSQL's compression makes of ``text``: repetitions shrink, letters do not."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -15, 8, zlib.Z_FIXED)
    return len(packer.compress(text.encode()) + packer.flush())


def _row_size(target: ObjectMetadata, row: dict[str, Any]) -> int:
    """About the bytes of a PostgreSQL row whose long values have moved out of it."""
    size = 24 + len(target.columns) // 8
    for column in target.columns:
        value = row.get(column.key)
        if value is not None:
            size += FIXED_WIDTH.get(column.type) or min(len(str(value)) + 1, 18)
    return size
