"""A migration that was cut off goes on where it stood, and says nothing that it has not seen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from panda_twenty import resuming, stages, verifying_ranges
from panda_twenty.defs import twenty_assets
from panda_twenty.headless import MigrationFailed
from panda_twenty.ledger.ledger import Ledger
from panda_twenty.ledger.outcomes import keep_loaded
from panda_twenty.mapping.specification import Route
from panda_twenty.route_verification import verify
from panda_twenty.session import Session
from panda_twenty.stages import load_route
from panda_twenty.twenty.errors import Unclear
from panda_twenty_tests.defs.migrated import Migrated, migrated_practice


@pytest.fixture(scope="module")
def cut_off(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Migrated]:
    """A migration that broke when it came to the clinical notes."""

    def breaking(session: Session, route: Route, *more: Any) -> Any:
        if route.name == "note_clinical":
            raise Unclear("No whole answer.")
        return load_route(session, route, *more)

    folder = tmp_path_factory.mktemp("cut_off")
    with pytest.MonkeyPatch.context() as patch, migrated_practice(folder, patch) as migrated:
        with pytest.MonkeyPatch.context() as breaks:
            breaks.setattr(twenty_assets, "load_route", breaking)
            with pytest.raises(MigrationFailed):
                migrated.run()
        yield migrated


def test_only_the_migration_that_is_under_way_counts(
    cut_off: Migrated, monkeypatch: pytest.MonkeyPatch
) -> None:
    with cut_off.session() as session:
        route, begun = session.mapping.route("person_patient"), resuming.begin_or_go_on(session)
        (before,) = resuming.verified_before(session, route, begun).values()
        assert before.verified["verified"] > 30
        assert not resuming.verified_before(session, session.mapping.route("note_clinical"), begun)
        assert not resuming.verified_before(session, route, None), "a run that goes on with nothing"
        with monkeypatch.context() as a_day_later:
            a_day_later.setattr(resuming, "OLDEST_TO_CONTINUE", timedelta(0))
            assert not resuming.verified_before(session, route, begun)
    with cut_off.session() as session:
        session.mapping = session.mapping.restricted_to({"patient": frozenset({"key", "last_name"})})
        assert not resuming.verified_before(session, route, begun), "verified by another mapping"


def _killed_before_accounting(ledger: Ledger, route: str, *more: Any) -> None:
    if route == "person_patient":
        raise Unclear("No whole answer.")
    keep_loaded(ledger, route, *more)


def test_what_was_verified_is_read_back_again_only_where_it_changed(
    cut_off: Migrated, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def watching(session: Session, route: Route, *more: Any) -> Any:
        seen.append(route.name)
        return verify(session, route, *more)

    monkeypatch.setattr(verifying_ranges, "verify", watching)
    with cut_off.session() as session:
        begun = resuming.begin_or_go_on(session)
    cut_off.edit("UPDATE Patient SET LastName = 'Quill' WHERE PatientID = 108")
    with monkeypatch.context() as breaks, pytest.raises(MigrationFailed):
        breaks.setattr(stages, "keep_loaded", _killed_before_accounting)
        cut_off.run()
    # The name is in Twenty now, and the load of the next run finds all as it is: nobody has read it back.
    seen.clear()
    cut_off.run()
    assert {"person_patient", "note_clinical", "attachment_document"} <= set(seen)
    assert not {"treatment_plan", "planned_procedure", "perio_exam", "perio_comparison"} & set(seen)
    assert all(each.is_well for each in cut_off.outcomes().values())
    assert cut_off.outcomes()["perioExam"].verified > 40

    with cut_off.session() as session:
        # Dagster copies the tags of a run that is executed again.
        assert not resuming.verified_before(session, session.mapping.route("perio_exam"), begun)
    seen.clear()
    cut_off.run()
    assert {"person_patient", "treatment_plan", "perio_exam", "note_clinical"} <= set(seen), "it had ended"
    assert all(each.is_well for each in cut_off.outcomes().values())
