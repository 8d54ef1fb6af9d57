"""Taking a migration back from the command line: what is printed, what is written, and the exit codes."""

from __future__ import annotations

import json
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from panda_twenty.cli import main
from panda_twenty.cli.advising import ADVICE_EXIT
from panda_twenty.sandbox.practice import write_practice

MAPPING = """
version: 1
choices: {adopt_by: {person: [emails]}}
objects:
  - {name: person, plural: people, label: Person, label_plural: People, standard: true}
  - {name: visit, plural: visits, label: Visit, label_plural: Visits}
routes:
  - name: person_patient
    entity: patient
    object: person
    lines:
      - {field: name, from: [first_name, last_name, suffix], transform: full_name, standard: true}
      - {field: nameSuffix, from: [suffix, last_name], transform: name_suffix, type: TEXT, label: Suffix}
      - {field: emails, from: [email], transform: emails, standard: true, when_taken: sharedEmails}
      - {field: sharedEmails, transform: taken, type: EMAILS, label: Shared e-mail}
      - {field: dateOfBirth, from: [birth_date], transform: civil_date, type: DATE, label: Date of birth}
      - {field: pandaId, from: [key], transform: panda_id, type: TEXT, label: PANDA id, unique: true}
  - name: visit
    entity: perio_exam
    object: visit
    lines:
      - {field: name, from: [exam_date], transform: title, with: {fallback: Visit}, standard: true}
      - field: patient
        from: [patient_key]
        transform: relation
        label: Patient
        relation: {target: person, entity: patient, reverse_label: Visits, required: true}
      - {field: pandaId, from: [key], transform: panda_id, type: TEXT, label: PANDA id, unique: true}
"""


@dataclass
class Desk:
    """An operator's machine after a migration, with a snapshot of the workspace from before."""

    folder: Path
    environment: dict[str, str]

    def run(self, *arguments: str, exit_code: int = 0) -> Any:
        result = CliRunner().invoke(main, list(arguments), env=self.environment)
        assert result.exit_code == exit_code, (result.output, result.exception)
        assert "Traceback" not in result.output
        return result

    @property
    def ledger(self) -> Path:
        (file,) = (self.folder / "home").glob("*/ledger.sqlite")
        return file


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    sandbox = pytest.importorskip("panda_twenty.sandbox.twenty")
    folder = tmp_path_factory.mktemp("desk")
    write_practice(folder / "practice.sqlite", patients=6)
    (folder / "mapping.yaml").write_text(MAPPING)
    with (
        sandbox.running_twenty(folder / "twenty", rate_limit=None) as twenty,
        pytest.MonkeyPatch.context() as monkeypatch,
    ):
        monkeypatch.chdir(folder)
        environment = {
            "TWENTY_URL": twenty.url,
            "TWENTY_API_KEY": twenty.token,
            "PANDA_CONNECTION": f"sqlite:///{folder / 'practice.sqlite'}",
            "PANDA_TWENTY_HOME": str(folder / "home"),
            "PANDA_TWENTY_MAPPING": str(folder / "mapping.yaml"),
            "PANDA_TWENTY_CALLS_PER_MINUTE": "1000000",
            "PANDA_TWENTY_PAUSE_AUTOMATIONS": "true",
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        one = Desk(folder, environment)
        one.run("snapshot", "--out", str(folder / "before.jsonl"))
        one.run("migrate", "--json")
        yield one


def test_the_account_is_whole_and_its_runs_and_records_can_be_looked_up(desk: Desk) -> None:
    assert "The chain is whole" in desk.run("audit", "verify").stdout
    runs = [json.loads(line) for line in desk.run("audit", "runs", "--json").stdout.splitlines()]
    assert runs
    shown = desk.run("audit", "show", "--record", "patient:101", "--json").stdout.splitlines()
    assert [json.loads(line)["action"] for line in shown] == ["create", "created"]
    of_patient = desk.run("audit", "show", "--patient", "101", "--json").stdout.splitlines()
    assert {json.loads(line)["patient_key"] for line in of_patient} == {"101"}
    desk.run("audit", "export", "--out", str(desk.folder / "account.csv"))
    assert stat.S_IMODE((desk.folder / "account.csv").stat().st_mode) == 0o600
    assert "Nothing is older than 6 years" in desk.run("audit", "retention").stdout


def test_a_dry_run_is_the_default_and_its_report_is_its_owners_alone(desk: Desk) -> None:
    report = desk.folder / "plan.json"
    report.write_text("what others may read")
    report.chmod(0o644)
    told = desk.run("rollback", "--json", str(report))
    assert "Nothing was changed" in told.stdout
    content = json.loads(report.read_text())
    assert content["dry_run"] is True
    assert content["objects"]["person"]["destroyed"] >= 6
    assert len(content["records"]) == sum(each["destroyed"] for each in content["objects"].values())
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    assert "Nothing was changed" in desk.run("rollback").stdout


def test_no_name_of_a_patient_is_printed(desk: Desk) -> None:
    with closing(sqlite3.connect(desk.folder / "practice.sqlite")) as connection:
        names = [row[0] for row in connection.execute("SELECT LastName FROM Patient")]
    printed = "".join(
        desk.run(*command).output
        for command in (
            ("rollback",),
            ("audit", "show"),
            ("audit", "runs"),
            ("rollback", "--object", "person"),
        )
    )
    assert names
    assert not [name for name in names if name in printed]


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        (("rollback", "--record", "patient"), ADVICE_EXIT),
        (("snapshot",), 2),
        (("audit", "export", "--out", "account.txt"), 2),
    ],
)
def test_a_command_that_makes_no_sense_is_refused_with_advice(
    desk: Desk, arguments: tuple[str, ...], exit_code: int
) -> None:
    desk.run(*arguments, exit_code=exit_code)


def test_what_is_left_alone_shows_in_the_exit_code_until_the_operator_says_otherwise(desk: Desk) -> None:
    from panda_twenty.session import open_session
    from panda_twenty.settings import Settings
    from panda_twenty.twenty.records import read_all, upsert

    with open_session(Settings(_env_file=None)) as session:
        facts = session.facts("visit")
        visit = next(iter(read_all(session.client, facts, ["name"])))
        upsert(session.client, facts, [{"id": visit["id"], "name": "By hand"}])
    told = desk.run("rollback", exit_code=1)
    assert "1 records were changed in Twenty by somebody else" in told.stdout
    desk.run("rollback", "--yes", exit_code=1)
    told = desk.run("rollback", "--yes", "--include-edited", "--remove-data-model")
    assert "Removed from the data model" in told.stdout
    assert "There is nothing left to take back." in desk.run("rollback", "--yes").stdout
    desk.run("snapshot", "--out", str(desk.folder / "after.jsonl"))
    compared = desk.run(
        *("snapshot", "--compare", str(desk.folder / "before.jsonl"), str(desk.folder / "after.jsonl"))
    )
    assert "The snapshots are equal." in compared.stdout
    assert "The chain is whole" in desk.run("audit", "verify").stdout


def test_one_altered_byte_of_the_ledger_is_found(desk: Desk) -> None:
    with closing(sqlite3.connect(desk.ledger)) as connection:
        connection.execute("UPDATE record_events SET twenty_id = 'f' || substr(twenty_id, 2) WHERE rowid = 1")
        connection.commit()
    told = desk.run("audit", "verify", exit_code=1)
    assert "was altered after it was written" in told.stdout
