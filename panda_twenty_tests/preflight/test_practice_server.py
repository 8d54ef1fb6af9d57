"""What a server is asked and what becomes of its answers, or of their absence."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from panda_twenty.panda import preflight as judged
from panda_twenty.panda.server_facts import read_practice_server, read_rights
from panda_twenty.preflight.line import Verdict
from panda_twenty_tests.preflight.scripted_practice import Answers, ScriptedServer

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
EXPRESS: Answers = {
    "ProductVersion": [("15.0.4316.3", "Express Edition (64-bit)")],
    "SERVERPROPERTY('Babelfish')": [(None,)],
    "database_files": [(9 * 1024**3,)],
    "encrypt_option": [("TRUE",)],
    "'CodePage'": [(1252,)],
    "'Collation'": [("SQL_Latin1_General_CP1_CI_AS",)],
    "snapshot_isolation_state": [(0, False)],
    "change_tracking_tables": [("Patient",)],
    "backupset": [(datetime(2026, 3, 1, 22, 0),)],
    "DATEDIFF(minute": [(-360,)],
}


def test_a_server_that_answers_everything_is_read_whole() -> None:
    database = ScriptedServer(EXPRESS)
    server = read_practice_server(database)
    assert (server.major_version, server.edition, server.is_babelfish) == (
        15,
        "Express Edition (64-bit)",
        False,
    )
    assert server.data_bytes == 9 * 1024**3
    assert server.encryption is not None
    assert server.encryption.encrypted
    assert (server.collation, server.code_page) == ("SQL_Latin1_General_CP1_CI_AS", 1252)
    assert (server.snapshot_allowed, server.reads_committed_snapshots) == (False, False)
    assert server.tracked_tables == frozenset({"Patient"})
    assert server.offset_minutes == -360


def test_a_server_that_answers_nothing_gives_warnings_and_no_error() -> None:
    database = ScriptedServer({})
    server = read_practice_server(database)
    rights = read_rights(database, ["Patient", "Visit"])
    lines = [
        judged.server_line(server),
        judged.size_line(server, {}),
        judged.read_only_line(server, rights),
        judged.encryption_line(server),
        judged.collation_line(server),
        judged.snapshot_line(server),
        judged.backup_line(server, NOW),
        judged.clock_line(server),
    ]
    assert {line.verdict for line in lines} == {Verdict.WARN}
    assert all(line.advice for line in lines)
    assert len(database.asked) > 15


def test_a_login_that_may_only_read_is_proven_by_questions_alone() -> None:
    no: Answers = {
        "HAS_PERMS_BY_NAME(?": [(0, 0, 0, 0, 0)],
        "HAS_PERMS_BY_NAME(DB_NAME()": [(0,)],
        "MEMBER": [(0,)],
    }
    database = ScriptedServer(no)
    rights = read_rights(database, ["Patient", "Patient", "odd.Visit"])
    assert not rights.can_write
    assert rights.unanswered == ()
    line = judged.read_only_line(read_practice_server(database), rights)
    assert line.verdict is Verdict.PASS
    assert all(statement.startswith("SELECT ") for statement in database.asked)
    writing = re.compile(r"\b(INTO|SET|CREATE|DROP|EXEC|MERGE|TRUNCATE)\b")
    assert not [statement for statement in database.asked if writing.search(statement)]
    assert sum("HAS_PERMS_BY_NAME(?" in statement for statement in database.asked) == 2


def test_a_login_that_may_run_procedures_warns() -> None:
    answers: Answers = {
        "'EXECUTE'": [(1,)],
        "HAS_PERMS_BY_NAME(?": [(0,) * 5],
        "'DATABASE'": [(0,)],
        "MEMBER": [(0,)],
    }
    database = ScriptedServer(answers)
    rights = read_rights(database, ["Patient"])
    assert not rights.can_write
    line = judged.read_only_line(read_practice_server(database), rights)
    assert line.verdict is Verdict.WARN
    assert "procedures" in line.found


def test_a_right_on_one_table_or_a_role_alone_makes_a_login_that_can_write() -> None:
    one_table: Answers = {
        "[dbo].[Visit]": [(0, 1, 0, 0, 0)],
        "HAS_PERMS_BY_NAME(?": [(0, 0, 0, 0, 0)],
        "'DATABASE'": [(0,)],
        "MEMBER": [(0,)],
    }
    database = ScriptedServer(one_table)
    rights = read_rights(database, ["Patient", "Visit"])
    assert rights.on_tables == {"Visit": ("UPDATE",)}
    line = judged.read_only_line(read_practice_server(database), rights)
    assert line.verdict is Verdict.STOP
    assert "Visit (UPDATE)" in line.found

    role: Answers = {
        "HAS_PERMS_BY_NAME(?": [(0,) * 5],
        "'DATABASE'": [(0,)],
        "'db_datawriter'": [(1,)],
        "MEMBER": [(0,)],
    }
    database = ScriptedServer(role)
    rights = read_rights(database, ["Patient"])
    assert rights.roles == ("db_datawriter",)
    assert judged.read_only_line(read_practice_server(database), rights).verdict is Verdict.STOP


def test_what_the_server_does_not_answer_for_is_never_taken_as_proof() -> None:
    partly: Answers = {"[dbo].[Patient]": [(0,) * 5], "'DATABASE'": [(0,)], "MEMBER": [(0,)]}
    database = ScriptedServer(partly)
    rights = read_rights(database, ["Patient", "Visit"])
    assert rights.unanswered == ("Visit",)
    line = judged.read_only_line(read_practice_server(database), rights)
    assert line.verdict is Verdict.WARN
    assert "Visit" in line.found


def test_the_clock_is_compared_with_ours() -> None:
    behind = (datetime.now(UTC) - timedelta(days=365)).replace(tzinfo=None)
    database = ScriptedServer({"DATEDIFF": [(0,)], "GETUTCDATE()": [(behind,)]})
    server = read_practice_server(database)
    assert server.seconds_ahead is not None
    assert server.seconds_ahead < -300 * 24 * 3600
    assert judged.clock_line(server).verdict is Verdict.WARN
