"""The table of every field, written from the mapping; nothing in it is written by hand."""

from __future__ import annotations

from collections.abc import Iterator

from panda_twenty.mapping.specification import Line, MappingSpecification, Route, split_source
from panda_twenty.panda.entities import ENTITIES

HEAD = """# Every field

Written by `panda-twenty mapping --fields` from `panda_twenty/mapping/default_mapping.yaml`; a test holds the
two together. A practice whose source profile lacks an attribute gets no field for it.
"""


def field_table(mapping: MappingSpecification) -> str:
    """Markdown: one table per route, one row per field."""
    return "\n".join([HEAD, *(part for route in mapping.routes for part in _route_table(route))]) + "\n"


def _route_table(route: Route) -> Iterator[str]:
    entity = ENTITIES[route.entity]
    yield f"## {entity.label} becomes {route.object}\n"
    yield f"Route `{route.name}`: {entity.meaning}.\n"
    yield "| field | type | label | from | transform |"
    yield "|---|---|---|---|---|"
    for line in route.lines:
        cells = (f"`{line.field}`", _type(line), line.label or "", _sources(route, line), _how(line))
        yield f"| {' | '.join(cells)} |"
    yield ""


def _type(line: Line) -> str:
    if line.relation:
        need = ", required" if line.relation.required else ""
        return f"RELATION to {line.relation.target}{need}"
    unique = ", unique" if line.unique else ""
    return (line.type or "Twenty's own" if line.standard else line.type or "as above") + unique


def _sources(route: Route, line: Line) -> str:
    named = []
    for path in line.source:
        join, attribute = split_source(path)
        entity = route.joins[join].entity if join else route.entity
        named.append(f"{entity}.{attribute}" if join else attribute)
    return ", ".join(named)


def _how(line: Line) -> str:
    options = ", ".join(f"{name} {value}" for name, value in line.options_of_transform.items())
    choices = f"; one of {', '.join(line.options)}" if line.options and len(line.options) < 12 else ""
    return line.transform + (f" ({options})" if options else "") + choices
