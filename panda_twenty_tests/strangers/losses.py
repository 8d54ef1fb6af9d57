"""What a vendor's chart cannot hold, so that a check knows what to expect of it."""

from __future__ import annotations

from panda_twenty.panda.chart import Tooth, ToothStatus


def kept(stranger: str, tooth: Tooth) -> Tooth | None:
    """What is left of a tooth in that stranger's chart; None if it has no row or string of the tooth."""
    del stranger
    return tooth if tooth.status in ToothStatus else None
