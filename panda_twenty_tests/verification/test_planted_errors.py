"""Errors planted in a migrated workspace are all found, and nothing else is."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import stat
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from panda_twenty import migration, sweeping
from panda_twenty.ledger.outcomes import current_outcomes, forget_verified, keep_verified
from panda_twenty.ledger.state import Quarantined, records_of, set_aside
from panda_twenty.ledger.tables import records
from panda_twenty.panda.extraction import read_entity
from panda_twenty.progress import Step, listening
from panda_twenty.report.writing import write_report
from panda_twenty.settings import Settings
from panda_twenty.sweeping import Scope
from panda_twenty.twenty.client import TwentyClient
from panda_twenty.twenty.records import Actor, destroy, read_all, read_by_ids, upsert
from panda_twenty.twenty.workspace import ObjectFacts
from panda_twenty.verification import compare, unexplained
from panda_twenty.verifying import write_json
from panda_twenty_tests.memory_folder import folder_in_memory
from panda_twenty_tests.verification.migrated_directly import (
    Workspace,
    change,
    findings,
    migrate_directly,
    migrated_workspace,
    told,
)
from panda_twenty_tests.verification.planted_errors import Planted, plant_forty


@pytest.fixture(scope="module")
def workspace() -> Iterator[Workspace]:
    with (
        folder_in_memory() as folder,
        migrated_workspace(folder, patients=30) as migrated,
    ):
        with migrated.session() as session:
            migrate_directly(session)
        yield migrated


@pytest.fixture(scope="module")
def planted(workspace: Workspace) -> Planted:
    with workspace.session() as session:
        assert findings(session)[1] == []
        return plant_forty(session)


def places(found: list[dict[str, Any]]) -> list[tuple[str, str, str, str | None]]:
    return sorted(
        ((each["kind"], each["object"], each["twenty_id"], each.get("field")) for each in found), key=str
    )


def test_records_that_people_made_by_hand_are_counted_and_not_told(workspace: Workspace) -> None:
    with workspace.session() as session:
        twenty_id = str(uuid.uuid4())
        made = {
            "id": twenty_id,
            "name": {"firstName": "Walk", "lastName": "In"},
            "createdBy": {"source": "MANUAL", "name": "Front desk"},
        }
        upsert(session.client, session.facts("person"), [made])
        result, found = findings(session)
        assert found == []
        assert result.by_hand == {"person": 1}
        destroy(session.client, session.facts("person"), [twenty_id])


def test_a_verification_that_is_cut_off_goes_on_and_tells_everything_once(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with workspace.session() as session:
        exams = list(records_of(session.ledger, "perioExam"))
        facts = session.facts("perioExam")
        before = read_by_ids(session.client, facts, [each.twenty_id for each in exams], ["diagnosis"])
        for each in exams:
            change(session, facts, each.twenty_id, {"diagnosis": "changed in Twenty"})
        calls: list[str] = []

        def failing(*arguments: Any, **options: Any) -> Any:
            calls.append(arguments[1].name)
            if calls.count("perioExam") == 3 and len(calls) < 1000:
                calls.extend(["cut off"] * 1000)
                raise KeyboardInterrupt
            return read_by_ids(*arguments, **options)

        monkeypatch.setattr("panda_twenty.verification.compare.read_by_ids", failing)
        monkeypatch.setattr(compare, "RECORDS_OF_WIDE", 20)
        with pytest.raises(KeyboardInterrupt):
            findings(session)
        place = len(calls)
        result, found = findings(session)
        assert "company" not in calls[place:]
        assert "person" not in calls[place:]
        assert sorted(each["twenty_id"] for each in found) == sorted(each.twenty_id for each in exams)
        assert result.objects["perioExam"].different == len(exams)
        assert all(total.agrees for total in result.totals)
        assert sum(each.source for each in result.objects.values()) == sum(
            1 for each in session.mapping.objects for _ in records_of(session.ledger, each.name)
        )
        for each in exams:
            change(session, facts, each.twenty_id, {"diagnosis": before[each.twenty_id]["diagnosis"]})


def test_a_verification_waits_for_another_one_to_end(workspace: Workspace) -> None:
    told: list[str] = []
    is_waiting = threading.Event()

    def heard(step: Step) -> None:
        told.append(step.stage)
        if step.stage.startswith("wait for another verification"):
            is_waiting.set()

    def second() -> bool:
        with workspace.session() as session, listening(heard):
            return findings(session, Scope(object="company"))[0].is_clean

    with workspace.session() as session, ThreadPoolExecutor(1) as beside:
        with sweeping.alone(session.destination / "reports"):
            result = beside.submit(second)
            assert is_waiting.wait(60)
            assert not any(stage.startswith("verify") for stage in told)
        assert result.result()
        assert any(stage.startswith("verify") for stage in told)


def test_forty_planted_errors_are_found_and_nothing_else(workspace: Workspace, planted: Planted) -> None:
    with workspace.session() as session:
        _, found = findings(session)
        assert planted.planted >= 40
        assert places(found) == sorted(planted.places, key=str), [
            told(each)
            for each in found
            if (each["kind"], each["object"], each["twenty_id"], each.get("field")) not in planted.places
        ]
        (file,) = [each for each in found if (each["object"], each.get("field")) == ("attachment", "file")]
        (row,) = read_entity(session.source, session.profile, "document", keys=[file["source_key"]])
    name, content = row.values["file_name"], row.values["content"]
    held = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    assert file["source"] == [name, held], "bytes are not held, only what they come to"


@pytest.mark.parametrize(
    ("most_left_open", "walks"),
    [(unexplained.MOST_LEFT_OPEN, 1), (0, 2)],
    ids=["kept in memory", "read again"],
)
def test_a_fingerprint_finds_them_too_and_reads_only_what_was_touched(
    workspace: Workspace,
    planted: Planted,
    most_left_open: int,
    walks: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[str] = []

    def watched(client: TwentyClient, facts: ObjectFacts, *rest: Any, **more: Any) -> Any:
        read.append(facts.name)
        return read_all(client, facts, *rest, **more)

    monkeypatch.setattr(unexplained, "MOST_LEFT_OPEN", most_left_open)
    monkeypatch.setattr(unexplained, "read_all", watched)
    with workspace.session() as session:
        result, found = findings(session, Scope(fingerprint=True))
        assert places(found) == sorted(planted.places, key=str)
        # An unexplained record of the planted ones stands among people, whoever else is as it was.
        assert read.count("person") == walks
        assert set(read) == {each.name for each in session.mapping.objects}
        assert result.read_again <= len({place[2] for place in planted.places})
        whole = sum(1 for each in session.mapping.objects for _ in records_of(session.ledger, each.name))
        assert sum(each.source for each in result.objects.values()) == whole


def test_a_fingerprint_that_is_cut_off_between_its_looks_forgets_nothing(
    workspace: Workspace, planted: Planted, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(*_: Any) -> None:
        raise KeyboardInterrupt

    with workspace.session() as session:
        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr(sweeping, "walk_unexplained", cut_off)
            findings(session, Scope(fingerprint=True))
        _, found = findings(session, Scope(fingerprint=True))
        assert places(found) == sorted(planted.places, key=str)


def test_a_migration_whose_last_look_finds_something_says_so_and_ends_with_1(
    workspace: Workspace,
    planted: Planted,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Every range was verified when it was loaded; the errors came afterwards."""

    def ending(settings: Settings, only_ranges: object) -> None:
        with workspace.session() as session:
            findings(session, Scope(fingerprint=True))

    monkeypatch.setattr(migration, "migrate", ending)
    monkeypatch.setattr(migration, "hand_down", lambda settings: None)
    assert migration.run_migration(workspace.settings, as_json=False, confirm_as=None) == 1
    told = " ".join(capsys.readouterr().err.split())
    assert "records in Twenty that no row explains" in told
    monkeypatch.setattr(migration, "last_sweep", lambda ledger: {"all_is_well": True})
    assert migration.run_migration(workspace.settings, as_json=True, confirm_as=None) == 0
    assert "no row explains" not in capsys.readouterr().err


def test_a_fingerprint_reads_all_of_a_range_whose_load_was_cut_off(
    workspace: Workspace, planted: Planted
) -> None:
    """Of what such a load wrote, nobody has looked at anything yet."""
    with workspace.session() as session:
        route = session.mapping.route("treatment_plan")
        of_ranges = {
            key: counts
            for (name, key), (_, counts) in current_outcomes(session.ledger).items()
            if name == route.name
        }
        key, counts = max(of_ranges.items(), key=lambda each: each[1]["source"])
        forget_verified(session.ledger, route.name, key)
        result, found = findings(session, Scope(fingerprint=True))
        assert places(found) == sorted(planted.places, key=str)
        assert result.read_again >= counts["source"] > 0
        keep_verified(session.ledger, route.name, key, route.object, {"verified": counts["source"]}, counts)


def test_the_json_document_is_its_owners_and_has_every_heading(
    workspace: Workspace, planted: Planted, tmp_path: Path
) -> None:
    with workspace.session() as session:
        result, found = findings(session)
        file = tmp_path / "verify.json"
        write_json(file, result)
        document = json.loads(file.read_text(encoding="utf-8"))
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert list(document) == ["differences", "without_source", "without_record", "summary"]
        told_of = {key for each in document["differences"] for key in each}
        assert told_of == {
            "object",
            "twenty_id",
            "source_key",
            "field",
            "source",
            "twenty",
            "comparator",
        }
        assert sum(len(document[kind]) for kind in list(document)[:3]) == len(found)
        assert document["summary"]["all_is_well"] is False
        assert document["summary"]["totals_that_differ"]


def test_the_report_masks_values_unless_they_are_asked_for_and_marks_sites_that_differ(
    workspace: Workspace, planted: Planted
) -> None:
    with workspace.session() as session:
        result, found = findings(session)
        name = next(each["source"] for each in found if each.get("field") == "name")
        for show_values in (False, True):
            files = write_report(session, result, show_values=show_values)
            page = files["report"].read_text(encoding="utf-8")
            rows = files["differences"].read_text(encoding="utf-8")
            assert (name[1] in page) is show_values
            assert (name[1] in rows) is show_values
            assert 'class="differs"' in page
            assert "<script" not in page
            assert "http://" not in page.replace(str(workspace.twenty.url), "")
            assert rows.count("\n") > len(found)
            for file in files.values():
                assert stat.S_IMODE(file.stat().st_mode) == 0o600
        certificate = files["certificate"].read_text(encoding="utf-8")
        assert session.ledger.head() in certificate
        assert "fields differ" in certificate


def test_a_row_that_is_gone_from_the_source_leaves_a_record_that_nothing_explains(
    workspace: Workspace, planted: Planted
) -> None:
    with closing(sqlite3.connect(workspace.folder / "practice.sqlite")) as connection:
        (key,) = connection.execute("SELECT MIN(AppointmentID) FROM Appointment").fetchone()
        connection.execute("DELETE FROM Appointment WHERE AppointmentID = ?", (key,))
        connection.commit()
    with workspace.session() as session:
        _, found = findings(session, Scope(object="task"))
        gone = [each for each in found if each["kind"] == "without_source"]
        assert [(each["source_key"], each["reason"]) for each in gone] == [(str(key), "source_gone")]


def test_a_record_that_is_in_quarantine_and_yet_in_twenty_is_told(
    workspace: Workspace, planted: Planted
) -> None:
    with workspace.session() as session:
        each = next(one for one in records_of(session.ledger, "treatmentPlan"))
        with session.ledger.writing() as connection:
            connection.execute(delete(records).where(records.c.twenty_id == each.twenty_id))
        set_aside(
            session.ledger,
            [Quarantined(each.entity, each.source_key, each.object, "all", "unreadable_date", None, "x")],
        )
        _, found = findings(session, Scope(object="treatmentPlan"))
        reasons = [one["reason"] for one in found if one["twenty_id"] == each.twenty_id]
        assert reasons == ["quarantined"]


def test_a_stranger_with_our_marker_is_told(workspace: Workspace, planted: Planted) -> None:
    with workspace.session() as session:
        again = str(uuid.uuid4())
        record = {"id": again, "name": "Again", "pandaId": f"{session.practice}/treatment_plan/000"}
        upsert(session.client, session.facts("treatmentPlan"), [record], actor=Actor("somebody"))
        _, found = findings(session, Scope(object="treatmentPlan"))
        assert (again, "unknown") in {(one["twenty_id"], one.get("reason")) for one in found}
