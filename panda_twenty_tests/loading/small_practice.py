"""A practice of a few rows, with one person object and one child object, loaded into a running Twenty."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from panda_twenty.ledger.ledger import Ledger
from panda_twenty.ledger.opening import open_ledger
from panda_twenty.ledger.state import Quarantined, quarantined
from panda_twenty.mapping.data_model import wanted_objects
from panda_twenty.mapping.identity import record_id
from panda_twenty.mapping.records import joined_rows, record_builder
from panda_twenty.mapping.specification import MappingSpecification, load_mapping
from panda_twenty.panda.entities import ENTITIES
from panda_twenty.panda.extraction import EntityRow
from panda_twenty.twenty.adoption import NO_ADOPTION, AdoptionPolicy
from panda_twenty.twenty.client import TwentyClient
from panda_twenty.twenty.data_model import apply_data_model, plan_data_model
from panda_twenty.twenty.loading import Load, LoadCounts, load_ranges
from panda_twenty.twenty.records import Actor, read_by_ids, upsert
from panda_twenty.twenty.survey import Standing, survey
from panda_twenty.twenty.unique_values import UniqueField
from panda_twenty.twenty.workspace import ObjectFacts, Workspace, read_workspace
from panda_twenty.verification.compare import BothEnds, verify_route
from panda_twenty.verification.differences import Verification

MAPPING = """
version: 1
objects:
  - {name: person, plural: people, label: Person, label_plural: People, standard: true}
  - {name: visit, plural: visits, label: Visit, label_plural: Visits}
  - {name: meeting, plural: meetings, label: Meeting, label_plural: Meetings}
routes:
  - name: patients
    entity: patient
    object: person
    lines:
      - {field: createdAt, from: [created_at], transform: moment, standard: true}
      - {field: name, from: [first_name, last_name, suffix], transform: full_name, standard: true}
      - {field: nameSuffix, from: [suffix, last_name], transform: name_suffix, type: TEXT, label: Suffix}
      - {field: emails, from: [email], transform: emails, standard: true, when_taken: sharedEmails}
      - {field: emailRemark, from: [email], transform: email_remark, type: TEXT, label: E-mail remark}
      - {field: sharedEmails, transform: taken, type: EMAILS, label: Shared e-mail}
      - {field: phones, from: [mobile_phone, home_phone, work_phone], transform: phones, standard: true}
      - field: phoneRemark
        from: [mobile_phone, home_phone, work_phone]
        transform: phone_remarks
        type: TEXT
        label: Phone remark
      - field: homeAddress
        from: [street, street2, city, state, postal_code, country]
        transform: address
        type: ADDRESS
        label: Home address
      - {field: medicalAlert, from: [medical_alert], transform: text, type: TEXT, label: Medical alert}
      - {field: dateOfBirth, from: [birth_date], transform: civil_date, type: DATE, label: Date of birth}
      - field: sex
        from: [sex]
        transform: code
        type: SELECT
        label: Sex
        options: {FEMALE: Female, MALE: Male, OTHER: Other, UNKNOWN: Unknown}
      - {field: pandaId, from: [key], transform: panda_id, type: TEXT, label: PANDA id, unique: true}
  - name: visits
    entity: perio_exam
    object: visit
    lines:
      - {field: name, from: [exam_date], transform: title, with: {fallback: Visit}, standard: true}
      - {field: visitDate, from: [exam_date], transform: civil_date, type: DATE, label: Date}
      - {field: isFirst, from: [is_baseline], transform: boolean, type: BOOLEAN, label: First}
      - {field: missed, from: [teeth_lost_to_perio], transform: number, type: NUMBER, label: Missed}
      - field: patient
        from: [patient_key]
        transform: relation
        label: Patient
        relation: {target: person, entity: patient, reverse_label: Visits, required: true}
      - field: doctor
        from: [provider_key]
        transform: relation
        label: Doctor
        relation: {target: person, entity: provider, reverse_label: Visits as doctor}
      - {field: pandaId, from: [key], transform: panda_id, type: TEXT, label: PANDA id, unique: true}
  - name: meetings
    entity: appointment
    object: meeting
    lines:
      - {field: name, from: [key], transform: title, with: {fallback: Meeting}, standard: true}
      - field: movedTo
        from: [successor_key]
        transform: relation
        label: Moved to
        relation: {target: meeting, entity: appointment, reverse_label: Moved from}
      - {field: pandaId, from: [key], transform: panda_id, type: TEXT, label: PANDA id, unique: true}
"""

UNIQUE = {"person": (UniqueField("emails", "EMAILS", "sharedEmails"),), "visit": (), "meeting": ()}


def small_mapping() -> MappingSpecification:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "mapping.yaml"
        file.write_text(yaml.safe_dump(yaml.safe_load(MAPPING), sort_keys=False))
        return load_mapping(file)


def prepared_workspace(
    client: TwentyClient, created: Callable[[str, str], object] = lambda what, identity: None
) -> Workspace:
    """The workspace with the fields that the small mapping needs."""
    plan = plan_data_model(read_workspace(client), wanted_objects(small_mapping()))
    apply_data_model(client, plan, lambda done, total, sentence: None, created)
    return read_workspace(client)


@dataclass
class SmallPractice:
    """Rows to change at will, and the stops of a migration for them."""

    name: str
    client: TwentyClient
    workspace: Workspace
    home: Path
    patients: dict[str, dict[str, Any]] = field(default_factory=dict)
    visits: dict[str, dict[str, Any]] = field(default_factory=dict)
    meetings: dict[str, dict[str, Any]] = field(default_factory=dict)
    mapping: MappingSpecification = field(default_factory=small_mapping)
    adoption: AdoptionPolicy = NO_ADOPTION

    def __post_init__(self) -> None:
        self.ledger = open_ledger(self.home, actor="tester", run_id="run")

    def as_run(self, run_id: str) -> None:
        """Go on as another run."""
        self.ledger.close()
        self.ledger = open_ledger(self.home, actor="tester", run_id=run_id)

    def email(self, name: str) -> str:
        """An address that no other test uses."""
        return f"{name}@{self.name}.test"

    def patient(self, key: str, **values: Any) -> None:
        self.patients[key] = {"first_name": f"First{key}", "last_name": "Quill", **values}

    def visit(self, key: str, patient: str | None, **values: Any) -> None:
        self.visits[key] = {"patient_key": patient, "exam_date": date(2024, 2, 29), **values}

    def meeting(self, key: str, moved_to: str | None = None) -> None:
        self.meetings[key] = {"successor_key": moved_to}

    def read(self, entity: str) -> Iterable[EntityRow]:
        rows: Mapping[str, Mapping[str, Any]] = {
            "patient": self.patients,
            "perio_exam": self.visits,
            "appointment": self.meetings,
        }.get(entity, {})
        empty = dict.fromkeys(ENTITIES[entity].attributes)
        for key in sorted(rows):
            yield EntityRow(entity, key, {**empty, **rows[key], "key": key})

    def facts(self, object_name: str) -> ObjectFacts:
        return self.workspace.object(object_name)

    def load(self, route_name: str = "patients", ledger: Ledger | None = None) -> LoadCounts:
        route = self.mapping.route(route_name)
        load = Load(
            client=self.client,
            facts=self.facts(route.object),
            ledger=ledger or self.ledger,
            actor=Actor("tester"),
            unique_fields=UNIQUE[route.object],
            adoption=self.adoption if route.object == "person" else NO_ADOPTION,
        )
        records = map(record_builder(route, self.name), joined_rows(route, self.read))
        return load_ranges(load, [("all", records)])["all"]

    def verify(self, route_name: str = "patients") -> Verification:
        route = self.mapping.route(route_name)
        ends = BothEnds(self.read, self.client, self.facts(route.object), self.ledger, self.name)
        return verify_route(route, ends)

    def survey(self, object_name: str = "person") -> Standing:
        return survey(self.client, self.ledger, self.facts(object_name), UNIQUE[object_name])

    def id_of(self, key: str, entity: str = "patient") -> str:
        return record_id(self.name, entity, key)

    def in_twenty(
        self, *keys: str, entity: str = "patient", deleted: bool = False
    ) -> dict[str, dict[str, Any]]:
        """What stands in Twenty, by source key."""
        (route,) = [each for each in self.mapping.routes if each.entity == entity]
        facts = self.facts(route.object)
        ids = {self.id_of(key, entity): key for key in keys}
        columns = [*(line.column for line in route.lines), "deletedAt"]
        found = read_by_ids(self.client, facts, list(ids), columns, include_deleted=deleted)
        return {ids[each]: record for each, record in found.items()}

    def held_back(self) -> dict[str, Quarantined]:
        return {each.source_key: each for each in quarantined(self.ledger)}


def counts(loaded: LoadCounts) -> tuple[int, int, int, int, int]:
    assert loaded.adds_up
    return loaded.source, loaded.created, loaded.updated, loaded.unchanged, loaded.quarantined


def stranger(practice: SmallPractice, email: str, name: str = "Stranger") -> str:
    """A person of the workspace that is not ours."""
    twenty_id = record_id(f"another-{practice.name}", "patient", name)
    body = {
        "id": twenty_id,
        "name": {"firstName": name, "lastName": "Elsewhere"},
        "emails": {"primaryEmail": email, "additionalEmails": None},
    }
    upsert(practice.client, practice.facts("person"), [body])
    return twenty_id


def read_person(practice: SmallPractice, twenty_id: str) -> dict[str, Any]:
    fields = ["name", "emails", "deletedAt"]
    return read_by_ids(practice.client, practice.facts("person"), [twenty_id], fields, include_deleted=True)[
        twenty_id
    ]


def killed_here(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt
