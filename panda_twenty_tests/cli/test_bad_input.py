"""What an operator sees when something is wrong: one sentence that says what to do, and no traceback."""

from __future__ import annotations

import http.server
import json
import os
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from click.testing import CliRunner

from panda_twenty.cli import main
from panda_twenty.cli.advising import ADVICE_EXIT
from panda_twenty.panda.profile import load_profile
from panda_twenty.sandbox.practice import write_practice

SMALL_MAPPING = """
version: 1
objects:
  - {name: company, plural: companies, label: Company, label_plural: Companies, standard: true}
  - {name: person, plural: people, label: Person, label_plural: People, standard: true}
routes:
  - name: company_location
    entity: practice_location
    object: company
    lines:
      - {field: name, from: [name], transform: text, standard: true}
      - {field: pandaId, from: [key], transform: panda_id, type: TEXT, label: PANDA id, unique: true}
  - name: person_patient
    entity: patient
    object: person
    lines:
      - {field: name, from: [first_name, last_name, suffix], transform: full_name, standard: true}
      - {field: dateOfBirth, from: [birth_date], transform: civil_date, type: DATE, label: Date of birth}
      - field: company
        from: [location_key]
        transform: relation
        standard: true
        relation: {target: company, entity: practice_location}
      - {field: pandaId, from: [key], transform: panda_id, type: TEXT, label: PANDA id, unique: true}
"""


@dataclass
class Desk:
    """An operator's machine: settings that work, until a test breaks one of them."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, **changes: str | None) -> Any:
        """The command in this process, with the environment changed; None takes a setting out."""
        environment = {**self.environment, **changes}
        return CliRunner().invoke(main, list(arguments), env=environment, catch_exceptions=True)

    def told(self, *arguments: str, **changes: str | None) -> str:
        """The one sentence of a run that is refused."""
        result = self.run(*arguments, **changes)
        assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
        assert result.exit_code == ADVICE_EXIT, result.output
        assert "Traceback" not in result.output
        lines = [line for line in result.output.splitlines() if line.startswith("panda-twenty: ")]
        assert len(lines) == 1, result.output
        return str(lines[0]).removeprefix("panda-twenty: ")

    def migrates(self, **changes: str | None) -> dict[str, dict[str, int]]:
        result = self.run("migrate", "--json", **changes)
        assert result.exit_code == 0, result.output
        found = json.loads(result.stdout)
        assert isinstance(found, dict)
        return found


@pytest.fixture(scope="module")
def practice_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("source") / "practice.sqlite"
    write_practice(file, patients=3)
    return file


@pytest.fixture(scope="module")
def twenty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    sandbox = pytest.importorskip("panda_twenty.sandbox.twenty")
    with sandbox.running_twenty(tmp_path_factory.mktemp("twenty"), rate_limit=None) as server:
        yield server


@pytest.fixture
def desk(practice_file: Path, twenty: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mapping.yaml").write_text(SMALL_MAPPING)
    kept, mask = dict(os.environ), os.umask(0o077)
    desk = Desk(
        tmp_path,
        {
            "TWENTY_URL": twenty.url,
            "TWENTY_API_KEY": twenty.token,
            "PANDA_CONNECTION": f"sqlite:///{practice_file}",
            "PANDA_TWENTY_HOME": str(tmp_path / "home"),
            "PANDA_TWENTY_MAPPING": str(tmp_path / "mapping.yaml"),
            "PANDA_TWENTY_CALLS_PER_MINUTE": "1000000",
            "PANDA_TWENTY_RANGE_WIDTH": "1000",
            "PANDA_TWENTY_PAUSE_AUTOMATIONS": "true",
            "DAGSTER_DISABLE_TELEMETRY": "1",
        },
    )
    yield desk
    os.umask(mask)
    os.environ.clear()
    os.environ.update(kept)


def free_port() -> int:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class _AnotherServer(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b"<html>Welcome to the practice's printer</html>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def printer() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _AnotherServer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_missing_source_file_is_named_and_not_made(desk: Desk) -> None:
    sentence = desk.told("migrate", PANDA_CONNECTION=f"sqlite:///{desk.folder}/nowhere.sqlite")
    assert "nowhere.sqlite" in sentence
    assert not (desk.folder / "nowhere.sqlite").exists(), "no empty database is left in its place"


def test_a_source_that_is_no_database_is_refused(desk: Desk) -> None:
    (desk.folder / "words.sqlite").write_text("these are words, not rows " * 100)
    assert "words.sqlite" in desk.told("migrate", PANDA_CONNECTION=f"sqlite:///{desk.folder}/words.sqlite")


@pytest.mark.parametrize("connection", ["nonsense", "postgresql://host/db", "sqlite:///", "lite:///nowhere"])
def test_a_connection_of_no_known_kind_is_refused(desk: Desk, connection: str) -> None:
    assert desk.told("migrate", PANDA_CONNECTION=connection)


def test_a_password_in_a_connection_that_fails_is_not_shown(desk: Desk) -> None:
    secret = "Driver={No Such Driver};Server=db.test;UID=reader;PWD=correct-horse-battery"
    assert "correct-horse" not in desk.told("migrate", PANDA_CONNECTION=secret)


def test_an_unreachable_server_is_named_with_what_to_check(desk: Desk) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    sentence = desk.told("migrate", TWENTY_URL=url)
    assert url in sentence
    assert "Check" in sentence


@pytest.mark.parametrize("url", ["not a url", "ftp://crm.test", "http://[bad"])
def test_an_address_that_is_none_is_refused(desk: Desk, url: str) -> None:
    assert desk.told("migrate", TWENTY_URL=url)


def test_a_wrong_token_is_told_and_not_shown(desk: Desk) -> None:
    sentence = desk.told("migrate", TWENTY_API_KEY="wrong-token-wrong-token")
    assert "API key" in sentence
    assert "wrong-token" not in sentence


def test_a_missing_token_is_told_before_anything_is_tried(desk: Desk) -> None:
    assert "TWENTY_API_KEY" in desk.told("migrate", TWENTY_API_KEY=None)
    assert not (desk.folder / "home").exists()


def test_a_server_that_is_no_twenty_is_told(desk: Desk, printer: str) -> None:
    sentence = desk.told("migrate", TWENTY_URL=printer)
    assert printer in sentence


@pytest.mark.parametrize(
    "command", [["migrate"], ["quarantine"], ["audit", "verify"], ["confirm", "--by", "Ann"]]
)
def test_a_data_folder_that_cannot_be_written_is_named_with_the_setting(
    desk: Desk, command: list[str]
) -> None:
    (desk.folder / "file").write_text("in the way")
    sentence = desk.told(*command, PANDA_TWENTY_HOME=str(desk.folder / "file" / "home"))
    assert "PANDA_TWENTY_HOME" in sentence
    assert str(desk.folder / "file" / "home") in sentence


def test_a_profile_that_names_a_missing_column_is_told_with_table_and_column_and_can_be_mended(
    desk: Desk, tmp_path: Path
) -> None:
    import panda_twenty.panda

    original = Path(next(iter(panda_twenty.panda.__path__))) / "profiles" / "reference_practice.yaml"
    profile = yaml.load(original.read_text(), yaml.BaseLoader)
    profile["entities"]["patient"]["attributes"]["first_name"] = "GivenName"
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump(profile, sort_keys=False))
    sentence = desk.told("migrate", PANDA_PROFILE=str(file))
    assert "GivenName" in sentence
    assert "Patient" in sentence
    profile["entities"]["patient"]["attributes"]["first_name"] = "FirstName"
    file.write_text(yaml.safe_dump(profile, sort_keys=False))
    assert load_profile(str(file))
    assert desk.migrates(PANDA_PROFILE=str(file))["person"]["verified"] == 3


@pytest.mark.parametrize(
    ("setting", "content"),
    [
        ("PANDA_PROFILE", None),
        ("PANDA_PROFILE", "words"),
        ("PANDA_PROFILE", "profile: [unfinished"),
        ("PANDA_TWENTY_MAPPING", None),
        ("PANDA_TWENTY_MAPPING", "words"),
        ("PANDA_TWENTY_MAPPING", "routes: [unfinished"),
    ],
)
def test_a_profile_or_mapping_that_cannot_be_used_is_named(
    desk: Desk, setting: str, content: str | None
) -> None:
    file = desk.folder / "chosen.yaml"
    if content is not None:
        file.write_text(content)
    assert "chosen.yaml" in desk.told("migrate", **{setting: str(file)}).replace("\n", "")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("PANDA_TWENTY_CALLS_PER_MINUTE", "0"),
        ("PANDA_TWENTY_CALLS_PER_MINUTE", "many"),
        ("PANDA_TWENTY_RANGE_WIDTH", "-1"),
        ("PATIENTS", "0"),
        ("SEED", "x"),
        ("PANDA_TWENTY_PAUSE_AUTOMATIONS", "perhaps"),
    ],
)
def test_a_setting_that_cannot_be_is_named(desk: Desk, setting: str, value: str) -> None:
    assert setting in desk.told("migrate", **{setting: value})


def real_practice(desk: Desk, practice_file: Path) -> str:
    """The same rows in a practice that does not say of itself that it is invented."""
    copy = desk.folder / "real.sqlite"
    copy.write_bytes(practice_file.read_bytes())
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute(
            "UPDATE SiteInfo SET SiteValue = 'Quill Periodontics' WHERE SiteKey = 'PracticeName'"
        )
        connection.commit()
    return f"sqlite:///{copy}"


def test_nothing_is_written_without_a_confirmation_and_everything_after_it(
    desk: Desk, practice_file: Path, twenty: Any
) -> None:
    connection = real_practice(desk, practice_file)
    before = dict(twenty.statistics.calls)
    sentence = desk.told("migrate", PANDA_CONNECTION=connection)
    assert "panda-twenty confirm --by" in sentence
    assert {call for call in twenty.statistics.calls if call.startswith("create")} == {
        call for call in before if call.startswith("create")
    }
    confirmed = desk.run("confirm", "--by", "Ann Quill", PANDA_CONNECTION=connection)
    assert confirmed.exit_code == 0, confirmed.output
    assert desk.migrates(PANDA_CONNECTION=connection)["person"]["verified"] == 3


def test_a_mapping_that_changed_after_its_confirmation_has_to_be_confirmed_again(
    desk: Desk, practice_file: Path
) -> None:
    connection = real_practice(desk, practice_file)
    assert desk.run("confirm", "--by", "Ann Quill", PANDA_CONNECTION=connection).exit_code == 0
    mapping = desk.folder / "mapping.yaml"
    mapping.write_text(SMALL_MAPPING.replace("label: Date of birth", "label: Born"))
    sentence = desk.told("migrate", PANDA_CONNECTION=connection)
    assert "changed after Ann Quill confirmed it" in sentence


def test_automations_that_would_be_set_off_stop_the_run_until_it_may_pause_them(
    desk: Desk, twenty: Any
) -> None:
    sentence = desk.told("migrate", PANDA_TWENTY_PAUSE_AUTOMATIONS=None)
    assert "PANDA_TWENTY_PAUSE_AUTOMATIONS" in sentence
    assert "Create company when adding a new person" in sentence


def ask(twenty: Any, query: str) -> Any:
    """What a person does in Twenty meanwhile."""
    headers = {"Authorization": f"Bearer {twenty.token}"}
    answer = httpx.post(f"{twenty.url}/graphql", json={"query": query}, headers=headers, trust_env=False)
    return answer.json()["data"]


def test_a_run_after_every_failure_works_and_its_history_goes_on_from_there(desk: Desk, twenty: Any) -> None:
    """One home through it all: refused runs, a good one, a difference, and its mending."""
    desk.told("migrate", PANDA_CONNECTION=f"sqlite:///{desk.folder}/nowhere.sqlite")
    desk.told("migrate", TWENTY_URL=f"http://127.0.0.1:{free_port()}")
    desk.told("migrate", TWENTY_API_KEY="wrong-token-wrong-token")
    desk.told("migrate", PANDA_TWENTY_PAUSE_AUTOMATIONS=None)
    first = desk.run("migrate", "--json", "--pause-automations", PANDA_TWENTY_PAUSE_AUTOMATIONS=None)
    assert first.exit_code == 0, first.output
    told = json.loads(first.stdout)
    assert set(told) == {"company", "person"}
    for counts in told.values():
        assert {"source", "created", "updated", "unchanged", "quarantined", "verified"} <= set(counts)
    assert (told["person"]["verified"], told["person"]["different"]) == (3, 0)

    found = ask(twenty, '{people(filter:{pandaId:{like:"%/patient/%"}}){edges{node{id}}}}')
    twenty_id = found["people"]["edges"][0]["node"]["id"]
    ask(twenty, f'mutation{{updatePerson(id:"{twenty_id}",data:{{dateOfBirth:"1900-01-01"}}){{id}}}}')
    different = desk.run("migrate", "--json")
    assert different.exit_code == 1, different.output
    assert json.loads(different.stdout)["person"]["different"] == 1
    (report,) = desk.folder.glob("home/*/reports/differences-person_patient-*.csv")
    assert twenty_id in report.read_text()
    assert report.stat().st_mode & 0o077 == 0

    ask(twenty, f'mutation{{destroyPerson(id:"{twenty_id}"){{id}}}}')
    mended = desk.migrates()["person"]
    assert (mended["created"], mended["verified"]) == (1, 3)
    assert not list(desk.folder.glob("home/*/reports/differences-*.csv")), "of what is mended"

    whole = desk.run("audit", "verify")
    assert whole.exit_code == 0
    assert "whole" in whole.output
    (ledger,) = desk.folder.glob("home/*/ledger.sqlite")
    with closing(sqlite3.connect(ledger)) as connection:
        connection.execute("UPDATE entries SET actor = 'nobody' WHERE sequence = 2")
        connection.commit()
    broken = desk.run("audit", "verify")
    assert broken.exit_code == 1
    assert "2" in broken.output


def test_an_existing_practice_file_is_not_overwritten_unless_forced(desk: Desk) -> None:
    file = desk.folder / "new.sqlite"
    arguments = ("sandbox", "practice", "--patients", "2", "--out", str(file))
    assert desk.run(*arguments).exit_code == 0
    assert "--force" in desk.told(*arguments)
    assert desk.run(*arguments, "--force").exit_code == 0


def test_a_practice_cannot_be_written_where_there_is_no_folder(desk: Desk) -> None:
    (desk.folder / "file").write_text("in the way")
    desk.told("sandbox", "practice", "--patients", "2", "--out", str(desk.folder / "file" / "p.sqlite"))


def test_the_console_script_itself_ends_without_a_traceback(desk: Desk) -> None:
    """Once as an operator does it, in a process of its own."""
    finished = subprocess.run(
        [sys.executable, "-m", "panda_twenty.cli", "migrate"],
        env={
            **os.environ,
            **desk.environment,
            "TWENTY_URL": f"http://127.0.0.1:{free_port()}",
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode == ADVICE_EXIT
    assert "Traceback" not in finished.stderr + finished.stdout
    assert len([line for line in finished.stderr.splitlines() if line.startswith("panda-twenty: ")]) == 1
