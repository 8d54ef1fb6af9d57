"""The proposal as one HTML page that stands alone, for the person who is to confirm it.

It shows names of tables and columns, scores, reasons and masked examples. Only its owner may read the file.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from panda_twenty.chart_picture import ChartPicture, chart_picture
from panda_twenty.mapping.proposal.destinations import Destinations
from panda_twenty.mapping.proposal.model import (
    LIKELY,
    SURE,
    CodeReading,
    NotRead,
    Proposal,
    ProposedEntity,
    ProposedLine,
    Step,
)
from panda_twenty.panda.entities import ENTITIES
from panda_twenty.verification.reporting import write_private

TEMPLATE = Path(__file__).with_suffix(".html")

Examples = Mapping[tuple[str, str], Sequence[str]]
"""Masked examples by entity and attribute."""

NAMED_FIELDS = 4
"""Fields of one object that are listed by name; of the others the number is told."""
NAMED_COLUMNS = 3

SETTLED_ELSEWHERE = ("teeth",)
"""Attributes that have no line of their own because several lines make them up."""

CHART_MEANINGS = {
    "probing_depth": "pocket depth at six sites, millimetres",
    "gingival_margin": "margin to cemento-enamel junction at six sites, millimetres",
    "attachment_level": "clinical attachment level at six sites, millimetres",
    "bleeding": "bleeding on probing, six sites",
    "suppuration": "pus on probing, six sites",
    "plaque": "plaque, six sites",
    "calculus": "calculus, six sites",
    "mobility": "Miller grade of the tooth",
    "furcation": "furcation grade per entrance",
    "mucogingival_junction": "millimetres from margin to mucogingival junction",
    "keratinized_width": "width of keratinised gingiva, millimetres",
    "prognosis": "prognosis of the tooth",
    "status": "what stands at the tooth's place",
    "note": "remark on the tooth",
    "tooth": "number of the tooth",
    "site": "site of the tooth that the row is about",
    "measure": "what the row measures",
    "values": "six sites, of whatever the row measures",
}

ABBREVIATIONS = {
    "npi": "NPI",
    "pms": "PMS",
    "ada": "ADA",
    "bop": "BOP",
    "pd": "PD",
    "hba1c": "HbA1c",
    "pct": "%",
}
"""Spelt as the field spells them where a name becomes a heading."""


@dataclass(frozen=True)
class LineView:
    """One line of a card."""

    line: ProposedLine
    name: str
    meaning: str
    state: str
    """``sure``, ``look`` or ``open``."""
    source: str
    way: str
    """The tables that are looked into on the way, or empty."""
    fields: tuple[str, ...]
    examples: tuple[str, ...]
    unread: tuple[CodeReading, ...]


@dataclass(frozen=True)
class EntityView:
    """One card."""

    entity: ProposedEntity
    label: str
    meaning: str
    way: str
    lines: tuple[LineView, ...]
    conventions: tuple[LineView, ...]
    picture: ChartPicture | None
    homeless: tuple[tuple[str, str], ...]
    """Attributes of ours that nothing was found for, each with its meaning."""

    @property
    def to_look_at(self) -> int:
        return sum(each.state != "sure" for each in (*self.lines, *self.conventions))


@dataclass(frozen=True)
class TableLeftOver:
    """What is not read of one table."""

    table: str
    is_whole: bool
    sentence: str
    columns: tuple[tuple[str, tuple[str, ...]], ...]
    """Each reason with the columns that it holds for."""


def write_proposal_page(
    file: Path,
    proposal: Proposal,
    examples: Examples,
    *,
    digest: str,
    where_in_twenty: Destinations | Callable[[str, str], Sequence[tuple[str, str]]],
    database: str = "",
) -> Path:
    """Write the page, readable by its owner alone; replaces one that is there.

    ``examples`` must be masked already (see ``mapping.proposal.masking``). ``digest`` is what ``panda-twenty
    confirm`` is to sign, empty where it is not known yet. ``where_in_twenty`` tells the objects and fields
    that an entity's attribute goes to.
    """
    text = proposal_html(
        proposal, examples, digest=digest, where_in_twenty=where_in_twenty, database=database
    )
    written = write_private(file, text)
    # A file that was there before keeps the rights that it had.
    written.chmod(0o600)
    return written


def proposal_html(
    proposal: Proposal,
    examples: Examples,
    *,
    digest: str,
    where_in_twenty: Destinations | Callable[[str, str], Sequence[tuple[str, str]]],
    database: str = "",
) -> str:
    """The whole page as text; every name and reason in it is escaped."""
    lookup = where_in_twenty if callable(where_in_twenty) else _from_mapping(where_in_twenty)
    entities = [_entity_view(each, examples, lookup) for each in proposal.entities]
    lines = [line for each in entities for line in (*each.lines, *each.conventions)]
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"with_code": _with_code, "two_digits": _two_digits}
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        proposal=proposal,
        database=database,
        digest=digest,
        entities=entities,
        states=Counter(line.state for line in lines),
        left_over=_left_over(proposal.not_read),
        not_found=_not_found(proposal),
        SURE=SURE,
    )


def _with_code(text: str) -> Markup:
    """The text, escaped, with what stands in backticks as code."""
    pieces = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(piece) if place % 2 else escape(piece)
        for place, piece in enumerate(pieces)
    )


def _two_digits(score: float) -> str:
    """Rounded down, so that what is shown as 0.80 is not marked as lying below it."""
    return f"{math.floor(score * 100 + 1e-6) / 100:.2f}"


def _from_mapping(places: Destinations) -> Callable[[str, str], Sequence[tuple[str, str]]]:
    return lambda entity, attribute: places.get((entity, attribute), ())


def _entity_view(
    proposed: ProposedEntity,
    examples: Examples,
    where_in_twenty: Callable[[str, str], Sequence[tuple[str, str]]],
) -> EntityView:
    entity = ENTITIES[proposed.entity]
    views = [_line_view(line, proposed.chart or {}, examples, where_in_twenty) for line in proposed.lines]
    wanting = sorted((each for each in views if each.state != "sure"), key=lambda each: each.line.score)
    ordered = [*wanting, *(each for each in views if each.state == "sure")]
    is_convention = [each.line.attribute.startswith("chart.") for each in ordered]
    located = {line.attribute for line in proposed.lines}
    return EntityView(
        entity=proposed,
        label=entity.label,
        meaning=entity.meaning,
        way=_way(proposed),
        lines=tuple(each for each, odd in zip(ordered, is_convention, strict=True) if not odd),
        conventions=tuple(each for each, odd in zip(ordered, is_convention, strict=True) if odd),
        picture=chart_picture(proposed.chart) if proposed.chart is not None else None,
        homeless=tuple(
            (_spoken(each.name), each.meaning)
            for each in entity.attributes.values()
            if each.name not in located and each.name not in SETTLED_ELSEWHERE
        ),
    )


def _line_view(
    line: ProposedLine,
    chart: Mapping[str, Any],
    examples: Examples,
    where_in_twenty: Callable[[str, str], Sequence[tuple[str, str]]],
) -> LineView:
    section, _, name = line.attribute.partition(".")
    return LineView(
        line=line,
        name=_spoken(name or section),
        meaning=_meaning(line),
        state=_state(line),
        source=_said(chart.get(name, line.column)) if section == "chart" else _source(line),
        way=" → ".join(_joined(step) for step in line.lookup),
        fields=() if section == "chart" else _fields(where_in_twenty(line.entity, section)),
        examples=tuple(examples.get((line.entity, line.attribute), ())),
        unread=tuple(code for code in line.codes if code.ours is None),
    )


def _source(line: ProposedLine) -> str:
    constant = line.settings.get("constant")
    return f"always “{constant}”" if constant is not None else f"{line.table}.{line.column}"


def _said(value: Any) -> str:
    """A setting of the chart on one line."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} = {_said(each)}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_said(each) for each in value)
    return str(value)


def _spoken(name: str) -> str:
    """An attribute's name as a heading."""
    words = " ".join(ABBREVIATIONS.get(word, word) for word in name.split("_"))
    return words[:1].upper() + words[1:]


def _meaning(line: ProposedLine) -> str:
    section, dot, name = line.attribute.partition(".")
    if dot:
        return CHART_MEANINGS.get(name, "") if section == "teeth" else ""
    attribute = ENTITIES[line.entity].attributes.get(line.attribute)
    return attribute.meaning if attribute is not None else ""


def _state(line: ProposedLine) -> str:
    if line.score >= SURE and line.is_usable:
        return "sure"
    return "look" if line.score >= LIKELY and line.is_usable else "open"


def _fields(places: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    by_object: dict[str, list[str]] = {}
    for object_name, field in places:
        by_object.setdefault(object_name, []).append(field)
    shown: list[str] = []
    for object_name, fields in by_object.items():
        if len(fields) > NAMED_FIELDS:
            shown.append(f"{object_name}: {len(fields)} fields")
        else:
            shown += [f"{object_name}.{field}" for field in fields]
    return tuple(shown)


def _way(proposed: ProposedEntity) -> str:
    """How rows are found by their patient, in words."""
    if proposed.range is None:
        return "Read whole; it does not belong to one patient."
    if not proposed.parents:
        return f"Read by patient through {proposed.table}.{proposed.range}."
    steps = ", then ".join(_joined(step) for step in proposed.parents)
    return f"Read by patient through {steps}, whose column {proposed.range} names the patient."


def _joined(step: Step) -> str:
    pairs = " and ".join(f"{ours} = {theirs}" for ours, theirs in step.on.items())
    return f"{step.table} ({pairs})"


def _left_over(not_read: Sequence[NotRead]) -> tuple[TableLeftOver, ...]:
    """By table; tables that are read in part come first."""
    tables: dict[str, list[NotRead]] = {}
    for each in not_read:
        tables.setdefault(each.table, []).append(each)
    found = [_table_left_over(table, entries) for table, entries in tables.items()]
    return tuple(sorted(found, key=lambda each: (each.is_whole, each.table.casefold())))


def _table_left_over(table: str, entries: Sequence[NotRead]) -> TableLeftOver:
    whole = [each for each in entries if not each.column]
    if whole:
        return TableLeftOver(table, True, whole[0].reason, ())
    reasons: dict[str, list[str]] = {}
    for each in entries:
        reasons.setdefault(each.reason, []).append(each.column)
    rarest_first = sorted(reasons.items(), key=lambda item: (len(item[1]), item[0]))
    named = [column for _, columns in rarest_first for column in columns][:NAMED_COLUMNS]
    if len(entries) <= len(named):
        sentence = f"not read: {', '.join(named)}"
    else:
        sentence = f"not read: {len(entries)} columns, among them {', '.join(named)}"
    return TableLeftOver(
        table, False, sentence, tuple((reason, tuple(columns)) for reason, columns in rarest_first)
    )


def _not_found(proposal: Proposal) -> tuple[tuple[str, str], ...]:
    """Kinds of things that no table was found for."""
    return tuple(_entities_not_found(proposal))


def _entities_not_found(proposal: Proposal) -> Iterator[tuple[str, str]]:
    for entity in ENTITIES.values():
        if entity.derived_from is None and proposal.entity(entity.name) is None:
            yield entity.label, entity.meaning
