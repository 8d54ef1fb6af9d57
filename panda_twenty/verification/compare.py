"""Reading both ends afresh and comparing every field of every record."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from panda_twenty.ledger.ledger import Ledger
from panda_twenty.ledger.state import known_records, quarantined_keys
from panda_twenty.mapping.identity import panda_id, record_id
from panda_twenty.mapping.records import RowReader, SourceRow, joined_rows
from panda_twenty.mapping.specification import Line, Route
from panda_twenty.twenty.client import TwentyClient
from panda_twenty.twenty.files import fetched_sha256
from panda_twenty.twenty.records import RECORDS_PER_CALL, read_by_ids
from panda_twenty.twenty.workspace import ObjectFacts
from panda_twenty.verification import chart_comparators as chart
from panda_twenty.verification import clinical_comparators as clinical
from panda_twenty.verification import comparators as plain
from panda_twenty.verification.chart_oracle import expected_indices
from panda_twenty.verification.comparators import Comparator, Comparison
from panda_twenty.verification.differences import Difference, Verification

DIFFERENCES_KEPT = 10_000
"""Per object and range; beyond that they are counted only."""

BY_NAME: Mapping[str, Comparator] = {
    "text": plain.same_text,
    "code": plain.same_text,
    "number": plain.same_number,
    "boolean": plain.same_truth,
    "civil_date": plain.same_day,
    "moment": plain.same_moment,
    "constant": plain.the_constant,
    "title": plain.title_of_parts,
    "count": plain.the_number_of_rows,
    "distinct": plain.the_same_set,
    "joined_text": plain.words_in_order,
    "listed_rows": plain.the_same_rows,
    "links": plain.same_link,
    "full_name": plain.same_person_name,
    "name_suffix": plain.suffix_kept,
    "emails": plain.same_emails,
    "email_remark": plain.remark_of_emails,
    "phones": plain.same_phone_digits,
    "phone_remarks": plain.remark_of_phones,
    "address": plain.same_address,
    "relation": plain.the_parent,
    "panda_id": plain.the_panda_id,
    "taken": plain.only_beside,
    "chart_row": chart.same_chart_row,
    "chart_index": chart.same_index,
    "tooth_worst": chart.same_tooth_maximum,
    "tooth_mobility": chart.same_mobility,
    "tooth_furcation": chart.same_furcation,
    "teeth_with_status": chart.same_teeth_with_status,
    "findings_json": chart.same_findings,
    "filled_list": clinical.the_filled_in_order,
    "us_dollars": clinical.same_money,
    "npi_remark": clinical.sound_npi_has_no_remark,
    "code_status": clinical.code_has_that_status,
    "teeth_of_area": clinical.teeth_stand_in_area,
    "quadrants_of_area": clinical.quadrants_stand_in_area,
    "stored_indices_that_differ": clinical.stored_indices_are_named,
    "baseline_state": clinical.baseline_stands_so,
    "task_status": clinical.status_fits_outcome,
    "custom_finding": clinical.same_custom_finding,
    "workspace_member": clinical.the_confirmed_member,
    "rich_text": clinical.same_words_and_figures,
    "rich_text_kind": clinical.names_a_format,
    "rich_text_remark": clinical.tells_what_was_left_out,
    "rich_text_is_fallback": clinical.says_whether_formatting_was_lost,
    "file": plain.the_same_bytes,
}
"""Comparators by the transform that they usually go with; a line may name another under ``compare``."""


@dataclass(frozen=True)
class BothEnds:
    """Where verification reads: the source's rows, Twenty, and the ledger for who stands where."""

    read_source: RowReader
    client: TwentyClient
    facts: ObjectFacts
    ledger: Ledger
    practice: str


def verify_route(
    route: Route, ends: BothEnds, progress: Callable[[Verification], None] = lambda so_far: None
) -> Verification:
    """Compare every record of a route (in the range that ``read_source`` reads) with the source."""
    result = Verification(route.object)
    for rows in _windows(joined_rows(route, ends.read_source)):
        _verify_window(route, ends, rows, result)
        progress(result)
    return result


def _windows(rows: Iterable[SourceRow]) -> Iterator[list[SourceRow]]:
    iterator = iter(rows)
    while window := list(itertools.islice(iterator, RECORDS_PER_CALL)):
        yield window


def _verify_window(route: Route, ends: BothEnds, rows: Sequence[SourceRow], result: Verification) -> None:
    keys = [row.row.key for row in rows]
    held_back = quarantined_keys(ends.ledger, route.identity, keys)
    known = known_records(ends.ledger, route.identity, keys)
    parents = _parents(route, ends, rows)
    ids = {
        key: known[key].twenty_id if key in known else record_id(ends.practice, route.identity, key)
        for key in keys
    }
    columns = list(dict.fromkeys(_columns(route.lines)))
    found = read_by_ids(ends.client, ends.facts, list(ids.values()), columns)
    indices = _indices(route, rows)
    for row in rows:
        key = row.row.key
        result.source += 1
        if key in held_back:
            result.quarantined += 1
            continue
        record = found.get(ids[key])
        if record is None:
            result.missing += 1
            if len(result.differences) < DIFFERENCES_KEPT:
                result.differences.append(
                    Difference(route.object, ids[key], key, "(the record)", "there", "missing", "missing")
                )
            continue
        different = [
            (line, values)
            for line, values in _values(route.lines, row)
            if not comparator_of(line)(
                Comparison(
                    line,
                    values,
                    record,
                    parent_id=_parent_id(line, row, parents),
                    panda_id=panda_id(ends.practice, route.identity, key),
                    indices=indices.get(key, {}),
                    file_sha256=_file_hash(ends, line, record),
                )
            )
        ]
        result.fields_compared += len(route.lines)
        if different:
            result.different += 1
        else:
            result.verified += 1
        for line, values in different:
            result.different_fields[line.field] += 1
            if len(result.differences) < DIFFERENCES_KEPT:
                result.differences.append(
                    Difference(
                        route.object,
                        ids[key],
                        key,
                        line.field,
                        values[0] if len(values) == 1 else values,
                        record.get(line.column),
                        line.compare or line.transform,
                    )
                )


def _file_hash(ends: BothEnds, line: Line, record: Mapping[str, Any]) -> str | None:
    """For a line that holds a file: the hash of the bytes that Twenty gives back."""
    return fetched_sha256(ends.client, record.get(line.column)) if line.transform == "file" else None


def comparator_of(line: Line) -> Comparator:
    return BY_NAME[line.compare or line.transform]


def _columns(lines: Iterable[Line]) -> Iterator[str]:
    for line in lines:
        yield line.column
        if line.when_taken:
            yield line.when_taken


def _values(lines: Iterable[Line], row: SourceRow) -> Iterator[tuple[Line, list[Any]]]:
    for line in lines:
        yield line, [row.value(path) for path in line.source]


def _parents(route: Route, ends: BothEnds, rows: Sequence[SourceRow]) -> dict[str, dict[str, str]]:
    """For each parent entity, the id in Twenty of every parent that stands there, by source key."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for line in route.parents():
        if line.relation:
            wanted[line.relation.entity] |= {key for row in rows if (key := row.value(line.source[0]))}
    return {
        entity: {
            key: known.twenty_id
            for key, known in known_records(ends.ledger, entity, sorted(keys)).items()
            if known.stands
        }
        for entity, keys in wanted.items()
    }


def _parent_id(line: Line, row: SourceRow, parents: Mapping[str, Mapping[str, str]]) -> str | None:
    if line.relation is None:
        return None
    return parents[line.relation.entity].get(row.value(line.source[0]) or "")


def _indices(route: Route, rows: Sequence[SourceRow]) -> Mapping[str, Mapping[str, float | None]]:
    paths = {line.source[0] for line in route.lines if line.transform == "chart_index"}
    if not paths:
        return {}
    path = paths.pop()
    return expected_indices({row.row.key: row.value(path) or () for row in rows})
