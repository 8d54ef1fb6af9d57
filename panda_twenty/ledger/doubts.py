"""Records that may not stand in Twenty as the ledger has them, and are sent again for it.

Verification found them different although nobody touched them since we wrote them: Twenty's database empties
a link when the record that it points at is destroyed, and leaves ``updatedAt`` as it was. Or a rollback was
about to undo them and was cut off. By what the ledger knows such a record is unchanged, so it would never be
sent again. A note here lets the next load send it; whoever settles it takes the note away.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, bindparam, select

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


def put_doubts(connection: Connection, records: Iterable[tuple[str, str]]) -> None:
    """The same for these entities and source keys, inside a ``writing`` transaction that accounts for it."""
    rows = [{"entity": entity, "source_key": key} for entity, key in records]
    if rows:
        put_rows(connection, doubts, rows, ("entity", "source_key"), ("entity",))


def doubted(ledger: Ledger, entity: str, keys: Sequence[str]) -> frozenset[str]:
    """Which of these source keys are in doubt."""
    with ledger.reading() as connection:
        found = rows_of_keys(connection, _DOUBTED, keys, any_there=_ANY, entity=entity)
        return frozenset(key for (key,) in found)


_OF_THE_ENTITY = select(doubts.c.source_key).where(doubts.c.entity == bindparam("entity"))
_DOUBTED = _OF_THE_ENTITY.where(doubts.c.source_key.in_(bindparam("keys", expanding=True)))
_ANY = _OF_THE_ENTITY.limit(1)
