"""What is known of an open session: how it is protected, through which driver, and what it promises."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Evidence = Literal["server", "driver", "same machine", "local file", "nothing"]


@dataclass(frozen=True)
class SessionSecurity:
    """What was found out about one session right after it was opened. Holds no name and no password."""

    encrypted: bool | None
    """Whether everything between here and the server is encrypted; None where no network lies between."""
    evidence: Evidence
    """Who says so: the server when asked, or the driver, which refuses to connect in plaintext."""
    certificate_checked: bool
    """Whether the driver compared the server's certificate with a trusted authority. Without that, TLS keeps
    listeners out, but not somebody who poses as the server."""
    protocol: str
    """Such as ``TSQL over TCP``, or ``file``."""
    driver: str
    driver_version: str
    server_product: str
    """Such as ``Microsoft SQL Server``, ``Babelfish for PostgreSQL`` or ``SQLite``."""
    server_version: str
    isolation: str
    """What a statement sees: ``snapshot`` or ``read committed``; never uncommitted rows."""
    notes: tuple[str, ...] = field(default=())
    """What an operator should know: a setting that the server refused, a check that was relaxed."""
