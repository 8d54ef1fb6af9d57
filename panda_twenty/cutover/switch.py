"""The cutover window: the operator opens it after the migration and closes it when PANDA is switched off."""

from __future__ import annotations

from panda_twenty.ledger.ledger import Ledger
from panda_twenty.ledger.state import keep_setting, setting

_NAME = "cutover"


def is_on(ledger: Ledger) -> bool:
    """Whether changes follow by themselves now."""
    return setting(ledger, _NAME) == "on"


def switch(ledger: Ledger, *, on: bool) -> None:
    """Open or close the window; the account has who did."""
    keep_setting(ledger, _NAME, "on" if on else "off")
