"""One sentence of advice for every error that an operator can do something about."""

from __future__ import annotations

from panda_twenty.ledger.confirmation import NothingConfirmed
from panda_twenty.ledger.ledger import LedgerError
from panda_twenty.mapping.proposal.reviewing import ReviewerError
from panda_twenty.mapping.specification import MappingError
from panda_twenty.panda.errors import SourceError
from panda_twenty.settings import SettingsError
from panda_twenty.stages import CannotGoOn
from panda_twenty.twenty.errors import TwentyError

FORESEEN = (
    ReviewerError,
    SettingsError,
    SourceError,
    MappingError,
    LedgerError,
    NothingConfirmed,
    CannotGoOn,
)


def advice_for(problem: BaseException) -> str | None:
    """The sentence to show; None for an error that nobody foresaw, which deserves its traceback."""
    if isinstance(problem, TwentyError):
        return f"{problem} {problem.advice}"
    if isinstance(problem, FORESEEN):
        return str(problem)
    if isinstance(problem, OSError) and problem.filename is not None:
        return f"{problem.strerror}: {problem.filename}"
    return None
