"""A migrated practice in which people go on working, and what is asked of it afterwards."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr

from panda_twenty.deltas import DeltaOutcome, delta_once
from panda_twenty.headless import migrate
from panda_twenty.ledger.outcomes import current_outcomes
from panda_twenty.panda.profile.loading import PROFILES
from panda_twenty.route_verification import verify
from panda_twenty.sandbox.practice import write_practice
from panda_twenty.session import WHOLE, Session, open_session
from panda_twenty.settings import Settings, environment_of
from panda_twenty.stages import patient_ranges
from panda_twenty.sweeping import Scope, verify_workspace
from panda_twenty.twenty.records import count, read_all

PATIENTS = 40
WIDTH = 40
"""Patient ids per range, so that the practice has several: two with patients, and two before them without."""
RARELY = 7 * 24 * 60
"""Minutes between looks by hash, so that none is due in a test, however long ago the template was made."""


@dataclass
class GoingOn:
    """A practice that was migrated, its Twenty, and the days after."""

    folder: Path
    twenty: Any
    monkeypatch: pytest.MonkeyPatch
    profile: Path | None = None
    mapping: Path | None = None
    connection: str | None = None
    """An ODBC connection string, where the practice has moved to a server."""
    sweep_minutes: int = 0
    overlap_minutes: int = 10
    delta_seconds: int = 300
    whole_rows: int = 10_000
    """No range has more, so that all of it is read."""

    @classmethod
    @contextmanager
    def running(cls, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GoingOn]:
        from panda_twenty.sandbox.twenty import running_twenty

        with running_twenty(folder / "twenty", rate_limit=None, faults=True) as twenty:
            yield cls(folder, twenty, monkeypatch)

    @property
    def practice(self) -> Path:
        return self.folder / "practice.sqlite"

    @property
    def settings(self) -> Settings:
        return Settings(
            _env_file=None,
            twenty_url=self.twenty.url,
            twenty_api_key=SecretStr(self.twenty.token),
            panda_connection=SecretStr(self.connection or f"sqlite:///{self.practice}"),
            panda_allow_plaintext=self.connection is not None,
            panda_allow_writable_login=self.connection is not None,
            panda_profile=str(self.profile) if self.profile else None,
            panda_twenty_mapping=self.mapping,
            panda_twenty_home=self.folder / "home",
            panda_twenty_calls_per_minute=1_000_000,
            panda_twenty_pause_automations=True,
            panda_twenty_range_width=WIDTH,
            panda_twenty_sweep_minutes=self.sweep_minutes,
            panda_twenty_overlap_minutes=self.overlap_minutes,
            panda_twenty_delta_seconds=self.delta_seconds,
            panda_twenty_whole_rows=self.whole_rows,
        )

    @contextmanager
    def session(self) -> Iterator[Session]:
        with open_session(self.settings) as session:
            yield session

    def hand_down(self) -> None:
        for name, value in environment_of(self.settings).items():
            self.monkeypatch.setenv(name, value)
        self.monkeypatch.setenv("DAGSTER_DISABLE_TELEMETRY", "1")

    def delta(self, *, everything: bool = False) -> DeltaOutcome:
        self.hand_down()
        return delta_once(self.settings, everything=everything)

    def edit(self, statement: str, *values: object) -> int:
        """Change the practice, as its staff would. Returns the number of rows."""
        with closing(self._connected()) as connection:
            changed: int = connection.execute(statement, values).rowcount
            connection.commit()
        assert changed
        return changed

    def script(self, statements: str) -> None:
        with closing(sqlite3.connect(self.practice)) as connection:
            connection.executescript(statements)

    def _connected(self) -> Any:
        if self.connection is None:
            return sqlite3.connect(self.practice)
        import pyodbc

        return pyodbc.connect(self.connection)

    def ask(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.practice)) as connection:
            return connection.execute(statement, values).fetchall()

    def copy_row(self, table: str, where: str, **changes: object) -> None:
        """A new row like an old one, with these columns changed."""
        with closing(sqlite3.connect(self.practice)) as connection:
            connection.row_factory = sqlite3.Row
            row = dict(connection.execute(f"SELECT * FROM {table} WHERE {where}").fetchone()) | changes
            names = ", ".join(f"[{name}]" for name in row)
            marks = ", ".join("?" * len(row))
            connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))
            connection.commit()

    def writing_calls(self) -> int:
        """Record-writing calls since the server started."""
        names = ("create", "update", "delete", "destroy", "restore")
        return sum(
            number
            for call, number in self.twenty.statistics.calls.items()
            if call.startswith(names) and "Workflow" not in call and not call.startswith("createOne")
        )

    def use_profile(self, change: Any) -> None:
        """Go on with the reference profile as ``change`` makes it."""
        text = yaml.load((PROFILES / "reference_practice.yaml").read_text(), yaml.BaseLoader)
        change(text)
        self.profile = self.folder / "profile.yaml"
        self.profile.write_text(yaml.safe_dump(text, sort_keys=False))

    def assert_all_is_in_twenty(self) -> None:
        """Every row of the source, read afresh, stands in Twenty field by field, and nothing twice."""
        with self.session() as session:
            ranges = [each.key for each in patient_ranges(session)]
            loaded = current_outcomes(session.ledger)
            for route in session.mapping.routes:
                for key in ranges if route.is_patient_scoped else [WHOLE]:
                    if (route.name, key) not in loaded:
                        # The workspace is verified as far as it was loaded.
                        found = verify(session, route, key)
                        assert found.is_clean, (route.name, key, found.missing)
            whole = verify_workspace(session, Scope())
            assert whole.is_clean, whole.summary()
            workspace = session.workspace()
            for each in session.mapping.objects:
                facts = workspace.object(each.name)
                if "pandaId" in facts.fields:
                    ids = [row["pandaId"] for row in read_all(session.client, facts, ["pandaId"])]
                    named = [one for one in ids if one]
                    assert len(named) == len(set(named)), each.name

    def in_twenty(self, object_name: str, panda_id: str, *columns: str) -> dict[str, Any]:
        with self.session() as session:
            facts = session.workspace().object(object_name)
            (found,) = read_all(
                session.client, facts, columns, where={"pandaId": {"eq": panda_id}}, include_deleted=True
            )
            return found

    def records(self, object_name: str) -> int:
        with self.session() as session:
            return count(session.client, session.workspace().object(object_name))


def make_templates(just_migrated: Path, followed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Migrate a small practice into the first folder, and follow a copy of it once; each test copies one."""
    just_migrated.mkdir()
    write_practice(just_migrated / "practice.sqlite", patients=PATIENTS)
    with GoingOn.running(just_migrated, monkeypatch) as one:
        one.hand_down()
        migrate(one.settings)
    shutil.copytree(just_migrated, followed)
    with GoingOn.running(followed, monkeypatch) as one:
        first = one.delta()
        assert (first.created, first.updated, first.gone, first.is_well) == (0, 0, 0, True), first
