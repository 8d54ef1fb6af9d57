from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from panda_twenty.panda.chart import (
    ASPECTS,
    FURCATION_ENTRANCES,
    MOBILITY_GRADES,
    NOT_ASSESSABLE,
    Tooth,
    ToothStatus,
)
from panda_twenty.panda.chart_json import teeth_from_json, teeth_to_json
from panda_twenty.panda.entities import ENTITIES, Attribute, Kind
from panda_twenty.panda.errors import StagingError
from panda_twenty.panda.extraction import EntityRow, Problem
from panda_twenty.panda.staging import ROWS_PER_GROUP, Stage
from panda_twenty.panda.tooth_notation import TOOTH_ORDER
from panda_twenty.panda.values import exact_decimal, in_zone

CHICAGO = ZoneInfo("America/Chicago")

measurements = st.one_of(
    st.none(), st.just(NOT_ASSESSABLE), st.integers(-15, 19), st.integers(-14, 18).map(lambda mm: mm + 0.5)
)
marks = st.one_of(st.none(), st.booleans(), st.just(NOT_ASSESSABLE))
six_measurements = st.tuples(*[measurements] * 6)
six_marks = st.tuples(*[marks] * 6)
grades = st.one_of(st.none(), st.just(NOT_ASSESSABLE), st.integers(0, 4))
teeth = st.builds(
    Tooth,
    number=st.sampled_from(sorted(TOOTH_ORDER)),
    status=st.sampled_from(ToothStatus),
    probing_depth=six_measurements,
    gingival_margin=six_measurements,
    attachment_level=six_measurements,
    bleeding=six_marks,
    suppuration=six_marks,
    plaque=six_marks,
    calculus=six_marks,
    mobility=st.none() | st.sampled_from(MOBILITY_GRADES),
    furcation=st.dictionaries(st.sampled_from(FURCATION_ENTRANCES), grades),
    mucogingival_junction=st.dictionaries(st.sampled_from(ASPECTS), measurements),
    keratinized_width=st.dictionaries(st.sampled_from(ASPECTS), measurements),
    prognosis=st.none() | st.sampled_from(("GOOD", "HOPELESS")),
    note=st.none() | st.text(min_size=1),
    source_number=st.none() | st.text(min_size=1),
)
charts = st.lists(teeth, max_size=4).map(tuple)


def values_of(attribute: Attribute) -> st.SearchStrategy[Any]:
    if attribute.kind in (Kind.KEY, Kind.TEXT):
        return st.text(min_size=1)
    if attribute.kind is Kind.CODE:
        return st.sampled_from(attribute.codes)
    if attribute.kind is Kind.INTEGER:
        return st.integers(-(2**63) + 1, 2**63 - 1)
    if attribute.kind is Kind.DECIMAL:
        return st.decimals(allow_nan=False, allow_infinity=False).map(exact_decimal)
    if attribute.kind is Kind.BOOLEAN:
        return st.booleans()
    if attribute.kind is Kind.DATE:
        return st.dates()
    if attribute.kind is Kind.MOMENT:
        local = st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1))
        return local.map(lambda moment: in_zone(moment, CHICAGO))
    if attribute.kind is Kind.BYTES:
        return st.binary()
    return charts


def rows_of(entity: str) -> st.SearchStrategy[EntityRow]:
    attributes = ENTITIES[entity].attributes
    return st.builds(
        EntityRow,
        st.just(entity),
        st.text(),
        st.fixed_dictionaries({name: st.none() | values_of(each) for name, each in attributes.items()}),
        st.lists(st.builds(Problem, st.text(), st.text(), st.text()), max_size=2).map(tuple),
    )


def patient(key: str, **values: Any) -> EntityRow:
    everything = {**dict.fromkeys(ENTITIES["patient"].attributes), "key": key, **values}
    return EntityRow("patient", key, everything)


@given(charts)
@settings(max_examples=40, deadline=None)
def test_a_chart_survives_json_to_the_last_site(chart: tuple[Tooth, ...]) -> None:
    text = teeth_to_json(chart)
    back = teeth_from_json(text)
    assert back == chart
    assert teeth_to_json(back) == text
    kinds = [type(value) for tooth in chart for value in tooth.probing_depth]
    assert [type(value) for tooth in back for value in tooth.probing_depth] == kinds


@pytest.mark.parametrize(
    "entity", ["patient", "perio_exam", "perio_chart", "planned_procedure", "clinical_note", "document"]
)
@given(data=st.data())
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
def test_rows_come_back_exactly_as_they_were_staged(
    tmp_path_factory: pytest.TempPathFactory, entity: str, data: st.DataObject
) -> None:
    rows = data.draw(st.lists(rows_of(entity), max_size=3))
    stage = Stage(tmp_path_factory.mktemp("stage"))
    written = stage.write(entity, "0000000-0000499", rows)
    back = list(stage.read(entity, "0000000-0000499", batch_size=2))
    assert back == rows
    for before, after in zip(rows, back, strict=True):
        assert {name: repr(value) for name, value in before.values.items() if name != "teeth"} == {
            name: repr(value) for name, value in after.values.items() if name != "teeth"
        }
    assert written.rows == stage.rows(entity, "0000000-0000499") == len(rows)
    assert written.problems == sum(len(row.problems) for row in rows)


def test_only_the_owner_can_read_staged_files(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        staged = Stage(tmp_path / "new" / "stage").write("patient", None, [patient("1")])
    finally:
        os.umask(before)
    assert staged.path == tmp_path / "new" / "stage" / "patient" / "all.parquet"
    assert stat.S_IMODE(staged.path.stat().st_mode) == 0o600
    for folder in (staged.path.parent, staged.path.parent.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_columns_are_typed_by_kind(tmp_path: Path) -> None:
    exam = EntityRow("perio_exam", "1", dict.fromkeys(ENTITIES["perio_exam"].attributes))
    schema = pq.read_schema(Stage(tmp_path).write("perio_exam", None, [exam]).path)
    for name, declared in (
        ("exam_date", "date32[day]"),
        ("created_at", "timestamp[us, tz=UTC]"),
        ("hba1c_pct", "decimal128(18, 4)"),
        ("recall_months", "int64"),
        ("is_baseline", "bool"),
        ("note", "string"),
    ):
        assert str(schema.field(name).type) == declared


def test_numbers_that_the_decimal_column_cannot_hold_keep_every_digit(tmp_path: Path) -> None:
    numbers = [Decimal("0.12345"), Decimal("123456789012345.5"), Decimal("100"), Decimal("10.5")]
    stage = Stage(tmp_path)
    rows = [
        EntityRow("planned_procedure", "1", {**dict.fromkeys(_attributes()), "fee": number})
        for number in numbers
    ]
    stage.write("planned_procedure", None, rows)
    assert [str(row.values["fee"]) for row in stage.read("planned_procedure")] == [
        str(each) for each in numbers
    ]


def test_moments_come_back_in_the_practices_time_zone_also_in_the_repeated_hour(tmp_path: Path) -> None:
    first = in_zone(datetime(2024, 11, 3, 1, 30), CHICAGO)
    second = datetime(2024, 11, 3, 7, 30, tzinfo=UTC).astimezone(CHICAGO)
    stage = Stage(tmp_path)
    stage.write("patient", None, [patient("1", created_at=first), patient("2", created_at=second)])
    back = [row.values["created_at"] for row in stage.read("patient")]
    assert [(each.tzinfo, each.fold, each.isoformat()) for each in back] == [
        (CHICAGO, 0, "2024-11-03T01:30:00-05:00"),
        (CHICAGO, 1, "2024-11-03T01:30:00-06:00"),
    ]


def test_the_digest_depends_on_the_rows_only(tmp_path: Path) -> None:
    rows = [patient("1", first_name="Ann", birth_date=date(1980, 1, 1)), patient("2")]
    one = Stage(tmp_path / "a").write("patient", None, rows)
    same = Stage(tmp_path / "b").write("patient", "0000000-0000499", iter(rows))
    other = Stage(tmp_path / "a").write("patient", None, rows[::-1])
    assert one.digest == same.digest != other.digest


def test_rows_stream_in_groups_and_come_back_in_order(tmp_path: Path) -> None:
    count = 2 * ROWS_PER_GROUP + 1
    stage = Stage(tmp_path)
    written = stage.write("patient", None, (patient(str(number)) for number in range(count)))
    assert pq.ParquetFile(written.path).num_row_groups == 3
    assert [row.key for row in stage.read("patient")] == [str(number) for number in range(count)]


def test_a_failure_midway_leaves_what_was_staged_before(tmp_path: Path) -> None:
    def failing() -> Iterator[EntityRow]:
        yield patient("2")
        raise RuntimeError("the server went away")

    stage = Stage(tmp_path)
    stage.write("patient", None, [patient("1")])
    with pytest.raises(RuntimeError, match="went away"):
        stage.write("patient", None, failing())
    assert [row.key for row in stage.read("patient")] == ["1"]
    assert [each.name for each in (tmp_path / "patient").iterdir()] == ["all.parquet"]


def test_purging_takes_one_file_an_entity_or_everything(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    for entity, key in (("patient", "0000000-0000499"), ("patient", "0000500-0000999"), ("provider", None)):
        row = EntityRow(entity, "1", dict.fromkeys(ENTITIES[entity].attributes))
        stage.write(entity, key, [row])
    (tmp_path / "patient" / ".0000500-0000999.parquet.ab.unfinished").touch()
    assert stage.purge("patient", "0000000-0000499") == 1
    assert not stage.exists("patient", "0000000-0000499")
    assert stage.exists("patient", "0000500-0000999")
    assert stage.purge() == 2
    assert not [each for each in tmp_path.rglob("*") if each.is_file()]
    assert Stage(tmp_path / "never").purge() == 0


def test_what_is_not_staged_or_damaged_is_told_with_advice(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    with pytest.raises(StagingError, match="Nothing is staged for patient all"):
        list(stage.read("patient"))
    written = stage.write("patient", None, [patient("1")])
    written.path.write_bytes(b"PAR1 broken")
    with pytest.raises(StagingError, match="Delete it and extract"):
        stage.rows("patient")


def test_a_folder_that_cannot_be_made_is_told_with_advice(tmp_path: Path) -> None:
    (tmp_path / "patient").write_text("a file stands where the folder should be")
    with pytest.raises(StagingError, match="cannot be staged"):
        Stage(tmp_path).write("patient", None, [patient("1")])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_told_with_advice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    really = os.open
    monkeypatch.setattr(os, "open", lambda *_: really("/dev/full", os.O_RDWR))
    with pytest.raises(StagingError, match="the disk is full"):
        Stage(tmp_path).write("patient", None, [patient("1", first_name="Ann")])


@pytest.mark.parametrize("key", ["../out", "a/b", "", ".hidden"])
def test_a_range_key_cannot_leave_the_folder(tmp_path: Path, key: str) -> None:
    if key:
        with pytest.raises(ValueError, match="letters, digits"):
            Stage(tmp_path).path("patient", key)
    else:
        assert Stage(tmp_path).path("patient", key).name == "all.parquet"


def _attributes() -> list[str]:
    return list(ENTITIES["planned_procedure"].attributes)
