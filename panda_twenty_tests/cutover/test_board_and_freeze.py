"""The board, the last run before the switch, and what is told to people."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any

import pytest
from click.testing import CliRunner
from pydantic import SecretStr

from panda_twenty.cli import main
from panda_twenty.cutover import board
from panda_twenty.cutover.board import as_markdown, read_board
from panda_twenty.cutover.notifying import Notice, notices_of, notify
from panda_twenty_tests.cutover.going_on import RARELY, GoingOn
from panda_twenty_tests.cutover.scripted_days import now, second_day, third_day


def command(one: GoingOn, *words: str) -> tuple[int, str]:
    one.hand_down()
    result = CliRunner().invoke(main, list(words))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout


def test_the_board_says_what_is_pending_and_how_it_is_found(going_on: GoingOn) -> None:
    going_on.sweep_minutes = RARELY
    code, printed = command(going_on, "status", "--json")
    board = json.loads(printed)
    assert (code, board["pending"]) == (0, 0)
    going_on.edit("UPDATE Patient SET City = 'Elsewhere', ModifiedOn = ? WHERE PatientID = 108", now())
    code, printed = command(going_on, "status", "--json")
    board = json.loads(printed)
    by_entity = {each["entity"]: each for each in board["entities"]}
    assert (code, board["pending"]) == (1, 1)
    assert by_entity["patient"]["pending_ranges"] == 1
    assert by_entity["patient"]["marker"] == "modified date (ModifiedOn)"
    assert by_entity["perio_chart"]["marker"] == "modified date (ModifiedOn), and hashes"
    assert (
        by_entity["finding_definition"]["marker"] == "hashes" if "finding_definition" in by_entity else True
    )
    assert command(going_on, "delta", "--once", "--json")[0] == 0
    assert command(going_on, "status")[0] == 0
    with going_on.session() as session:
        assert "| patient |" in as_markdown(read_board(session))


def test_the_window_is_opened_and_closed_in_the_ledger(going_on: GoingOn) -> None:
    assert command(going_on, "cutover", "on")[0] == 0
    assert json.loads(command(going_on, "status", "--json")[1])["window_is_open"] is True
    assert command(going_on, "cutover", "off")[0] == 0
    assert json.loads(command(going_on, "status", "--json")[1])["window_is_open"] is False


def test_the_last_run_finds_what_no_marker_tells_and_says_that_nothing_is_left(going_on: GoingOn) -> None:
    going_on.sweep_minutes = RARELY
    second_day(going_on)
    third_day(going_on)
    going_on.delta()
    # A street that was typed in long ago and is committed only now, and a note that is gone: no date tells.
    going_on.edit("UPDATE Patient SET Street = '9 Old Lane' WHERE PatientID = 144")
    going_on.edit(
        "DELETE FROM ProgressNote WHERE NoteID = (SELECT MIN(NoteID) FROM ProgressNote WHERE PatientID = 148)"
    )
    unseen = going_on.delta()
    assert (unseen.updated, unseen.gone) == (0, 0)
    code, printed = command(going_on, "cutover", "freeze", "--json")
    told = json.loads(printed)
    assert (code, told["nothing_left"]) == (0, True), told
    assert (told["delta"]["updated"], told["delta"]["gone"]) == (1, 1)
    assert told["verified"]["different"] == told["verified"]["missing"] == 0
    going_on.assert_all_is_in_twenty()


@pytest.fixture
def webhook() -> Iterator[tuple[str, list[Any]]]:
    received: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", received
    server.shutdown()
    server.server_close()


def test_notices_are_posted_without_personal_data_and_told_once(
    going_on: GoingOn, webhook: tuple[str, list[Any]], caplog: pytest.LogCaptureFixture
) -> None:
    url, received = webhook
    with going_on.session() as session:
        list(notices_of(session, read_board(session)))
    going_on.edit(
        "UPDATE Patient SET BirthDate = 'not a date', ModifiedOn = ? WHERE PatientID IN (108, 109)", now()
    )
    outcome = going_on.delta()
    assert outcome.new_quarantined > 0
    assert not outcome.is_well
    settings = going_on.settings.model_copy(update={"panda_twenty_notify_url": SecretStr(url)})
    with going_on.session() as session, caplog.at_level(logging.WARNING, "panda_twenty.cutover"):
        for notice in notices_of(session, read_board(session)):
            notify(settings, notice)
        assert list(notices_of(session, read_board(session))) == []
    (posted,) = received
    assert posted["kind"] == "quarantine_grew"
    assert posted["facts"]["new"] == outcome.new_quarantined
    assert "not a date" not in json.dumps(posted)
    assert posted["text"] in caplog.text


def test_a_webhook_that_does_not_answer_is_said_in_the_log(
    going_on: GoingOn, caplog: pytest.LogCaptureFixture
) -> None:
    settings = going_on.settings.model_copy(
        update={"panda_twenty_notify_url": SecretStr("http://127.0.0.1:1/hook")}
    )
    notify(settings, Notice("lag", "Changes have been waiting.", {"minutes": 70}))
    assert "The webhook did not take a notice" in caplog.text


@pytest.fixture
def mail_server() -> Iterator[tuple[int, list[str]]]:
    """A mail server that takes everything; returns its port and the messages."""
    received: list[str] = []

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 ready\r\n")
            while line := self.rfile.readline():
                if line.upper().startswith(b"DATA"):
                    self.wfile.write(b"354 go on\r\n")
                    lines = iter(self.rfile.readline, b".\r\n")
                    received.append(b"".join(lines).decode())
                self.wfile.write(b"250 well\r\n")
                if line.upper().startswith(b"QUIT"):
                    return

    with ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1], received
        server.shutdown()


def test_changes_that_wait_for_too_long_are_told_once_by_mail(
    going_on: GoingOn, mail_server: tuple[int, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    port, received = mail_server
    settings = going_on.settings.model_copy(
        update={
            "panda_twenty_notify_mail": "office@practice.test",
            "panda_twenty_smtp_host": "127.0.0.1",
            "panda_twenty_smtp_port": port,
            "panda_twenty_smtp_from": "panda-twenty@practice.test",
        }
    )

    def tell(minutes: int) -> list[str]:
        """The kinds of notices that a tick gives so many minutes after the change."""
        monkeypatch.setattr(board, "datetime", later_by(minutes))
        with going_on.session() as session:
            found = list(notices_of(session, read_board(session)))
            for notice in found:
                notify(settings, notice)
        return [each.kind for each in found]

    assert tell(600) == [], "nothing is waiting"
    going_on.edit("UPDATE Patient SET City = 'Elsewhere', ModifiedOn = ? WHERE PatientID = 108", now())
    assert tell(0) == []
    assert tell(59) == []
    assert tell(61) == ["lag"]
    assert tell(90) == []
    (message,) = received
    assert "Subject: panda-twenty: lag" in message
    assert "To: office@practice.test" in message
    assert "waiting for 61 minutes" in message
    assert "Elsewhere" not in message
    # Once everything has arrived, the next delay is told again.
    assert going_on.delta().is_well
    assert tell(90) == []
    going_on.edit("UPDATE Patient SET City = 'Again', ModifiedOn = ? WHERE PatientID = 108", now())
    assert tell(0) == []
    assert tell(61) == ["lag"]
    assert len(received) == 2


def later_by(minutes: int) -> type[datetime]:
    """The clock of the board, so many minutes ahead."""

    class Later(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(minutes=minutes)

    return Later


def test_a_mail_server_that_does_not_answer_is_said_in_the_log(
    going_on: GoingOn, caplog: pytest.LogCaptureFixture
) -> None:
    update = {"panda_twenty_notify_mail": "office@practice.test", "panda_twenty_smtp_port": 1}
    notify(going_on.settings.model_copy(update=update), Notice("lag", "Changes have been waiting."))
    assert "The mail server did not take a notice" in caplog.text


def test_the_last_run_does_not_claim_that_nothing_is_left_of_a_quarantine(going_on: GoingOn) -> None:
    going_on.edit("UPDATE Patient SET BirthDate = 'not a date', ModifiedOn = ? WHERE PatientID = 108", now())
    code, printed = command(going_on, "cutover", "freeze")
    assert code == 1
    assert "Nothing is left" not in printed
    assert "Left: 1 records in quarantine" in printed
    code, printed = command(going_on, "cutover", "freeze", "--json")
    told = json.loads(printed)
    assert (code, told["nothing_left"], told["left"]["quarantined"]) == (1, False, 1)
