# ruff: noqa: S608
# Table and column names in SQL are the stand-in's own; values are always bound.
"""The workspace on disk: one SQLite file for metadata and records, and a folder of uploaded files.

Every object has a table with a real column per scalar and per subfield. One connection serves
everything; whoever uses it holds ``lock``. Committed work survives a killed process (WAL).
"""

from __future__ import annotations

import json
import re
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from panda_twenty.sandbox.twenty.composites import subfield
from panda_twenty.sandbox.twenty.schema import (
    Column,
    FieldMetadata,
    IndexMetadata,
    ObjectMetadata,
    Schema,
    asdict_shallow,
)
from panda_twenty.sandbox.twenty.stretches import stretch_of_time

AFFINITY = {
    "NUMBER": "REAL",
    "NUMERIC": "REAL",
    "POSITION": "REAL",
    "BOOLEAN": "INTEGER",
    "DATE_TIME": "INTEGER",
}
CACHE_KIBIBYTES = 64 * 1024


def ilike(value: str | None, pattern: str) -> bool | None:
    """PostgreSQL's ILIKE, for patterns with letters that SQLite cannot fold."""
    return None if value is None else _like_regex(pattern).fullmatch(value) is not None


def option_places(stored: str | None, options: str) -> str | None:
    """A text that sorts chosen options the way PostgreSQL sorts an array of an enum."""
    if stored is None:
        return None
    order = json.loads(options)
    return "".join(chr(order.index(each) + 1) for each in json.loads(stored) if each in order)


_compiled: dict[str, re.Pattern[str]] = {}


def _like_regex(pattern: str) -> re.Pattern[str]:
    if pattern not in _compiled:
        if len(_compiled) > 200:
            _compiled.clear()
        parts, escaped = [], False
        for character in pattern:
            if escaped or character not in "\\%_":
                parts.append(re.escape(character))
                escaped = False
            elif character == "\\":
                escaped = True
            else:
                parts.append(".*" if character == "%" else ".")
        _compiled[pattern] = re.compile("".join(parts), re.IGNORECASE | re.DOTALL)
    return _compiled[pattern]


class Store:
    """The open database of one data directory, with its :class:`Schema` in memory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.files = directory / "files"
        self.files.mkdir(mode=0o700, exist_ok=True)
        self.lock = threading.RLock()
        self.connection = sqlite3.connect(
            directory / "workspace.sqlite3", check_same_thread=False, isolation_level=None
        )
        self.connection.create_function("ilike", 2, ilike, deterministic=True)
        self.connection.create_function("stretch_of_time", 4, stretch_of_time, deterministic=True)
        self.connection.create_function("option_places", 2, option_places, deterministic=True)
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "case_sensitive_like=ON",
            f"cache_size=-{CACHE_KIBIBYTES}",
        ):
            self.connection.execute(f"PRAGMA {pragma}")
        self._create_tables()
        self.schema = Schema()
        self._load_schema()

    def close(self) -> None:
        with self.lock:
            self.connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing for what is done inside; joins a transaction that is under way."""
        with self.lock:
            if self.connection.in_transaction:
                yield
                return
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self.connection.execute("ROLLBACK")
                raise
            self.connection.execute("COMMIT")

    def rows(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self.lock:
            return self.connection.execute(statement, parameters).fetchall()

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> int:
        """Run a statement and return how many rows it changed."""
        with self.lock:
            return self.connection.execute(statement, parameters).rowcount

    # --- small things kept as JSON --------------------------------------------------------

    def put(self, kind: str, key: str, body: Any) -> None:
        self.execute(
            "INSERT INTO thing (kind, id, body) VALUES (?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",  # noqa: E501
            (kind, key, json.dumps(body)),
        )

    def get(self, kind: str, key: str) -> Any:
        found = self.rows("SELECT body FROM thing WHERE kind = ? AND id = ?", (kind, key))
        return json.loads(found[0][0]) if found else None

    def all(self, kind: str) -> list[Any]:
        return [
            json.loads(row[0])
            for row in self.rows("SELECT body FROM thing WHERE kind = ? ORDER BY rowid", (kind,))
        ]

    def remove(self, kind: str, key: str) -> None:
        self.execute("DELETE FROM thing WHERE kind = ? AND id = ?", (kind, key))

    # --- metadata -------------------------------------------------------------------------

    def next_number(self) -> int:
        """A number that was never given before, for the name of a table or column."""
        number: int = (self.get("counter", "number") or 0) + 1
        self.put("counter", "number", number)
        return number

    def save_object(self, each: ObjectMetadata) -> None:
        self._save("object_metadata", each.id, each.id, each.row())

    def save_field(self, each: FieldMetadata) -> None:
        self._save("field_metadata", each.id, each.object_id, asdict_shallow(each))

    def save_index(self, each: IndexMetadata) -> None:
        self._save("index_metadata", each.id, each.object_id, asdict_shallow(each))

    def _save(self, table: str, key: str, object_id: str, body: dict[str, Any]) -> None:
        self.execute(
            f"INSERT INTO {table} (id, object_id, body) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",  # noqa: E501
            (key, object_id, json.dumps(body)),
        )

    def create_object(self, each: ObjectMetadata) -> None:
        """Store a new object and make its table, with columns for the fields it has so far."""
        self.save_object(each)
        for one in each.fields.values():
            self.save_field(one)
        columns = ", ".join(_definition(column) for column in each.columns)
        self.execute(f"CREATE TABLE {each.table} ({columns})")
        table = each.table
        self.execute(f"CREATE INDEX {table}_listed ON {table} (deleted_at, id)")
        if "position" in each.by_name:
            self.execute(f"CREATE INDEX {table}_position ON {table} (deleted_at, position)")
        for relation in each.by_join_column.values():
            self._index_join_column(each, relation)

    def add_field(self, each: ObjectMetadata, one: FieldMetadata) -> None:
        """Store a new field and add its columns; rows that exist get its default."""
        each.fields[one.id] = one
        each.renew()
        self.save_field(one)
        for column in one.columns:
            self.execute(f"ALTER TABLE {each.table} ADD COLUMN {_definition(column)}")
        if one.is_to_one:
            self._index_join_column(each, one)

    def _index_join_column(self, each: ObjectMetadata, relation: FieldMetadata) -> None:
        key = relation.columns[0].key
        self.execute(f'CREATE INDEX {each.table}_{key} ON {each.table} ("{key}") WHERE "{key}" IS NOT NULL')

    def drop_field(self, each: ObjectMetadata, one: FieldMetadata) -> None:
        """Remove a field with its columns, their data and the indexes on them."""
        for index in [
            index for index in each.indexes.values() if any(key == one.id for key, _ in index.fields)
        ]:
            self.drop_index(each, index)
        if one.is_to_one:
            self.execute(f"DROP INDEX IF EXISTS {each.table}_{one.columns[0].key}")
        for column in one.columns:
            self.execute(f'ALTER TABLE {each.table} DROP COLUMN "{column.key}"')
        del each.fields[one.id]
        each.renew()
        self.execute("DELETE FROM field_metadata WHERE id = ?", (one.id,))

    def create_index(self, each: ObjectMetadata, index: IndexMetadata) -> None:
        """Store an index and build it. Raises ``sqlite3.IntegrityError`` where the data has duplicates."""
        keys = [key for one_id, part in index.fields for key in index_columns(each.fields[one_id], part)]
        unique = "UNIQUE " if index.is_unique else ""
        listed = ", ".join(f'"{key}"' for key in keys)
        self.execute(f'CREATE {unique}INDEX "{index.id}" ON {each.table} ({listed})')
        self.add_index(each, index)

    def add_index(self, each: ObjectMetadata, index: IndexMetadata) -> None:
        """Store an index that is only told of: what is looked up by a join column is quick in any case."""
        each.indexes[index.id] = index
        self.save_index(index)

    def drop_index(self, each: ObjectMetadata, index: IndexMetadata) -> None:
        self.execute(f'DROP INDEX IF EXISTS "{index.id}"')
        each.indexes.pop(index.id, None)
        self.execute("DELETE FROM index_metadata WHERE id = ?", (index.id,))

    def drop_object(self, each: ObjectMetadata) -> None:
        self.execute(f"DROP TABLE {each.table}")
        for table in ("index_metadata", "field_metadata", "object_metadata"):
            self.execute(f"DELETE FROM {table} WHERE object_id = ?", (each.id,))
        del self.schema.objects[each.id]

    def reload(self) -> None:
        """Read the schema from disk again, after a change of it was undone."""
        version = self.schema.version
        self.schema.objects.clear()
        self._load_schema()
        self.schema.version = version + 1

    def _create_tables(self) -> None:
        for table in ("object_metadata", "field_metadata", "index_metadata"):
            self.execute(
                f"CREATE TABLE IF NOT EXISTS {table} (id TEXT PRIMARY KEY, object_id TEXT, body TEXT)"
            )
        self.execute(
            "CREATE TABLE IF NOT EXISTS thing (kind TEXT, id TEXT, body TEXT, PRIMARY KEY (kind, id))"
        )

    def _load_schema(self) -> None:
        for (body,) in self.rows("SELECT body FROM object_metadata ORDER BY rowid"):
            each = ObjectMetadata(**_known(ObjectMetadata, body))
            self.schema.objects[each.id] = each
        for (body,) in self.rows("SELECT body FROM field_metadata ORDER BY rowid"):
            one = FieldMetadata(**_known(FieldMetadata, body))
            self.schema.objects[one.object_id].fields[one.id] = one
        for (body,) in self.rows("SELECT body FROM index_metadata ORDER BY rowid"):
            index = IndexMetadata(**_known(IndexMetadata, body))
            index.fields = [(key, part) for key, part in index.fields]
            self.schema.objects[index.object_id].indexes[index.id] = index
        self.schema.renew()


def _known(kind: type[Any], body: str) -> dict[str, Any]:
    """What is stored of ``kind``; attributes that an older version kept are left out."""
    return {key: value for key, value in json.loads(body).items() if key in kind.__dataclass_fields__}


def index_columns(one: FieldMetadata, part: str | None) -> list[str]:
    """The columns that an index on ``one`` (or on one subfield of it) covers."""
    if not one.is_composite:
        return [one.columns[0].key]
    if part is not None:
        return [column.key for column in one.columns if column.subfield == part]
    return [column.key for column in unique_columns(one)]


def unique_columns(one: FieldMetadata) -> list[Column]:
    """The columns that make up the key of a unique field."""
    if not one.is_composite:
        return one.columns[:1]
    return [
        column
        for column in one.columns
        if (part := subfield(one.type, column.subfield or "")) and part.unique
    ]


def _definition(column: Column) -> str:
    key = " PRIMARY KEY NOT NULL" if column.key == "id" else ""
    return f'"{column.key}" {AFFINITY.get(column.type, "TEXT")}{key}'
