"""The ledger's tables for the time between the migration and the switch.

Like ``quarantine`` they hold what runs work out anew; nothing in them is needed to account for a record.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, Text

from panda_twenty.ledger.tables import metadata

readings = Table(
    "readings",
    metadata,
    Column("entity", String(40), primary_key=True),
    Column("range_key", String(40), primary_key=True),
    Column("marker", String(40)),
    Column("digest", String(64), nullable=False),
    Column("rows", Integer, nullable=False),
    Column("at", String(32), nullable=False),
)
"""The newest reading of each entity and range: up to which marker, and a keyed hash of what was read."""

watermarks = Table(
    "watermarks",
    metadata,
    Column("entity", String(40), primary_key=True),
    Column("range_key", String(40), primary_key=True),
    Column("marker", String(40)),
    Column("marker_at", String(32), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("rows", Integer, nullable=False),
    Column("read_at", String(32), nullable=False),
    Column("changed_at", String(32), nullable=False),
    Column("stale_at", String(32)),
)
"""The newest reading of each entity and range that stands in Twenty, verified.

``marker_at`` is when that marker was first reached, ``changed_at`` when what was read last differed from the
reading before, ``stale_at`` when something else was found on which these records depend.
"""

looks = Table(
    "looks",
    metadata,
    Column("entity", String(40), primary_key=True),
    Column("range_key", String(40), primary_key=True),
    Column("at", String(32), nullable=False),
)
"""When the patients of a range that a marker tells were last read alone and delivered, newer than the reading
of its watermark."""

waiting = Table(
    "waiting",
    metadata,
    Column("entity", String(40), primary_key=True),
    Column("range_key", String(40), primary_key=True),
    Column("since", String(32), nullable=False),
)
"""Since when something has been known to be in the practice and not in Twenty."""

taken_back = Table(
    "taken_back",
    metadata,
    Column("route", String(60), primary_key=True),
    Column("range_key", String(40), primary_key=True),
    Column("at", String(32), nullable=False),
)
"""Routes and ranges of which a rollback took something back, until they are migrated again."""

looked_up_rows = Table(
    "looked_up_rows",
    metadata,
    Column("entity", String(40), primary_key=True),
    Column("source_key", Text, primary_key=True),
    Column("row_hash", String(32), nullable=False),
)
"""Rows that belong to no patient, as they were when the patients' records that draw on them were made."""

look_ups = Table(
    "look_ups",
    metadata,
    Column("entity", String(40), primary_key=True),
    Column("asked_at", String(32), nullable=False),
)
"""What ``looked_up_rows`` has been asked about, and when last: none of its rows may have been there."""

field_hashes = Table(
    "field_hashes",
    metadata,
    Column("entity", String(40), primary_key=True),
    Column("source_key", Text, primary_key=True),
    Column("sequence", BigInteger().with_variant(Integer, "sqlite"), nullable=False),
    Column("layout", String(32), nullable=False),
    Column("sent", LargeBinary, nullable=False),
    Column("stored", LargeBinary),
)
"""Eight bytes of a keyed hash per column of a record: what the source last said, and what Twenty made of it.

``stored`` is empty where Twenty keeps what it is sent. ``sequence`` is the entry that wrote the record.
"""

field_layouts = Table(
    "field_layouts",
    metadata,
    Column("layout", String(32), primary_key=True),
    Column("columns", Text, nullable=False),
)

conflicts = Table(
    "conflicts",
    metadata,
    Column("entity", String(40), primary_key=True),
    Column("source_key", Text, primary_key=True),
    Column("field", String(63), primary_key=True),
    Column("object", String(63), nullable=False),
    Column("twenty_id", String(36), nullable=False),
    Column("range_key", String(40), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("winner", String(8), nullable=False),
    Column("source_hash", String(32)),
    Column("twenty_hash", String(32)),
    Column("run_id", String(64)),
    Column("at", String(32), nullable=False),
)
"""Fields that somebody edited in Twenty: ``kept`` while the source says what it said, ``conflict`` once it
changed as well, with who won."""
Index("conflicts_by_twenty_id", conflicts.c.object, conflicts.c.twenty_id)

gone_rows = Table(
    "gone_rows",
    metadata,
    Column("entity", String(40), primary_key=True),
    Column("source_key", Text, primary_key=True),
    Column("object", String(63), nullable=False),
    Column("twenty_id", String(36), nullable=False),
    Column("range_key", String(40), nullable=False),
    Column("done", String(12), nullable=False),
    Column("at", String(32), nullable=False),
)
"""Records whose source rows are gone, and what was done: ``marked``, ``hidden`` or ``left``."""
