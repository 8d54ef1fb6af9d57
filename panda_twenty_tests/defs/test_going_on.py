"""A migration that was cut off goes on where it stood, and says nothing that it has not seen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from panda_twenty import resuming
from panda_twenty.defs import twenty_assets
from panda_twenty.headless import MigrationFailed
from panda_twenty.mapping.specification import Route
from panda_twenty.session import Session
from panda_twenty.stages import load_route, verify
from panda_twenty.twenty.errors import Unclear
from panda_twenty_tests.defs.migrated import Migrated, migrated_practice


@pytest.fixture
def cut_off(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Migrated]:
    """A migration that broke when it came to the clinical notes."""
    with migrated_practice(tmp_path, monkeypatch) as migrated:

        def breaking(session: Session, route: Route, *more: Any) -> Any:
            if route.name == "note_clinical":
                raise Unclear("No whole answer.")
            return load_route(session, route, *more)

        with monkeypatch.context() as breaks:
            breaks.setattr(twenty_assets, "load_route", breaking)
            with pytest.raises(MigrationFailed):
                migrated.run()
        yield migrated


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The routes that are verified from now on, once for each range."""
    seen = []

    def watching(session: Session, route: Route, *more: Any) -> Any:
        seen.append(route.name)
        return verify(session, route, *more)

    monkeypatch.setattr(twenty_assets, "verify", watching)
    return seen


def test_what_was_verified_is_not_read_back_again(cut_off: Migrated, verified: list[str]) -> None:
    cut_off.run()
    assert "note_clinical" in verified
    assert not {"person_patient", "treatment_plan", "perio_exam"} & set(verified)
    assert all(each.is_well for each in cut_off.outcomes().values())
    assert cut_off.outcomes()["person"].verified > 40
    ended = set(verified)
    verified.clear()
    cut_off.run()
    assert set(verified) > {"person_patient", "perio_exam"} | ended, "one that has ended begins anew"
    assert all(each.is_well for each in cut_off.outcomes().values())


def test_what_changed_meanwhile_is_verified(cut_off: Migrated, verified: list[str]) -> None:
    cut_off.edit("UPDATE Patient SET LastName = 'Quill' WHERE PatientID = 108")
    cut_off.run()
    assert "person_patient" in verified
    assert "perio_exam" not in verified
    assert all(each.is_well for each in cut_off.outcomes().values())


def test_what_was_verified_the_day_before_is_read_back_again(
    cut_off: Migrated, verified: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resuming, "OLDEST_TO_CONTINUE", timedelta(0))
    cut_off.run()
    assert {"person_patient", "perio_exam", "note_clinical"} <= set(verified)


def test_a_run_that_is_executed_again_after_the_end_verifies(cut_off: Migrated) -> None:
    """Dagster copies the tags of a run that is executed again."""
    with cut_off.session() as session:
        route, begun = session.mapping.route("person_patient"), resuming.begin_or_go_on(session)
        assert resuming.verified_before(session, route, begun)
        assert not resuming.verified_before(session, route, None)
        resuming.end(session)
        assert not resuming.verified_before(session, route, begun)


def test_another_mapping_begins_another_migration(cut_off: Migrated) -> None:
    with cut_off.session() as session:
        assert resuming.begin_or_go_on(session) is not None
        session.mapping = session.mapping.restricted_to({"patient": frozenset({"key", "last_name"})})
        assert resuming.begin_or_go_on(session) is None
