"""The ledger's tables, the same on SQLite (embedded) and PostgreSQL (several machines).

``entries`` and ``record_events`` are the account: rows are only ever added, and each entry's hash covers its
content, its record events and the entry before. ``priors`` holds what stood in Twenty before an update,
encrypted; the account has the hash of each, so that a prior can be thrown away after its time while the chain
stays whole. The other tables are what the account amounts to now, kept so that a run need not read its whole
past.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()

entries = Table(
    "entries",
    metadata,
    Column("sequence", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("at", String(32), nullable=False),
    Column("actor", Text, nullable=False),
    Column("run_id", String(64)),
    Column("kind", String(40), nullable=False),
    Column("content", Text, nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

record_events = Table(
    "record_events",
    metadata,
    Column("sequence", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("entity", String(40), nullable=False),
    Column("source_key", Text, nullable=False),
    Column("object", String(63), nullable=False),
    Column("twenty_id", String(36), nullable=False),
    Column("range_key", String(40)),
    Column("patient_key", Text),
    Column("action", String(20), nullable=False),
    Column("before_hash", String(64)),
    Column("after_hash", String(64)),
    Column("prior_hash", String(64)),
    Column("stored_at", String(32)),
    Column("stored_hash", String(64)),
)
Index("record_events_by_source", record_events.c.entity, record_events.c.source_key)
Index("record_events_by_patient", record_events.c.patient_key)

priors = Table(
    "priors",
    metadata,
    Column("sequence", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)
"""What stood in Twenty before an update, sealed with the practice's key; bound to its record event."""

records = Table(
    "records",
    metadata,
    Column("entity", String(40), primary_key=True),
    Column("source_key", Text, primary_key=True),
    Column("object", String(63), nullable=False),
    Column("twenty_id", String(36), nullable=False),
    Column("range_key", String(40), nullable=False),
    Column("state", String(12), nullable=False),
    Column("content_hash", String(64)),
    Column("sequence", BigInteger().with_variant(Integer, "sqlite"), nullable=False),
)
Index("records_by_twenty_id", records.c.object, records.c.twenty_id)
Index("records_by_object", records.c.object, records.c.range_key)

claims = Table(
    "claims",
    metadata,
    Column("object", String(63), primary_key=True),
    Column("field", String(63), primary_key=True),
    Column("value_hash", String(64), primary_key=True),
    Column("twenty_id", String(36), nullable=False),
    Column("seal", String(64), nullable=False),
)

strangers = Table(
    "strangers",
    metadata,
    Column("object", String(63), primary_key=True),
    Column("twenty_id", String(36), primary_key=True),
)
"""Records that stood in Twenty when it was last surveyed and that this ledger did not write."""

quarantine = Table(
    "quarantine",
    metadata,
    Column("entity", String(40), primary_key=True),
    Column("source_key", Text, primary_key=True),
    Column("object", String(63), nullable=False),
    Column("range_key", String(40), nullable=False),
    Column("code", String(60), nullable=False),
    Column("field", String(63)),
    Column("advice", Text, nullable=False),
    Column("run_id", String(64)),
    Column("at", String(32), nullable=False),
)

refusals = Table(
    "refusals",
    metadata,
    Column("entity", String(40), primary_key=True),
    Column("source_key", Text, primary_key=True),
    Column("content_hash", String(64), nullable=False),
)
"""The content that Twenty itself refused, so that a run in which nothing changed sends nothing."""

refused_intents = Table(
    "refused_intents",
    metadata,
    Column("entity", String(40), primary_key=True),
    Column("source_key", Text, primary_key=True),
    Column("sequence", BigInteger().with_variant(Integer, "sqlite"), nullable=False),
)
"""The newest intent of a record that Twenty answered by refusing it: it changed nothing there."""

doubts = Table(
    "doubts",
    metadata,
    Column("entity", String(40), primary_key=True),
    Column("source_key", Text, primary_key=True),
)
"""Records to be sent again although their content did not change, see :mod:`panda_twenty.ledger.doubts`."""

settings = Table(
    "settings",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("value", Text, nullable=False),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("route", String(60), primary_key=True),
    Column("range_key", String(40), primary_key=True),
    Column("object", String(63), nullable=False),
    Column("run_id", String(64)),
    Column("at", String(32), nullable=False),
    Column("loaded", Text),
    Column("verified", Text),
    Column("details", Text),
)
"""The newest counts of each route and range; what tables and reports add up."""

standing_before = Table(
    "standing_before",
    metadata,
    Column("object", String(63), primary_key=True),
    Column("twenty_id", String(36), primary_key=True),
)
"""Records that stood in Twenty before this migration; unlike ``strangers``, never replaced."""

verified_records = Table(
    "verified_records",
    metadata,
    Column("object", String(63), primary_key=True),
    Column("twenty_id", String(36), primary_key=True),
    Column("route", String(60), nullable=False),
    Column("range_key", String(40), nullable=False),
    Column("source_key", Text, nullable=False),
    Column("sweep", Integer, nullable=False),
    Column("written", BigInteger().with_variant(Integer, "sqlite")),
    Column("columns_hash", String(16)),
    Column("fields", LargeBinary),
    Column("updated_at", String(40)),
)
"""What each record looked like when it was last found equal to its source: a keyed hash per field.

``fields`` is empty for a record that never was. ``written`` is the ledger's entry that had written it by
then, ``sweep`` the last verification that came by."""
Index("verified_records_by_sweep", verified_records.c.object, verified_records.c.sweep)

sweeps = Table(
    "sweeps",
    metadata,
    Column("sweep", Integer, primary_key=True, autoincrement=False),
    Column("scope", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("started_at", String(32), nullable=False),
    Column("finished_at", String(32)),
    Column("summary", Text),
)
"""Verifications of a whole workspace, or a part of it, with what they found in counts."""

sweep_progress = Table(
    "sweep_progress",
    metadata,
    Column("sweep", Integer, primary_key=True),
    Column("stage", String(160), primary_key=True),
    Column("rows", Integer, nullable=False),
    Column("is_done", Integer, nullable=False),
    Column("content", Text, nullable=False),
    Column("file_size", BigInteger, nullable=False),
)
"""How far each part of a sweep has come, and how long the file of differences was at that point."""
