"""Forty things that go wrong in a workspace after a migration, planted through Twenty's API."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from panda_twenty.ledger.state import KnownRecord, records_of
from panda_twenty.session import Session
from panda_twenty.twenty.files import upload
from panda_twenty.twenty.records import Actor, destroy, read_by_ids, soft_delete, upsert
from panda_twenty.twenty.stored_file import StoredFile
from panda_twenty_tests.verification.migrated_directly import change

Place = tuple[str, str, str, str | None]
"""Heading, object, Twenty id, and the field where one is at fault."""


@dataclass
class Planted:
    """What was planted, and where it has to be told."""

    session: Session
    places: list[Place] = field(default_factory=list)
    planted: int = 0
    _used: set[str] = field(default_factory=set)

    def record(
        self, name: str, wanted: Callable[[dict[str, Any]], bool] = bool, *columns: str, entity: str = ""
    ) -> tuple[KnownRecord, dict[str, Any]]:
        """A record of ours that nothing was planted in yet, and its columns."""
        known = [
            each
            for each in records_of(self.session.ledger, name)
            if each.twenty_id not in self._used and entity in ("", each.entity)
        ]
        ids: list[str] = [each.twenty_id for each in known]
        found = read_by_ids(self.session.client, self.session.facts(name), ids, columns)
        for each in known:
            if each.twenty_id in found and wanted(found[each.twenty_id]):
                self._used.add(each.twenty_id)
                return each, found[each.twenty_id]
        raise AssertionError(f"no {name} to plant {columns} in")

    def change(
        self, name: str, column: str, made: Callable[[Any], Any], told: str | None = None, entity: str = ""
    ) -> None:
        """Change one column of a record that has something in it."""
        each, values = self.record(name, lambda found: _is_filled(found[column]), column, entity=entity)
        change(self.session, self.session.facts(name), each.twenty_id, {column: made(values[column])})
        self.expect("differences", name, each.twenty_id, told or column)

    def expect(self, heading: str, name: str, twenty_id: str, at: str | None = None) -> None:
        self.planted += 1
        self.places.append((heading, name, twenty_id, at))


def _is_filled(value: Any) -> bool:
    return any(value.values()) if isinstance(value, dict) else value not in (None, "", [], False)


def plant_forty(session: Session) -> Planted:
    """Plant forty errors, one a record."""
    planted = Planted(session)
    for plant in (_fields, _relations, _records, _files):
        plant(planted)
    return planted


def _fields(planted: Planted) -> None:
    change = planted.change
    change("perioExam", "upperFacialPd", _other_digit)
    change("perioExam", "lowerLingualGm", _other_digit)
    change("perioExam", "upperLingualBop", lambda row: row.replace("-", "+", 1))
    change("perioExam", "findingsJson", lambda teeth: [{**teeth[0], "status": "PONTIC"}, *teeth[1:]])
    change("perioExam", "examDate", lambda day: f"{day[:8]}{'27' if day[8:] != '27' else '26'}")
    change("perioExam", "createdAt", lambda _: "2031-01-01T00:00:00.000Z")
    change("perioExam", "t03MaxPd", lambda depth: depth + 1)
    change("perioExam", "diagnosis", lambda text: text[:-1])
    change("perioExam", "examType", lambda value: "OTHER" if value != "OTHER" else "SCREENING")
    change("perioExam", "meanPd", lambda value: round(value + 0.01, 6))
    change("person", "name", lambda name: {**name, "lastName": name["lastName"].upper()}, entity="patient")
    change("person", "phones", _other_phone_digit, entity="patient")
    change(
        "person", "emails", lambda held: {"primaryEmail": None, "additionalEmails": None}, entity="patient"
    )
    change("person", "homeAddress", lambda held: {"addressStreet1": f"{held['addressStreet1']} "})
    change("person", "dateOfBirth", lambda day: f"1{'8' if day[1] != '8' else '9'}{day[2:]}")
    change("person", "medicalAlert", lambda _: "")
    change("person", "primaryMajorPct", lambda percent: percent + 5)
    change("treatmentPlan", "goal", lambda text: text.swapcase())
    change("treatmentPlan", "adaCodes", lambda codes: codes[:-1])
    change("treatmentPhase", "procedureLines", lambda lines: lines[1:])
    change("treatmentPhase", "phaseOrder", lambda order: order + 1)
    change("plannedProcedure", "fee", lambda fee: {"amountMicros": int(fee["amountMicros"]) + 10_000})
    change("plannedProcedure", "toothArea", lambda area: f"{area}0")
    change("plannedProcedure", "createdBy", lambda _: {"source": "API", "name": "somebody else"})
    change("perioComparison", "examsInPanda", lambda keys: keys[::-1] if len(keys) > 1 else [*keys, "0"])
    change("note", "bodyV2", lambda body: {"markdown": body["markdown"][:-10]}, entity="letter")
    change("note", "formattingLost", lambda _: False) if _has_lost(planted) else change(
        "note", "textFormat", lambda kind: "html" if kind != "html" else "rtf"
    )
    change("note", "notedAt", lambda at: f"{at[:11]}{'05' if at[11:13] != '05' else '06'}{at[13:]}")
    change("task", "status", lambda status: "TODO" if status != "TODO" else "DONE")
    change("task", "dueAt", lambda _: None)
    change("company", "telephone", _other_phone_digit)


def _has_lost(planted: Planted) -> bool:
    found = records_of(planted.session.ledger, "note")
    ids = [each.twenty_id for each in found]
    notes = read_by_ids(planted.session.client, planted.session.facts("note"), ids, ["formattingLost"])
    return any(each["formattingLost"] for each in notes.values())


def _other_digit(row: str) -> str:
    """The first measurement of a chart row, one more."""
    found = re.search(r"(?<=[: ] )\d(?= |$)|(?<=[.x\d] )\d(?= |$)", row)
    assert found is not None
    return f"{row[: found.start()]}{(int(found[0]) + 1) % 10}{row[found.end() :]}"


def _other_phone_digit(held: dict[str, Any]) -> dict[str, Any]:
    number = held["primaryPhoneNumber"]
    return {
        "primaryPhoneNumber": f"{number[:-1]}{(int(number[-1]) + 1) % 10}",
        "primaryPhoneCallingCode": held["primaryPhoneCallingCode"],
    }


def _relations(planted: Planted) -> None:
    session = planted.session
    people = [each.twenty_id for each in records_of(session.ledger, "person") if each.entity == "patient"]
    for name, column, entity in (
        ("noteTarget", "targetPersonId", "clinical_note_target"),
        ("perioExam", "patientId", ""),
    ):
        each, values = planted.record(name, lambda found, column=column: found[column], column, entity=entity)  # type: ignore[misc]
        other = next(person for person in people if person != values[column])
        change(session, session.facts(name), each.twenty_id, {column: other})
        planted.expect("differences", name, each.twenty_id, column.removesuffix("Id"))


def _records(planted: Planted) -> None:
    session = planted.session
    lost, _ = planted.record("plannedProcedure")
    destroy(session.client, session.facts("plannedProcedure"), [lost.twenty_id])
    planted.expect("without_record", "plannedProcedure", lost.twenty_id)
    hidden, _ = planted.record("perioComparison")
    soft_delete(session.client, session.facts("perioComparison"), [hidden.twenty_id])
    planted.expect("without_record", "perioComparison", hidden.twenty_id)
    note, _ = planted.record("note")
    person, _ = planted.record("person", entity="patient")
    for name, values, actor in _extra_records(session, note, person):
        extra = str(uuid.uuid4())
        upsert(session.client, session.facts(name), [{"id": extra, **values}], actor=actor)
        planted.expect("without_source", name, extra)


def _extra_records(
    session: Session, note: KnownRecord, person: KnownRecord
) -> Iterator[tuple[str, dict[str, Any], Actor | None]]:
    yield "person", {"name": {"firstName": "Extra", "lastName": "Person"}}, Actor(session.actor.name)
    yield "perioExam", {"name": "An exam of nobody"}, None
    yield "noteTarget", {"noteId": note.twenty_id, "targetPersonId": person.twenty_id}, None


def _files(planted: Planted) -> None:
    session, facts = planted.session, planted.session.facts("attachment")
    each, values = planted.record("attachment", bool, "file", "name")
    file = StoredFile(values["file"][0]["label"], b"other bytes")
    name = file.name if file.name.endswith((".txt", ".rtf")) else "other.txt"
    held = upload(session.client, facts, "file", StoredFile(name, file.content))
    change(session, facts, each.twenty_id, {"file": held})
    planted.expect("differences", "attachment", each.twenty_id, "file")
    other, values = planted.record("attachment", bool, "targetPersonId")
    people = [one.twenty_id for one in records_of(session.ledger, "person") if one.entity == "patient"]
    target = next(person for person in people if person != values["targetPersonId"])
    change(session, facts, other.twenty_id, {"targetPersonId": target})
    planted.expect("differences", "attachment", other.twenty_id, "targetPerson")
