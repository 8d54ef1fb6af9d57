"""A whole migration in this process, as ``panda-twenty migrate`` runs it, with everything captured."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from panda_twenty.headless import MigrationFailed, migrate
from panda_twenty.ledger.outcomes import Outcome, outcomes_by_object
from panda_twenty.ledger.state import Quarantined, quarantined
from panda_twenty.sandbox.practice import write_practice
from panda_twenty.session import Session, open_session
from panda_twenty.settings import Settings

PATIENTS = 40
CANARY_SURNAME = "Zyxwvutsrq"
CANARY_BIRTH = "1913-07-19"


@dataclass
class Migrated:
    """A practice, a Twenty and a home; ``run`` migrates once more."""

    folder: Path
    twenty: Any
    monkeypatch: pytest.MonkeyPatch
    told: list[str] = field(default_factory=list)

    @property
    def practice(self) -> Path:
        return self.folder / "practice.sqlite"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def settings(self) -> Settings:
        return Settings(
            _env_file=None,
            twenty_url=self.twenty.url,
            twenty_api_key=SecretStr(self.twenty.token),
            panda_connection=SecretStr(f"sqlite:///{self.practice}"),
            panda_twenty_home=self.home,
            panda_twenty_calls_per_minute=1_000_000,
            panda_twenty_pause_automations=True,
            panda_twenty_range_width=1000,
        )

    def run(self) -> None:
        """Migrate with the settings in the environment, keeping whatever is printed or logged."""
        from panda_twenty.settings import environment_of

        for name, value in environment_of(self.settings).items():
            self.monkeypatch.setenv(name, value)
        self.monkeypatch.setenv("DAGSTER_DISABLE_TELEMETRY", "1")
        printed, logged = io.StringIO(), io.StringIO()
        handler = logging.StreamHandler(logged)
        logging.getLogger().addHandler(handler)
        try:
            with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
                migrate(self.settings)
        except MigrationFailed as problem:
            self.told.append(str(problem))
            raise
        finally:
            logging.getLogger().removeHandler(handler)
            self.told += [printed.getvalue(), logged.getvalue()]

    @contextmanager
    def session(self) -> Iterator[Session]:
        with open_session(self.settings) as session:
            yield session

    def outcomes(self) -> dict[str, Outcome]:
        with self.session() as session:
            return outcomes_by_object(session.ledger)

    def quarantined(self) -> list[Quarantined]:
        with self.session() as session:
            return list(quarantined(session.ledger))

    def edit(self, statement: str) -> None:
        """Change the practice, as its staff would."""
        with closing(sqlite3.connect(self.practice)) as connection:
            assert connection.execute(statement).rowcount
            connection.commit()

    def writing_calls(self) -> int:
        """Record-writing calls since the server started; workflows that are paused do not count."""
        names = ("create", "update", "delete", "destroy", "restore")
        calls = self.twenty.statistics.calls
        return sum(
            number
            for call, number in calls.items()
            if call.startswith(names) and "Workflow" not in call and not call.startswith("createOne")
        )


@contextmanager
def migrated_practice(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Migrated]:
    sandbox = pytest.importorskip("panda_twenty.sandbox.twenty")
    write_practice(folder / "practice.sqlite", patients=PATIENTS)
    mask = os.umask(0o022)
    try:
        with sandbox.running_twenty(folder / "twenty", rate_limit=None, faults=True) as twenty:
            one = Migrated(folder, twenty, monkeypatch)
            one.edit(
                f"UPDATE Patient SET LastName = '{CANARY_SURNAME}', BirthDate = '{CANARY_BIRTH}'"
                " WHERE PatientID = 108"
            )
            yield one
    finally:
        os.umask(mask)
