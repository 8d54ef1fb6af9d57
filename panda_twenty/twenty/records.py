"""Writing batches of records and reading them back.

Measured on Twenty 2.21, and the reason why results are what they are here:

* an upsert is not atomic: after a database error its updates stay although the answer is an error;
* its answer lists updated records first, then inserted ones, so it is matched by id, never by place;
* a record that matches another one by a unique key is written to *that* record, which keeps its id;
* a filter that is empty matches everything, so nothing here deletes by anything but a list of ids.

Relations are written and read through their join columns (``patientId``).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from panda_twenty.json_bytes import strict
from panda_twenty.twenty.client import UNCLEAR_ATTEMPTS, TwentyClient
from panda_twenty.twenty.errors import Refused, SchemaChanged
from panda_twenty.twenty.reasons import ReasonCode
from panda_twenty.twenty.workspace import RELATION_TYPES, ObjectFacts, selection

__all__ = [
    "BODY_LIMIT_BYTES",
    "RECORDS_PER_CALL",
    "Actor",
    "RemovalResult",
    "UpsertResult",
    "body_size",
    "count",
    "creator_of",
    "destroy",
    "encoded",
    "read_all",
    "read_by_ids",
    "restore",
    "set_deleted_at",
    "soft_delete",
    "upsert",
    "upsert_encoded",
    "with_actor",
]

RECORDS_PER_CALL = 200
"""Twenty's own limit for one create or upsert."""

BODY_LIMIT_BYTES = 9_500_000
"""What one call's records may weigh; Twenty takes 10 MB for the whole request."""

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

_WITH_DELETED = {"or": [{"deletedAt": {"is": "NULL"}}, {"deletedAt": {"is": "NOT_NULL"}}]}


def body_size(records: Iterable[Mapping[str, Any]]) -> int:
    """Bytes these records take in a request, for sizing batches against ``BODY_LIMIT_BYTES``."""
    return sum(len(_ENCODER.encode(record).encode("utf-8", "surrogatepass")) + 1 for record in records)


def encoded(record: Mapping[str, Any]) -> bytes:
    """A record as it stands in a request. Raises ValueError for a number that is not finite."""
    return strict(record)


def upsert(
    client: TwentyClient,
    facts: ObjectFacts,
    records: Sequence[Mapping[str, Any]],
    *,
    actor: Actor | None = None,
    returning: Collection[str] = (),
) -> UpsertResult:
    """Create or update 1 to 200 records in one call, each under the ``id`` it carries.

    Sending the same records twice is harmless, so an unclear answer is retried by the client. Upsert
    patches: fields left out keep their value. A soft-deleted record of the same id is restored.

    ``actor`` becomes the creator of new records that name none (Twenty ignores it for records that exist).
    ``returning`` names fields whose stored values the answer brings along (measured: what a reading right
    afterwards finds). Raises Refused for a batch that is too large or has unknown fields, before anything is
    sent, and whatever the client raises; after Unclear or Refused a part of the batch may have been written.
    """
    _refuse_unsendable(facts, records)
    data = [with_actor(record, facts, actor) for record in records]
    if body_size(data) > BODY_LIMIT_BYTES:
        raise Refused(ReasonCode.TOO_LARGE)
    return _upsert(client, facts, data, {"data": data}, returning)


def upsert_encoded(
    client: TwentyClient,
    facts: ObjectFacts,
    records: Sequence[Mapping[str, Any]],
    bodies: Sequence[bytes],
    returning: Collection[str] = (),
    answered: Callable[[float], None] = lambda seconds: None,
    time_out_attempts: int = UNCLEAR_ATTEMPTS,
) -> UpsertResult:
    """The same for records that are :func:`encoded` already, creator included, each under its place.

    A batch is weighed before it is sent; this spares encoding every record a second time. ``answered``
    and ``time_out_attempts`` as in :meth:`TwentyClient.records`.
    """
    _refuse_unsendable(facts, records)
    variables = b'{"data":[' + b",".join(bodies) + b"]}"
    return _upsert(client, facts, records, variables, returning, answered, time_out_attempts)


def _upsert(
    client: TwentyClient,
    facts: ObjectFacts,
    data: Sequence[Mapping[str, Any]],
    variables: Mapping[str, Any] | bytes,
    fields: Collection[str],
    answered: Callable[[float], None] = lambda seconds: None,
    time_out_attempts: int = UNCLEAR_ATTEMPTS,
) -> UpsertResult:
    names = facts.names
    wanted = selection(facts, ["id", *fields])
    answer = client.records(
        f"mutation($data:[{names.type_name}CreateInput!]!)"
        f"{{{names.create_many}(data:$data,upsert:true){{{wanted}}}}}",
        variables,
        resend_safe=True,
        record_count=len(data),
        answered=answered,
        time_out_attempts=time_out_attempts,
    )
    return _upsert_result(data, answer[names.create_many])


def read_by_ids(
    client: TwentyClient,
    facts: ObjectFacts,
    ids: Collection[str],
    fields: Collection[str],
    *,
    include_deleted: bool = False,
    per_call: int = RECORDS_PER_CALL,
) -> dict[str, dict[str, Any]]:
    """The records of these ids, by id; ids that are not there are left out.

    With ``include_deleted``, soft-deleted records come too; ask for ``deletedAt`` to tell them apart.
    """
    found: dict[str, dict[str, Any]] = {}
    for chunk in _chunks(dict.fromkeys(ids), per_call):
        where = {"id": {"in": chunk}}
        page = _page(client, facts, ["id", *fields], where, len(chunk), None, include_deleted=include_deleted)
        found.update((record["id"], record) for record in page.records)
    return found


def read_all(
    client: TwentyClient,
    facts: ObjectFacts,
    fields: Collection[str],
    *,
    where: Mapping[str, Any] | None = None,
    page_size: int = RECORDS_PER_CALL,
    include_deleted: bool = False,
) -> Iterator[dict[str, Any]]:
    """All records in the order of their ids, a page per call.

    The walk goes by id, so records that are added or removed meanwhile neither repeat nor hide others.
    ``where`` is a filter of Twenty, such as ``{"createdBy": {"source": {"eq": "IMPORT"}}}``.
    """
    after: str | None = None
    while True:
        page = _page(client, facts, ["id", *fields], where, page_size, after, include_deleted=include_deleted)
        yield from page.records
        if page.next_cursor is None:
            return
        after = page.next_cursor


def count(
    client: TwentyClient,
    facts: ObjectFacts,
    where: Mapping[str, Any] | None = None,
    *,
    include_deleted: bool = False,
) -> int:
    """How many records match, in one call."""
    root = facts.names.plural
    answer = client.records(
        f"query($filter:{facts.names.type_name}FilterInput){{{root}(filter:$filter){{totalCount}}}}",
        {"filter": _filter(where, include_deleted=include_deleted)},
    )
    return int(answer[root]["totalCount"])


def destroy(client: TwentyClient, facts: ObjectFacts, ids: Collection[str]) -> RemovalResult:
    """Remove these records for good, live or soft-deleted. Links of notes, tasks and files go with them."""
    return _remove(client, facts, facts.names.destroy_many, ids)


def soft_delete(client: TwentyClient, facts: ObjectFacts, ids: Collection[str]) -> RemovalResult:
    """Delete these records as somebody does in Twenty: into its bin, with the links of a note or task.

    They keep their unique keys and can be restored.
    """
    return _remove(client, facts, facts.names.delete_many, ids)


def restore(client: TwentyClient, facts: ObjectFacts, ids: Collection[str]) -> RemovalResult:
    """Bring these soft-deleted records back."""
    return _remove(client, facts, facts.names.restore_many, ids)


def set_deleted_at(client: TwentyClient, facts: ObjectFacts, ids: Collection[str], moment: str) -> None:
    """Hide these 1 to 200 records as if they had been deleted at ``moment``, ISO 8601 (measured)."""
    wanted = sorted(set(ids))
    if not wanted or not all(wanted):
        raise ValueError("ids are needed: a filter that restricts nothing means all records")
    type_name = facts.names.type_name
    client.records(
        f"mutation($filter:{type_name}FilterInput,$data:{type_name}UpdateInput)"
        f"{{{facts.names.update_many}(filter:$filter,data:$data){{id}}}}",
        {"filter": {"and": [{"id": {"in": wanted}}, _WITH_DELETED]}, "data": {"deletedAt": moment}},
        resend_safe=True,
        record_count=len(wanted),
    )


def _remove(client: TwentyClient, facts: ObjectFacts, root: str, ids: Collection[str]) -> RemovalResult:
    wanted = [each for each in dict.fromkeys(ids) if isinstance(each, str) and each]
    if not wanted or len(wanted) != len(set(ids)):
        # Twenty takes a filter that restricts nothing as "all records".
        raise ValueError(f"{root} takes a list of ids that is not empty and holds no empty id")
    done: list[str] = []
    for chunk in _chunks(wanted, RECORDS_PER_CALL):
        answer = client.records(
            f"mutation($filter:{facts.names.type_name}FilterInput!){{{root}(filter:$filter){{id}}}}",
            {"filter": {"id": {"in": chunk}}},
            resend_safe=True,
            record_count=len(chunk),
        )
        done.extend(record["id"] for record in answer[root])
    return RemovalResult(done=frozenset(done), absent=frozenset(wanted) - frozenset(done))


def _chunks(ids: Iterable[str], size: int) -> Iterator[list[str]]:
    remaining = iter(ids)
    while chunk := list(islice(remaining, size)):
        yield chunk


def _page(
    client: TwentyClient,
    facts: ObjectFacts,
    fields: Iterable[str],
    where: Mapping[str, Any] | None,
    size: int,
    after: str | None,
    *,
    include_deleted: bool,
) -> _Page:
    root, type_name = facts.names.plural, facts.names.type_name
    answer = client.records(
        f"query($first:Int,$after:String,$filter:{type_name}FilterInput)"
        f"{{{root}(first:$first,after:$after,filter:$filter,orderBy:[{{id:AscNullsFirst}}])"
        f"{{edges{{node{{{selection(facts, fields)}}}}}pageInfo{{hasNextPage endCursor}}}}}}",
        {"first": size, "after": after, "filter": _filter(where, include_deleted=include_deleted)},
    )[root]
    more = answer["pageInfo"]["hasNextPage"]
    return _Page(
        [edge["node"] for edge in answer["edges"]], answer["pageInfo"]["endCursor"] if more else None
    )


def _filter(where: Mapping[str, Any] | None, *, include_deleted: bool) -> Mapping[str, Any]:
    if not include_deleted:
        return where or {}
    return {"and": [where, _WITH_DELETED]} if where else _WITH_DELETED


def _refuse_unsendable(facts: ObjectFacts, records: Sequence[Mapping[str, Any]]) -> None:
    if not records:
        raise ValueError("an upsert needs at least one record")
    if len(records) > RECORDS_PER_CALL:
        raise Refused(ReasonCode.TOO_MANY_RECORDS)
    ids = [record.get("id") for record in records]
    if not all(ids):
        raise ValueError("every record of an upsert carries its id")
    if len(set(ids)) != len(ids):
        raise ValueError("an id occurs more than once in the same upsert")
    for name in sorted(set[str]().union(*records)):
        found = facts.fields.get(name)
        is_relation = found is not None and found.type in RELATION_TYPES
        if name not in facts.join_columns and (found is None or not found.is_active or is_relation):
            problem = "is a relation, to be written by its join column" if is_relation else "is not there"
            raise SchemaChanged(f"Field {name} of object {facts.name} {problem}.", field=name)


def with_actor(record: Mapping[str, Any], facts: ObjectFacts, actor: Actor | None) -> Mapping[str, Any]:
    """The record with its creator, unless it names one or the object knows none."""
    if actor is None or "createdBy" in record or "createdBy" not in facts.fields:
        return record
    return {**record, "createdBy": creator_of(actor)}


def creator_of(actor: Actor) -> dict[str, Any]:
    """The value of ``createdBy`` that tells of this actor."""
    created_by: dict[str, Any] = {"source": "IMPORT", "name": actor.name}
    if actor.context:
        created_by["context"] = dict(actor.context)
    return created_by


def _upsert_result(sent: Sequence[Mapping[str, Any]], returned: Sequence[Mapping[str, Any]]) -> UpsertResult:
    stored = {record["id"]: record for record in returned}
    sent_ids = {str(record["id"]).lower() for record in sent}
    return UpsertResult(frozenset(sent_ids & stored.keys()), stored)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is shown as the creator: a name that marks the run and can be filtered by, and a context."""

    name: str
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UpsertResult:
    """What Twenty says it has done with a batch. All ids are in lower case.

    What was sent and not ``written`` either was not written at all, or was written to an existing record that
    matched by a unique key; that one is in ``stored`` under its own id.
    """

    written: frozenset[str]
    """Ids that were sent and are in the answer."""
    stored: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By id: the fields that were asked for, as Twenty has stored them."""


@dataclass(frozen=True, slots=True)
class RemovalResult:
    """``done`` were deleted, destroyed or restored by this call; ``absent`` were not there to be."""

    done: frozenset[str]
    absent: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Page:
    records: list[dict[str, Any]]
    next_cursor: str | None
