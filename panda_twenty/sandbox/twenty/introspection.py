"""``__schema`` and ``__type`` on /graphql, answered from types that are made when asked for."""

from __future__ import annotations

from typing import Any

from panda_twenty.sandbox.twenty.core_types import CoreTypes, TypeInfo
from panda_twenty.sandbox.twenty.graphql_documents import RootField, Selection
from panda_twenty.sandbox.twenty.schema import Schema


def run(schema: Schema, roots: list[RootField]) -> dict[str, Any]:
    """The answer to introspection fields."""
    types = CoreTypes(schema)
    data: dict[str, Any] = {}
    for root in roots:
        if root.name == "__type":
            data[root.key] = _type(types, str(root.arguments().get("name", "")), root.selection())
        else:
            data[root.key] = _schema(types, root.selection())
    return {"data": data}


def _schema(types: CoreTypes, selection: Selection) -> dict[str, Any]:
    answer: dict[str, Any] = {}
    for name, inner in selection.items():
        if name in ("queryType", "mutationType"):
            answer[name] = _type(types, name.removesuffix("Type").capitalize(), inner)
        elif name == "types":
            answer[name] = [_type(types, each, inner) for each in dict.fromkeys(types.names())]
        else:
            answer[name] = {"directives": [], "__typename": "__Schema"}.get(name)
    return answer


def _type(types: CoreTypes, name: str, selection: Selection) -> dict[str, Any] | None:
    found = types.find(name)
    return None if found is None else _shown_type(types, found, selection)


def _shown_type(types: CoreTypes, found: TypeInfo, selection: Selection) -> dict[str, Any]:
    answer: dict[str, Any] = {}
    for name, inner in selection.items():
        if name in ("fields", "inputFields") and found.get(name) is not None:
            answer[name] = [_shown_field(types, each, inner) for each in found[name]]
        elif name in ("enumValues", "interfaces") and found.get(name) is not None:
            answer[name] = [{key: each.get(key) for key in inner} for each in found[name]]
        else:
            answer[name] = "__Type" if name == "__typename" else found.get(name)
    return answer


def _shown_field(types: CoreTypes, found: TypeInfo, selection: Selection) -> dict[str, Any]:
    answer: dict[str, Any] = {}
    for name, inner in selection.items():
        if name == "type":
            answer[name] = _reference(types, found["type"], inner)
        elif name == "args":
            answer[name] = [_shown_field(types, each, inner) for each in found.get("args", [])]
        else:
            answer[name] = False if name == "isDeprecated" else found.get(name)
    return answer


def _reference(types: CoreTypes, written: str, selection: Selection) -> dict[str, Any]:
    """A type as written in SDL, unwrapped as far as the selection asks."""
    if written.endswith("!"):
        wrapper, inner = "NON_NULL", written[:-1]
    elif written.startswith("["):
        wrapper, inner = "LIST", written[1:-1]
    else:
        found = types.find(written) or {"kind": "SCALAR", "name": written}
        return _shown_type(types, found, selection)
    answer: dict[str, Any] = {}
    for name, nested in selection.items():
        answer[name] = (
            wrapper if name == "kind" else _reference(types, inner, nested) if name == "ofType" else None
        )
    return answer
