"""A generated practice of 100 patients with every ugly case, read and mapped once for all tests here."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from panda_twenty.mapping.records import SourceRow, joined_rows, record_builder
from panda_twenty.mapping.specification import MappingSpecification, load_mapping
from panda_twenty.panda.connection import open_practice
from panda_twenty.panda.extraction import EntityRow, read_entity
from panda_twenty.panda.profile import load_profile
from panda_twenty.sandbox.practice import ugly_cases, write_practice
from panda_twenty.session import available_attributes
from panda_twenty.twenty.outgoing import Record

PATIENTS = 100


@dataclass(frozen=True)
class Mapped:
    """A source row and the record that it became."""

    source: SourceRow
    record: Record


@dataclass(frozen=True)
class BuiltPractice:
    """Every row of the routes asked for so far, by key."""

    mapping: MappingSpecification
    people: Mapping[str, Mapped]
    exams: Mapping[str, Mapped]
    cases: Mapping[str, list[int]]

    def patient(self, case: str, place: int = 0) -> Mapped:
        return self.people[str(self.cases[case][place])]

    def exam(self, case: str, place: int = 0) -> Mapped:
        return self.exams[str(self.cases[case][place])]


@lru_cache(maxsize=1)
def built_practice() -> BuiltPractice:
    profile = load_profile("reference-practice")
    mapping = load_mapping().restricted_to(available_attributes(profile))
    kept: dict[str, list[EntityRow]] = {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "practice.sqlite"
        write_practice(file, patients=PATIENTS)
        with open_practice(f"sqlite:///{file}") as database:

            def read(entity: str) -> list[EntityRow]:
                if entity not in kept:
                    located = entity in profile.entities
                    kept[entity] = list(read_entity(database, profile, entity)) if located else []
                return kept[entity]

            def mapped(route_name: str) -> dict[str, Mapped]:
                route = mapping.route(route_name)
                build = record_builder(route, profile.practice)
                return {source.row.key: Mapped(source, build(source)) for source in joined_rows(route, read)}

            return BuiltPractice(
                mapping, mapped("person_patient"), mapped("perio_exam"), ugly_cases(PATIENTS)
            )
