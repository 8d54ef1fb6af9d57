"""What record events are called, and what each of them makes of a record's row."""

from __future__ import annotations

INTENDED = ("create", "update", "adopt")
"""About to be written."""

WRITTEN = ("created", "updated", "adopted")
"""Stands in Twenty as intended."""

PENDING = ("to_destroy", "to_restore")
"""About to be undone; the row stays as it is until that is done."""

RETURNED = ("reverted", "unlinked")
"""Still ours: put back to what an earlier run wrote, or without a link because its parent was destroyed."""

REMOVED = ("gone", "destroyed", "restored")
"""No longer ours: somebody destroyed it, we did, or it has again what stood there before."""
