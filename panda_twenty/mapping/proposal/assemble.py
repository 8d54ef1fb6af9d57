"""Puts a proposal together from a discovery: seats, ways to the patient, lines, the chart, what is left over.

Deterministic and offline: the same database gives the same proposal.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from panda_twenty.mapping.proposal.attributes import is_forbidden, propose_lines
from panda_twenty.mapping.proposal.chart_shapes import recognise_charts
from panda_twenty.mapping.proposal.chart_values import chart_columns
from panda_twenty.mapping.proposal.codes import read_by_list
from panda_twenty.mapping.proposal.conventions import tried_conventions
from panda_twenty.mapping.proposal.deleted_rows import MOST_DELETED, deletion_mark
from panda_twenty.mapping.proposal.found_conventions import Conventions
from panda_twenty.mapping.proposal.landscape import Landscape, Look
from panda_twenty.mapping.proposal.model import (
    LIKELY,
    NotRead,
    Proposal,
    ProposedEntity,
    ProposedLine,
    Question,
    Step,
)
from panda_twenty.mapping.proposal.recognised_chart import RecognisedChart
from panda_twenty.mapping.proposal.tables import Seat, Seating, seat_entities
from panda_twenty.mapping.proposal.time_zones import zone_of_states
from panda_twenty.panda.discovery.facts import ColumnFacts, Discovery, TableFacts
from panda_twenty.panda.entities import ENTITIES
from panda_twenty.panda.values import key_text

EXAMS_LOOKED_AT = 240
"""Exams, spread over the practice, whose whole charts the conventions are tested on."""

_OWN_COLUMN_TYPES = ("integer",)


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
            proposed = _chart_entity(seating, seat, chart, questions, remarks)
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
        tuple(_not_read(landscape, entities)),
        tuple(questions),
        tuple(remarks),
    )


def _key_of(landscape: Landscape, table: TableFacts) -> tuple[str, ...]:
    if table.key:
        return table.key
    unique = [column.name for column in table if column.looks_unique]
    return (unique[0],) if unique else (next(iter(table.columns)),)


def _way(seating: Seating, seat: Seat) -> tuple[tuple[Step, ...], str | None, float]:
    """Parents and range column by which an entity is read, and how sure the way is."""
    landscape = seating.landscape
    patient = seating.table_of("patient")
    if patient is None:
        return (), None, 0.0
    own = landscape.tables[patient]
    number = _patient_number(landscape, own)
    if seat.table == patient:
        return (), number, 1.0 if number else 0.0
    way = landscape.way_to(seat.table, patient)
    if way is None or number is None:
        return (), None, 0.0
    trust = min((relation.score for relation in way), default=1.0)
    last = way[-1]
    if last.to_column == number and landscape.column(last.table, last.column).broad in _OWN_COLUMN_TYPES:
        return (
            tuple(Step(each.to_table, {each.column: each.to_column}) for each in way[:-1]),
            last.column,
            trust,
        )
    # The children name the patient by something else than the whole number that ranges are made of.
    return tuple(Step(each.to_table, {each.column: each.to_column}) for each in way), number, trust


def _patient_number(landscape: Landscape, patient: TableFacts) -> str | None:
    """The whole number by which patients are read in ranges: their key, else another unique column."""
    if len(patient.key) == 1 and patient.columns[patient.key[0]].broad in _OWN_COLUMN_TYPES:
        return patient.key[0]
    unique = [column.name for column in patient if column.broad in _OWN_COLUMN_TYPES and column.looks_unique]
    return unique[0] if unique else None


def _entity(seating: Seating, seat: Seat, questions: list[Question]) -> ProposedEntity | None:
    landscape = seating.landscape
    table = landscape.tables[seat.table]
    key = _key_of(landscape, table)
    scoped = ENTITIES[seat.entity].patient_scoped
    parents, range_column, trust = _way(seating, seat) if scoped else ((), None, 1.0)
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


def _chart_entity(
    seating: Seating,
    seat: Seat,
    chart: RecognisedChart,
    questions: list[Question],
    remarks: list[str],
) -> ProposedEntity | None:
    landscape = seating.landscape
    table = landscape.tables[seat.table]
    exam = seating.table_of("perio_exam")
    if exam is None:
        questions.append(
            Question(
                "perio_exam", f"Table {table.name} holds charts, but no table of exams was recognised.", ""
            )
        )
        return None
    exam_key = _key_of(landscape, landscape.tables[exam])
    if exam == table.name:
        key, exam_column, linked = exam_key, exam_key[0], 1.0
        parents, range_column, _ = _way(seating, seat)
    else:
        relations = landscape.columns_to(table.name, exam)
        if not relations:
            questions.append(
                Question("perio_chart.exam_key", f"Which column of {table.name} names the exam?", "")
            )
            return None
        link = relations[0]
        key, exam_column, linked = (link.column,), link.column, link.score
        above, range_column, _ = _way(seating, Seat("perio_exam", exam, 1.0, ()))
        parents = (Step(exam, {link.column: link.to_column}), *above)
    if range_column is None:
        return None
    columns = list(table.columns)
    rows = landscape.look.rows_of(table.name, key[0], _spread_exams(landscape, exam, exam_key[0]))
    rows = rows or landscape.discovery.samples.get(table.name, ())

    def read_list(column: str, name: str, allowed: Sequence[str]) -> dict[str, str]:
        facts = replace(
            table.columns[column],
            codes=dict(landscape.look.codes(table.name, column) or table.columns[column].codes),
        )
        read = read_by_list(landscape, "perio_chart", table.name, facts, name, allowed)
        return {} if read is None else {each.theirs: each.ours for each in read[0] if each.ours is not None}

    conventions = tried_conventions(
        chart.section,
        columns,
        rows,
        key[0],
        site_order_known=chart.site_order_known,
        read_list=read_list,
        all_values=lambda column: landscape.look.codes(table.name, column) or {},
    )
    questions.extend(conventions.questions)
    remarks.extend(conventions.remarks)
    section = {**chart.section, **conventions.settings}
    lines = (
        ProposedLine(
            "perio_chart",
            "key",
            table.name,
            ", ".join(key),
            round(0.5 + 0.48 * linked, 3),
            ("rows of one exam share it",),
        ),
        ProposedLine(
            "perio_chart",
            "exam_key",
            table.name,
            exam_column,
            round(0.5 + 0.48 * linked, 3),
            (f"points at {exam}",),
        ),
        ProposedLine(
            "perio_chart",
            "patient_key",
            parents[-1].table if parents else table.name,
            range_column,
            0.95,
            ("leads to the patient",),
        ),
        *_chart_lines(chart, conventions),
    )
    return ProposedEntity(
        "perio_chart",
        table.name,
        chart.score,
        chart.reasons,
        key,
        (),
        range_column,
        parents,
        None,
        lines,
        section,
    )


def _spread_exams(landscape: Landscape, table: str, key: str) -> list[str]:
    """Keys of exams from all over the sample of the exams' table."""
    keys = list(
        dict.fromkeys(
            text for value in landscape.discovery.sampled_values(table, key) if (text := key_text(value))
        )
    )
    return keys[:: max(1, len(keys) // EXAMS_LOOKED_AT)][:EXAMS_LOOKED_AT]


def _chart_lines(chart: RecognisedChart, conventions: Conventions) -> list[ProposedLine]:
    lines = [
        ProposedLine("perio_chart", f"teeth.{measure}", chart.table, where, chart.score, chart.reasons)
        for measure, where in chart.columns_of.items()
    ]
    said = {
        **{name: str(value) for name, value in conventions.settings.items()},
        "shape": str(chart.section["shape"]),
    }
    scores = {"shape": (chart.score, chart.reasons[0]), **conventions.scores}
    lines += [
        ProposedLine(
            "perio_chart", f"chart.{name}", chart.table, _said(name, said, chart), round(score, 3), (reason,)
        )
        for name, (score, reason) in scores.items()
    ]
    return lines


def _said(name: str, said: Mapping[str, str], chart: RecognisedChart) -> str:
    if name in said:
        return said[name]
    value = chart.section.get(name, chart.section.get("site_codes", ""))
    return str(value)


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


def _not_read(landscape: Landscape, entities: Sequence[ProposedEntity]) -> list[NotRead]:
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
