"""From a selection to the columns and relations that answer it, and the answer cut to the selection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from panda_twenty.sandbox.twenty import javascript
from panda_twenty.sandbox.twenty.columns import DECODERS, decoder
from panda_twenty.sandbox.twenty.composites import AGGREGATED, COMPOSITES
from panda_twenty.sandbox.twenty.errors import internal, refused
from panda_twenty.sandbox.twenty.graphql_documents import Selection
from panda_twenty.sandbox.twenty.names import pascal_case
from panda_twenty.sandbox.twenty.schema import Column, FieldMetadata, ObjectMetadata, Schema

MOST_COMPLEX = 2000
ACTOR_DEFAULT: dict[str, Any] = {"source": "MANUAL", "name": "", "workspaceMemberId": None, "context": {}}

Record = dict[str, Any]


@dataclass
class Plan:
    """Which columns to read of ``target``, and which relations to follow."""

    target: ObjectMetadata
    columns: list[tuple[FieldMetadata, Column, Callable[[Any], Any]]] = field(default_factory=list)
    relations: list[tuple[FieldMetadata, Plan]] = field(default_factory=list)
    aggregates: list[str] = field(default_factory=list)
    relation_count: int = 0
    to_many_in_to_many: bool = False

    def need(self, one: FieldMetadata, column: Column) -> None:
        if not any(column.key == known.key for _, known, _ in self.columns):
            self.columns.append((one, column, decoder(one, column)))

    def check_complexity(self, more: int = 0) -> None:
        """Raise what Twenty answers to a selection that is too complex."""
        if self.to_many_in_to_many:
            raise refused(
                "Query complexity is too high. One-to-Many relation cannot be nested in another One-to-Many relation.",  # noqa: E501
                "TOO_COMPLEX_QUERY",
            )
        complexity = 1 + self.relation_count + more
        if complexity > MOST_COMPLEX:
            raise refused(
                "Query complexity is too high. Please, reduce the amount of relation fields requested. "
                f"Query complexity: {complexity}. Maximum complexity: {MOST_COMPLEX}.",
                "TOO_COMPLEX_QUERY",
            )


def plan(schema: Schema, target: ObjectMetadata, selection: Selection, *, in_to_many: bool = False) -> Plan:
    """The plan for a selection on a record, or on a connection where it names ``edges``."""
    made = Plan(target)
    identity = target.by_name["id"]
    made.need(identity, identity.columns[0])
    made.aggregates = [name for name in selection if is_aggregate(target, name)]
    if "edges" in selection:
        node = selection["edges"].get("node")
        if node is None:
            raise internal(f"Cannot read properties of undefined (reading '{next(iter(target.by_name))}')")
        selection = node
    for name, inner in selection.items():
        one = target.find(name)
        if one is None:
            continue
        if one.is_relation and name in target.by_name:
            _plan_relation(schema, made, one, inner, in_to_many)
        elif one.is_composite:
            _plan_composite(made, one, inner)
        elif one.columns:
            made.need(one, one.columns[0])
    return made


def _plan_composite(made: Plan, one: FieldMetadata, inner: Selection) -> None:
    for part in inner:
        if part == "__typename":
            continue
        column = next((each for each in one.columns if each.subfield == part), None)
        if column is None:
            raise internal(f"Sub field metadata not found for composite type: {one.type}")
        made.need(one, column)


def _plan_relation(
    schema: Schema, made: Plan, one: FieldMetadata, inner: Selection, in_to_many: bool
) -> None:
    if in_to_many and one.is_to_many:
        made.to_many_in_to_many = True
    nested = plan(schema, schema.target(one), inner, in_to_many=in_to_many or one.is_to_many)
    made.relations.append((one, nested))
    made.relation_count += nested.relation_count + 1
    made.to_many_in_to_many = made.to_many_in_to_many or nested.to_many_in_to_many
    if one.is_to_one:
        made.need(one, one.columns[0])


def whole(schema: Schema, target: ObjectMetadata, depth: int) -> Selection:
    """Everything that REST answers at ``depth`` 0 or 1."""
    chosen: Selection = {}
    for one in target.fields.values():
        if one.is_relation:
            if one.is_to_one:
                chosen[one.join_column] = {}
            if depth > 0:
                related = whole(schema, schema.target(one), depth - 1)
                chosen[one.name] = {"edges": {"node": related}} if one.is_to_many else related
        elif one.is_composite:
            chosen[one.name] = {part.name: {} for part in COMPOSITES[one.type]}
        elif one.type != "TS_VECTOR":
            chosen[one.name] = {}
    return chosen


def decode(made: Plan, row: tuple[Any, ...]) -> Record:
    """A row of the plan's columns as a record."""
    record: Record = {}
    for (one, column, convert), value in zip(made.columns, row, strict=False):
        if column.subfield is None:
            record[column.name] = convert(value)
        else:
            record.setdefault(one.name, {})[column.subfield] = convert(value)
    for one, column, _ in made.columns:
        if one.type == "ACTOR" and column.subfield is not None:
            actor = record.get(one.name)
            if actor is not None and actor.get("source") is None and actor.get("name") is None:
                record[one.name] = None if one.is_nullable else dict(ACTOR_DEFAULT)
    return record


# --- aggregates ----------------------------------------------------------------------------------

COUNTS = ("countUniqueValues", "countNotEmpty", "countEmpty", "percentageNotEmpty", "percentageEmpty")
SUMMARIES = ("min", "max", "avg", "sum")


@dataclass
class Aggregate:
    """One aggregate as SQL over the alias ``t``, and how its value is answered."""

    sql: str
    convert: Callable[[Any], Any]


def is_aggregate(target: ObjectMetadata, name: str) -> bool:
    return name == "totalCount" or _split(target, name) is not None


def _split(target: ObjectMetadata, name: str) -> tuple[str, FieldMetadata] | None:
    for prefix in (*COUNTS, "countTrue", "countFalse", *SUMMARIES):
        rest = name.removeprefix(prefix)
        if rest == name or not rest:
            continue
        amount = rest.removesuffix("AmountMicros")
        for candidate in (rest, amount):
            one = target.by_name.get(candidate[:1].lower() + candidate[1:])
            if one is None or one.is_relation or not _allowed(prefix, one, candidate != rest):
                continue
            return prefix, one
    return None


def _allowed(prefix: str, one: FieldMetadata, of_amount: bool) -> bool:
    if of_amount:
        return one.type == "CURRENCY" and prefix in SUMMARIES
    if prefix in COUNTS:
        return True
    if prefix in ("countTrue", "countFalse"):
        return one.type == "BOOLEAN"
    return one.type == "NUMBER" or (one.type in ("DATE", "DATE_TIME") and prefix in ("min", "max"))


def aggregate(target: ObjectMetadata, name: str) -> Aggregate:
    if name == "totalCount":
        return Aggregate("COUNT(*)", lambda value: value)
    found = _split(target, name)
    if found is None:
        raise internal(f"Unknown aggregate {name}")
    prefix, one = found
    if prefix in SUMMARIES:
        column = next(
            (each for each in one.columns if each.subfield in (None, "amountMicros")), one.columns[0]
        )
        convert = DECODERS[column.type] if column.type == "DATE_TIME" else _number_or_text
        return Aggregate(
            f'{prefix.upper()}(t."{column.key}")', lambda value: None if value is None else convert(value)
        )
    wanted = AGGREGATED.get(one.type)
    columns = [each for each in one.columns if wanted is None or each.subfield in wanted]
    shown = " || ".join(f"COALESCE(t.\"{each.key}\", '')" for each in columns) or "''"
    value = f"NULLIF({shown}, '')"
    expression = {
        "countEmpty": f"COUNT(*) - COUNT({value})",
        "countNotEmpty": f"COUNT({value})",
        "countUniqueValues": f"COUNT(DISTINCT {value})",
        "percentageEmpty": f"CAST(COUNT(*) - COUNT({value}) AS REAL) / COUNT(*)",
        "percentageNotEmpty": f"CAST(COUNT({value}) AS REAL) / COUNT(*)",
        "countTrue": f'COUNT(CASE WHEN t."{one.columns[0].key}" = 1 THEN 1 END)',
        "countFalse": f'COUNT(CASE WHEN t."{one.columns[0].key}" = 0 THEN 1 END)',
    }[prefix]
    return Aggregate(f"CASE WHEN COUNT(*) = 0 THEN NULL ELSE {expression} END", _number_or_text)


def _number_or_text(value: Any) -> Any:
    return javascript.number(value) if isinstance(value, (int, float)) else value


# --- cutting an answer to its selection ----------------------------------------------------------


def shaped(schema: Schema, target: ObjectMetadata, record: Record, selection: Selection) -> Record:
    """``record`` with exactly the selected keys; what there is not is null."""
    answer: Record = {}
    for name, inner in selection.items():
        if name == "__typename":
            answer[name] = pascal_case(target.singular)
            continue
        value = record.get(name)
        one = target.by_name.get(name)
        if value is None or not inner or one is None:
            answer[name] = value
        elif one.is_to_many:
            answer[name] = shaped_connection(schema, schema.target(one), value, inner)
        elif one.is_relation:
            answer[name] = shaped(schema, schema.target(one), value, inner)
        elif one.is_composite:
            typename = {"__typename": pascal_case(one.type)} if "__typename" in inner else {}
            answer[name] = {part: value.get(part) for part in inner} | typename
        else:
            answer[name] = value
    return answer


def shaped_connection(
    schema: Schema,
    target: ObjectMetadata,
    connection: Record,
    selection: Selection,
) -> Record:
    answer: Record = {}
    single = pascal_case(target.singular)
    for name, inner in selection.items():
        if name == "__typename":
            answer[name] = f"{single}Connection"
        elif name == "edges":
            answer[name] = [_shaped_edge(schema, target, edge, inner) for edge in connection["edges"]]
        elif name == "pageInfo":
            info = connection["pageInfo"]
            answer[name] = {key: "PageInfo" if key == "__typename" else info.get(key) for key in inner}
        else:
            answer[name] = connection.get(name)
    return answer


def _shaped_edge(schema: Schema, target: ObjectMetadata, edge: Record, selection: Selection) -> Record:
    shown: Record = {}
    for name, inner in selection.items():
        if name == "__typename":
            shown[name] = f"{pascal_case(target.singular)}Edge"
        elif name == "cursor":
            shown[name] = edge["cursor"]
        elif name == "node":
            shown[name] = shaped(schema, target, edge["node"], inner)
    return shown
