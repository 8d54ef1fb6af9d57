"""Files on their way: uploaded before the records that hold them, several at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from panda_twenty.twenty.errors import Refused
from panda_twenty.twenty.files import upload
from panda_twenty.twenty.outgoing import Trouble
from panda_twenty.twenty.records import encoded
from panda_twenty.twenty.sending import Flights, Outgoing


def with_uploaded_files(flights: Flights, batch: Sequence[Outgoing]) -> list[Outgoing]:
    """Upload the files of these records and let go of their bytes. Returns the records that may go.

    A record whose file Twenty does not take goes to quarantine.
    """
    if not any(each.record.files for each in batch):
        return list(batch)
    ready = []
    for each, refusal in zip(batch, flights.pool.map(partial(_upload, flights), batch), strict=True):
        if refusal is None:
            ready.append(each)
        else:
            flights.set_aside([each], Trouble(None, "file_refused", refusal.message))
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
