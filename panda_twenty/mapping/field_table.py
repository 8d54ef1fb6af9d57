"""The table of every field, written from the mapping; nothing in it is written by hand."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from panda_twenty.mapping.records import joined_rows, record_builder
from panda_twenty.mapping.specification import Line, MappingSpecification, Route, split_source
from panda_twenty.panda.entities import ENTITIES
from panda_twenty.panda.extraction import EntityRow

HEAD = """# Every field

Written by `panda-twenty mapping --fields` from `panda_twenty/mapping/default_mapping.yaml`; a test holds the
two together. Examples come from the generated reference practice: every person and value in them is invented.
A practice whose source profile lacks an attribute gets no field for it, and practice-defined findings become
further fields of `perioExam`.
"""

LONGEST_EXAMPLE = 60
ROWS_LOOKED_AT = 120

Examples = Mapping[tuple[str, str], str]
"""One example by route and field."""


def field_table(mapping: MappingSpecification, examples: Examples) -> str:
    """Markdown: one table per route, one row per field."""
    parts = (part for route in mapping.routes for part in _route_table(route, examples))
    return "\n".join([HEAD, *parts]).rstrip() + "\n"


def examples_of(
    mapping: MappingSpecification, read: Callable[[str], Iterable[EntityRow]], practice: str
) -> Examples:
    """The first value of each field among the first rows of each route, as it is sent."""
    found: dict[tuple[str, str], str] = {}
    for route in mapping.routes:
        build = record_builder(route, practice)
        for record in map(build, itertools.islice(joined_rows(route, read), ROWS_LOOKED_AT)):
            for line in route.lines:
                value = record.values.get(line.column)
                if value is not None and not line.relation:
                    found.setdefault((route.name, line.field), _shown(value))
            for parent in record.parents:
                found.setdefault((route.name, parent.field), f"{parent.entity} {parent.source_key}")
    return found


def _shown(value: Any) -> str:
    """A value on one line of a Markdown table, cut where it is long."""
    if isinstance(value, dict):
        value = {name: part for name, part in value.items() if part is not None}
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = " ".join(text.replace("|", "\\|").replace("`", "'").split())
    return text if len(text) <= LONGEST_EXAMPLE else f"{text[:LONGEST_EXAMPLE].rstrip(chr(92))}..."


def _route_table(route: Route, examples: Examples) -> Iterator[str]:
    entity = ENTITIES[route.entity]
    yield f"## {entity.label} becomes {route.object}\n"
    yield f"Route `{route.name}`: {entity.meaning}.\n"
    yield "| field | type | label | from | transform | example |"
    yield "|---|---|---|---|---|---|"
    for line in route.lines:
        example = examples.get((route.name, line.field), "")
        cells = (
            f"`{line.field}`",
            _type(line),
            line.label or "",
            _sources(route, line),
            _how(line),
            f"`{example}`" if example else "",
        )
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
    options = ", ".join(f"{name} {value}" for name, value in line.options_of_transform.items() if value)
    choices = f"; one of {', '.join(line.options)}" if line.options and len(line.options) < 12 else ""
    return line.transform + (f" ({options})" if options else "") + choices
