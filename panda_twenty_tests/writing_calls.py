"""Which requests write records, told from their bodies as they pass."""

from __future__ import annotations

import re

_MUTATION = re.compile(rb'\{"query":\s*"\s*mutation\b(?:[^{]*\{\s*(\w+))?')
_LONGEST_HEAD = 1_000
_NO_RECORD = b"WorkflowAutomatedTrigger"
"""What pauses and wakes a workflow is a mutation as well, and no record of a practice."""


def writes_records(path: str, body: bytes) -> bool:
    """Whether a request creates, updates, hides, restores or destroys records."""
    found = _MUTATION.match(body[:_LONGEST_HEAD]) if path == "/graphql" else None
    return found is not None and not (found[1] or b"").endswith(_NO_RECORD)


def is_upsert(body: bytes) -> bool:
    """Whether a request creates or updates records in one call."""
    return b"upsert:true" in body[:300]
