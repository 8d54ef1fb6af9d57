"""Trying again after a passing failure, told in words that hold nothing of a patient.

Left alone, stamina writes the text of the failure to the log or, where structlog is installed, to standard
output. A server's message can quote a value, and commands answer in JSON there. So whoever tries again takes
``retry_context`` or ``RetryingCaller`` from here: what is told is the kind of the failure and the wait.
"""

from __future__ import annotations

import logging

from stamina import RetryingCaller, retry_context
from stamina.instrumentation import RetryDetails, set_on_retry_hooks

__all__ = ["RetryingCaller", "retry_context"]

_log = logging.getLogger(__name__)


def _tell(details: RetryDetails) -> None:
    _log.info(
        "%s: trying again in %.1f s (retry %d)",
        type(details.caused_by).__name__,
        details.wait_for,
        details.retry_num,
    )


set_on_retry_hooks([_tell])
