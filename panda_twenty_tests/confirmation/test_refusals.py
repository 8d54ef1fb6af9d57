"""Whatever writes to Twenty asks for the confirmation first, and says why it refuses."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml
from click.testing import CliRunner, Result
from pydantic import SecretStr

from panda_twenty import confirming
from panda_twenty.cli import main
from panda_twenty.cli.advising import ADVICE_EXIT
from panda_twenty.confirming import forget_looks, parts_now
from panda_twenty.definitions import defs
from panda_twenty.headless import dagster_home
from panda_twenty.ledger.confirmation import NothingConfirmed, latest_confirmation
from panda_twenty.mapping.confirmation import mapping_lines
from panda_twenty.mapping.specification import MappingSpecification
from panda_twenty.panda.profile import load_profile
from panda_twenty.sandbox.practice import write_practice
from panda_twenty.session import Session, open_session
from panda_twenty.settings import Settings, environment_of
from panda_twenty.stages import (
    bring_about_data_model,
    confirm_mapping,
    confirmed,
    data_model_plan,
    load_route,
    settle_automations,
    stage_entity,
)

MAPPING = """
version: 1
objects:
  - {name: company, plural: companies, label: Company, label_plural: Companies, standard: true}
routes:
  - name: company_location
    entity: practice_location
    object: company
    lines:
      - {field: name, from: [name], transform: text, standard: true}
      - {field: website, from: [website], transform: text, type: TEXT, label: Web site}
      - {field: pandaId, from: [key], transform: panda_id, type: TEXT, label: PANDA id, unique: true}
"""


@dataclass
class Practice:
    """A practice that does not say of itself that it is invented, on its way into a stand-in."""

    folder: Path
    url: str
    token: str

    @property
    def settings(self) -> Settings:
        profile = self.folder / "profile.yaml"
        return Settings(
            _env_file=None,
            twenty_url=self.url,
            twenty_api_key=SecretStr(self.token),
            panda_connection=SecretStr(f"sqlite:///{self.folder}/practice.sqlite"),
            panda_profile=str(profile) if profile.exists() else "reference-practice",
            panda_twenty_home=self.folder / "home",
            panda_twenty_mapping=self.folder / "mapping.yaml",
            panda_twenty_calls_per_minute=1_000_000,
            panda_twenty_pause_automations=True,
        )

    def edit(self, *statements: str) -> None:
        with closing(sqlite3.connect(self.folder / "practice.sqlite")) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()

    def write_profile(self, **changes: Any) -> None:
        content = load_profile("reference-practice").model_dump(mode="json", exclude_unset=True)
        (self.folder / "profile.yaml").write_text(yaml.safe_dump({**content, **changes}, sort_keys=False))

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, list(arguments), env=environment_of(self.settings))

    def confirm(self) -> None:
        with open_session(self.settings) as session:
            confirm_mapping(session, "Ann Quill")

    def refusal(self) -> str:
        """Why a process that starts now would refuse to write."""
        forget_looks()
        with open_session(self.settings) as session, pytest.raises(NothingConfirmed) as refusal:
            confirmed(session)
        return str(refusal.value)


@pytest.fixture(scope="module")
def twenty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    sandbox = pytest.importorskip("panda_twenty.sandbox.twenty")
    with sandbox.running_twenty(tmp_path_factory.mktemp("twenty"), rate_limit=None) as server:
        yield server


@pytest.fixture
def practice(twenty: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Practice:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    write_practice(tmp_path / "practice.sqlite", patients=1)
    forget_looks()
    made = Practice(tmp_path, twenty.url, twenty.token)
    made.edit("UPDATE SiteInfo SET SiteValue = 'Quill Periodontics' WHERE SiteKey = 'PracticeName'")
    return made


def writing_calls(twenty: Any) -> int:
    names = ("create", "update", "delete", "destroy", "restore")
    return sum(number for call, number in twenty.statistics.calls.items() if call.startswith(names))


def load_offices(session: Session) -> None:
    load_route(session, session.mapping.route("company_location"), "all")


WRITERS: dict[str, Callable[[Session], object]] = {
    "data model": lambda session: bring_about_data_model(
        session, data_model_plan(session), lambda done, total, sentence: None
    ),
    "automations": settle_automations,
    "load": load_offices,
}


@pytest.mark.parametrize("writer", WRITERS)
def test_every_writing_stage_refuses_with_the_reason_and_writes_nothing(
    practice: Practice, twenty: Any, writer: str
) -> None:
    before = writing_calls(twenty)
    with open_session(practice.settings) as session, pytest.raises(NothingConfirmed, match="Nobody"):
        WRITERS[writer](session)
    practice.confirm()
    practice.edit("ALTER TABLE Office ADD COLUMN Region nvarchar(20)")
    forget_looks()
    with open_session(practice.settings) as session, pytest.raises(NothingConfirmed) as refusal:
        WRITERS[writer](session)
    assert "column dbo.office.region is new" in str(refusal.value)
    assert writing_calls(twenty) == before


def test_a_writing_asset_that_dagster_runs_by_itself_refuses_with_the_reason(
    practice: Practice, twenty: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment_of(practice.settings).items():
        monkeypatch.setenv(name, value)
    practice.confirm()
    with open_session(practice.settings) as session:
        stage_entity(session, "practice_location", "all")
    practice.edit("ALTER TABLE Office ADD COLUMN Region nvarchar(20)")
    forget_looks()
    before = writing_calls(twenty)
    monkeypatch.setenv("DAGSTER_HOME", str(dagster_home(practice.settings)))
    key = dg.AssetKey(["twenty", "company_location"])
    with dg.DagsterInstance.get() as instance:
        result = (
            defs()
            .resolve_job_def("prepare")
            .execute_in_process(instance=instance, asset_selection=[key], raise_on_error=False)
        )
    (failure,) = [event.step_failure_data for event in result.all_events if event.is_step_failure]
    assert failure.user_failure_data is not None
    assert "column dbo.office.region is new" in str(failure.user_failure_data.description)
    assert writing_calls(twenty) == before


def test_a_profile_or_mapping_that_changed_is_noticed_within_the_same_process(practice: Practice) -> None:
    practice.confirm()
    with open_session(practice.settings) as session:
        confirmed(session)
    mapping = practice.folder / "mapping.yaml"
    mapping.write_text(MAPPING.replace("label: Web site", "label: Website"))
    with open_session(practice.settings) as session, pytest.raises(NothingConfirmed) as refusal:
        confirmed(session)
    assert "In the mapping: company_location.website was changed." in str(refusal.value)
    mapping.write_text(MAPPING)
    practice.write_profile(time_zone="America/Denver")
    assert "In the source profile: time_zone was changed." in practice.refusal()


def test_a_field_that_is_switched_off_in_twenty_is_noticed_and_named(practice: Practice) -> None:
    with open_session(practice.settings) as session:
        confirm_mapping(session, "Ann Quill")
        WRITERS["data model"](session)
        forget_looks()
        confirmed(session)
        field = session.facts("company").fields["website"]
        switch(session, field.id, False)
    try:
        assert "company.website: Field company.website is there but switched off" in practice.refusal()
    finally:
        with open_session(practice.settings) as session:
            switch(session, field.id, True)


def switch(session: Session, field_id: str, is_active: bool) -> None:
    session.client.metadata(
        "mutation($id:UUID!,$update:UpdateFieldInput!){updateOneField(input:{id:$id,update:$update}){id}}",
        {"id": field_id, "update": {"isActive": is_active}},
    )


def test_another_workspace_with_the_same_ledger_is_refused(
    practice: Practice, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANDA_TWENTY_LEDGER_URL", f"sqlite:///{practice.folder}/shared.sqlite")
    practice.confirm()
    (key,) = (practice.folder / "home").glob("*/practice.key")
    sandbox = pytest.importorskip("panda_twenty.sandbox.twenty")
    with sandbox.running_twenty(tmp_path_factory.mktemp("other"), rate_limit=None) as other:
        practice.url, practice.token = other.url, other.token
        refused = practice.run("confirm", "--by", "Ann Quill")
        assert refused.exit_code == ADVICE_EXIT
        assert "practice.key is missing" in refused.output
        monkeypatch.setenv("PANDA_TWENTY_PRACTICE_KEY_FILE", str(key))
        refused = practice.run("confirm", "--by", "Ann Quill")
        assert refused.exit_code == ADVICE_EXIT
        assert "belongs to another workspace" in refused.output


def test_the_ends_are_looked_at_once_per_process_and_again_after_a_while(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice.confirm()
    with open_session(practice.settings) as session:
        confirmed(session)
    practice.edit("ALTER TABLE Office ADD COLUMN Region nvarchar(20)")
    with open_session(practice.settings) as session:
        confirmed(session)
    monkeypatch.setattr(confirming, "GOOD_FOR_SECONDS", -1.0)
    with open_session(practice.settings) as session, pytest.raises(NothingConfirmed, match="region"):
        confirmed(session)


def test_profile_and_mapping_are_taken_apart_once_for_all_that_a_session_writes(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice.confirm()
    taken_apart: list[MappingSpecification] = []

    def counting(mapping: MappingSpecification) -> dict[str, str]:
        taken_apart.append(mapping)
        return mapping_lines(mapping)

    monkeypatch.setattr("panda_twenty.session.mapping_lines", counting)
    with open_session(practice.settings) as session:
        confirmed(session)
        confirmed(session)
        assert len(taken_apart) == 1
        session.mapping = session.mapping.restricted_to({"practice_location": frozenset({"key"})})
        with pytest.raises(NothingConfirmed, match="was taken out"):
            confirmed(session)


def test_confirm_shows_what_is_signed_and_signs_only_what_was_shown(practice: Practice) -> None:
    shown = practice.run("mapping")
    digest = shown.stdout.strip().rpartition("Digest: ")[2]
    assert len(digest) == 64
    practice.edit("ALTER TABLE Office ADD COLUMN Region nvarchar(20)")
    refused = practice.run("confirm", "--by", "Ann Quill", "--digest", digest)
    assert refused.exit_code == ADVICE_EXIT
    assert "not the one that was given" in refused.output
    with open_session(practice.settings) as session:
        assert latest_confirmation(session.ledger) is None
        digest = parts_now(session).digest()
    signed = practice.run("confirm", "--by", "Ann Quill", "--digest", digest)
    assert signed.exit_code == 0, signed.output
    for expected in ("company_location: practice_location becomes company, 3 fields", "0 open", digest):
        assert expected in signed.stdout
    with open_session(practice.settings) as session:
        latest = latest_confirmation(session.ledger)
        assert latest is not None
        assert (latest.by, latest.digest) == ("Ann Quill", digest)


def test_a_profile_with_open_questions_cannot_be_confirmed(practice: Practice) -> None:
    practice.write_profile(open_questions=["Is a positive margin recession?"])
    refused = practice.run("confirm", "--by", "Ann Quill")
    assert refused.exit_code == ADVICE_EXIT
    assert "Is a positive margin recession?" in refused.stderr
    assert "take them out" in refused.stderr
    with open_session(practice.settings) as session:
        assert latest_confirmation(session.ledger) is None
