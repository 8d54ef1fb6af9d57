"""The GraphQL types of the record API, made one by one when introspection asks for them.

A type is a dict in the shape of ``__Type``; references are names, with ``!`` and ``[]`` as written in SDL.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from panda_twenty.sandbox.twenty.composites import ACTOR_SOURCES, COMPOSITES
from panda_twenty.sandbox.twenty.filter_rules import OPERATORS
from panda_twenty.sandbox.twenty.names import capitalize, pascal_case
from panda_twenty.sandbox.twenty.schema import ENUMS, FieldMetadata, ObjectMetadata, Schema

TypeInfo = dict[str, Any]

SCALARS = (
    "String",
    "Int",
    "Float",
    "Boolean",
    "ID",
    "UUID",
    "DateTime",
    "Date",
    "JSON",
    "Position",
    "TSVector",
    "Cursor",
    "ConnectionCursor",
    "BigFloat",
)
OUTPUT = {
    "UUID": "UUID",
    "TEXT": "String",
    "NUMBER": "Float",
    "NUMERIC": "BigFloat",
    "BOOLEAN": "Boolean",
    "DATE": "Date",
    "DATE_TIME": "DateTime",
    "RAW_JSON": "JSON",
    "POSITION": "Position",
    "TS_VECTOR": "TSVector",
    "ARRAY": "[String]",
    "FILES": "[FileObject]",
}
FILTERS = {
    "UUID": "UUIDFilter",
    "TEXT": "StringFilter",
    "NUMBER": "FloatFilter",
    "NUMERIC": "BigFloatFilter",
    "POSITION": "FloatFilter",
    "BOOLEAN": "BooleanFilter",
    "DATE": "DateFilter",
    "DATE_TIME": "DateTimeFilter",
    "RAW_JSON": "RawJsonFilter",
    "FILES": "RawJsonFilter",
    "ARRAY": "ArrayFilter",
    "TS_VECTOR": "TSVectorFilter",
}
FILTER_OF = {name: kind for kind, name in FILTERS.items() if kind not in ("POSITION", "FILES")}
PAGING = [
    ("first", "Int"),
    ("last", "Int"),
    ("offset", "Int"),
    ("before", "String"),
    ("after", "String"),
]


def field(name: str, kind: str, arguments: list[tuple[str, str]] | None = None) -> TypeInfo:
    return {"name": name, "type": kind, "args": [argument(*each) for each in arguments or []]}


def argument(name: str, kind: str) -> TypeInfo:
    return {"name": name, "type": kind}


class CoreTypes:
    """Finds and makes the types of one schema."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.by_name = {pascal_case(each.singular): each for each in schema.objects.values()}

    def names(self) -> Iterator[str]:
        """Every type there is."""
        yield from (
            "Query",
            "Mutation",
            "PageInfo",
            "FilterIs",
            "OrderByDirection",
            "FileObject",
            "FileItemInput",
            "ActorSourceEnum",
            "ActorSourceEnumFilter",
            *SCALARS,
        )
        yield from FILTER_OF
        for kind in COMPOSITES:
            name = pascal_case(kind)
            yield from (
                name,
                *(
                    f"{name}{suffix}"
                    for suffix in ("CreateInput", "UpdateInput", "FilterInput", "OrderByInput")
                ),
            )
        for single, each in self.by_name.items():
            yield from (single, *(f"{single}{suffix}" for suffix in SUFFIXES))
            for one in each.fields.values():
                if one.type in ENUMS:
                    yield from (_enum_name(each, one), f"{_enum_name(each, one)}Filter")

    def find(self, name: str) -> TypeInfo | None:
        if name in SCALARS:
            return {"kind": "SCALAR", "name": name}
        if name in self.by_name:
            return _object(name, list(self._outputs(self.by_name[name])))
        fixed = self._fixed(name)
        if fixed is not None:
            return fixed
        for suffix in sorted(SUFFIXES, key=len, reverse=True):
            each = self.by_name.get(name.removesuffix(suffix)) if name.endswith(suffix) else None
            if each is not None:
                return self._derived(name, suffix, each)
        return self._composite(name) or self._enum(name)

    def _fixed(self, name: str) -> TypeInfo | None:
        if name in ("Query", "Mutation"):
            return _object(name, list(self._roots(name == "Mutation")))
        if name == "PageInfo":
            kinds = {
                "startCursor": "ConnectionCursor",
                "endCursor": "ConnectionCursor",
                "hasNextPage": "Boolean!",
                "hasPreviousPage": "Boolean!",
            }
            return _object(name, [field(*each) for each in kinds.items()])
        if name == "FilterIs":
            return _enum(name, ["NULL", "NOT_NULL"])
        if name == "OrderByDirection":
            return _enum(name, ["AscNullsFirst", "AscNullsLast", "DescNullsFirst", "DescNullsLast"])
        if name == "FileObject":
            return _object(
                name,
                [
                    field("fileId", "UUID!"),
                    field("label", "String!"),
                    field("extension", "String"),
                    field("url", "String"),
                ],
            )
        if name == "FileItemInput":
            return _input(name, [argument("fileId", "UUID!"), argument("label", "String!")])
        if name in FILTER_OF:
            return _filter(name, FILTER_OF[name], OUTPUT[FILTER_OF[name]].strip("[]"))
        return None

    # --- per object -----------------------------------------------------------------------

    def _outputs(self, each: ObjectMetadata) -> Iterator[TypeInfo]:
        relations = []
        for one in each.fields.values():
            if one.is_relation:
                target = pascal_case(self.schema.target(one).singular)
                if one.is_to_one:
                    yield field(one.join_column, "ID")
                    relations.append(field(one.name, target))
                else:
                    arguments = [
                        *PAGING,
                        ("filter", f"{target}FilterInput"),
                        ("orderBy", f"[{target}OrderByInput]"),
                    ]
                    relations.append(field(one.name, f"{target}Connection", arguments))
            else:
                required = "!" if one.is_system and not one.is_nullable else ""
                yield field(one.name, self._output(each, one) + required)
        yield from relations

    def _output(self, each: ObjectMetadata, one: FieldMetadata) -> str:
        if one.is_composite:
            return pascal_case(one.type)
        if one.type in ENUMS:
            name = _enum_name(each, one)
            return f"[{name}]" if one.type == "MULTI_SELECT" else name
        return OUTPUT[one.type]

    def _inputs(self, each: ObjectMetadata, kind: str) -> Iterator[TypeInfo]:
        for one in each.fields.values():
            if one.is_relation:
                if one.is_to_one:
                    target = pascal_case(self.schema.target(one).singular)
                    yield argument(one.join_column, "ID")
                    yield argument(one.name, f"{target}RelationInput")
            elif one.is_composite:
                yield argument(one.name, f"{pascal_case(one.type)}{kind}Input")
            else:
                made = self._output(each, one).replace("FileObject", "FileItemInput")
                yield argument(one.name, "ID" if one.name == "id" else made)

    def _derived(self, name: str, suffix: str, each: ObjectMetadata) -> TypeInfo:
        single = pascal_case(each.singular)
        if suffix in ("CreateInput", "UpdateInput"):
            return _input(name, list(self._inputs(each, suffix.removesuffix("Input"))))
        if suffix == "FilterInput":
            more = [argument("and", f"[{name}]"), argument("or", f"[{name}]"), argument("not", name)]
            return _input(name, [*self._conditions(each), *more])
        if suffix == "OrderByInput":
            return _input(name, list(self._orders(each)))
        if suffix == "Edge":
            return _object(name, [field("node", f"{single}!"), field("cursor", "Cursor!")])
        if suffix in ("Connection", "GroupByConnection"):
            aggregates = list(_aggregates(each))
            more_fields = [field("edges", f"[{single}Edge!]!"), field("pageInfo", "PageInfo!")]
            if suffix == "GroupByConnection":
                more_fields.append(field("groupByDimensionValues", "[JSON!]!"))
            return _object(name, [*aggregates, *more_fields])
        if suffix == "RelationInput":
            return _input(
                name, [argument("connect", f"{single}ConnectInput"), argument("disconnect", "Boolean")]
            )
        if suffix == "ConnectInput":
            return _input(name, [argument("where", f"{single}WhereUniqueInput!")])
        if suffix == "GroupByInput":
            simple = [
                one
                for one in each.fields.values()
                if not one.is_relation and not one.is_composite and not one.is_system
            ]
            return _input(name, [argument(one.name, "Boolean") for one in simple])
        unique = [one for one in each.fields.values() if one.is_unique]
        kinds = [
            argument(one.name, "JSON" if one.is_composite else self._output(each, one)) for one in unique
        ]
        return _input(name, [argument("id", "ID"), *kinds])

    def _conditions(self, each: ObjectMetadata) -> Iterator[TypeInfo]:
        for one in each.fields.values():
            if one.is_to_one:
                yield argument(one.join_column, "UUIDFilter")
                yield argument(one.name, f"{pascal_case(self.schema.target(one).singular)}FilterInput")
            elif one.is_composite:
                yield argument(one.name, f"{pascal_case(one.type)}FilterInput")
            elif one.type in ENUMS:
                yield argument(one.name, f"{_enum_name(each, one)}Filter")
            elif not one.is_relation:
                yield argument(one.name, FILTERS[one.type])

    def _orders(self, each: ObjectMetadata) -> Iterator[TypeInfo]:
        for one in each.fields.values():
            if one.is_to_one:
                yield argument(one.join_column, "OrderByDirection")
                yield argument(one.name, f"{pascal_case(self.schema.target(one).singular)}OrderByInput")
            elif one.is_composite:
                yield argument(one.name, f"{pascal_case(one.type)}OrderByInput")
            elif not one.is_relation:
                yield argument(one.name, "OrderByDirection")

    def _enum(self, name: str) -> TypeInfo | None:
        for each in self.by_name.values():
            for one in each.fields.values():
                if one.type in ENUMS and name.removesuffix("Filter") == (enum := _enum_name(each, one)):
                    return _enum(name, one.option_values) if name == enum else _filter(name, one.type, enum)
        return None

    def _composite(self, name: str) -> TypeInfo | None:
        if name in ("ActorSourceEnum", "ActorSourceEnumFilter"):
            return (
                _enum(name, list(ACTOR_SOURCES))
                if name == "ActorSourceEnum"
                else _filter(name, "SELECT", "ActorSourceEnum")
            )
        for kind, parts in COMPOSITES.items():
            base = pascal_case(kind)
            if not name.startswith(base):
                continue
            suffix = name.removeprefix(base)
            outputs = {
                part.name: "ActorSourceEnum" if part.type == "SELECT" else OUTPUT[part.type] for part in parts
            }
            if suffix == "":
                return _object(name, [field(*each) for each in outputs.items()])
            if suffix in ("CreateInput", "UpdateInput"):
                return _input(name, [argument(*each) for each in outputs.items()])
            if suffix == "FilterInput":
                kinds = {
                    part.name: "ActorSourceEnumFilter" if part.type == "SELECT" else FILTERS[part.type]
                    for part in parts
                }
                return _input(name, [argument(*each) for each in kinds.items()])
            if suffix == "OrderByInput":
                return _input(name, [argument(part.name, "OrderByDirection") for part in parts])
        return None

    # --- roots ----------------------------------------------------------------------------

    def _roots(self, mutations: bool) -> Iterator[TypeInfo]:
        for name, operation in self.schema.operations.items():
            if operation.is_mutation == mutations:
                single = pascal_case(self.schema.objects[operation.object_id].singular)
                kind, arguments = _signature(operation.method, single)
                yield field(name, kind, arguments)


SUFFIXES = (
    "Connection",
    "GroupByConnection",
    "Edge",
    "CreateInput",
    "UpdateInput",
    "FilterInput",
    "OrderByInput",
    "GroupByInput",
    "RelationInput",
    "ConnectInput",
    "WhereUniqueInput",
)


def _signature(method: str, single: str) -> tuple[str, list[tuple[str, str]]]:
    listed = ("filter", f"{single}FilterInput"), ("orderBy", f"[{single}OrderByInput]")
    condition = [("filter", f"{single}FilterInput!")]
    many = f"[{single}!]"
    table: dict[str, tuple[str, list[tuple[str, str]]]] = {
        "findMany": (f"{single}Connection", [*PAGING, *listed]),
        "findOne": (single, condition),
        "findDuplicates": (f"[{single}Connection!]", [("ids", "[UUID]"), ("data", f"[{single}CreateInput]")]),
        "groupBy": (
            f"[{single}GroupByConnection!]",
            [("groupBy", f"[{single}GroupByInput!]!"), *listed, ("limit", "Int")],
        ),
        "createOne": (single, [("data", f"{single}CreateInput!"), ("upsert", "Boolean")]),
        "createMany": (many, [("data", f"[{single}CreateInput!]!"), ("upsert", "Boolean")]),
        "updateOne": (single, [("id", "UUID!"), ("data", f"{single}UpdateInput!")]),
        "updateMany": (many, [("data", f"{single}UpdateInput!"), *condition]),
        "mergeMany": (
            single,
            [("ids", "[UUID!]!"), ("conflictPriorityIndex", "Int!"), ("dryRun", "Boolean")],
        ),
    }
    if method in table:
        return table[method]
    return (single, [("id", "UUID!")]) if method.endswith("One") else (many, condition)


def _aggregates(each: ObjectMetadata) -> Iterator[TypeInfo]:
    yield field("totalCount", "Int")
    for one in each.fields.values():
        if one.is_relation:
            continue
        name = capitalize(one.name)
        for prefix in ("countUniqueValues", "countEmpty", "countNotEmpty"):
            yield field(f"{prefix}{name}", "Int")
        for prefix in ("percentageEmpty", "percentageNotEmpty"):
            yield field(f"{prefix}{name}", "Float")
        if one.type in ("DATE", "DATE_TIME"):
            yield from (field(f"min{name}", "DateTime"), field(f"max{name}", "DateTime"))
        elif one.type == "BOOLEAN":
            yield from (field(f"countTrue{name}", "Int"), field(f"countFalse{name}", "Int"))
        elif one.type in ("NUMBER", "CURRENCY"):
            suffix = "AmountMicros" if one.type == "CURRENCY" else ""
            for prefix in ("min", "max", "avg", "sum"):
                yield field(f"{prefix}{name}{suffix}", "Float")


def _enum_name(each: ObjectMetadata, one: FieldMetadata) -> str:
    return f"{pascal_case(each.singular)}{pascal_case(one.name)}Enum"


def _object(name: str, fields: list[TypeInfo]) -> TypeInfo:
    return {"kind": "OBJECT", "name": name, "fields": fields, "interfaces": []}


def _input(name: str, fields: list[TypeInfo]) -> TypeInfo:
    return {"kind": "INPUT_OBJECT", "name": name, "inputFields": fields}


def _enum(name: str, values: list[str]) -> TypeInfo:
    return {
        "kind": "ENUM",
        "name": name,
        "enumValues": [{"name": value, "isDeprecated": False} for value in values],
    }


def _filter(name: str, kind: str, scalar: str) -> TypeInfo:
    arguments = []
    for operator in OPERATORS.get(kind, ("eq", "neq", "is")):
        special = {
            "in": f"[{scalar}!]",
            "containsAny": f"[{scalar}!]",
            "is": "FilterIs",
            "isEmptyArray": "Boolean",
        }
        arguments.append(
            argument(operator, special.get(operator, "String" if "like" in operator.lower() else scalar))
        )
    return _input(name, arguments)
