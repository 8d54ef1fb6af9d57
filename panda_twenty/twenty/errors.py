"""What can go wrong between this tool and Twenty.

TwentyError
 ├── Unreachable          nothing was sent, so nothing was written
 ├── NotATwentyServer     something else answers there
 ├── TokenRefused         the API key is missing, garbage, expired or revoked
 ├── RoleTooWeak          the API key works, its role does not suffice
 ├── Throttled            the rate limit refused the call, nothing was executed
 ├── Refused              Twenty understood and said no to this request, or to one of its records
 ├── NotFound             the record is not there
 ├── SchemaChanged        the object or field is not there
 └── Unclear              no readable answer: the call may have been executed

Twenty quotes the offending value in many of its messages, and those values are personal health
information. So ``str``, ``repr`` and a pickle of these errors hold names of fields, codes and ids only;
the text as Twenty sent it stays in memory, see :meth:`TwentyError.raw_text`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from panda_twenty.twenty.reasons import ReasonCode, sentence_for

__all__ = [
    "NoAnswerBecause",
    "NotATwentyServer",
    "NotFound",
    "Refused",
    "RoleTooWeak",
    "SchemaChanged",
    "Throttled",
    "TokenProblem",
    "TokenRefused",
    "TwentyError",
    "Unclear",
    "Unreachable",
]


def _restore(kind: type[TwentyError], args: tuple[Any, ...], state: dict[str, Any]) -> TwentyError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class TokenProblem(StrEnum):
    MISSING = "missing"
    GARBAGE = "garbage"
    EXPIRED = "expired"
    REVOKED = "revoked"


class TwentyError(Exception):
    """Base of everything this package raises about Twenty. ``advice`` says in one sentence what to do."""

    advice = "Look at the name of the error; nothing more is known."

    def __init__(self, sentence: str, *, raw: str = "") -> None:
        super().__init__(sentence)
        self._raw = raw

    def raw_text(self) -> str:
        """The message as Twenty sent it. It may quote a patient's data: never log, print or store it."""
        return self._raw

    def __reduce__(self) -> tuple[Any, ...]:
        # Errors travel between processes and into event logs as pickles: the raw text does not.
        return _restore, (type(self), self.args, {**self.__dict__, "_raw": ""})


class Unreachable(TwentyError):
    """No connection came about, so nothing was sent."""

    advice = "Check the address, that the server is running, and that this machine may reach it."


class NotATwentyServer(TwentyError):
    """Something answers at the address, but not the API of Twenty."""

    advice = (
        "Give the address of the Twenty server itself, without a path, for example https://crm.example.org."
    )


class TokenRefused(TwentyError):
    """Twenty does not accept the API key; ``problem`` says why."""

    advice = "Create a new API key in Twenty under Settings, APIs & Webhooks, and give that one."

    def __init__(self, problem: TokenProblem, *, raw: str = "") -> None:
        super().__init__(f"Twenty does not accept the API key: it is {problem}.", raw=raw)
        self.problem = problem


class RoleTooWeak(TwentyError):
    """The API key is accepted, but its role may not do this."""

    advice = "Give the API key the role Admin in Twenty under Settings, APIs & Webhooks."


class Throttled(TwentyError):
    """The workspace's rate limit refused the call. Nothing was executed.

    ``retry_after`` is in seconds, or None where the server does not say (Twenty 2.21 never says).
    ``again_after`` is what the limiter says of a call that only came a little early.
    """

    advice = "Wait and send it again; if this goes on, another tool uses up the workspace's rate limit."

    def __init__(self, retry_after: float | None = None, *, raw: str = "") -> None:
        asks = f" It asks to wait {retry_after:.0f} seconds." if retry_after else ""
        super().__init__(f"Twenty's rate limit refused the call.{asks}", raw=raw)
        self.retry_after = retry_after
        self.again_after: float | None = None


class Refused(TwentyError):
    """Twenty understood the call and refused it.

    ``field`` is the name of the field (or ``field.subfield``) where Twenty names it, ``code`` and
    ``sub_code`` are Twenty's own, ``value_quoted`` says that the raw message holds a value, and
    ``conflicting_record_id`` is the id of the record that holds a duplicate value, where told.
    ``is_internal`` says that Twenty or its database failed at the request: a record may be the cause of
    that, or none. Twenty never says which record of a batch it means.
    """

    advice = "Correct the record or leave it out; sending it again will not help."

    def __init__(
        self,
        reason: ReasonCode,
        *,
        sentence: str | None = None,
        code: str = "",
        sub_code: str = "",
        field: str | None = None,
        value_quoted: bool = False,
        conflicting_record_id: str | None = None,
        raw: str = "",
    ) -> None:
        self.message = sentence if sentence is not None else sentence_for(reason)
        told = ", ".join(part for part in (code, sub_code) if part)
        place = f" Field: {field}." if field else ""
        super().__init__(f"{self.message}{place}" + (f" ({told})" if told else ""), raw=raw)
        self.reason = reason
        self.is_internal = reason in (ReasonCode.INTERNAL_ERROR, ReasonCode.DATABASE_REFUSED)
        if self.is_internal:
            self.advice = "Look at Twenty's own log and at its database, then run again."
        self.code = code
        self.sub_code = sub_code
        self.field = field
        self.value_quoted = value_quoted
        self.conflicting_record_id = conflicting_record_id


class NotFound(TwentyError):
    """The record is not there (any more)."""

    advice = "Read the workspace again: someone may have removed the record."

    def __init__(self, *, raw: str = "") -> None:
        super().__init__("Twenty has no such record.", raw=raw)


class SchemaChanged(TwentyError):
    """The workspace has no such object or field: its data model is not the one this tool has read.

    No record is at fault, so this is no :class:`Refused`. ``field`` is the name of the field, where known.
    """

    advice = "Read the workspace again and compare it with the confirmed mapping."

    def __init__(self, sentence: str, *, field: str | None = None, raw: str = "") -> None:
        super().__init__(sentence, raw=raw)
        self.field = field


class NoAnswerBecause(StrEnum):
    """What stood between a call and its answer."""

    AWAY = "away"
    """Twenty or its database is not there, or the connection was cut: nothing that the call can help."""
    TIME_OUT = "time_out"
    """Somebody on the way, or this tool, did not wait any longer: a smaller call may be answered in time."""
    UNREADABLE = "unreadable"
    """There was an answer, and nothing can be made of it."""


class Unclear(TwentyError):
    """The call was sent and no readable answer came: timeout, cut connection, or a server error.

    It may have been executed, wholly or in part: a 200-record batch whose answer timed out was written.
    """

    def __init__(
        self, sentence: str, *, because: NoAnswerBecause = NoAnswerBecause.UNREADABLE, raw: str = ""
    ) -> None:
        super().__init__(sentence, raw=raw)
        self.because = because
        self.advice = f"{_WHERE_TO_LOOK[because]}, then run again: what may have been written is not doubled."


_WHERE_TO_LOOK = {
    NoAnswerBecause.AWAY: "Look whether Twenty, its database and what stands in front of it are running",
    NoAnswerBecause.TIME_OUT: "Look at what keeps Twenty and its database busy, and whether something in "
    "front of it waits for less than 60 seconds",
    NoAnswerBecause.UNREADABLE: "Look at the log of Twenty and of what stands in front of it",
}
