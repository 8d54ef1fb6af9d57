"""What is held back: listed, exported, and tried again, by the commands and from Dagster."""

from __future__ import annotations

import csv
import sqlite3
import stat
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from click.testing import CliRunner
from sqlalchemy import delete, insert

from panda_twenty.cli import main
from panda_twenty.cli.advising import ADVICE_EXIT
from panda_twenty.defs.quarantine_job import quarantine_retry
from panda_twenty.headless import by_itself
from panda_twenty.ledger.cutover_tables import look_ups, looked_up_rows
from panda_twenty.ledger.outcomes import sample_is_over
from panda_twenty.ledger.sample import chosen_sample
from panda_twenty.ledger.state import OUTSIDE
from panda_twenty.quarantine import held_back
from panda_twenty.sandbox.practice import write_practice
from panda_twenty.session import Session, open_session
from panda_twenty.settings import Settings
from panda_twenty.twenty.errors import Refused
from panda_twenty.twenty.reasons import ReasonCode
from panda_twenty.twenty.records import count, read_all
from panda_twenty.twenty.sending import Flights
from panda_twenty_tests.cutover.scripted_days import now
from panda_twenty_tests.memory_folder import folder_in_memory

MAPPING = """
version: 1
objects:
  - {name: company, plural: companies, label: Company, label_plural: Companies, standard: true}
  - {name: person, plural: people, label: Person, label_plural: People, standard: true}
  - {name: visit, plural: visits, label: Visit, label_plural: Visits}
routes:
  - name: company_location
    entity: practice_location
    object: company
    lines:
      - {field: name, from: [name], transform: text, standard: true}
      - {field: pandaId, from: [key], transform: panda_id, type: TEXT, label: PANDA id, unique: true}
  - name: person_patient
    entity: patient
    object: person
    lines:
      - {field: name, from: [first_name, last_name, suffix], transform: full_name, standard: true}
      - {field: dateOfBirth, from: [birth_date], transform: civil_date, type: DATE, label: Date of birth}
      - field: company
        from: [location_key]
        transform: relation
        standard: true
        relation: {target: company, entity: practice_location}
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

PATIENTS = 6


@dataclass
class Desk:
    """An operator's machine: a practice, a Twenty that refuses what a test names, and the settings."""

    folder: Path
    refused: set[tuple[str, str]]
    """Entity and source key of what Twenty refuses."""

    def run(self, *words: str, exit_code: int | None = 0) -> str:
        result = CliRunner().invoke(main, list(words))
        assert exit_code in (None, result.exit_code), (result.output, result.exception)
        assert "Traceback" not in result.output
        return result.output

    def job(self, **config: str) -> dg.ExecuteInProcessResult:
        """Jobs, quarantine_retry, Launchpad, Launch."""
        with dg.DagsterInstance.from_config(str(self.folder / "home" / "dagster")) as instance:
            return by_itself(quarantine_retry).execute_in_process(
                instance=instance,
                run_config={"ops": {"retry_quarantined": {"config": config}}} if config else None,
                raise_on_error=False,
            )

    def told(self, result: dg.ExecuteInProcessResult) -> dict[str, Any]:
        assert result.success
        (event,) = [each for each in result.all_node_events if each.event_type_value == "STEP_OUTPUT"]
        return {name: each.value for name, each in event.step_output_data.metadata.items()}

    def page(self) -> dict[str, Any]:
        """What the asset of the quarantine shows in the UI."""
        with dg.DagsterInstance.from_config(str(self.folder / "home" / "dagster")) as instance:
            event = instance.get_latest_materialization_event(dg.AssetKey(["report", "quarantine"]))
        assert event is not None
        assert event.asset_materialization is not None
        return {name: each.value for name, each in event.asset_materialization.metadata.items()}

    def edit(self, statement: str) -> None:
        with closing(sqlite3.connect(self.folder / "practice.sqlite")) as connection:
            assert connection.execute(statement).rowcount
            connection.commit()

    def ask(self, statement: str) -> list[Any]:
        with closing(sqlite3.connect(self.folder / "practice.sqlite")) as connection:
            return [row[0] for row in connection.execute(statement)]

    @contextmanager
    def session(self) -> Iterator[Session]:
        with open_session(Settings(_env_file=None)) as session:
            yield session

    def held_back(self) -> set[tuple[str, str]]:
        with self.session() as session:
            return {(each.entity, each.source_key) for each in held_back(session)}

    def records(self, object_name: str) -> int:
        with self.session() as session:
            ours = {"pandaId": {"like": "%/%"}}
            return count(session.client, session.workspace().object(object_name), where=ours)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    sandbox = pytest.importorskip("panda_twenty.sandbox.twenty")
    with folder_in_memory() as folder:
        write_practice(folder / "practice.sqlite", patients=PATIENTS)
        (folder / "mapping.yaml").write_text(MAPPING)
        with sandbox.running_twenty(folder / "twenty", rate_limit=None) as twenty:
            monkeypatch.chdir(folder)
            for name, value in {
                "TWENTY_URL": twenty.url,
                "TWENTY_API_KEY": twenty.token,
                "PANDA_CONNECTION": f"sqlite:///{folder / 'practice.sqlite'}",
                "PANDA_TWENTY_HOME": str(folder / "home"),
                "PANDA_TWENTY_MAPPING": str(folder / "mapping.yaml"),
                "PANDA_TWENTY_CALLS_PER_MINUTE": "1000000",
                "PANDA_TWENTY_PAUSE_AUTOMATIONS": "true",
                "DAGSTER_HOME": str(folder / "home" / "dagster"),
                "DAGSTER_DISABLE_TELEMETRY": "1",
            }.items():
                monkeypatch.setenv(name, value)
            one = Desk(folder, set())
            refuse(one.refused, monkeypatch)
            yield one


def refuse(refused: Collection[tuple[str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer a call that holds one of these records as Twenty answers what it does not take."""
    call = Flights._call

    def answering(flights: Flights, batch: Any, columns: Any) -> Any:
        if any((each.record.entity, each.record.source_key) in refused for each in batch):
            raise Refused(ReasonCode.NOT_AN_OPTION, field="name")
        return call(flights, batch, columns)

    monkeypatch.setattr(Flights, "_call", answering)


def test_what_twenty_refused_goes_once_it_is_mended_and_tried_again(desk: Desk) -> None:
    patient, other = (str(key) for key in desk.ask("SELECT PatientID FROM Patient ORDER BY PatientID")[:2])
    desk.refused |= {("patient", patient), ("patient", other)}
    desk.run("migrate", "--json", exit_code=None)
    held = desk.held_back()
    assert {("patient", patient), ("patient", other)} <= held
    page = desk.page()
    assert page["records"] == len(held)
    assert f"| patient | {patient} | " in page["first 200 records"]
    file = Path(page["every record (owner only)"])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert desk.folder / "home" in file.parents
    with file.open(newline="") as opened:
        assert {(row["entity"], row["source_key"]) for row in csv.DictReader(opened)} == held

    # What is not there is no success.
    told = desk.run("quarantine", "retry", "--entity", "pateint", exit_code=ADVICE_EXIT)
    assert "There is no entity pateint; there are patient, perio_exam, practice_location" in told
    assert "no entity pateint" in desk.run("quarantine", "list", "--entity", "pateint", exit_code=ADVICE_EXIT)
    assert not desk.job(entity="pateint").success
    told = desk.run("quarantine", "retry", "--entity", "practice_location")
    assert told.strip() == "No record of practice_location is in quarantine: there is nothing to try again."
    assert desk.told(desk.job(entity="practice_location"))["tried again"] == 0

    # Tried in vain: nothing was written, and yet not every record is in Twenty.
    told = desk.run("quarantine", "retry", exit_code=None)
    assert f"tried again: {len(held)}" in told
    assert f"0 left quarantine and {len(held)} are still in it" in told
    assert "Nothing was written" in told
    assert "every record was unchanged" not in told

    # One is mended in Twenty: the job brings it, and what waited for it.
    desk.refused -= {("patient", patient)}
    result = desk.told(desk.job())
    held_now = desk.held_back()
    assert ("patient", patient) not in held_now
    assert held_now < held
    assert (result["tried again"], result["still in quarantine"]) == (len(held), len(held_now))
    assert f"| patient | {other} | " in result["why"]
    assert desk.page()["records"] == len(held_now)

    # The other one by the command.
    desk.refused.clear()
    told = desk.run("quarantine", "retry", "--entity", "patient")
    assert "Of these 1 records, 1 left quarantine and 0 are still in it." in told
    assert desk.held_back() == set()
    assert desk.records("person") == PATIENTS
    assert desk.records("visit") == len(desk.ask("SELECT ExamID FROM PerioExam"))


@pytest.mark.parametrize("ledger", ["today's", "of an older version"])
def test_patients_are_linked_to_the_only_location_once_it_leaves_quarantine(desk: Desk, ledger: str) -> None:
    desk.refused |= {("practice_location", str(key)) for key in desk.ask("SELECT OfficeID FROM Office")}
    desk.run("migrate", "--json", exit_code=None)
    desk.run("delta", "--once")
    assert desk.records("company") == 0
    if ledger == "of an older version":
        # It remembered rows alone, and not what had been asked for.
        with desk.session() as session, session.ledger.writing() as connection:
            connection.execute(delete(look_ups))
            provider = {"entity": "provider", "source_key": "1", "row_hash": "0" * 32}
            connection.execute(insert(looked_up_rows), provider)
    desk.refused.clear()
    desk.edit(f"UPDATE Office SET OfficeName = 'Mended', ModifiedOn = '{now()}'")
    desk.run("delta", "--once")
    with desk.session() as session:
        person = session.workspace().object("person")
        ours = {"pandaId": {"like": "%/%"}}
        companies = [row["companyId"] for row in read_all(session.client, person, ["companyId"], where=ours)]
    assert len(companies) == PATIENTS
    assert all(companies)


def test_what_a_sample_held_back_leaves_quarantine_with_its_row(desk: Desk) -> None:
    patient = str(desk.ask("SELECT MAX(PatientID) FROM Patient")[0])
    desk.refused |= {("patient", patient)}
    desk.run("sample", "--patients", str(PATIENTS), "--json", exit_code=None)
    assert ("patient", patient) in desk.held_back()
    desk.edit(f"DELETE FROM Patient WHERE PatientID = {patient}")
    desk.edit(f"DELETE FROM PerioExam WHERE PatientID = {patient}")
    desk.run("migrate", "--json")
    assert desk.held_back() == set()


def test_the_job_sends_the_sample_again_and_no_other_patient(desk: Desk) -> None:
    desk.run("sample", "--patients", "3", "--json", exit_code=None)
    with desk.session() as session:
        sample = chosen_sample(session.ledger)
        assert sample is not None
        keys = sample.keys
    desk.run("sample", "--reject")
    desk.refused |= {("patient", keys[0])}
    desk.run("sample", "--patients", "3", "--json", exit_code=None)
    assert desk.records("person") == len(keys) - 1
    desk.refused.clear()
    result = desk.told(desk.job())
    assert result["still in quarantine"] == 0
    assert desk.held_back() == set()
    assert desk.records("person") == len(keys)
    with desk.session() as session:
        assert not sample_is_over(session.ledger)


def test_a_row_that_names_its_patient_by_now_goes_with_the_retry(desk: Desk) -> None:
    exam, patient = desk.ask("SELECT ExamID FROM PerioExam")[0], desk.ask("SELECT PatientID FROM Patient")[0]
    desk.edit(f"UPDATE PerioExam SET PatientID = 9876543 WHERE ExamID = {exam}")
    desk.run("migrate", "--json", exit_code=None)
    with desk.session() as session:
        assert [each.range_key for each in held_back(session)] == [OUTSIDE]
    desk.edit(f"UPDATE PerioExam SET PatientID = {patient} WHERE ExamID = {exam}")
    desk.run("quarantine", "retry")
    assert desk.held_back() == set()
    assert desk.records("visit") == len(desk.ask("SELECT ExamID FROM PerioExam"))
