"""Reading both ends afresh and comparing every field of every record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from panda_twenty.ledger.doubts import keep_doubts
from panda_twenty.ledger.field_hashes import kept_edits, known_field_hashes
from panda_twenty.ledger.ledger import Ledger
from panda_twenty.ledger.state import KnownRecord, known_records, quarantined_keys
from panda_twenty.ledger.verified import (
    Baseline,
    Seen,
    SweepProgress,
    baselines,
    entries_that_wrote,
    keep_seen,
)
from panda_twenty.mapping.identity import panda_id, record_id
from panda_twenty.mapping.records import RowReader, SourceRow, joined_rows
from panda_twenty.mapping.specification import Line, Route
from panda_twenty.twenty.client import TwentyClient
from panda_twenty.twenty.files import fetched_sha256
from panda_twenty.twenty.records import read_by_ids
from panda_twenty.twenty.workspace import ObjectFacts
from panda_twenty.verification import chart_comparators as chart
from panda_twenty.verification import clinical_comparators as clinical
from panda_twenty.verification import comparators as plain
from panda_twenty.verification import watching
from panda_twenty.verification.chart_oracle import expected_indices
from panda_twenty.verification.comparators import Comparator, Comparison
from panda_twenty.verification.differences import THE_RECORD, Difference, Verification
from panda_twenty.verification.source_files import with_hashed_files
from panda_twenty.verification.totals import Totals

DIFFERENCES_KEPT = 10_000
"""In memory, per object and range; beyond that they are counted only. A sweep writes each to its file."""

WIDE, RECORDS_OF_WIDE, RECORDS_OF_NARROW = 100, 250, 500
"""Columns from which a record counts as wide, and records per call for both.

Twenty does not cap ``first`` (measured); with the walk over all ids at 1,000 a call, 250 comes to one call
per 200 records."""

TEXT_PER_WINDOW = 20_000_000
"""Characters of the source's rows at which a window ends early: three windows are held at a time, each with
its records of Twenty, and a letter may bring its letterhead along."""

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

TOLD_BY: Mapping[str, Callable[[Comparison], Any]] = {
    "chart_row": chart.row_of_source,
    "chart_index": chart.index_of_source,
    "tooth_worst": chart.worst_of_source,
    "tooth_mobility": chart.mobility_of_source,
    "tooth_furcation": chart.furcation_of_source,
    "teeth_with_status": chart.status_of_source,
    "findings_json": chart.differing_teeth,
    "constant": lambda comparison: comparison.line.options_of_transform["value"],
    "panda_id": lambda comparison: comparison.panda_id,
    "relation": lambda comparison: comparison.parent_id or comparison.values[0],
}
"""How a difference tells what the source says, where the line's attributes alone would not."""


@dataclass(frozen=True)
class BothEnds:
    """Where verification reads: the source's rows, Twenty, and the ledger for who stands where."""

    read_source: RowReader
    client: TwentyClient
    facts: ObjectFacts
    ledger: Ledger
    practice: str
    range_key: str = "all"
    routes: Sequence[Route] = ()
    """Every route to the object: records of one route have nothing in the fields of the others."""
    created_by: str | None = None
    """The name under which the migration writes; None where its creator is not to be compared."""
    one_each: frozenset[str] = frozenset()
    """Joins that may be read along with the rows, see :func:`panda_twenty.mapping.records.joined_rows`."""


@dataclass
class Sweep:
    """One verification of many ranges: where its differences go, and how to go on after a cut."""

    number: int
    stage: str
    report: Callable[[Difference], None]
    file_size: Callable[[], int]
    """Bytes of the file of differences once everything reported so far is on the disk."""
    totals: Totals
    done: Collection[str] = frozenset()
    """Source keys that it came by before it was cut off."""
    only_keys: Collection[str] | None = None
    """Source keys to look at; everything where it is None."""


def verify_route(
    route: Route,
    ends: BothEnds,
    progress: Callable[[Verification], None] = lambda so_far: None,
    *,
    sweep: Sweep | None = None,
    so_far: Verification | None = None,
) -> Verification:
    """Compare every record of a route (in the range that ``read_source`` reads) with the source."""
    result = so_far or Verification(route.object)
    window = _Window(route, ends, sweep, result)
    rows: Iterable[SourceRow] = joined_rows(route, with_hashed_files(ends.read_source), ends.one_each)
    if sweep is not None and sweep.only_keys is not None:
        wanted = sweep.only_keys
        rows = (row for row in rows if row.row.key in wanted)
    before = sweep.done if sweep else frozenset()
    done = len(before)
    if before:
        rows = (row for row in rows if row.row.key not in before)
    chunks = _chunks(rows, window.size)
    with ThreadPoolExecutor(1, "read back") as reader:
        for asked in _read_ahead(window, chunks, reader):
            seen = window.verify(asked)
            done += len(asked.rows)
            if sweep is None:
                keep_seen(ends.ledger, seen)
            else:
                content = {"counts": result.counts(), "totals": sweep.totals.to_json()}
                at = SweepProgress(done, False, content, sweep.file_size())
                keep_seen(ends.ledger, seen, sweep.number, (sweep.stage, at))
            progress(result)
    return result


@dataclass(frozen=True)
class _Asked:
    """Some rows, and the records that Twenty is being asked for."""

    rows: Sequence[SourceRow]
    known: Mapping[str, KnownRecord]
    ids: Mapping[str, str]
    """The id in Twenty by source key."""
    written: Mapping[str, int]
    """The ledger's entries that wrote them, as they were before Twenty was asked: what is written meanwhile
    may or may not stand in the answer, and must not be vouched for by it."""
    found: Future[Mapping[str, Mapping[str, Any]]]
    """The records by id."""


def _read_ahead(window: _Window, chunks: Iterable[list[SourceRow]], reader: Executor) -> Iterator[_Asked]:
    """Ask for the next records while those before are compared, which takes about as long."""
    before: _Asked | None = None
    for chunk in chunks:
        asked = window.ask(chunk, reader)
        if before is not None:
            yield before
        before = asked
    if before is not None:
        yield before


def _chunks(rows: Iterable[SourceRow], size: int) -> Iterator[list[SourceRow]]:
    """At most ``size`` rows at a time, and fewer where they hold much text."""
    chunk: list[SourceRow] = []
    text = 0
    for row in rows:
        chunk.append(row)
        text += sum(len(value) for value in row.row.values.values() if isinstance(value, str))
        if len(chunk) >= size or text >= TEXT_PER_WINDOW:
            yield chunk
            chunk, text = [], 0
    if chunk:
        yield chunk


class _Window:
    """What is the same for every window of a route, and the comparison of one window."""

    def __init__(self, route: Route, ends: BothEnds, sweep: Sweep | None, result: Verification) -> None:
        self.route, self.ends, self.sweep, self.result = route, ends, sweep, result
        self.columns = watching.watched_columns(ends.facts, route, ends.routes)
        self.about = watching.columns_hash(ends.ledger, self.columns)
        self.hashes = watching.RecordHashes(ends.ledger, self.columns)
        self.empty = watching.must_be_empty(ends.facts, route, self.columns)
        self.comparators = [(line, comparator_of(line)) for line in route.lines]
        self.kept: frozenset[tuple[str, str]] = frozenset()
        self.size = RECORDS_OF_WIDE if len(self.columns) > WIDE else RECORDS_OF_NARROW

    def ask(self, rows: Sequence[SourceRow], reader: Executor) -> _Asked:
        """Ask Twenty for these rows' records."""
        route, ends = self.route, self.ends
        keys = [row.row.key for row in rows]
        known = known_records(ends.ledger, route.identity, keys)
        ids = {
            key: known[key].twenty_id if key in known else record_id(ends.practice, route.identity, key)
            for key in keys
        }
        written = entries_that_wrote(ends.ledger, route.identity, keys)
        columns = [*self.columns, "updatedAt", "deletedAt"]
        read = partial(read_by_ids, ends.client, ends.facts, list(ids.values()), columns)
        return _Asked(
            rows, known, ids, written, reader.submit(read, include_deleted=True, per_call=self.size)
        )

    def verify(self, asked: _Asked) -> list[Seen]:
        """Compare these rows' records; returns what is to be remembered of them."""
        route, ends = self.route, self.ends
        rows, known, ids, entries = asked.rows, asked.known, asked.ids, asked.written
        keys = list(ids)
        found = asked.found.result()
        held_back = quarantined_keys(ends.ledger, route.identity, keys)
        parents = _parents(route, ends, rows)
        before = baselines(ends.ledger, route.object, list(ids.values()))
        indices = _indices(route, rows)
        self.kept = kept_edits(ends.ledger, route.object, list(ids.values()))
        different: dict[str, str] = {}
        seen = []
        for row in rows:
            key = row.row.key
            self.result.source += 1
            record, earlier = found.get(ids[key]), known.get(key)
            if key in held_back:
                self.result.quarantined += 1
                if earlier and earlier.stands:
                    if self.sweep is not None:
                        self.sweep.totals.left_out.append(ids[key])
                elif record is not None:
                    self._report(ids[key], key, None, None, "stands", "quarantined")
                seen.append(self._seen(ids[key], key, entries.get(key)))
                continue
            if self.sweep is not None:
                self.sweep.totals.add(route, row, indices.get(key, {}))
            if record is None or record.get("deletedAt"):
                self.result.missing += 1
                state = "missing" if record is None else "deleted"
                self._report(ids[key], key, None, "there", state, state)
                seen.append(self._seen(ids[key], key, entries.get(key)))
                continue
            context = _Context(
                row,
                ids[key],
                panda_id(ends.practice, route.identity, key),
                record,
                entries.get(key),
                parents,
                indices.get(key, {}),
            )
            seen.append(self._compare(context, before.get(ids[key])))
            if seen[-1].fields is None:
                different[key] = record["updatedAt"]
        self._doubt_untouched(different)
        return seen

    def _doubt_untouched(self, different: Mapping[str, str]) -> None:
        """Let the next load send those again that differ although they are as old as what we wrote."""
        if not different:
            return
        entity = self.route.identity
        written = known_field_hashes(self.ends.ledger, entity, list(different))
        keep_doubts(
            self.ends.ledger,
            entity,
            [key for key, at in different.items() if key in written and written[key].stored_at == at],
        )

    def _compare(self, context: _Context, baseline: Baseline | None) -> Seen:
        """Every field of one record, each told at most once."""
        hashes = self.hashes.of(context.record)
        changed = watching.changed_columns(self.columns, hashes, baseline, context.written, self.about)
        wrong = {
            column: told
            for column, told in self._wrong_fields(context)
            if changed is None or not watching.is_an_echo(column, changed)
        }
        for column in changed or ():
            wrong.setdefault(column, (self._line_of(column), watching.UNCHANGED))
        # What somebody edited in Twenty, and a delta left as it is, is no difference of ours.
        wrong = {
            column: told for column, told in wrong.items() if (context.twenty_id, column) not in self.kept
        }
        self.result.fields_compared += len(self.columns)
        self.result.count_fields(self.columns, wrong)
        for column in (name for name in self.columns if name in wrong):
            line, comparator = wrong[column]
            source = self._source_value(line, context) if line else None
            if comparator == watching.OURS:
                source = self.ends.created_by
            self._report(
                context.twenty_id,
                context.row.row.key,
                column,
                source,
                context.record.get(column),
                comparator,
                line,
            )
        if wrong:
            self.result.different += 1
            return self._seen(context.twenty_id, context.row.row.key, context.written)
        self.result.verified += 1
        return replace(
            self._seen(context.twenty_id, context.row.row.key, context.written),
            columns_hash=self.about,
            fields=hashes,
            updated_at=context.record.get("updatedAt"),
        )

    def _comparison(
        self, line: Line, values: Sequence[Any], context: _Context, file_sha256: str | None = None
    ) -> Comparison:
        return Comparison(
            line,
            values,
            context.record,
            parent_id=_parent_id(line, context.row, context.parents),
            panda_id=context.panda_id,
            indices=context.indices,
            file_sha256=file_sha256,
        )

    def _wrong_fields(self, context: _Context) -> Iterator[tuple[str, tuple[Line | None, str]]]:
        """Column, line and comparator of each field that does not say what the source says."""
        route, ends, record = self.route, self.ends, context.record
        values: Sequence[Any] = ()
        source: Sequence[str] | None = None
        for line, is_same in self.comparators:
            if line.source != source:
                # Two hundred fields of an exam have the one chart as their source.
                values, source = _values_of(line, context.row), line.source
            file_sha256 = _file_hash(ends, line, record)
            if not is_same(self._comparison(line, values, context, file_sha256)):
                yield line.column, (line, line.compare or line.transform)
        if context.twenty_id != record_id(ends.practice, route.identity, context.row.row.key):
            # A record that stood in Twenty before us: what else it holds is not ours to judge.
            return
        for column in self.empty:
            if not watching.is_empty(ends.facts, column, record.get(column)):
                yield column, (None, watching.EMPTY)
        creator = record.get("createdBy") or {}
        is_ours = (creator.get("source"), creator.get("name")) == ("IMPORT", ends.created_by)
        if ends.created_by is not None and "createdBy" in self.columns and not is_ours:
            yield "createdBy", (None, watching.OURS)

    def _source_value(self, line: Line, context: _Context) -> Any:
        """What the source says for a line, in the terms in which Twenty says it where that is possible."""
        comparison = self._comparison(line, _values_of(line, context.row), context)
        if line.transform in TOLD_BY:
            return TOLD_BY[line.transform](comparison)
        return comparison.values[0] if len(comparison.values) == 1 else list(comparison.values) or None

    def _line_of(self, column: str) -> Line | None:
        return next((line for line in self.route.lines if line.column == column), None)

    def _seen(self, twenty_id: str, key: str, written: int | None) -> Seen:
        return Seen(
            self.route.object,
            twenty_id,
            self.route.name,
            self.ends.range_key,
            key,
            written=written,
        )

    def _report(
        self,
        twenty_id: str,
        key: str,
        column: str | None,
        source: Any,
        twenty: Any,
        comparator: str,
        line: Line | None = None,
    ) -> None:
        field = line.field if line else (column or THE_RECORD)
        difference = Difference(
            self.route.object,
            twenty_id,
            key,
            field,
            source,
            twenty,
            comparator,
            is_personal=line.personal if line else column is not None and column not in _NEVER_PERSONAL,
        )
        self.result.told[comparator] += 1
        if column is not None:
            self.result.different_fields[field] += 1
        if self.sweep is not None:
            self.sweep.report(difference)
        elif len(self.result.differences) < DIFFERENCES_KEPT:
            self.result.differences.append(difference)


_NEVER_PERSONAL = frozenset({"createdAt", "createdBy", "position"})


@dataclass(frozen=True)
class _Context:
    """One record with all that its fields are judged by."""

    row: SourceRow
    twenty_id: str
    panda_id: str
    record: Mapping[str, Any]
    written: int | None
    """The ledger's entry that last wrote the record."""
    parents: Mapping[str, Mapping[str, str]]
    indices: Mapping[str, float | None]


def _values_of(line: Line, row: SourceRow) -> Sequence[Any]:
    return [row.value(path) for path in line.source]


def _file_hash(ends: BothEnds, line: Line, record: Mapping[str, Any]) -> str | None:
    """For a line that holds a file: the hash of the bytes that Twenty gives back."""
    return fetched_sha256(ends.client, record.get(line.column)) if line.transform == "file" else None


def comparator_of(line: Line) -> Comparator:
    return BY_NAME[line.compare or line.transform]


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
