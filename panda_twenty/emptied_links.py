"""Records that somebody destroyed in Twenty, and the links to them that Twenty emptied.

Its database does that by itself and leaves ``updatedAt`` as it was, so that by what the ledger knows the
records that were linked are unchanged. They are sent again once the one that they name is there again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice

from panda_twenty.cutover.committing import commit_delivered
from panda_twenty.ledger.doubts import keep_doubts
from panda_twenty.ledger.field_hashes import NOTHING, known_field_hashes
from panda_twenty.ledger.strangers import RecordPlace, forget_destroyed, places_of
from panda_twenty.ledger.watermarks import Place, make_stale
from panda_twenty.mapping.specification import Route
from panda_twenty.session import Session
from panda_twenty.twenty.prior_values import UPDATED_AT
from panda_twenty.twenty.records import read_all, read_by_ids
from panda_twenty.twenty.survey import PAGE, survey

CASCADING = frozenset({"noteTarget", "taskTarget", "attachment", "timelineActivity"})
"""Objects whose records go with the one that they link to, so that no link is left empty (measured)."""


def doubt_emptied_links(session: Session, identities: Collection[str]) -> set[Place]:
    """Have those records sent again whose link to a record of these kinds somebody emptied by destroying it.

    One call per thousand records without such a link. Returns the entity and range of each.
    """
    places: set[Place] = set()
    for route in session.mapping.routes:
        if route.object in CASCADING:
            continue
        for line in route.lines:
            if line.relation is not None and line.relation.entity in identities:
                places |= _doubt_emptied(session, route, line.column)
    return places


def _doubt_emptied(session: Session, route: Route, column: str) -> set[Place]:
    facts = session.facts(route.object)
    places: set[Place] = set()
    without = read_all(
        session.client,
        facts,
        [UPDATED_AT],
        where={column: {"is": "NULL"}},
        page_size=PAGE,
        include_deleted=True,
    )
    while page := list(islice(without, PAGE)):
        here = places_of(session.ledger, route.object, [record["id"] for record in page])
        written_at = {
            each.source_key: record[UPDATED_AT]
            for record in page
            if (each := here.get(record["id"])) and each.entity == route.identity
        }
        known = known_field_hashes(session.ledger, route.identity, list(written_at))
        emptied = {
            key
            for key, hashes in known.items()
            if hashes.sent.get(column, NOTHING) != NOTHING and hashes.stored_at == written_at[key]
        }
        keep_doubts(session.ledger, route.identity, sorted(emptied))
        places |= {(route.entity, each.range_key) for each in here.values() if each.source_key in emptied}
    return places


def bring_back_destroyed(
    session: Session, route: Route, met: Collection[str], named: Iterable[tuple[str, str]]
) -> None:
    """Have brought back by the next delta what somebody destroyed, with all that went or was emptied with it.

    ``met`` are ids of this route's own records that were not in Twenty, and went anew. ``named`` has object
    and id of what records name that Twenty refused: what is not there of it is forgotten, to be sent again.
    """
    ledger = session.ledger
    destroyed = list(places_of(ledger, route.object, list(met)).values())
    by_object: dict[str, set[str]] = defaultdict(set)
    for object_name, twenty_id in named:
        by_object[object_name].add(twenty_id)
    for object_name, ids in by_object.items():
        there = read_by_ids(session.client, session.facts(object_name), ids, [], include_deleted=True)
        destroyed += forget_destroyed(ledger, object_name, sorted(ids - there.keys()))
    if not destroyed:
        return
    identities = {each.entity for each in destroyed}
    entities = {each.identity: each.entity for each in session.mapping.routes}
    commit_delivered(session)
    make_stale(
        ledger,
        {
            *((entities[each.entity], each.range_key) for each in destroyed),
            *doubt_emptied_links(session, identities),
            *_gone_with(session, destroyed),
        },
    )


def _gone_with(session: Session, destroyed: Sequence[RecordPlace]) -> Iterator[Place]:
    """Forget what Twenty destroyed along with these records. Yields the places where it is made anew.

    What went with a record that belongs to no patient is found by the survey of the next migration.
    """
    for object_name in CASCADING:
        routes = [
            (route, each.range_key)
            for route in session.mapping.routes_to(object_name)
            for each in destroyed
            if any(line.relation and line.relation.entity == each.entity for line in route.lines)
        ]
        if routes:
            facts = session.facts(object_name)
            survey(session.client, session.ledger, facts, ())
            yield from ((route.entity, range_key) for route, range_key in routes)
