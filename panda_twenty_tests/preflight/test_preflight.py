"""The command and the asset, from the settings to the page, with one end, both, or none."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import stat
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from click.testing import CliRunner

from panda_twenty import session as session_module
from panda_twenty.cli import main
from panda_twenty.defs.preflight_asset import preflight
from panda_twenty.defs.resources import Migration
from panda_twenty.panda.connection import PracticeDatabase, open_practice
from panda_twenty.panda.practice_facts import read_entities, read_patient_ids
from panda_twenty.panda.profile import load_profile
from panda_twenty.panda.server_facts import PracticeServer
from panda_twenty.preflight import practice as preflight_practice
from panda_twenty.preflight.line import Verdict, passed, stopped, warned
from panda_twenty.preflight.looking import OVERRIDES, Preflight, Section, overridden
from panda_twenty.preflight.page import page_as_html, write_page
from panda_twenty.sandbox.practice import write_practice
from panda_twenty.settings import Settings
from panda_twenty.twenty.client import TwentyClient
from panda_twenty.twenty.records import soft_delete, upsert
from panda_twenty.twenty.workspace import read_workspace

PATIENTS = 25
CANARY = "Zyxwvutsrq"
CANARY_EMAIL = "zyxwvutsrq@canary.test"


@dataclass
class Desk:
    """A practice, a running stand-in, and the settings that lead to them."""

    folder: Path
    twenty: Any
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def practice(self) -> Path:
        return self.folder / "practice.sqlite"

    @property
    def page(self) -> Path:
        return self.folder / "page.html"

    def run(self, *options: str, **changes: str | None) -> Any:
        """The command with ``--html``; None takes a setting out."""
        environment = {**self.environment, **changes}
        result = CliRunner().invoke(main, ["preflight", "--html", str(self.page), *options], env=environment)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    def look(self, **changes: str | None) -> tuple[int, dict[str, dict[str, str]], dict[str, Any]]:
        """Exit code, lines by code, and everything."""
        result = self.run("--json", **changes)
        told = json.loads(result.stdout)
        lines = {line["code"]: line for line in told["lines"]}
        assert len(lines) == len(told["lines"])
        assert told["exit_code"] == result.exit_code
        return result.exit_code, lines, told


@pytest.fixture(scope="module")
def twenty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    sandbox = pytest.importorskip("panda_twenty.sandbox.twenty")
    with sandbox.running_twenty(tmp_path_factory.mktemp("twenty"), rate_limit=None) as server:
        yield server


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("practice") / "practice.sqlite"
    write_practice(file, patients=PATIENTS)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(
            "UPDATE Patient SET LastName = ?, Email = ?"
            " WHERE PatientID = (SELECT MIN(PatientID) FROM Patient)",
            (CANARY, CANARY_EMAIL),
        )
        connection.commit()
    return file


@pytest.fixture
def desk(tmp_path: Path, twenty: Any, practice: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    (tmp_path / "practice.sqlite").write_bytes(practice.read_bytes())
    return Desk(
        tmp_path,
        twenty,
        {
            "PANDA_CONNECTION": f"sqlite:///{tmp_path / 'practice.sqlite'}",
            "PANDA_TWENTY_HOME": str(tmp_path / "home"),
            "TWENTY_URL": twenty.url,
            "TWENTY_API_KEY": twenty.token,
            "PANDA_TWENTY_PAUSE_AUTOMATIONS": "true",
            "PANDA_TWENTY_CALLS_PER_MINUTE": "1000000",
        },
    )


def test_with_both_ends_every_line_is_looked_at_and_nothing_is_written(desk: Desk) -> None:
    source = hashlib.sha256(desk.practice.read_bytes()).hexdigest()
    before = dict(desk.twenty.statistics.calls)
    code, lines, told = desk.look()
    assert code == 0, told
    assert not [line for line in lines.values() if "Not looked at" in line["found"]]
    expected = {
        "read_only_login",
        "key_role",
        "key_expiry",
        "collisions",
        "data_model",
        "free_disk",
        "ledger",
    }
    assert expected <= set(lines)
    assert all(line["advice"] for line in lines.values() if line["verdict"] != "pass")
    assert told["estimate"]["records"]["person"] > PATIENTS
    assert told["estimate"]["calls"] > len(told["estimate"]["records"])
    assert told["estimate"]["model_steps"] > 300
    assert hashlib.sha256(desk.practice.read_bytes()).hexdigest() == source
    called = {name for name, number in desk.twenty.statistics.calls.items() if number != before.get(name, 0)}
    assert not [name for name in called if re.match("create|update|delete|destroy|restore", name)]
    assert not list((desk.folder / "home").glob("preflight-*")), "the sample was left behind"


def test_the_page_is_one_file_for_its_owner_without_patients_data(desk: Desk) -> None:
    desk.page.write_text("old")
    desk.page.chmod(0o644)
    result = desk.run()
    page = desk.page.read_text()
    assert stat.S_IMODE(desk.page.stat().st_mode) == 0o600
    assert "Ready to migrate, with warnings" in page
    assert not re.search(r"src=|href=\"(?!#)|@import|url\(", page), "the page must stand alone"
    for text in (page, result.output):
        assert CANARY.lower() not in text.lower()
        assert desk.twenty.token not in text


def test_without_settings_the_sandbox_is_looked_at(desk: Desk) -> None:
    alone = dict.fromkeys(desk.environment) | {
        "PANDA_TWENTY_HOME": str(desk.folder / "sandbox"),
        "PATIENTS": "12",
    }
    desk.environment.clear()
    code, lines, told = desk.look(**alone)
    assert code == 0, told
    assert lines["key_role"]["verdict"] == "pass"
    assert " 12" in lines["patient_ids"]["found"] or lines["patient_ids"]["found"].startswith("12 ")
    assert lines["confirmation"]["verdict"] == "pass"


def test_automations_that_nobody_may_pause_stop(desk: Desk) -> None:
    code, lines, _ = desk.look(PANDA_TWENTY_PAUSE_AUTOMATIONS=None)
    assert (code, lines["automations"]["verdict"]) == (1, "stop")


def test_one_end_alone_is_looked_at_alone(desk: Desk) -> None:
    code, lines, told = desk.look(TWENTY_URL=None, TWENTY_API_KEY=None)
    assert code == 0
    assert lines["twenty_reachable"]["found"] == "Not looked at: TWENTY_URL is not set."
    assert lines["row_counts"]["verdict"] != "stop"
    assert told["estimate"]["model_steps"] > 300

    code, lines, told = desk.look(PANDA_CONNECTION=None)
    assert code == 0
    assert lines["source_connection"]["found"] == "Not looked at: PANDA_CONNECTION is not set."
    assert lines["data_model"]["verdict"] == "pass"
    assert told["estimate"] is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"PANDA_CONNECTION": "sqlite:///nowhere.sqlite"}, "source_connection"),
        ({"TWENTY_URL": "http://127.0.0.1:9"}, "twenty_reachable"),
        ({"TWENTY_API_KEY": "not-a-key"}, "api_key"),
    ],
)
def test_an_end_that_cannot_be_reached_gives_a_page_and_exit_code_2(
    desk: Desk, changes: dict[str, str], code: str
) -> None:
    exit_code, lines, _ = desk.look(**changes)
    assert exit_code == 2
    assert lines[code]["verdict"] == "stop"
    assert lines[code]["advice"]
    assert "Not ready" in desk.page.read_text()
    assert lines["free_disk"]["verdict"] in ("pass", "warn")


def test_a_stranger_without_a_profile_is_told_by_its_tables(desk: Desk) -> None:
    stranger = desk.folder / "stranger.sqlite"
    with closing(sqlite3.connect(stranger)) as connection:
        connection.executescript(
            "CREATE TABLE PT (ID INT, LN TEXT); INSERT INTO PT VALUES (1, 'a'), (2, 'b');"
            "CREATE TABLE PT_bak (ID INT);"
        )
    code, lines, told = desk.look(PANDA_CONNECTION=f"sqlite:///{stranger}")
    assert code == 0
    assert lines["source_profile"]["found"] == "Not looked at: PANDA_PROFILE is not set."
    assert "PT 2" in lines["row_counts"]["found"]
    assert "PT_bak" in lines["backup_tables"]["found"]
    assert told["estimate"] is None

    code, lines, _ = desk.look(PANDA_CONNECTION=f"sqlite:///{stranger}", PANDA_PROFILE="reference-practice")
    assert (code, lines["source_profile"]["verdict"]) == (1, "stop")


def test_a_profile_with_an_open_question_stops(desk: Desk) -> None:
    built_in = files("panda_twenty.panda.profiles").joinpath("reference_practice.yaml").read_text()
    profile = desk.folder / "profile.yaml"
    profile.write_text(f"{built_in}\nopen_questions:\n  - Does a positive margin mean recession?\n")
    code, lines, _ = desk.look(PANDA_PROFILE=str(profile))
    assert (code, lines["source_profile"]["verdict"]) == (1, "stop")
    assert "positive margin" in lines["source_profile"]["found"]


def test_rows_are_counted_dated_and_marked_as_the_practice_has_them(desk: Desk) -> None:
    today = datetime.now(UTC).strftime("%Y-%m-%dT00:00:00")
    profile = load_profile("reference-practice")
    with closing(sqlite3.connect(desk.practice)) as connection:
        connection.execute("UPDATE PerioExam SET CreatedOn = '1999-01-02T00:00:00'")
        three = "SELECT ExamID FROM PerioExam LIMIT 3"
        connection.execute(f"UPDATE PerioExam SET CreatedOn = ? WHERE ExamID IN ({three})", (today,))
        exams = connection.execute("SELECT COUNT(*) FROM PerioExam").fetchone()[0]
        connection.execute(
            "UPDATE Patient SET PatientID = -5 WHERE PatientID = (SELECT MAX(PatientID) FROM Patient)"
        )
        connection.commit()
    with open_practice(f"sqlite:///{desk.practice}") as database:
        found = read_entities(database, profile, frozenset({"FindingDef"}))
        ids = read_patient_ids(database, profile)
    exam = found["perio_exam"]
    assert (exam.rows, exam.dated_rows, exam.rows_of_last_year) == (exams, exams, 3)
    assert exam.marker == "column ModifiedOn"
    assert found["finding_definition"].marker == "change tracking"
    assert (ids.patients, ids.lowest, ids.out_of_reach) == (PATIENTS, -5, 1)
    _, lines, _ = desk.look(TWENTY_URL=None, TWENTY_API_KEY=None)
    assert lines["patient_ids"]["verdict"] == "warn"


def test_a_profile_that_is_not_there_is_one_sentence(desk: Desk) -> None:
    result = desk.run(PANDA_PROFILE="nowhere.yaml")
    assert result.exit_code == 2
    assert "nowhere.yaml" in result.output


class WritableDatabase(PracticeDatabase):
    """The file's rows, behind a login that holds UPDATE on one table as SQL Server would tell it."""

    def query(
        self, sql: str, parameters: Sequence[object] = (), *, fetch_size: int = 1000
    ) -> Iterator[tuple[Any, ...]]:
        if "HAS_PERMS_BY_NAME(?" in sql:
            yield (0, int(parameters[0] == "[dbo].[Patient]"), 0, 0, 0)
        elif "HAS_PERMS_BY_NAME" in sql or "MEMBER(" in sql:
            yield (0,)
        else:
            yield from super().query(sql, parameters, fetch_size=fetch_size)


@pytest.fixture
def writable(monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(connection: str, **options: Any) -> PracticeDatabase:
        return WritableDatabase(open_practice(connection, **options)._session)

    monkeypatch.setattr(session_module, "open_practice", opened)
    monkeypatch.setattr(
        preflight_practice, "read_practice_server", lambda database: PracticeServer(dialect="sqlserver")
    )


def overrides(desk: Desk) -> list[dict[str, str]]:
    [file] = (desk.folder / "home").glob("*/ledger.sqlite")
    with closing(sqlite3.connect(file)) as connection:
        rows = connection.execute("SELECT content FROM entries WHERE kind = 'override'").fetchall()
    return [json.loads(content) for (content,) in rows]


@pytest.mark.usefixtures("writable")
def test_a_login_that_can_write_stops_until_it_is_allowed_on_record(desk: Desk) -> None:
    code, lines, _ = desk.look()
    assert (code, lines["read_only_login"]["verdict"]) == (1, "stop")
    assert "Patient (UPDATE)" in lines["read_only_login"]["found"]
    assert overrides(desk) == []

    for _again in range(2):
        code, lines, _ = desk.look(PANDA_ALLOW_WRITABLE_LOGIN="true")
        assert (code, lines["read_only_login"]["verdict"]) == (0, "warn")
        assert "PANDA_ALLOW_WRITABLE_LOGIN" in lines["read_only_login"]["found"]
    [noted] = overrides(desk)
    assert noted["code"] == "read_only_login"
    assert noted["by"] == "PANDA_ALLOW_WRITABLE_LOGIN"
    assert lines["ledger"]["verdict"] == "pass"


@pytest.mark.usefixtures("writable")
def test_the_asset_fails_with_what_to_do_when_something_stops(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in desk.environment.items():
        monkeypatch.setenv(name, value)
    result = dg.materialize([preflight], resources={"migration": Migration()}, raise_on_error=False)
    assert not result.success
    [failed] = [event for event in result.all_events if event.is_step_failure]
    failure = failed.step_failure_data.user_failure_data
    assert failure is not None
    assert "Rights of the login" in (failure.description or "")
    assert "SELECT only" in (failure.description or "")

    monkeypatch.setenv("PANDA_ALLOW_WRITABLE_LOGIN", "true")
    result = dg.materialize([preflight], resources={"migration": Migration()})
    [made] = result.asset_materializations_for_node("plan__preflight")
    assert made.metadata["stop"].value == 0
    assert "estimate: calls" in made.metadata
    assert CANARY not in str(made.metadata)


def test_an_override_turns_only_its_own_stop_into_a_warning() -> None:
    cloud = stopped("cloud_host", "Who keeps the records", "Twenty's cloud.", "Run your own.")
    allowed = {"cloud_host"}
    assert set(OVERRIDES) == {"cloud_host", "read_only_login"}
    assert overridden(cloud, allowed, on_record=True).verdict is Verdict.WARN
    assert overridden(cloud, {"read_only_login"}, on_record=True) == cloud
    assert "once it is known" in overridden(cloud, allowed, on_record=False).found
    fine = passed("cloud_host", "Who keeps the records", "Ours.")
    assert overridden(fine, allowed, on_record=True) == fine


def test_records_in_the_way_are_counted_and_named_by_field_only(desk: Desk) -> None:
    with TwentyClient(desk.twenty.url, desk.twenty.token) as client:
        facts = read_workspace(client).object("person")
        live, deleted = str(uuid.uuid4()), str(uuid.uuid4())
        with closing(sqlite3.connect(desk.practice)) as connection:
            connection.execute(
                "UPDATE Patient SET Email = 'second@canary.test'"
                " WHERE PatientID = (SELECT MAX(PatientID) FROM Patient)"
            )
            connection.commit()
        upsert(
            client,
            facts,
            [
                {"id": live, "emails": {"primaryEmail": CANARY_EMAIL}},
                {"id": deleted, "emails": {"primaryEmail": "second@canary.test"}},
            ],
        )
        soft_delete(client, facts, [deleted])
    code, lines, _ = desk.look()
    assert code == 0
    assert lines["collisions"]["verdict"] == "warn"
    assert "person.emails: 1 by live and 1 by soft-deleted records" in lines["collisions"]["found"]
    assert "sharedEmails" in lines["collisions"]["found"]
    assert CANARY_EMAIL not in desk.page.read_text()
    assert lines["standing_records"]["verdict"] == "warn"
    assert "Soft-deleted: person 1." in lines["standing_records"]["found"]


def page(*lines: Any) -> Preflight:
    return Preflight("2026-03-02T09:00:00+00:00", "tester", (Section("PANDA Perio", lines),), None)


def test_the_gravest_line_decides() -> None:
    good = passed("a", "A", "Fine.")
    fair = warned("b", "B", "Hm.", "Look.")
    bad = stopped("free_disk", "C", "No.", "Do.")
    lost = stopped("source_connection", "D", "Gone.", "Find it.")
    assert [page(good).verdict, page(good).exit_code] == ["pass", 0]
    assert [page(good, fair).verdict, page(good, fair).exit_code] == ["warn", 0]
    assert [page(bad, fair).verdict, page(bad, fair).exit_code] == ["stop", 1]
    assert page(bad, lost).exit_code == 2


def test_what_a_server_tells_is_escaped(tmp_path: Path) -> None:
    told = page(warned("a", "A", "<script>alert('x')</script>", "<b>Look</b> & see."))
    html = page_as_html(told)
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    file = write_page(told, tmp_path / "new" / "page.html")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
