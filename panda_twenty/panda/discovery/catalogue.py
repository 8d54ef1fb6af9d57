"""Reads the database's own account of itself: tables, columns, keys, foreign keys, row counts.

SQL Server is asked through INFORMATION_SCHEMA and sys; a compatible server may lack parts of either
(Babelfish has no referential constraints and counts no rows in sys.partitions, measured), so every
question may go unanswered and what is unknown is then found out from the data. SQLite is asked through
its pragma functions.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from panda_twenty.panda.connection import DEFAULT_SCHEMA, PracticeDatabase, quoted_table
from panda_twenty.panda.declared_types import holds_whole_numbers
from panda_twenty.panda.discovery.facts import Broad
from panda_twenty.panda.errors import SourceError

SYSTEM_SCHEMAS = ("sys", "information_schema", "guest", "db_owner", "pg_catalog", "information_schema_tsql")

_TABLES = "SELECT [TABLE_SCHEMA], [TABLE_NAME], [TABLE_TYPE] FROM [INFORMATION_SCHEMA].[TABLES]"
_COLUMNS = (
    "SELECT [TABLE_SCHEMA], [TABLE_NAME], [COLUMN_NAME], [DATA_TYPE], [IS_NULLABLE],"
    " [CHARACTER_MAXIMUM_LENGTH], [NUMERIC_PRECISION], [NUMERIC_SCALE]"
    " FROM [INFORMATION_SCHEMA].[COLUMNS] ORDER BY [TABLE_SCHEMA], [TABLE_NAME], [ORDINAL_POSITION]"
)
_KEYS = (
    "SELECT c.[TABLE_SCHEMA], c.[TABLE_NAME], c.[CONSTRAINT_TYPE], c.[CONSTRAINT_NAME], k.[COLUMN_NAME]"
    " FROM [INFORMATION_SCHEMA].[TABLE_CONSTRAINTS] c JOIN [INFORMATION_SCHEMA].[KEY_COLUMN_USAGE] k"
    " ON k.[CONSTRAINT_NAME] = c.[CONSTRAINT_NAME] AND k.[TABLE_SCHEMA] = c.[TABLE_SCHEMA]"
    " AND k.[TABLE_NAME] = c.[TABLE_NAME]"
    " WHERE c.[CONSTRAINT_TYPE] IN ('PRIMARY KEY', 'UNIQUE') ORDER BY k.[ORDINAL_POSITION]"
)
_FOREIGN_KEYS = (
    "SELECT os.name, ot.name, oc.name, ts.name, tt.name, tc.name FROM sys.foreign_key_columns f"
    " JOIN sys.tables ot ON ot.object_id = f.parent_object_id"
    " JOIN sys.schemas os ON os.schema_id = ot.schema_id"
    " JOIN sys.columns oc ON oc.object_id = f.parent_object_id AND oc.column_id = f.parent_column_id"
    " JOIN sys.tables tt ON tt.object_id = f.referenced_object_id"
    " JOIN sys.schemas ts ON ts.schema_id = tt.schema_id"
    " JOIN sys.columns tc ON tc.object_id = f.referenced_object_id AND tc.column_id = f.referenced_column_id"
)
_ROWS = (
    "SELECT s.name, t.name, SUM(p.rows) FROM sys.tables t JOIN sys.schemas s ON s.schema_id = t.schema_id"
    " JOIN sys.partitions p ON p.object_id = t.object_id AND p.index_id IN (0, 1) GROUP BY s.name, t.name"
)

_BROAD: Mapping[Broad, str] = {
    "boolean": r"bit|bool(ean)?",
    "number": r"decimal|numeric|money|smallmoney|float|real|double|double precision|dec|number",
    "moment": r"datetime|datetime2|smalldatetime|datetimeoffset|timestamp",
    "date": r"date",
    "time": r"time",
    "guid": r"uniqueidentifier|guid|uuid",
    "bytes": r"(var)?binary|image|blob|mediumblob|longblob|rowversion|bytea|tinyblob",
    "text": r"n?(var)?char|n?text|xml|clob|string|sysname|mediumtext|longtext|tinytext|enum|"
    r"character( varying)?|char varying",
}


@dataclass(frozen=True)
class CatalogueColumn:
    """One column as the database declares it."""

    name: str
    declared: str
    broad: Broad
    nullable: bool


@dataclass
class CatalogueTable:
    """One table as the database declares it; ``rows`` is None where it was not told."""

    name: str
    is_view: bool
    columns: dict[str, CatalogueColumn] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    unique: list[tuple[str, ...]] = field(default_factory=list)
    foreign_keys: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Column to table and column; foreign keys of one column only."""
    rows: int | None = None


@dataclass(frozen=True)
class Catalogue:
    """Every table that the login may see, by name, and what the server would not tell."""

    tables: Mapping[str, CatalogueTable]
    remarks: tuple[str, ...]


def read_catalogue(database: PracticeDatabase) -> Catalogue:
    """The database's own account of itself. Raises SourceError only where not even tables are told."""
    tables = _tables_and_columns(database)
    remarks: list[str] = []
    if database.dialect == "sqlite":
        _ask_sqlite(database, tables)
    else:
        _ask_server(database, tables, remarks)
    for table in tables.values():
        if table.rows is None:
            table.rows = count_of(database, table.name)
            if table.rows is None:
                remarks.append(f"Table {table.name} could not be counted and is left aside.")
    return Catalogue({name: each for name, each in tables.items() if each.rows is not None}, tuple(remarks))


def count_of(database: PracticeDatabase, table: str) -> int | None:
    """How many rows a table or view has; None where it cannot be read."""
    count = "COUNT(*)" if database.dialect == "sqlite" else "COUNT_BIG(*)"
    try:
        return int(database.fetch(f"SELECT {count} FROM {quoted_table(table)}")[0][0])  # noqa: S608
    except SourceError:
        return None


def broad_type(declared: str) -> Broad:
    """What a declared type holds."""
    if holds_whole_numbers(declared):
        return "integer"
    bare = re.sub(r"\(.*?\)", "", declared.lower()).replace("unsigned", "").replace("identity", "").strip()
    for broad, pattern in _BROAD.items():
        if re.fullmatch(pattern, bare):
            return broad
    return "text" if not bare else "other"


def table_name(schema: str, name: str) -> str:
    """How profiles and people name a table: without the schema where that is ``dbo``."""
    return name if schema.lower() == DEFAULT_SCHEMA else f"{schema}.{name}"


def _tables_and_columns(database: PracticeDatabase) -> dict[str, CatalogueTable]:
    tables = {
        table_name(str(schema), str(name)): CatalogueTable(
            table_name(str(schema), str(name)), "VIEW" in str(kind)
        )
        for schema, name, kind in database.fetch(_TABLES)
        if str(schema).lower() not in SYSTEM_SCHEMAS
    }
    for schema, table, column, kind, nullable, length, precision, scale in database.fetch(_COLUMNS):
        found = tables.get(table_name(str(schema), str(table)))
        if found is None:
            continue
        declared = _declared(str(kind).lower(), length, precision, scale)
        found.columns[str(column)] = CatalogueColumn(
            str(column), declared, broad_type(declared), str(nullable) == "YES"
        )
    return {name: table for name, table in sorted(tables.items()) if table.columns}


def _declared(kind: str, length: object, precision: object, scale: object) -> str:
    if length is not None:
        return f"{kind}({'max' if int(str(length)) == -1 else length})"
    if kind in ("decimal", "numeric") and precision is not None:
        return f"{kind}({precision},{scale})"
    return kind


def _ask_server(database: PracticeDatabase, tables: dict[str, CatalogueTable], remarks: list[str]) -> None:
    by_lower = {name.lower(): table for name, table in tables.items()}
    constraints: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    try:
        for schema, table, kind, name, column in database.fetch(_KEYS):
            constraints[table_name(str(schema), str(table)), str(kind), str(name)].append(str(column))
    except SourceError:
        remarks.append("The server does not tell primary keys; they are found from the data.")
    for (table, kind, _), columns in constraints.items():
        found = by_lower.get(table.lower())
        if found is None:
            continue
        spelled = tuple(_spelled(found, column) for column in columns)
        found.unique.append(spelled)
        if kind == "PRIMARY KEY":
            found.key = spelled
    try:
        rows = [tuple(str(each) for each in row) for row in database.fetch(_FOREIGN_KEYS)]
    except SourceError:
        rows = []
        remarks.append("The server does not tell foreign keys; relations are found from names and values.")
    for own_schema, own_table, own_column, to_schema, to_table, to_column in rows:
        own = by_lower.get(table_name(own_schema, own_table).lower())
        other = by_lower.get(table_name(to_schema, to_table).lower())
        if own is not None and other is not None:
            own.foreign_keys[_spelled(own, own_column)] = (other.name, _spelled(other, to_column))
    try:
        counted = list(database.fetch(_ROWS))
    except SourceError:
        counted = []
    for schema, table, count in counted:
        found = by_lower.get(table_name(str(schema), str(table)).lower())
        # A count of 0 is not believed: compatible servers answer it for every table.
        if found is not None and count:
            found.rows = int(count)


def _spelled(table: CatalogueTable, column: str) -> str:
    """The column as INFORMATION_SCHEMA spells it; sys may have it in lower case."""
    return next((each for each in table.columns if each.lower() == column.lower()), column)


def _ask_sqlite(database: PracticeDatabase, tables: dict[str, CatalogueTable]) -> None:
    for table in tables.values():
        info = list(database.fetch("SELECT name, pk FROM pragma_table_info(?, 'main')", (table.name,)))
        table.key = tuple(
            str(name) for name, place in sorted(info, key=lambda each: int(each[1])) if int(place)
        )
        if table.key:
            table.unique.append(table.key)
        for name, unique in list(
            database.fetch("SELECT name, [unique] FROM pragma_index_list(?, 'main')", (table.name,))
        ):
            if int(unique):
                columns = database.fetch("SELECT name FROM pragma_index_info(?, 'main')", (name,))
                table.unique.append(tuple(str(column) for (column,) in columns))
        links: dict[int, list[tuple[str, str, str]]] = defaultdict(list)
        for number, other, own, theirs in database.fetch(
            "SELECT id, [table], [from], [to] FROM pragma_foreign_key_list(?, 'main')", (table.name,)
        ):
            links[int(number)].append((str(other), str(own), str(theirs or "")))
        for pairs in links.values():
            other, own, theirs = pairs[0]
            target = next((each for name, each in tables.items() if name.lower() == other.lower()), None)
            if len(pairs) == 1 and target is not None:
                to = theirs or (target.key[0] if len(target.key) == 1 else "")
                if to:
                    table.foreign_keys[_spelled(table, own)] = (target.name, _spelled(target, to))
