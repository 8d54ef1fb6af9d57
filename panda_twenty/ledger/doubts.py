"""Records that verification found different although nobody touched them since we wrote them.

Twenty's database empties a link when the record that it points at is destroyed, and leaves ``updatedAt`` as
it was. By what the ledger knows such a record is unchanged, so it would never be sent again. A note here lets
the next load send it; whoever settles it takes the note away.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, select

from panda_twenty.ledger.bulk import put_rows, rows_of_keys
from panda_twenty.ledger.ledger import Ledger
from panda_twenty.ledger.tables import doubts


def keep_doubts(ledger: Ledger, entity: str, keys: Sequence[str]) -> None:
    """Let these records be sent again, whatever the ledger says of them."""
    if keys:
        rows = [{"entity": entity, "source_key": key} for key in keys]
        with ledger.writing() as connection:
            ledger.append(connection, "in_doubt", {"entity": entity, "records": list(keys)})
            put_rows(connection, doubts, rows, ("entity", "source_key"), ("entity",))


def doubted(ledger: Ledger, entity: str, keys: Sequence[str]) -> frozenset[str]:
    """Which of these source keys are in doubt."""
    with ledger.reading() as connection:
        found = rows_of_keys(connection, _DOUBTED, keys, any_there=_ANY, entity=entity)
        return frozenset(key for (key,) in found)


_OF_THE_ENTITY = select(doubts.c.source_key).where(doubts.c.entity == bindparam("entity"))
_DOUBTED = _OF_THE_ENTITY.where(doubts.c.source_key.in_(bindparam("keys", expanding=True)))
_ANY = _OF_THE_ENTITY.limit(1)
