"""Files on their way: uploaded before the records that hold them, several at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from panda_twenty.twenty.errors import Refused
from panda_twenty.twenty.files import upload
from panda_twenty.twenty.records import encoded
from panda_twenty.twenty.sending import Flights, Outgoing


def with_uploaded_files(flights: Flights, batch: Sequence[Outgoing]) -> list[Outgoing]:
    """Upload the files of these records and let go of their bytes. Returns the records that may go.

    A record whose file Twenty does not take is refused as one whose values it does not take: it goes to
    quarantine, and too many of them end the load.
    """
    had_files = [bool(each.record.files) for each in batch]
    if not any(had_files):
        return list(batch)
    ready = []
    refusals = flights.pool.map(partial(_upload, flights), batch)
    for each, refusal, had_file in zip(batch, refusals, had_files, strict=True):
        if refusal is not None:
            flights.refuse_file(each, refusal)
            continue
        ready.append(each)
        if had_file:
            flights.refusals.files_in_a_row = 0
    return ready


def _upload(flights: Flights, each: Outgoing) -> Refused | None:
    try:
        for column, file in each.record.files.items():
            each.body[column] = upload(flights.client, flights.facts, column, file)
    except Refused as refusal:
        return refusal
    each.record.files.clear()
    each.text = encoded(each.body)
    return None
