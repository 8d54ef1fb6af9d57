"""The source profile that a perfect proposal would write for a stranger, as far as profiles reach today."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

from panda_twenty.panda.entities import ENTITIES, Entity, Kind
from panda_twenty.panda.profile import SourceProfile
from panda_twenty_tests.strangers.truth import AttributeName, Home, Truth

_PARENTS = ("exam_key", "plan_key", "phase_key")
"""Attributes that lead from an entity to the one that knows its patient."""

_LONGEST_WAY = 3
"""Joins between an entity and a table that keeps one of its attributes."""

Keys = Mapping[str, tuple[str, ...]]


def profile_of(truth: Truth, connection: sqlite3.Connection) -> SourceProfile:
    """The profile; ``connection`` is the stranger's file, asked for its keys and columns only.

    Attributes that no profile can read are left out, except required ones, which take their best column.
    """
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    described = {name: connection.execute(f"PRAGMA table_info([{name}])").fetchall() for name in tables}
    keys = {
        name: tuple(row[1] for row in sorted(rows, key=lambda row: row[5]) if row[5])
        for name, rows in described.items()
    }
    for entity, table in truth.tables.items():
        if not keys[table]:
            own = truth.attributes[entity, "key"]
            keys[table] = tuple(row[1] for row in described[table] if (table, row[1]) in own)
    columns = {name: {row[1] for row in rows} for name, rows in described.items()}
    return SourceProfile.model_validate(
        {
            "profile": truth.stranger,
            "practice": truth.stranger.replace("_", "-"),
            "time_zone": "America/Chicago",
            "entities": {
                entity: _entity(truth, ENTITIES[entity], table, keys, columns)
                for entity, table in truth.tables.items()
            },
        }
    )


def _entity(
    truth: Truth, entity: Entity, table: str, keys: Keys, columns: Mapping[str, set[str]]
) -> dict[str, Any]:
    source: dict[str, Any] = {"table": table, "key": list(_key(truth, entity, table, keys)), "attributes": {}}
    if entity.name == "patient":
        source["range"] = source["key"][0]
    elif entity.patient_scoped:
        source["parents"] = list(_parents(truth, entity.name, keys))
        owner = source["parents"][-1]["table"] if source["parents"] else table
        source["range"] = next(
            column for home, column in truth.attributes[entity.name, "patient_key"] if home == owner
        )
    if table in truth.deleted:
        source["where"] = [{"column": truth.deleted[table], "not_in": ["1"]}]
    if entity.name == "perio_chart":
        source["chart"] = truth.chart.model_dump()
    for attribute in entity.attributes.values():
        if attribute.name in ("key", "patient_key") or attribute.kind is Kind.TEETH:
            continue
        origin = _origin(truth, (entity.name, attribute.name), table, keys, columns, attribute.required)
        if origin is not None:
            source["attributes"][attribute.name] = origin
    return source


def _key(truth: Truth, entity: Entity, table: str, keys: Keys) -> tuple[str, ...]:
    own = sorted(column for home, column in truth.attributes[entity.name, "key"] if home == table)
    return (own[0],) if len(own) == 1 else keys[table]


def _parents(truth: Truth, entity: str, keys: Keys) -> Iterator[dict[str, Any]]:
    """The joins to the table with the patient's number; none where the entity's own table has it."""
    while all(home != truth.tables[entity] for home, _ in truth.attributes[entity, "patient_key"]):
        leading = next(name for name in _PARENTS if (entity, name) in truth.attributes)
        parent = ENTITIES[entity].attributes[leading].refers_to or ""
        column = _column_in(truth.tables[entity], truth.attributes[entity, leading])
        table = truth.tables[parent]
        yield {"table": table, "on": {column: keys[table][0]}}
        entity = parent


def _origin(
    truth: Truth,
    name: AttributeName,
    table: str,
    keys: Keys,
    columns: Mapping[str, set[str]],
    required: bool,
) -> dict[str, Any] | None:
    """Where one attribute is read: the entity's own table, or one that keys lead to."""
    homes = sorted(truth.attributes.get(name, ()) if name not in truth.out_of_reach else ())
    if required and not homes:
        homes = sorted({*truth.attributes.get(name, ()), *truth.acceptable.get(name, ())})
    own = [home for home in homes if home[0] == table]
    for home in (*own, *homes):
        lookup = _lookup(truth, name[0], table, home[0], keys, columns)
        if lookup is not None:
            return {
                "column": home[1],
                "lookup": lookup,
                "part": _part(truth, name, home),
                "codes": truth.codes.get(name, {}),
                "format": truth.formats.get(home),
                "time_column": truth.times.get(home),
                "zone": truth.zones.get(home),
                "blank": truth.blanks.get(home, ()),
            }
    return None


def _part(truth: Truth, name: AttributeName, home: Home) -> str | None:
    """Which part of a whole name: where first and last name of an entity share a column."""
    entity, attribute = name
    names = [truth.attributes.get((entity, f"{part}_name"), frozenset()) for part in ("first", "last")]
    shared = all(home in homes for homes in names)
    return attribute.removesuffix("_name") if shared else None


def _lookup(
    truth: Truth, entity: str, table: str, listed: str, keys: Keys, columns: Mapping[str, set[str]]
) -> list[dict[str, Any]] | None:
    """The joins from ``table`` to ``listed``, none if they are one; None if no keys lead there."""
    if table == listed:
        return []
    for attribute in ENTITIES[entity].attributes.values():
        homes = truth.attributes.get((entity, attribute.name), frozenset())
        if attribute.refers_to is not None and truth.tables.get(attribute.refers_to) == listed and homes:
            return [{"table": listed, "on": {_column_in(table, homes): keys[listed][0]}}]
    ways: dict[str, list[dict[str, Any]]] = {table: []}
    for _ in range(_LONGEST_WAY):
        for start, way in list(ways.items()):
            for other, key in keys.items():
                is_new = other not in ways and other not in truth.junk_tables
                if is_new and len(key) == 1 and key[0] in columns[start]:
                    ways[other] = [*way, {"table": other, "on": {key[0]: key[0]}}]
    return ways.get(listed)


def _column_in(table: str, homes: frozenset[Home]) -> str:
    return next(column for home, column in homes if home == table)
