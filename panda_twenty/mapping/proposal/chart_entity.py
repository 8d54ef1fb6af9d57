"""Proposes how periodontal charts are read: which exam they belong to, in which shape and conventions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from panda_twenty.mapping.proposal.codes import read_by_list
from panda_twenty.mapping.proposal.conventions import tried_conventions
from panda_twenty.mapping.proposal.found_conventions import Conventions
from panda_twenty.mapping.proposal.landscape import Landscape
from panda_twenty.mapping.proposal.model import ProposedEntity, ProposedLine, Question, Step
from panda_twenty.mapping.proposal.recognised_chart import RecognisedChart
from panda_twenty.mapping.proposal.tables import Seat, Seating
from panda_twenty.mapping.proposal.ways import key_of, way_to_patient
from panda_twenty.panda.values import key_text

EXAMS_LOOKED_AT = 240
"""Exams, spread over the practice, whose whole charts the conventions are tested on."""


def chart_entity(
    seating: Seating,
    seat: Seat,
    chart: RecognisedChart,
    questions: list[Question],
    remarks: list[str],
) -> ProposedEntity | None:
    """The periodontal charts as they are recognised; None, and a question, where no exam or patient is named.

    What else has to be asked or said is added to ``questions`` and ``remarks``.
    """
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
    exam_key = key_of(landscape, landscape.tables[exam])
    if exam == table.name:
        key, exam_column, linked = exam_key, exam_key[0], 1.0
        parents, range_column, _ = way_to_patient(seating, seat)
    else:
        relations = landscape.columns_to(table.name, exam)
        if not relations:
            questions.append(
                Question("perio_chart.exam_key", f"Which column of {table.name} names the exam?", "")
            )
            return None
        link = relations[0]
        key, exam_column, linked = (link.column,), link.column, link.score
        above, range_column, _ = way_to_patient(seating, Seat("perio_exam", exam, 1.0, ()))
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
