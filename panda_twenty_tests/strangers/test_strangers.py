"""Every stranger holds the practice that it was made from, where its truth says it does."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from panda_twenty.mapping.rich_text import plain_text as words_of
from panda_twenty.panda.chart import NOT_ASSESSABLE, SITE_MARKS, Tooth, attachment_loss
from panda_twenty.panda.chart_shapes import chart_decoder
from panda_twenty.panda.entities import ENTITIES, Kind
from panda_twenty.panda.profile import AttributeSource, ChartSource, MeasureRows, SourceProfile, load_profile
from panda_twenty.panda.tooth_notation import Notation, to_universal
from panda_twenty.panda.values import plain_text, reader_for
from panda_twenty.sandbox.practice import write_practice
from panda_twenty_tests.strangers import STRANGERS, Truth, write_stranger
from panda_twenty_tests.strangers.conversions import ten_digits
from panda_twenty_tests.strangers.growing import grow
from panda_twenty_tests.strangers.losses import DAY_ONLY, DIGITS_ONLY, FEWER_CODES, kept

_PATIENTS, _SEED = 100, 7
_ZONE = ZoneInfo("America/Chicago")

_READABLE = sorted(name for name, stranger in STRANGERS.items() if not stranger.questions)
"""Strangers whose chart can be read without an answer from a person."""
_STORING_LEVELS = [
    name
    for name in _READABLE
    if "attachment_level" in getattr(STRANGERS[name].chart, "measures", ())
    or "attachment_level" in getattr(STRANGERS[name].chart, "measure_codes", {}).values()
]

Rows = Sequence[tuple[Any, ...]]


@dataclass(frozen=True)
class _Pair:
    """One stranger beside the practice that it was made from."""

    truth: Truth
    stranger: sqlite3.Connection
    reference: sqlite3.Connection
    profile: SourceProfile


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    file = tmp_path_factory.mktemp("reference") / "reference.sqlite"
    write_practice(file, patients=_PATIENTS, seed=_SEED)
    with closing(sqlite3.connect(file)) as connection:
        yield connection


@pytest.fixture(scope="module", params=sorted(STRANGERS))
def pair(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    reference: sqlite3.Connection,
) -> Iterator[_Pair]:
    file = tmp_path_factory.mktemp("stranger") / f"{request.param}.sqlite"
    truth = write_stranger(request.param, file, patients=_PATIENTS, seed=_SEED)
    with closing(sqlite3.connect(file)) as connection:
        yield _Pair(truth, connection, reference, load_profile("reference-practice"))


def _columns(connection: sqlite3.Connection) -> set[tuple[str, str]]:
    return set(
        connection.execute(
            "SELECT entry.name, field.name FROM sqlite_master AS entry,"
            " pragma_table_info(entry.name) AS field"
        )
    )


def _select(
    connection: sqlite3.Connection, table: str, columns: Sequence[str], deleted: str | None = None
) -> Rows:
    listed = ", ".join(f"[{column}]" for column in columns)
    live = f" WHERE [{deleted}] = 0" if deleted else ""
    return connection.execute(f"SELECT {listed} FROM [{table}]{live} ORDER BY rowid").fetchall()


def test_what_the_truth_names_exists(pair: _Pair) -> None:
    truth, columns = pair.truth, _columns(pair.stranger)
    named = {home for homes in truth.attributes.values() for home in homes}
    chart = {(truth.chart_table, column) for column in truth.chart.columns()}
    for homes in (named, chart, truth.never, truth.lures, frozenset(truth.formats)):
        assert homes <= columns
    assert {(table, "x") for table in truth.junk_tables} <= {(table, "x") for table, _ in columns}


def test_junk_and_forbidden_columns_are_nobodys_home(pair: _Pair) -> None:
    truth = pair.truth
    named = {home for homes in truth.attributes.values() for home in homes}
    assert not named & (truth.never | truth.lures)
    assert not {table for table, _ in named} & truth.junk_tables


def test_every_declared_reference_holds(pair: _Pair) -> None:
    assert pair.stranger.execute("PRAGMA foreign_key_check").fetchall() == []


def test_values_at_home_are_those_of_the_practice(pair: _Pair) -> None:
    compared = 0
    for entity, table in pair.truth.tables.items():
        if entity in ("perio_chart", "custom_finding"):
            continue
        for attribute in ENTITIES[entity].attributes:
            homes = pair.truth.attributes.get((entity, attribute), frozenset())
            for home_table, column in homes:
                if home_table == table:
                    _assert_equal_values(pair, entity, attribute, table, column)
                    compared += 1
    assert compared > 80


def _assert_equal_values(pair: _Pair, entity: str, attribute: str, table: str, column: str) -> None:
    described = ENTITIES[entity].attributes[attribute]
    source = pair.profile.entities[entity]
    if attribute == "key":
        origin = AttributeSource(column=source.key[0])
    elif attribute == "patient_key":
        origin = AttributeSource(column=source.range)
    else:
        origin = source.attributes[attribute]
    theirs = _select(pair.reference, source.table, [origin.column or ""])
    here = _select(pair.stranger, table, [column], pair.truth.deleted.get(table))
    assert len(theirs) == len(here), (entity, attribute)
    if described.kind is Kind.KEY:
        _assert_same_partition([row[0] for row in theirs], [row[0] for row in here], (entity, attribute))
        return
    declared = AttributeSource(
        column=column,
        codes=pair.truth.codes.get((entity, attribute), {}),
        format=pair.truth.formats.get((table, column)),
        zone=pair.truth.zones.get((table, column)),
        blank=pair.truth.blanks.get((table, column), ()),
    )
    shared = [
        name
        for name, homes in pair.truth.attributes.items()
        if name[0] == entity and (table, column) in homes and name[1].endswith("_name")
    ]
    read_theirs, read_here = (reader_for(described, each, _ZONE) for each in (origin, declared))
    for (raw_theirs,), (raw_here,) in zip(theirs, here, strict=True):
        expected, found = read_theirs(raw_theirs), read_here(raw_here)
        if len(shared) > 1 and described.kind is Kind.TEXT:
            assert (expected or "") in (found or ""), (entity, attribute)
        elif (pair.truth.stranger, entity, attribute) in FEWER_CODES:
            assert found in described.codes
        elif (pair.truth.stranger, entity, attribute) in DAY_ONLY:
            assert (found and found.date()) == (expected and expected.date())
        elif (pair.truth.stranger, entity, attribute) in DIGITS_ONLY:
            assert (found or "") == ten_digits(expected or "")
        else:
            assert _comparable(found) == _comparable(expected), (entity, attribute, table, column)


@pytest.mark.parametrize("name", sorted(STRANGERS))
def test_values_fit_their_declared_length(name: str, tmp_path: Path) -> None:
    write_stranger(name, tmp_path / "lengths.sqlite", patients=_PATIENTS, seed=_SEED)
    with closing(sqlite3.connect(tmp_path / "lengths.sqlite")) as connection:
        for table, column, type_ in connection.execute(
            "SELECT entry.name, field.name, field.type FROM sqlite_master AS entry,"
            " pragma_table_info(entry.name) AS field WHERE entry.type = 'table'"
        ).fetchall():
            declared = re.fullmatch(r"(?:N?(?:VAR)?CHAR|VARBINARY)\((\d+)\)", type_)
            if declared:
                longest = connection.execute(f"SELECT MAX(LENGTH([{column}])) FROM [{table}]").fetchone()[0]
                assert (longest or 0) <= int(declared[1]), (table, column)


def _comparable(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(microsecond=0)
    return None if value == "" else value


def _assert_same_partition(theirs: list[Any], here: list[Any], name: tuple[str, str]) -> None:
    there_and_back: dict[Any, Any] = {}
    for expected, found in zip(theirs, here, strict=True):
        if expected is None:
            assert found in (None, 0), name
        else:
            assert there_and_back.setdefault(found, expected) == expected, name
    assert len(there_and_back) == len({each for each in theirs if each is not None}), name


def test_values_in_other_tables_hold_what_the_practice_says(pair: _Pair) -> None:
    for (entity, attribute), homes in pair.truth.attributes.items():
        kind = ENTITIES[entity].attributes[attribute].kind
        for table, column in homes:
            if table == pair.truth.tables.get(entity) or kind is Kind.KEY:
                continue
            values = _words(_select(pair.stranger, table, [column]))
            if kind is Kind.CODE:
                assert values & set(pair.truth.codes[entity, attribute])
                continue
            origin = pair.profile.entities[entity].attributes[attribute]
            own = pair.profile.entities[entity].table
            source = origin.lookup[-1].table if origin.lookup else own
            expected = _select(pair.reference, source, [origin.column or ""])
            assert _words(expected) <= values, (entity, attribute)


def _words(rows: Rows) -> set[str]:
    """The distinct values as words: a letter that became RTF bytes still says the same."""
    return {
        " ".join(words_of(value if isinstance(value, bytes) else plain_text(value)).split())
        for (value,) in rows
        if value is not None
    }


@pytest.mark.parametrize("pair", _READABLE, indirect=True)
def test_every_chart_reads_as_it_was_charted(pair: _Pair) -> None:
    truth = pair.truth
    exam_table = truth.tables["perio_exam"]
    ((_, exam_key),) = truth.attributes["perio_exam", "key"]
    ((_, chart_exam),) = truth.attributes["perio_chart", "exam_key"]
    live = truth.deleted.get(exam_table)
    exams = [row[0] for row in _select(pair.stranger, exam_table, [exam_key], live)]
    reference_exams = [row[0] for row in _select(pair.reference, "PerioExam", ["ExamID"])]
    reference_chart = pair.profile.entities["perio_chart"].chart
    assert reference_chart is not None
    expected = _charts(pair.reference, "PerioTooth", "ExamID", reference_chart)
    found = _charts(pair.stranger, truth.chart_table, chart_exam, truth.chart)
    assert set(found) <= set(exams)
    for theirs, here in zip(reference_exams, exams, strict=True):
        as_kept = [
            _readable(tooth, truth) for tooth in expected.get(theirs, ()) if _was_written(tooth, truth)
        ]
        assert [_readable(tooth, truth) for tooth in found.get(here, ())] == as_kept
    assert any(any(tooth.gingival_margin) for teeth in found.values() for tooth in teeth)


def _charts(
    connection: sqlite3.Connection, table: str, exam: str, chart: ChartSource
) -> Mapping[Any, tuple[Tooth, ...]]:
    columns = list(dict.fromkeys(chart.columns()))
    decode = chart_decoder(chart, {column: place for place, column in enumerate(columns)})
    rows: dict[Any, list[tuple[Any, ...]]] = {}
    for key, *row in _select(connection, table, [exam, *columns]):
        rows.setdefault(key, []).append(tuple(row))
    charts = {}
    for key, group in rows.items():
        charts[key], problems = decode(group)
        assert not problems, (table, problems)
    return charts


def _was_written(tooth: Tooth, truth: Truth) -> bool:
    return kept(truth.stranger, tooth) is not None


def _marks_of(chart: ChartSource) -> Collection[str]:
    return chart.mark_bits if isinstance(chart, MeasureRows) else getattr(chart, "marks", ())


def _readable(tooth: Tooth, truth: Truth) -> dict[str, Any]:
    """What the stranger's chart has columns for."""
    remaining = kept(truth.stranger, tooth) or tooth
    chart = truth.chart
    level = getattr(chart, "tooth_level", None)
    measured = set(chart.measures if hasattr(chart, "measures") else chart.measure_codes.values())
    marks = {mark for mark in SITE_MARKS if mark in (*measured, *_marks_of(chart))}
    readable: dict[str, Any] = {
        "number": remaining.number,
        "probing_depth": tuple(remaining.probing_depth),
        "gingival_margin": tuple(remaining.gingival_margin),
        **{mark: tuple(getattr(remaining, mark)) for mark in SITE_MARKS if mark in marks},
    }
    for name in ("status", "mobility", "prognosis", "furcation", "mucogingival_junction"):
        if (level is not None and getattr(level, name)) or name in measured:
            value = getattr(remaining, name)
            readable[name] = (
                {place: each for place, each in value.items() if each is not None}
                if isinstance(value, Mapping)
                else value
            )
    return readable


@pytest.mark.parametrize("pair", _STORING_LEVELS, indirect=True)
def test_stored_attachment_levels_agree_with_depth_and_margin(pair: _Pair) -> None:
    truth = pair.truth
    ((_, exam),) = truth.attributes["perio_chart", "exam_key"]
    agreeing = sites = 0
    for teeth in _charts(pair.stranger, truth.chart_table, exam, truth.chart).values():
        for tooth in teeth:
            bare = Tooth(
                tooth.number, probing_depth=tooth.probing_depth, gingival_margin=tooth.gingival_margin
            )
            for site, level in enumerate(tooth.attachment_level):
                if isinstance(level, int):
                    sites += 1
                    agreeing += level == attachment_loss(bare, site)
                else:
                    assert level is None or level is NOT_ASSESSABLE
    assert sites > 1_000
    assert agreeing / sites >= 0.99


def test_writing_twice_is_refused(tmp_path: Path) -> None:
    write_stranger("terse", tmp_path / "twice.sqlite", patients=2, seed=1)
    with pytest.raises(FileExistsError):
        write_stranger("terse", tmp_path / "twice.sqlite", patients=2, seed=1)


def test_mixed_signs_agree_with_neither_reading(tmp_path: Path) -> None:
    truth = write_stranger("mixed_sign", tmp_path / "mixed.sqlite", patients=_PATIENTS, seed=_SEED)
    assert truth.questions == {"gingival_margin_sign"}
    with closing(sqlite3.connect(tmp_path / "mixed.sqlite")) as connection:
        as_recession, as_its_opposite, sites = connection.execute(
            "SELECT SUM(Cal1 = Pd1 + Gm1), SUM(Cal1 = Pd1 - Gm1), COUNT(*) FROM PerioTooth"
            " WHERE Gm1 <> 0 AND Gm1 < 99 AND Pd1 < 99"
        ).fetchone()
    assert 0.3 < as_recession / sites < 0.7
    assert 0.3 < as_its_opposite / sites < 0.7


def test_mixed_notations_fit_neither_alone(tmp_path: Path) -> None:
    truth = write_stranger("mixed_notation", tmp_path / "mixed.sqlite", patients=_PATIENTS, seed=_SEED)
    assert truth.questions == {"notation"}
    with closing(sqlite3.connect(tmp_path / "mixed.sqlite")) as connection:
        teeth = {str(tooth) for (tooth,) in connection.execute("SELECT DISTINCT ToothNo FROM PerioTooth")}
    notations: tuple[Notation, ...] = ("universal", "fdi")
    for notation in notations:
        readable = {tooth for tooth in teeth if to_universal(tooth, notation)}
        assert readable
        assert teeth - readable


@pytest.mark.parametrize("name", ["terse", "rows", "open_dental"])
def test_a_grown_stranger_keeps_its_references(name: str, tmp_path: Path) -> None:
    file = tmp_path / "grown.sqlite"
    truth = write_stranger(name, file, patients=20, seed=_SEED)
    held = grow(file, 60_000, truth)
    assert 55_000 < held < 65_000
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        ((exam_table, exam_key),) = truth.attributes["perio_exam", "key"]
        ((chart_table, chart_exam),) = truth.attributes["perio_chart", "exam_key"]
        orphans = connection.execute(
            f"SELECT COUNT(*) FROM [{chart_table}] WHERE [{chart_exam}] NOT IN"
            f" (SELECT [{exam_key}] FROM [{exam_table}])"
        ).fetchone()[0]
    assert orphans == 0
    assert grow(file, 1_000, truth) == held
