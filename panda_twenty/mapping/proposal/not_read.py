"""What a proposal leaves unread, so that nobody believes that everything would move."""

from __future__ import annotations

import re
from collections.abc import Sequence

from panda_twenty.mapping.proposal.attributes import is_forbidden
from panda_twenty.mapping.proposal.chart_values import chart_columns
from panda_twenty.mapping.proposal.landscape import Landscape
from panda_twenty.mapping.proposal.model import NotRead, ProposedEntity, ProposedLine
from panda_twenty.panda.discovery.facts import ColumnFacts, TableFacts


def not_read(landscape: Landscape, entities: Sequence[ProposedEntity]) -> list[NotRead]:
    """Every table and column of the practice that no proposed entity reads, and why."""
    read: dict[str, set[str]] = {}
    for entity in entities:
        own = read.setdefault(entity.table, set())
        own.update(entity.key)
        own.update(str(condition["column"]) for condition in entity.where)
        if entity.chart is not None:
            own.update(chart_columns(entity.chart))
        if entity.parents:
            before = own
            for step in entity.parents:
                before.update(step.on)
                before = read.setdefault(step.table, set())
                before.update(step.on.values())
            if entity.range:
                before.add(entity.range)
        elif entity.range:
            own.add(entity.range)
        for line in entity.lines:
            if not (line.is_usable or line.attribute.startswith(("teeth.", "chart."))):
                continue
            if line.attribute.startswith("chart."):
                continue
            for name in _columns_of(line, landscape.tables[line.table]):
                read.setdefault(line.table, set()).add(name)
            if "time_column" in line.settings:
                read.setdefault(line.table, set()).add(str(line.settings["time_column"]))
            before_table = entity.table
            for step in line.lookup:
                read.setdefault(before_table, set()).update(step.on)
                read.setdefault(step.table, set()).update(step.on.values())
                before_table = step.table
    found: list[NotRead] = []
    perhaps = _perhaps(landscape, entities)
    for table in landscape.discovery.tables.values():
        if table.name not in read:
            found.append(NotRead(table.name, "", table.set_aside or "nothing in it was recognised"))
            continue
        for column in table:
            if is_forbidden(column):
                found.append(
                    NotRead(
                        table.name, column.name, "looks like Social Security numbers, which are never read"
                    )
                )
            elif column.name not in read[table.name]:
                meant = perhaps.get((table.name, column.name), ())
                found.append(NotRead(table.name, column.name, _why_not_read(column, meant), bool(meant)))
    return found


def _why_not_read(column: ColumnFacts, meant: Sequence[str]) -> str:
    if meant:
        return f"perhaps {' or '.join(meant)}, but not sure enough"
    return "no attribute of ours fits it" if column.filled else "empty in the sample"


def _perhaps(landscape: Landscape, entities: Sequence[ProposedEntity]) -> dict[tuple[str, str], list[str]]:
    """The attributes that a column was proposed for by lines that are not sure enough to be used."""
    found: dict[tuple[str, str], list[str]] = {}
    for entity in entities:
        for line in entity.lines:
            if not line.is_usable and not line.attribute.startswith(("teeth.", "chart.")):
                for name in _columns_of(line, landscape.tables[line.table]):
                    found.setdefault((line.table, name), []).append(f"{entity.entity}.{line.attribute}")
    return found


def _columns_of(line: ProposedLine, table: TableFacts) -> list[str]:
    found = []
    for part in line.column.split(", "):
        if "{" in part:
            pattern = (
                re.escape(part).replace(re.escape("{tooth}"), r"\d+").replace(re.escape("{site}"), r"\w+?")
            )
            found += [name for name in table.columns if re.fullmatch(pattern, name)]
        else:
            found.append(part)
    return found
