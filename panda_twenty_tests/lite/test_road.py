"""A practice by its export folder comes to Twenty as it does by SQL."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from panda_twenty.headless import MigrationFailed, migrate
from panda_twenty.ledger.outcomes import outcomes_by_object
from panda_twenty.ledger.state import quarantined
from panda_twenty.mapping.records import joined_rows, record_builder
from panda_twenty.mapping.specification import Route
from panda_twenty.panda.entities import ENTITIES
from panda_twenty.panda.extraction import EntityRow, read_entity
from panda_twenty.panda.lite.checking import check_folder
from panda_twenty.panda.lite.tables import TABLES
from panda_twenty.session import Session, open_session
from panda_twenty.settings import Settings, environment_of
from panda_twenty.stages import confirm_mapping, data_model_plan, source_rows
from panda_twenty.twenty.outgoing import Record
from panda_twenty.twenty.records import count
from panda_twenty_tests.lite.conftest import Exported


@contextmanager
def session_on(connection: str, home: Path, **more: Any) -> Iterator[Session]:
    settings = Settings(
        _env_file=None, panda_connection=SecretStr(connection), panda_twenty_home=home, **more
    )
    with open_session(settings) as session:
        yield session


@pytest.fixture(scope="module")
def both(exported: Exported, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Session, Session]]:
    """The practice by SQL and by its folder."""
    home = tmp_path_factory.mktemp("home")
    with (
        session_on(f"sqlite:///{exported.practice_file}", home) as by_sql,
        session_on(f"lite:///{exported.folder}", home) as by_folder,
    ):
        yield by_sql, by_folder


def test_a_clean_practice_is_found_clean(small_export: Exported) -> None:
    report = check_folder(small_export.folder)
    assert report.total == 0
    assert len(report.files) == len(TABLES) + 1
    assert all(each.encoding == "UTF-8" and each.rows for each in report.files)


def test_of_a_practice_with_every_ugly_case_exactly_the_dangling_keys_are_found(
    exported: Exported, both: tuple[Session, Session]
) -> None:
    """The ugly cases are ugly and right, but for keys of rows that were deleted, which SQL shows as well."""
    by_sql, _ = both
    rows = {name: list(read_entity(by_sql.source, by_sql.profile, name)) for name in by_sql.profile.entities}
    keys = {name: {row.key for row in found} for name, found in rows.items()}
    dangling = Counter(
        (TABLES[name].file, attribute.name, "missing_reference")
        for name, found in rows.items()
        for attribute in ENTITIES[name].attributes.values()
        if attribute.refers_to in keys
        for row in found
        if row.values[attribute.name] is not None
        and row.values[attribute.name] not in keys[attribute.refers_to]
    )
    assert len(dangling) >= 4
    found = {(kind.file, kind.column, kind.code): kind.count for kind in check_folder(exported.folder).kinds}
    assert found == dangling


def test_every_row_of_every_entity_is_the_same(both: tuple[Session, Session]) -> None:
    by_sql, by_folder = both
    assert set(by_sql.profile.entities) == set(by_folder.profile.entities)
    for entity in by_sql.profile.entities:
        rows = {row.key: row for row in read_entity(by_sql.source, by_sql.profile, entity)}
        assert rows, entity
        assert {row.key: row for row in read_entity(by_folder.source, by_folder.profile, entity)} == rows, (
            entity
        )


def records_of(session: Session, route: Route) -> dict[str, Record]:
    kept: dict[str, list[EntityRow]] = {}

    def read(entity: str) -> list[EntityRow]:
        if entity not in kept:
            kept[entity] = list(source_rows(session, entity, None))
        return kept[entity]

    built = map(record_builder(route, session.practice), joined_rows(route, read))
    return {record.source_key: record for record in built}


def test_every_record_is_the_same_field_by_field(both: tuple[Session, Session]) -> None:
    by_sql, by_folder = both
    compared = 0
    for route in by_sql.mapping.routes:
        expected = records_of(by_sql, route)
        found = records_of(by_folder, by_folder.mapping.route(route.name))
        assert set(found) == set(expected), route.name
        for key, record in expected.items():
            assert found[key].twenty_id == record.twenty_id
            values = {name: found[key].values.get(name) for name in record.values}
            assert values == record.values, f"{route.name} {key}"
            beyond = {name: value for name, value in found[key].values.items() if name not in record.values}
            assert not any(beyond.values()), f"{route.name} {key}: {sorted(beyond)}"
            assert found[key].parents == record.parents
            assert (found[key].troubles, found[key].files) == (record.troubles, record.files)
            compared += 1
    assert compared > 500


@pytest.fixture
def lite_settings(
    small_export: Exported, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Settings]:
    sandbox = pytest.importorskip("panda_twenty.sandbox.twenty")
    monkeypatch.chdir(tmp_path)
    mask = os.umask(0o077)
    with sandbox.running_twenty(tmp_path / "twenty", rate_limit=None) as twenty:
        settings = Settings(
            _env_file=None,
            twenty_url=twenty.url,
            twenty_api_key=SecretStr(twenty.token),
            panda_connection=SecretStr(f"lite:///{small_export.folder}"),
            panda_twenty_home=tmp_path / "home",
            panda_twenty_calls_per_minute=1_000_000,
            panda_twenty_pause_automations=True,
            panda_twenty_range_width=1000,
        )
        for name, value in environment_of(settings).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("DAGSTER_DISABLE_TELEMETRY", "1")
        yield settings
    os.umask(mask)


def test_a_folder_is_confirmed_and_migrated_and_every_record_is_verified(lite_settings: Settings) -> None:
    with pytest.raises(MigrationFailed, match="confirm"):
        migrate(lite_settings)
    with open_session(lite_settings) as session:
        confirm_mapping(session, "Test Engineer")
    migrate(lite_settings)
    with open_session(lite_settings) as session:
        outcomes = outcomes_by_object(session.ledger)
        assert list(quarantined(session.ledger)) == []
        assert {"company", "person", "perioExam", "treatmentPlan", "attachment"} <= set(outcomes)
        for name, outcome in outcomes.items():
            assert outcome.is_well, name
            assert outcome.source == outcome.created == outcome.verified, name
        exams = sum(1 for _ in read_entity(session.source, session.profile, "perio_exam"))
        assert count(session.client, session.facts("perioExam")) == exams
        plan = data_model_plan(session)
        assert (plan.steps, plan.adopted) == ((), ()), "the ledger knows what this tool has made"
        page = session.destination / "reports" / "data-model.html"
        assert "perioExams" in page.read_text()
        assert page.stat().st_mode & 0o077 == 0
    home = lite_settings.panda_twenty_home
    assert all(path.stat().st_mode & 0o077 == 0 for path in (home / "lite").rglob("*"))
