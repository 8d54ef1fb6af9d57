"""This machine's part of the preflight page: disk, data folder, ledger, versions, confirmation."""

from __future__ import annotations

import platform
import shutil
import stat
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from pathlib import Path

from panda_twenty.ledger.chain import broken_links
from panda_twenty.ledger.confirmation import NothingConfirmed, require_confirmation
from panda_twenty.ledger.confirmed_parts import ConfirmedParts
from panda_twenty.ledger.ledger import Ledger, LedgerError
from panda_twenty.preflight.line import Line, listed, passed, sized, stopped, warned
from panda_twenty.stages import SANDBOX_SIGNATURE

TITLE = "This machine"
PACKAGES = ("panda-twenty", "dagster", "httpx", "pyarrow", "sqlalchemy", "pyodbc")
OLDEST_PYTHON = (3, 11)
ROOM = 2.0
"""Free disk wanted, as a multiple of what is expected."""


def free_disk_line(home: Path, expected_bytes: int | None) -> Line:
    return judged_disk(home, shutil.disk_usage(home).free, expected_bytes)


def judged_disk(home: Path, free: int, expected: int | None) -> Line:
    """Free disk under the data folder against what staging and ledger will take."""
    code, title = "free_disk", "Free disk"
    found = f"{sized(free)} free under {home}."
    if expected is None:
        return warned(
            code, title, f"{found} How much is needed is not known without practice.", "Look again then."
        )
    found += f" Staging and ledger take about {sized(expected)}."
    advice = "Free space there, or set PANDA_TWENTY_HOME to a folder on a larger disk."
    if free < expected:
        return stopped(code, title, found, advice)
    if free < expected * ROOM:
        return warned(code, title, found, advice)
    return passed(code, title, found)


def home_line(home: Path) -> Line:
    return judged_rights(home, stat.S_IMODE(home.stat().st_mode))


def judged_rights(home: Path, mode: int) -> Line:
    """Whether others on this machine could read what is staged."""
    code, title = "home_rights", "Data folder"
    if mode & 0o077:
        return warned(
            code,
            title,
            f"{home} has rights {mode:04o}: others on this machine may look into it.",
            f"chmod 700 {home}",
        )
    return passed(code, title, f"{home} belongs to its owner alone ({mode:04o}).")


def ledger_line(ledger: Ledger | None, problem: LedgerError | None = None) -> Line:
    """Whether the ledger can be read and believed."""
    code, title = "ledger", "Ledger"
    if problem is not None:
        return stopped(code, title, "It cannot be opened.", str(problem))
    if ledger is None:
        return warned(
            code,
            title,
            "Not looked at: it belongs to one practice in one workspace, and one of them is not known.",
            "Give both ends and a source profile that fits.",
        )
    broken = list(islice(broken_links(ledger), 5))
    if broken:
        return stopped(
            code,
            title,
            listed(broken, 5),
            "Put the ledger back from a backup; `panda-twenty audit verify` shows every broken link.",
        )
    return passed(code, title, f"Its chain of {ledger.count():,} entries is whole.")


def confirmation_line(
    ledger: Ledger | None, parts: ConfirmedParts | None, *, is_sandbox_practice: bool
) -> Line:
    """Whether somebody has signed the mapping as it is now."""
    code, title = "confirmation", "Confirmation of the mapping"
    if ledger is None or parts is None:
        return warned(
            code,
            title,
            "Not looked at: it stands in the ledger, which is not known yet.",
            "Look again with both ends.",
        )
    try:
        signed = require_confirmation(ledger, parts)
    except NothingConfirmed as problem:
        if is_sandbox_practice:
            return passed(code, title, f"The invented practice confirms itself, as {SANDBOX_SIGNATURE}.")
        return warned(code, title, "Nobody has signed what there is to sign now.", str(problem))
    return passed(code, title, f"Signed by {signed.by} at {signed.at}.")


def versions_line() -> Line:
    """Python, the packages that matter, and the ODBC drivers that are installed."""
    installed = []
    for package in PACKAGES:
        try:
            installed.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return judged_versions(platform.python_version(), tuple(installed), _odbc_drivers())


def judged_versions(python: str, packages: tuple[str, ...], drivers: tuple[str, ...] | None) -> Line:
    """``drivers`` is None where ODBC itself is missing, which only SQL Server needs."""
    code, title = "versions", "Software"
    odbc = "no ODBC driver manager" if drivers is None else f"ODBC drivers: {listed(drivers) or 'none'}"
    found = f"Python {python}, {', '.join(packages)}; {odbc}."
    if tuple(int(part) for part in python.split(".")[:2]) < OLDEST_PYTHON:
        return stopped(code, title, found, "Install Python 3.11 or newer.")
    advice = "" if drivers else "SQL Server needs one: Microsoft's ODBC Driver 18, or FreeTDS (tdsodbc)."
    return passed(code, title, found, advice)


def _odbc_drivers() -> tuple[str, ...] | None:
    try:
        import pyodbc
    except ImportError:
        return None
    return tuple(pyodbc.drivers())
