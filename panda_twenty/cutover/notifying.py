"""Telling people: a failed run, a quarantine that grows, a lag that is too long. No personal data.

Everything is logged. A webhook (JSON by POST) and e-mail are sent beside that where they are set. Whom a
notice does not reach is said in the log; a cutover does not stop for it.
"""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage

import httpx

from panda_twenty.cutover.board import Board
from panda_twenty.ledger.state import keep_setting, setting
from panda_twenty.session import Session
from panda_twenty.settings import Settings

TIMEOUT_SECONDS = 10.0

log = logging.getLogger("panda_twenty.cutover")


@dataclass(frozen=True)
class Notice:
    """Something that people should know. Holds ids and counts, no values."""

    kind: str
    """``run_failed``, ``quarantine_grew`` or ``lag``."""
    sentence: str
    facts: Mapping[str, str | int | float] = field(default_factory=dict)


def notices_of(session: Session, board: Board) -> Iterator[Notice]:
    """What the board shows that has not been told yet."""
    ledger = session.ledger
    told = int(setting(ledger, "quarantine_told") or "0")
    if board.quarantined != told:
        keep_setting(ledger, "quarantine_told", str(board.quarantined))
    if board.quarantined > told:
        yield Notice(
            "quarantine_grew",
            f"{board.quarantined - told} more records are in quarantine, {board.quarantined} in all.",
            {"records": board.quarantined, "new": board.quarantined - told},
        )
    is_late = board.lag_minutes > session.settings.panda_twenty_lag_minutes
    if is_late != (setting(ledger, "lag_told") == "yes"):
        keep_setting(ledger, "lag_told", "yes" if is_late else "no")
        if is_late:
            yield Notice(
                "lag",
                f"Changes of the practice have been waiting for {board.lag_minutes:g} minutes.",
                {"minutes": board.lag_minutes, "pending": board.pending},
            )


def notify(settings: Settings, notice: Notice) -> None:
    """Log the notice, and send it wherever the settings say."""
    log.warning("%s", notice.sentence)
    if settings.panda_twenty_notify_url is not None:
        _post(settings.panda_twenty_notify_url.get_secret_value(), notice)
    if settings.panda_twenty_notify_mail is not None:
        _mail(settings, settings.panda_twenty_notify_mail, notice)


def _post(url: str, notice: Notice) -> None:
    content = {"kind": notice.kind, "text": notice.sentence, "facts": dict(notice.facts)}
    try:
        httpx.post(url, json=content, timeout=TIMEOUT_SECONDS).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as problem:
        log.warning("The webhook did not take a notice (%s).", type(problem).__name__)


def _mail(settings: Settings, to: str, notice: Notice) -> None:
    message = EmailMessage()
    message["Subject"] = f"panda-twenty: {notice.kind.replace('_', ' ')}"
    message["From"] = settings.panda_twenty_smtp_from or to
    message["To"] = to
    message.set_content(notice.sentence)
    try:
        with smtplib.SMTP(
            settings.panda_twenty_smtp_host, settings.panda_twenty_smtp_port, timeout=TIMEOUT_SECONDS
        ) as server:
            if settings.panda_twenty_smtp_user and settings.panda_twenty_smtp_password:
                server.starttls()
                server.login(
                    settings.panda_twenty_smtp_user, settings.panda_twenty_smtp_password.get_secret_value()
                )
            server.send_message(message)
    except (OSError, smtplib.SMTPException) as problem:
        log.warning("The mail server did not take a notice (%s).", type(problem).__name__)
