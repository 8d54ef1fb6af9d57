"""How much a load may hold back by rules of our own before it halts.

A known few per cent of unusable values are part of a migration, and the oldest rows have more of them than
the others; most of one kind of record means that the source profile or the mapping is wrong, and whatever is
written meanwhile may be as wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from panda_twenty.ledger.ledger import Ledger
from panda_twenty.ledger.refusals import count_held_back, count_known
from panda_twenty.twenty.errors import TwentyError
from panda_twenty.twenty.reasons import ReasonCode

HELD_BACK_TOLERATED = 100
"""So many records held back never halt a load, whatever share they are: a small practice has few records."""


class TooManyHeldBack(TwentyError):
    """Our own rules hold back a larger share of records than the operator allows. Nothing more is sent."""

    advice = (
        "Look at the reasons with `panda-twenty quarantine list`: so many of a kind usually mean that the "
        "source profile names the wrong column or code list, or that the mapping is wrong. Correct it, "
        "confirm and run again. Where the practice's data are so, "
        "PANDA_TWENTY_STOP_ABOVE_HELD_BACK_PERCENT allows a larger share."
    )


@dataclass
class HeldBack:
    """Counts, in one load, what it came by and what our rules hold back of it.

    What waits for a record that it names does not count: that one is held back itself.
    """

    ledger: Ledger
    object: str
    stop_above_percent: float
    came_by: int = 0
    held_back: int = 0
    _waits: frozenset[str] = field(default=frozenset({str(ReasonCode.MISSING_PARENT)}), init=False)

    def add(self, entity: str, codes: list[str]) -> None:
        """Count records that are held back for these reasons, which stand in quarantine already.

        Raises TooManyHeldBack where they are too large a share of what this load came by, and of all that is
        known of the entity: a delta that meets the few bad rows of a range is not kept from the others.
        """
        held_back = sum(code not in self._waits for code in codes)
        if not held_back:
            return
        self.held_back += held_back
        if not self._is_too_many(self.held_back, self.came_by):
            return
        of_all = count_held_back(self.ledger, entity, self._waits)
        if self._is_too_many(of_all, max(self.came_by, count_known(self.ledger, entity))):
            raise TooManyHeldBack(
                f"Of {self.came_by} records of {self.object} in this load, rules of our own hold back "
                f"{self.held_back}: more than {self.stop_above_percent:g} %."
            )

    def _is_too_many(self, held_back: int, records: int) -> bool:
        return held_back > HELD_BACK_TOLERATED and 100 * held_back / records > self.stop_above_percent
