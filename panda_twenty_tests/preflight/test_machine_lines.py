"""The lines about this machine."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from panda_twenty.ledger.confirmed_parts import ConfirmedParts
from panda_twenty.ledger.ledger import LedgerError
from panda_twenty.ledger.opening import open_ledger
from panda_twenty.preflight.line import Line, Verdict
from panda_twenty.preflight.machine import (
    confirmation_line,
    home_line,
    judged_disk,
    judged_rights,
    judged_versions,
    ledger_line,
)

HOME = Path("data")


def verdict(line: Line) -> Verdict:
    if line.verdict is not Verdict.PASS:
        assert line.advice
    return line.verdict


def test_the_disk_must_hold_what_is_expected_and_should_hold_twice_that() -> None:
    assert verdict(judged_disk(HOME, 10_000, 4_000)) is Verdict.PASS
    assert verdict(judged_disk(HOME, 10_000, 6_000)) is Verdict.WARN
    assert verdict(judged_disk(HOME, 10_000, 11_000)) is Verdict.STOP
    assert verdict(judged_disk(HOME, 10_000, None)) is Verdict.WARN


def test_a_folder_that_others_may_look_into_warns(tmp_path: Path) -> None:
    assert verdict(judged_rights(HOME, 0o700)) is Verdict.PASS
    assert verdict(judged_rights(HOME, 0o750)) is Verdict.WARN
    folder = tmp_path / "home"
    folder.mkdir()
    folder.chmod(0o755)
    assert verdict(home_line(folder)) is Verdict.WARN
    folder.chmod(0o700)
    assert verdict(home_line(folder)) is Verdict.PASS


def test_a_ledger_that_was_altered_stops(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / "home", actor="tester")
    ledger.note("setting", {"name": "one", "value": "1"})
    ledger.note("setting", {"name": "two", "value": "2"})
    assert verdict(ledger_line(ledger)) is Verdict.PASS
    with ledger.writing() as connection:
        connection.execute(text("UPDATE entries SET actor = 'somebody else' WHERE sequence = 1"))
    assert verdict(ledger_line(ledger)) is Verdict.STOP
    ledger.close()
    assert verdict(ledger_line(None, LedgerError("No room."))) is Verdict.STOP
    assert verdict(ledger_line(None)) is Verdict.WARN


def parts(line: str) -> ConfirmedParts:
    return ConfirmedParts({"patient.sex": line}, {}, {}, {"workspace": "w"})


def test_an_unsigned_mapping_warns_except_for_the_invented_practice(tmp_path: Path) -> None:
    from panda_twenty.ledger.confirmation import confirm

    ledger = open_ledger(tmp_path / "home", actor="tester")
    assert verdict(confirmation_line(ledger, parts("abc"), is_sandbox_practice=False)) is Verdict.WARN
    assert verdict(confirmation_line(ledger, parts("abc"), is_sandbox_practice=True)) is Verdict.PASS
    confirm(ledger, parts("abc"), "Dr Quill", {})
    assert verdict(confirmation_line(ledger, parts("abc"), is_sandbox_practice=False)) is Verdict.PASS
    changed = confirmation_line(ledger, parts("abd"), is_sandbox_practice=False)
    assert verdict(changed) is Verdict.WARN
    assert "Dr Quill" in changed.advice
    ledger.close()


def test_an_old_python_stops_and_missing_odbc_is_told() -> None:
    assert verdict(judged_versions("3.12.4", ("httpx 1",), ("FreeTDS",))) is Verdict.PASS
    assert verdict(judged_versions("3.10.9", (), ())) is Verdict.STOP
    assert "no ODBC driver manager" in judged_versions("3.11.0", (), None).found
