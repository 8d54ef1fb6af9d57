"""The assets: one per PANDA table and per Twenty object, in the order that the owner asks for."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.repository_definition import RepositoryDefinition

from panda_twenty.definitions import defs
from panda_twenty.defs.jobs import MIGRATE_RANGES, PREPARE, REPORT, SAMPLE_MIGRATION
from panda_twenty.defs.partitions import PATIENT_RANGES
from panda_twenty.mapping.specification import load_mapping
from panda_twenty.panda.entities import ENTITIES


@lru_cache(maxsize=1)
def definitions() -> dg.Definitions:
    return defs()


def graph() -> Any:
    return definitions().resolve_asset_graph()


def ancestors(key: dg.AssetKey) -> set[str]:
    found: set[str] = set()
    waiting = [key]
    while waiting:
        for parent in graph().get(waiting.pop()).parent_keys:
            if parent.to_user_string() not in found:
                found.add(parent.to_user_string())
                waiting.append(parent)
    return found


def twenty(name: str) -> dg.AssetKey:
    return dg.AssetKey(["twenty", name])


def routes() -> list[str]:
    return [route.name for route in load_mapping().routes]


def test_the_definitions_can_be_loaded() -> None:
    dg.Definitions.validate_loadable(definitions())


def test_every_table_of_the_mapping_and_every_route_has_an_asset() -> None:
    keys = {key.to_user_string() for key in graph().get_all_asset_keys()}
    mapping = load_mapping()
    assert {f"twenty/{route.name}" for route in mapping.routes} <= keys
    assert {f"panda/{route.entity}" for route in mapping.routes} <= keys
    assert {"panda/patient", "panda/perio_exam", "panda/treatment_plan", "panda/practice_location"} <= keys


def test_companies_come_before_people_before_plans_before_exams() -> None:
    mapping = load_mapping()
    order = ["company", "person", "treatmentPlan", "perioExam"]
    by_object = {name: [route.name for route in mapping.routes_to(name)] for name in order}
    for place, name in enumerate(order):
        earlier = {f"twenty/{route}" for each in order[:place] for route in by_object[each]}
        later = {f"twenty/{route}" for each in order[place + 1 :] for route in by_object[each]}
        for route in by_object[name]:
            above = ancestors(twenty(route))
            assert earlier <= above, route
            assert not later & above, route


def test_everything_is_made_from_its_tables_after_plan_model_and_survey() -> None:
    for route in load_mapping().routes:
        above = ancestors(twenty(route.name))
        assert {f"panda/{entity}" for entity in route.staged_entities()} <= above
        assert {"plan/mapping_confirmation", "twenty/data_model", "twenty/workspace_survey"} <= above


@pytest.mark.parametrize("name", routes())
def test_every_twenty_asset_has_its_two_blocking_checks(name: str) -> None:
    checks = {key.name: graph().get(key) for key in graph().asset_check_keys if key.asset_key == twenty(name)}
    assert {"counts_add_up", "fields_match"} <= set(checks)
    for check in ("counts_add_up", "fields_match"):
        assert checks[check].blocking


def test_what_belongs_to_patients_has_patient_ranges_and_nothing_else_has() -> None:
    for key in graph().get_all_asset_keys():
        folder, name = key.path[0], key.path[-1]
        partitions = graph().get(key).partitions_def
        if folder == "panda":
            scoped = ENTITIES[name].patient_scoped
        elif name in routes():
            scoped = load_mapping().route(name).is_patient_scoped
        else:
            scoped = False
        assert (partitions is not None) is scoped, key.to_user_string()
        if partitions is not None:
            assert partitions.name == PATIENT_RANGES


BY_HAND = {dg.AssetKey(["plan", "proposal"])}
"""Assets that no migration runs: a person asks for them."""


def keys_of(job: str) -> set[dg.AssetKey]:
    return set(definitions().resolve_job_def(job).asset_layer.executable_asset_keys)


def test_the_sample_goes_through_every_asset_after_its_patients_were_picked() -> None:
    after_the_migration = {dg.AssetKey(["report", "cutover"])}
    assert keys_of(SAMPLE_MIGRATION) == set(graph().get_all_asset_keys()) - BY_HAND - after_the_migration
    for entity in ("patient", "perio_exam", "letter"):
        assert "plan/sample" in ancestors(dg.AssetKey(["panda", entity]))


def test_the_jobs_of_the_full_migration_cover_every_asset_once_but_the_sample() -> None:
    keys = [
        key
        for job in (PREPARE, MIGRATE_RANGES, REPORT)
        for key in definitions().resolve_job_def(job).asset_layer.executable_asset_keys
    ]
    assert len(keys) == len(set(keys))
    others = {dg.AssetKey(["plan", "sample"]), *BY_HAND}
    assert set(keys) == set(graph().get_all_asset_keys()) - others


def test_every_asset_says_what_it_is_and_belongs_to_a_group() -> None:
    for key in graph().get_all_asset_keys():
        node = graph().get(key)
        assert node.description, key
        assert node.group_name != "default", key


def test_no_secret_is_part_of_what_dagster_snapshots(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TWENTY_API_KEY", "PANDA_CONNECTION", "PANDA_TWENTY_LEDGER_URL"):
        monkeypatch.setenv(name, f"canary-secret-{name}")
    monkeypatch.setenv("TWENTY_URL", "http://twenty.test")
    from dagster._core.remote_representation.external_data import RepositorySnap
    from dagster_shared.serdes import serialize_value

    repository = defs().get_repository_def()
    assert isinstance(repository, RepositoryDefinition)
    snapshot = serialize_value(RepositorySnap.from_def(repository))
    assert "person_patient" in snapshot
    assert "canary-secret" not in snapshot
