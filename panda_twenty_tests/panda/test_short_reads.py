"""Reading in steps and coming back after a break: no row is lost, none comes twice, the order stays."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import stamina

from panda_twenty.panda import connection, short_reads
from panda_twenty.panda.connection import Dialect, PracticeDatabase
from panda_twenty.panda.errors import (
    BusyConnectionError,
    LockTimeoutError,
    LoginRefusedError,
    LostConnectionError,
    NotEncryptedError,
    QueryError,
    QueryTimeoutError,
    ServerUnreachableError,
    SourceError,
)
from panda_twenty.panda.extraction import EntityRow, count_rows, read_entity
from panda_twenty.panda.profile import parse_profile
from panda_twenty.panda.ranges import PatientRange
from panda_twenty.progress import Step, listening
from panda_twenty_tests.panda.breaking_sessions import BreakingServer

MakeDatabase = Callable[[str], Path]

SCRIPT = """
CREATE TABLE P (Id INT, First NVARCHAR(20));
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 11)
INSERT INTO P SELECT (i * 7) % 11, 'p' || i FROM n;
INSERT INTO P VALUES (NULL, 'no key'), (NULL, 'nor this'), (5, 'five again'), (-3, 'below zero');
CREATE TABLE E (Id INT, Pat INT);
INSERT INTO E VALUES (1, 1), (2, 2), (3, 2), (4, NULL), (5, 5);
CREATE TABLE T (Exam INT, Tooth INT, A INT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 32)
INSERT INTO T SELECT 2, i, i % 9 FROM n;
INSERT INTO T VALUES (1, 3, 2), (1, 4, 2), (3, 8, 1), (4, 9, 1), (77, 1, 1), (NULL, 2, 1), (NULL, 3, 1);
CREATE TABLE V (Exam INT, Code INT, Val NVARCHAR(20));
INSERT INTO V VALUES (1, NULL, 'a'), (1, NULL, 'b'), (1, 2, 'c'), (1, 3, 'd'), (NULL, NULL, 'e'),
    (NULL, 1, 'f'), (NULL, 2, 'g'), (2, 1, 'h'), (2, 1, 'i'), (2, 2, 'j'), (3, NULL, 'k'), (3, 1, 'l');
CREATE TABLE O (Id NVARCHAR(20), Name NVARCHAR(20));
INSERT INTO O VALUES ('a', 'A'), ('b', 'B'), ('B', 'C'), ('c', 'D'), ('d', 'E');
CREATE TABLE G (Id UNIQUEIDENTIFIER, Name NVARCHAR(20));
INSERT INTO G VALUES ('F0-1', 'A'), ('A0-1', 'B'), ('A0-2', 'C'), ('C0-1', 'D'), (NULL, 'E');
"""

PROFILE = parse_profile(
    """
profile: steps
practice: steps
time_zone: UTC
entities:
  practice_location: {table: O, key: Id, attributes: {name: Name}}
  patient: {table: P, key: Id, range: Id, attributes: {first_name: First}}
  perio_exam: {table: E, key: Id, range: Pat, attributes: {exam_date: {constant: "2024-01-01"}}}
  perio_chart:
    table: T
    key: Exam
    parents: [{table: E, on: {Exam: Id}}]
    range: Pat
    attributes: {exam_key: Exam}
    chart: {shape: tooth_rows, notation: universal, gingival_margin_sign: recession_positive, tooth: Tooth,
      measures: {probing_depth: [A, A, A, A, A, A]}}
  custom_finding:
    table: V
    key: [Exam, Code]
    parents: [{table: E, on: {Exam: Id}}]
    range: Pat
    attributes: {exam_key: Exam, label: {constant: x}, value_type: {constant: TEXT}, value: Val}
  referral_source: {table: G, key: Id, attributes: {last_name: Name}}
""",
    "steps.yaml",
)
STEPPED = ("patient", "perio_exam", "perio_chart", "custom_finding", "referral_source")
RANGED = ("patient", "perio_chart", "custom_finding")


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(short_reads, "ROWS_PER_STEP", 3)
    monkeypatch.setattr(short_reads, "ROWS_PER_FETCH", 2)
    monkeypatch.setattr(short_reads, "GROWTH", 1)
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
def file(make_database: MakeDatabase) -> Path:
    return make_database(SCRIPT)


def in_one_statement(file: Path, entity: str, patient_range: PatientRange | None) -> list[EntityRow]:
    """The rows as one statement gives them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(short_reads, "ROWS_PER_STEP", 1_000)
        with BreakingServer(file).database() as database:
            return list(read_entity(database, PROFILE, entity, patient_range))


@pytest.mark.parametrize("dialect", ["sqlite", "sqlserver"])
@pytest.mark.parametrize(
    ("entity", "patient_range"),
    [*((each, None) for each in STEPPED), *((each, PatientRange(0, 6)) for each in RANGED)],
)
def test_steps_give_what_one_statement_gives(
    file: Path, entity: str, patient_range: PatientRange | None, dialect: Dialect
) -> None:
    server = BreakingServer(file, dialect=dialect)
    with server.database() as database:
        assert list(read_entity(database, PROFILE, entity, patient_range)) == in_one_statement(
            file, entity, patient_range
        )
        assert len(in_one_statement(file, entity, patient_range)) == count_rows(
            database, PROFILE, entity, patient_range
        )
    reads = [each for each in server.statements if "ORDER BY [own]" in each]
    assert len(reads) > 1
    assert all(("TOP (" in each) == (dialect == "sqlserver") for each in reads)


@pytest.mark.parametrize("entity", STEPPED)
def test_a_break_at_any_row_or_statement_loses_and_doubles_nothing(file: Path, entity: str) -> None:
    expected = in_one_statement(file, entity, None)
    undisturbed = BreakingServer(file)
    with undisturbed.database() as database:
        list(read_entity(database, PROFILE, entity))
    assert undisturbed.events > len(expected)
    for event in range(undisturbed.events):
        server = BreakingServer(file, {event: LostConnectionError("gone")})
        with server.database() as database:
            assert list(read_entity(database, PROFILE, entity)) == expected, event
        assert server.opened == 2
        assert not server.failures


def test_many_breaks_in_one_read_lose_and_double_nothing(file: Path) -> None:
    expected = in_one_statement(file, "perio_chart", None)
    for distance in (11, 60, 97):
        server = BreakingServer(
            file, {event: LostConnectionError("gone") for event in range(5, 1_000, distance)}
        )
        with server.database() as database:
            if distance == 11:
                # The 32 rows of one exam do not fit between two breaks: that is told, not tried for ever.
                with pytest.raises(LostConnectionError):
                    list(read_entity(database, PROFILE, "perio_chart"))
                continue
            assert list(read_entity(database, PROFILE, "perio_chart")) == expected
        assert server.opened > 2


def test_rows_by_key_are_read_in_steps_too(file: Path) -> None:
    keys = ["1", "2", "3", "5", "8", "9"]
    with BreakingServer(file).database() as database:
        undisturbed = list(read_entity(database, PROFILE, "patient", keys=keys))
    assert [row.key for row in undisturbed] == ["1", "2", "3", "5", "5", "8", "9"]
    server = BreakingServer(file, {12: LostConnectionError("gone")})
    with server.database() as database:
        assert list(read_entity(database, PROFILE, "patient", keys=keys)) == undisturbed
    assert server.opened == 2


def test_a_step_holds_few_rows_unless_one_key_has_more(file: Path) -> None:
    server = BreakingServer(file)
    with server.database() as database:
        list(read_entity(database, PROFILE, "patient"))
        assert server.largest_answer <= 3
        list(read_entity(database, PROFILE, "perio_chart"))
    assert 32 < server.largest_answer < 96


@pytest.mark.parametrize(("most_bytes", "statements"), [(50_000_000, 4), (50, 14)])
def test_steps_grow_while_their_rows_are_small(
    file: Path, monkeypatch: pytest.MonkeyPatch, most_bytes: int, statements: int
) -> None:
    monkeypatch.setattr(short_reads, "GROWTH", 10)
    monkeypatch.setattr(short_reads, "MOST_BYTES_PER_STEP", most_bytes)
    server = BreakingServer(file)
    with server.database() as database:
        assert list(read_entity(database, PROFILE, "patient")) == in_one_statement(file, "patient", None)
    assert len(server.statements) == statements


@pytest.mark.parametrize(("most_bytes", "largest"), [(50_000_000, 15), (5_000, 9)])
def test_a_step_ends_where_its_rows_are_large(
    file: Path, monkeypatch: pytest.MonkeyPatch, most_bytes: int, largest: int
) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE P SET First = First || printf('%.*c', 5000, 'x') WHERE Id > 4")
        connection.commit()
    monkeypatch.setattr(short_reads, "ROWS_PER_STEP", 100)
    expected = in_one_statement(file, "patient", None)
    monkeypatch.setattr(short_reads, "MOST_BYTES_PER_STEP", most_bytes)
    monkeypatch.setattr(short_reads, "ROWS_PER_FETCH", 1)
    server = BreakingServer(file)
    with server.database() as database:
        assert list(read_entity(database, PROFILE, "patient")) == expected
    assert server.largest_answer == largest
    # Broken at any row, a step that ends early is read again as any other.
    for event in range(server.events):
        broken = BreakingServer(file, {event: LostConnectionError("gone")})
        with broken.database() as database:
            assert list(read_entity(database, PROFILE, "patient")) == expected, event


def test_steps_of_files_hold_two_where_these_are_large(
    make_database: MakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = parse_profile(
        """
profile: files
practice: files
time_zone: UTC
entities:
  document: {table: D, key: Id, range: Pat, attributes: {file_name: Name, content: Content}}
""",
        "files.yaml",
    )
    script = "CREATE TABLE D (Id INT, Pat INT, Name NVARCHAR(20), Content VARBINARY);"
    sizes = [10] * 3 + [70_000] * 4 + [10] * 13
    for number, size in enumerate(sizes):
        script += f"INSERT INTO D VALUES ({number}, 1, 'x', zeroblob({size}));"
    monkeypatch.setattr(short_reads, "MOST_BYTES_PER_STEP", 60_000)
    monkeypatch.setattr(short_reads, "GROWTH", 10)
    server = BreakingServer(make_database(script))
    with server.database() as database:
        rows = list(read_entity(database, profile, "document"))
    assert [len(row.values["content"]) for row in rows] == sizes
    limits = [int(each.rpartition(" ")[2]) for each in server.statements if "LIMIT" in each]
    assert limits == [20, 3, 2, 2, 2, 2, 200]
    # The first step left its rest, and the last one read the twelve small files at once.
    assert server.largest_answer == 12


def test_a_long_table_with_a_text_key_is_one_statement_and_says_when_it_broke(file: Path) -> None:
    server = BreakingServer(file)
    with server.database() as database:
        rows = list(read_entity(database, PROFILE, "practice_location"))
    assert [row.values["name"] for row in rows] == ["C", "A", "B", "D", "E"]
    server = BreakingServer(file, {server.events - 1: LostConnectionError("gone")})
    with server.database() as database:
        read = read_entity(database, PROFILE, "practice_location")
        assert [next(read).key for _ in range(4)] == ["B", "a", "b", "c"]
        with pytest.raises(LostConnectionError):
            next(read)
        assert server.opened == 1


@pytest.mark.parametrize("met", [LockTimeoutError("locked"), LostConnectionError("gone")])
def test_a_long_table_that_is_left_early_leaves_the_connection_free(file: Path, met: SourceError) -> None:
    """Also while somebody holds an error that was met on the way, and with it the frames it went through."""
    with BreakingServer(file, {1: met}).database() as database:
        read = read_entity(database, PROFILE, "practice_location")
        next(read)
        assert isinstance(read, Generator)
        read.close()
        assert met.__traceback__ is not None
        assert database.fetch("SELECT 1") == [(1,)]


def test_rows_out_of_order_stop_the_read_instead_of_going_round(make_database: MakeDatabase) -> None:
    odd = make_database(
        "CREATE TABLE P (Id INT, First NVARCHAR(20));"
        " INSERT INTO P VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e'), (6, 'f');"
    )
    with BreakingServer(odd).database() as database:
        select = short_reads.KeyedSelect(
            "SELECT -[own].[Id] FROM [dbo].[P] AS [own] ORDER BY [own].[Id]", [], ("[own].[Id]",), (0,)
        )
        with pytest.raises(QueryError, match="do not come in the order"):
            list(short_reads.read_in_steps(database, select, stepped=True))


def test_a_lock_is_tried_again_on_the_same_session(file: Path) -> None:
    server = BreakingServer(file, {1: LockTimeoutError("locked"), 4: LockTimeoutError("locked")})
    with server.database() as database:
        assert len(list(read_entity(database, PROFILE, "patient"))) == 15
    assert server.opened == 1
    held = BreakingServer(file, {event: LockTimeoutError("held") for event in range(100)})
    with held.database() as database, pytest.raises(LockTimeoutError, match="held"):
        database.fetch("SELECT 1")
    assert held.events == 3


def test_a_timeout_is_tried_once_more_on_a_new_session(file: Path) -> None:
    server = BreakingServer(file, {1: QueryTimeoutError("slow")})
    with server.database() as database:
        assert database.fetch("SELECT 1") == [(1,)]
    assert server.opened == 2
    slow = BreakingServer(file, {event: QueryTimeoutError("slow") for event in range(100)})
    with slow.database() as database, pytest.raises(QueryTimeoutError, match="slow"):
        database.fetch("SELECT 1")
    assert slow.opened == 2


def test_a_server_that_restarts_is_waited_for_and_progress_says_so(file: Path) -> None:
    server = BreakingServer(file, {1: LostConnectionError("gone")})
    server.refusing = [ServerUnreachableError("down"), ServerUnreachableError("down")]
    told: list[Step] = []
    with server.database() as database, listening(told.append):
        assert database.fetch("SELECT 1") == [(1,)]
    assert [each.done for each in told] == [1, 2, 3]
    assert "300 seconds" in told[0].detail


@pytest.mark.parametrize(
    ("refusals", "kind", "left"),
    [
        ([ServerUnreachableError("down")] * 5, ServerUnreachableError, 2),
        ([LoginRefusedError("password")] * 5, LoginRefusedError, 4),
        ([NotEncryptedError("plaintext")] * 5, NotEncryptedError, 4),
    ],
)
def test_patience_ends_and_what_waiting_does_not_cure_is_told_at_once(
    file: Path, refusals: list[SourceError], kind: type[SourceError], left: int
) -> None:
    server = BreakingServer(file, {1: LostConnectionError("gone")}, refusing=list(refusals))
    with server.database() as database, pytest.raises(kind):
        database.fetch("SELECT 1")
    assert len(server.refusing) == left


def test_a_database_that_cannot_open_itself_again_says_that_it_broke(file: Path) -> None:
    server = BreakingServer(file, {1: LostConnectionError("gone")})
    with PracticeDatabase(server.open()) as database:
        with pytest.raises(LostConnectionError, match="gone"):
            database.fetch("SELECT 1")
        with pytest.raises(LostConnectionError, match="was lost"):
            database.reconnect()


def test_types_that_no_driver_reads_are_converted_by_the_server() -> None:
    readable = connection.readable_column
    assert readable("Val]ue", "sql_variant") == "CAST([Val]]ue] AS nvarchar(4000))"
    assert readable("Node", "hierarchyid", alias="own") == "CAST([own].[Node] AS nvarchar(4000))"
    assert readable("At", "datetimeoffset", alias="own") == "[own].[At]"
    assert readable("Name", "nvarchar(80)") == "[Name]"


def started(database: PracticeDatabase) -> Generator[EntityRow, None, None]:
    """A read of the patients that its reader may leave."""
    yield from read_entity(database, PROFILE, "patient")


def test_who_looks_at_the_first_rows_only_has_no_second_step_read(file: Path) -> None:
    server = BreakingServer(file)
    with server.database() as database, closing(started(database)) as read:
        next(read)
    assert len([each for each in server.statements if "ORDER BY [own]" in each]) == 1


def test_the_connection_may_be_asked_something_while_the_next_step_is_read(file: Path) -> None:
    with BreakingServer(file).database() as database:
        expected = list(read_entity(database, PROFILE, "patient"))
        found = []
        for row in read_entity(database, PROFILE, "patient"):
            assert count_rows(database, PROFILE, "patient") == len(expected)
            found.append(row)
    assert found == expected


def test_a_read_left_in_the_middle_leaves_the_connection_free(file: Path) -> None:
    with BreakingServer(file).database() as database:
        expected = list(read_entity(database, PROFILE, "perio_exam"))
        with closing(started(database)) as read:
            for _ in range(5):
                next(read)
        assert list(read_entity(database, PROFILE, "perio_exam")) == expected


def test_a_stream_in_between_is_told_that_the_connection_is_taken(file: Path) -> None:
    with BreakingServer(file).database() as database:
        read = read_entity(database, PROFILE, "patient")
        for _ in range(3):
            next(read)
        stream = database.query("SELECT [Id] FROM [dbo].[E]")
        next(stream)
        with pytest.raises(BusyConnectionError):
            list(read)
