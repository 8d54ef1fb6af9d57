"""Puts a proposal together from a discovery: seats, ways to the patient, lines, the chart, what is left over.

Deterministic and offline: the same database gives the same proposal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from panda_twenty.mapping.proposal.attributes import propose_lines
from panda_twenty.mapping.proposal.chart_entity import chart_entity
from panda_twenty.mapping.proposal.chart_shapes import recognise_charts
from panda_twenty.mapping.proposal.deleted_rows import MOST_DELETED, deletion_mark
from panda_twenty.mapping.proposal.landscape import Landscape, Look
from panda_twenty.mapping.proposal.model import (
    LIKELY,
    Proposal,
    ProposedEntity,
    ProposedLine,
    Question,
    Step,
)
from panda_twenty.mapping.proposal.not_read import not_read
from panda_twenty.mapping.proposal.tables import Seat, Seating, seat_entities
from panda_twenty.mapping.proposal.time_zones import zone_of_states
from panda_twenty.mapping.proposal.ways import key_of, way_to_patient
from panda_twenty.panda.discovery.facts import Discovery
from panda_twenty.panda.entities import ENTITIES


def propose(
    discovery: Discovery, *, practice: str, time_zone: str | None = None, look: Look | None = None
) -> Proposal:
    """The proposal for one practice.

    ``practice`` is its short name (lower case, digits, hyphens). Without ``time_zone`` the zone of the state
    that most addresses name is proposed. ``look`` reads whole code lists and whole charts.
    """
    landscape = Landscape(discovery, look)
    charts = recognise_charts(discovery)
    charts = [chart for chart in charts if chart.table in landscape.tables]
    seating = seat_entities(landscape, {chart.table: chart.score for chart in charts})
    questions: list[Question] = []
    remarks: list[str] = list(discovery.remarks)
    entities: list[ProposedEntity] = []
    for name in ENTITIES:
        seat = seating.seats.get(name)
        if seat is None:
            continue
        if name == "perio_chart":
            chart = next(each for each in charts if each.table == seat.table)
            proposed = chart_entity(seating, seat, chart, questions, remarks)
        else:
            proposed = _entity(seating, seat, questions)
        if proposed is not None:
            entities.append(proposed)
    entities = _with_made_up_phase(seating, entities, remarks)
    entities = [_with_definitions(each, entities) for each in entities]
    remarks[:0] = _of_no_table(entities)
    entities, dropped = _without_unusable(entities)
    remarks[:0] = dropped
    entities = [_without_deleted_rows(landscape, each, questions, remarks) for each in entities]
    if seating.table_of("patient") is None:
        questions.append(
            Question("patient", "No table of patients was recognised. Name it in the profile by hand.", "")
        )
    zone, evidence = (time_zone, "") if time_zone else _time_zone(landscape, seating)
    if zone is None:
        zone = "America/New_York"
        questions.append(
            Question(
                "time_zone", "In which time zone do the practice's clocks run? Set `time_zone`.", evidence
            )
        )
    elif evidence:
        remarks.append(f"Time zone {zone}: {evidence}.")
    return Proposal(
        practice,
        zone,
        tuple(entities),
        tuple(not_read(landscape, entities)),
        tuple(questions),
        tuple(remarks),
    )


def _entity(seating: Seating, seat: Seat, questions: list[Question]) -> ProposedEntity | None:
    landscape = seating.landscape
    table = landscape.tables[seat.table]
    key = key_of(landscape, table)
    scoped = ENTITIES[seat.entity].patient_scoped
    parents, range_column, trust = way_to_patient(seating, seat) if scoped else ((), None, 1.0)
    if scoped and range_column is None:
        questions.append(
            Question(
                f"{seat.entity}.range",
                f"Table {seat.table} seems to hold {ENTITIES[seat.entity].label.lower()} rows, but no "
                "whole-number patient id was "
                "found to read it by. Name it in the profile.",
                "; ".join(seat.reasons),
            )
        )
        return None
    reserved = [*key] if len(key) == 1 else []
    if scoped and not parents and range_column is not None and seat.entity != "patient":
        reserved.append(range_column)
    lines = propose_lines(seating, seat, reserved)
    key_line = ProposedLine(
        seat.entity,
        "key",
        table.name,
        ", ".join(key),
        round(min(1.0, 0.55 + 0.6 * seat.score) * (0.97 if table.key_is_declared else 0.8), 3),
        ("declared primary key" if table.key_is_declared else "no two rows share it",),
    )
    own = [key_line]
    if scoped and seat.entity != "patient" and range_column is not None:
        where = parents[-1].table if parents else table.name
        own.append(
            ProposedLine(
                seat.entity,
                "patient_key",
                where,
                range_column,
                round(min(1.0, 0.5 * trust + 0.5), 3),
                (
                    "leads to the patient"
                    + (f" through {', '.join(step.table for step in parents)}" if parents else ""),
                ),
            )
        )
    modified = next(
        (
            line.column
            for line in lines
            if line.attribute == "modified_at" and line.is_usable and not line.lookup
        ),
        None,
    )
    if parents:
        modified = None
    return ProposedEntity(
        seat.entity,
        table.name,
        seat.score,
        seat.reasons,
        key,
        seat.runners_up,
        range_column,
        parents,
        modified,
        (*own, *lines),
    )


def _with_made_up_phase(
    seating: Seating, entities: list[ProposedEntity], remarks: list[str]
) -> list[ProposedEntity]:
    """Where procedures belong to plans directly, each plan counts as one phase, so that nothing is lost."""
    by_name = {each.entity: each for each in entities}
    plan, items = by_name.get("treatment_plan"), by_name.get("planned_procedure")
    if plan is None or items is None or "treatment_phase" in by_name or items.line("phase_key") is not None:
        return entities
    relations = seating.landscape.columns_to(items.table, plan.table)
    if not relations:
        return entities
    column, score = relations[0].column, relations[0].score
    remarks.append(
        f"The practice keeps no phases: procedures of {items.table} belong to plans directly, so each "
        "plan gets one phase."
    )
    because = ("each plan is taken as one phase",)
    phase = ProposedEntity(
        "treatment_phase",
        plan.table,
        plan.score,
        because,
        plan.key,
        (),
        plan.range,
        plan.parents,
        plan.modified,
        (
            ProposedLine("treatment_phase", "key", plan.table, ", ".join(plan.key), 0.7, because),
            ProposedLine("treatment_phase", "plan_key", plan.table, plan.key[0], 0.7, because),
            ProposedLine(
                "treatment_phase",
                "label",
                plan.table,
                "",
                0.7,
                because,
                settings={"constant": "All procedures"},
            ),
        ),
    )
    linked = ProposedLine(
        "planned_procedure",
        "phase_key",
        items.table,
        column,
        round(0.7 * score + 0.05, 3),
        (*because, "names the plan"),
    )
    items = replace(items, lines=(*items.lines, linked))
    found = []
    for each in entities:
        if each.entity == "planned_procedure":
            found += [phase, items]
        else:
            found.append(each)
    return found


def _with_definitions(entity: ProposedEntity, entities: Sequence[ProposedEntity]) -> ProposedEntity:
    """A custom finding's label, type and choices are its definition's, looked up."""
    definition = next((each for each in entities if each.entity == "finding_definition"), None)
    link = entity.line("definition_key") if entity.entity == "custom_finding" else None
    if definition is None or link is None or link.lookup:
        return entity
    step = Step(definition.table, {link.column: definition.key[0]})
    taken = [
        replace(
            line,
            entity="custom_finding",
            lookup=(step, *line.lookup),
            score=round(line.score * 0.98, 3),
            runners_up=(),
        )
        for name in ("label", "value_type", "choices")
        if (line := definition.line(name)) is not None
    ]
    names = {line.attribute for line in taken}
    return replace(entity, lines=(*(line for line in entity.lines if line.attribute not in names), *taken))


def _of_no_table(entities: Sequence[ProposedEntity]) -> list[str]:
    """What the practice may keep and nobody would miss on a page of what was found."""
    found = {each.entity for each in entities}
    lacking = [entity.label.lower() for name, entity in ENTITIES.items() if name not in found]
    if not lacking:
        return []
    return [
        f"No table was found for {', '.join(lacking)}: nothing of the kind would move. If the practice keeps "
        "any, name its table in the profile."
    ]


def _without_unusable(entities: list[ProposedEntity]) -> tuple[list[ProposedEntity], list[str]]:
    """Leave out entities that lack an attribute without which no row can stand, saying so."""
    kept, remarks = [], []
    for each in entities:
        required = [
            attribute.name
            for attribute in ENTITIES[each.entity].attributes.values()
            if attribute.required and attribute.name not in ("key", "patient_key", "teeth")
        ]
        each = replace(
            each, lines=tuple(_needed(line) if line.attribute in required else line for line in each.lines)
        )
        lacking = [name for name in required if (line := each.line(name)) is None or not line.is_usable]
        if lacking:
            remarks.append(
                f"Table {each.table} may hold {ENTITIES[each.entity].label.lower()} rows, but "
                f"{', '.join(lacking)} was not found in it; it is left out."
            )
        else:
            kept.append(each)
    return kept, remarks


def _without_deleted_rows(
    landscape: Landscape, entity: ProposedEntity, questions: list[Question], remarks: list[str]
) -> ProposedEntity:
    """The entity without the rows that its table marks as deleted; a mark on most rows is asked about."""
    mark = deletion_mark(landscape.tables[entity.table])
    if mark is None:
        return entity
    place = f"{entity.table}.{mark.column}"
    if mark.share > MOST_DELETED:
        questions.append(
            Question(
                f"{entity.entity}.where",
                f"Does {place} mark rows that were deleted? Then leave them out with `where`.",
                f"{mark.share:.0%} of the rows are marked",
            )
        )
        return entity
    if mark.share:
        remarks.append(
            f"{ENTITIES[entity.entity].label}: rows that {place} marks as deleted are left out,"
            f" {mark.share:.1%} of the rows looked at."
        )
    return replace(entity, where=(mark.condition,))


def _needed(line: ProposedLine) -> ProposedLine:
    """A line that its entity cannot do without is part of the profile a little sooner than others."""
    if not 0.8 * LIKELY <= line.score < LIKELY:
        return line
    return replace(line, score=LIKELY, reasons=(*line.reasons, "cannot be missing, and nothing fits better"))


def _time_zone(landscape: Landscape, seating: Seating) -> tuple[str | None, str]:
    for entity in ("practice_location", "patient"):
        table = seating.table_of(entity)
        if table is None:
            continue
        for column in landscape.tables[table]:
            if column.share("state") > 0.8 and column.broad == "text":
                values = landscape.discovery.sampled_values(table, column.name)
                states = Counter(str(value).strip().upper() for value in values if value)
                zone = zone_of_states(states)
                if zone is not None:
                    return zone, f"most addresses of {table} lie in {states.most_common(1)[0][0]}"
    for table_facts in landscape.tables.values():
        for column in table_facts:
            if column.share("state") > 0.9 and column.broad == "text" and column.filled > 5:
                values = landscape.discovery.sampled_values(table_facts.name, column.name)
                zone = zone_of_states(Counter(str(value).strip().upper() for value in values if value))
                if zone is not None:
                    return zone, f"most addresses of {table_facts.name} lie there"
    return None, "no addresses tell the state"
