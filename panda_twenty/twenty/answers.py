"""Reading Twenty's answers: what an HTTP response of its GraphQL endpoints means.

Measured on Twenty 2.21: nearly everything is HTTP 200, errors carry no path and no index, throttling is
``BAD_USER_INPUT`` with sub-code ``LIMIT_REACHED``, and messages quote values. Only texts that are
recognised word for word are passed on for record calls; anything else becomes a general sentence.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from panda_twenty.json_bytes import parsed
from panda_twenty.twenty.errors import (
    NoAnswerBecause,
    NotATwentyServer,
    NotFound,
    Refused,
    RoleTooWeak,
    SchemaChanged,
    Throttled,
    TokenProblem,
    TokenRefused,
    TwentyError,
    Unclear,
)
from panda_twenty.twenty.reasons import ReasonCode

__all__ = ["data_of", "error_for", "redirected"]

_NAME = re.compile(r"^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)?$")
_LONGEST_METADATA_MESSAGE = 400

# (pattern, reason, does the message quote a value). `field` is a group where the message names one. The
# values before it may hold anything, so patterns are greedy and anchored: the last `field "..."` is Twenty's.
_MESSAGES: tuple[tuple[re.Pattern[str], ReasonCode, bool], ...] = tuple(
    (re.compile(pattern, re.DOTALL), reason, quoted)
    for pattern, reason, quoted in (
        (r'^Invalid string value .* for email field "(?P<field>[^"]+)"$', ReasonCode.BAD_EMAIL, True),
        (r'^Invalid string value .* for \w+ field "(?P<field>[^"]+)"$', ReasonCode.WRONG_TYPE, True),
        (r'^Invalid number value .* for field "(?P<field>[^"]+)"$', ReasonCode.NOT_A_NUMBER, True),
        (r'^Invalid position value .* for field "(?P<field>[^"]+)"$', ReasonCode.NOT_A_NUMBER, True),
        (r'^Invalid boolean value .* for field "(?P<field>[^"]+)"$', ReasonCode.WRONG_TYPE, True),
        (r'^Invalid object value .* for field "(?P<field>[^"]+)"$', ReasonCode.BAD_JSON, True),
        (r'^Invalid UUID value .* for field "(?P<field>[^"]+)"$', ReasonCode.BAD_UUID, True),
        (r'^Invalid value .* for date field "(?P<field>[^"]+)"\. Expected', ReasonCode.BAD_DATE, True),
        (
            r'^Invalid value .* for date-time field "(?P<field>[^"]+)"\. Expected',
            ReasonCode.BAD_DATE_TIME,
            True,
        ),
        (r'^Invalid value .* for multi select field "(?P<field>[^"]+)"$', ReasonCode.NOT_AN_OPTION, True),
        (r'^Invalid value .* for FILES field "(?P<field>[^"]+)" - ', ReasonCode.BAD_FILE, True),
        (r"^File content does not match its extension\.", ReasonCode.FILE_BELIES_NAME, False),
        (r"^Invalid file size \d", ReasonCode.FILE_SIZE, False),
        (r'^Invalid value .* for field "(?P<field>[^" ]+) - Array values', ReasonCode.WRONG_TYPE, True),
        (r'^Invalid value .* for field "(?P<field>[^"]+)"\. Valid values', ReasonCode.NOT_AN_OPTION, True),
        (r'^Invalid blocknote value for field "(?P<field>[^"]+)"', ReasonCode.BAD_RICH_TEXT, False),
        (r'^Dangerous URL protocol in blocknote .* "(?P<field>[^"]+)"$', ReasonCode.BAD_RICH_TEXT, False),
        (r'^Invalid subfield .* for .* field "(?P<field>[^"]+)"$', ReasonCode.UNKNOWN_SUBFIELD, True),
        (r"^Provided phone number is invalid ", ReasonCode.BAD_PHONE, True),
        (r"^Invalid (country|calling) code ", ReasonCode.BAD_PHONE_CODE, True),
        (r"^Provided and inferred (country|calling) code are ", ReasonCode.PHONE_CODES_CONFLICT, False),
        (r"^Provided country code and calling code are ", ReasonCode.PHONE_CODES_CONFLICT, False),
        (r"^The URL of the link is not valid$", ReasonCode.BAD_LINK, False),
        (r'^Value ".*" is not a valid UUID$', ReasonCode.BAD_UUID, True),
        (r"^A duplicate entry was detected", ReasonCode.DUPLICATE, False),
        (r"^Multiple records found with the same unique field", ReasonCode.SEVERAL_MATCHES, True),
        (r"violates foreign key constraint", ReasonCode.MISSING_PARENT, False),
        (r"^Expected 1 record to connect to (?P<field>\w+), but found", ReasonCode.MISSING_PARENT, True),
        (r'^null value in column "(?P<field>\w+)" of relation', ReasonCode.REQUIRED, False),
        (r"^Field (?P<field>\w+) is not nullable", ReasonCode.REQUIRED, False),
        (r"^Maximum number of records to ", ReasonCode.TOO_MANY_RECORDS, False),
        (r"^Cannot update more than \d+ records", ReasonCode.TOO_MANY_RECORDS, False),
        # What Twenty 2.21 makes of every PostgreSQL error without a treatment of its own: a row too wide as
        # well as a deadlock, a lock that was waited for too long, a cancelled statement or a full disk.
        (r"^Data validation error\.$", ReasonCode.DATABASE_REFUSED, False),
        (r"^Invalid cursor: ", ReasonCode.BAD_CURSOR, True),
        (r"^Invalid filter value for field (?P<field>\w+)", ReasonCode.BAD_FILTER, False),
        (r"^One-to-many relation (?P<field>\w+) field does not", ReasonCode.NOT_WRITABLE, False),
        (r'^Relation "(?P<field>\w+)" requires connect or', ReasonCode.NOT_WRITABLE, False),
    )
)

_UNKNOWN_FIELD = re.compile(r'^Object (?P<object>\w+) doesn\'t have any "(?P<field>\w+)" field\.$')
_UNKNOWN_ROOT = re.compile(r'^Cannot query field "(?P<field>\w+)" on type "(?P<type>\w+)"\.')


# Statuses of a gateway that found no server behind it, and of one that did not wait for the request or the
# answer; from 520 on they are Cloudflare's.
_NOBODY_THERE = frozenset({502, 503, 520, 521, 522, 523})
_WAITED_TOO_LONG = frozenset({408, 504, 524})
_TRY_AGAIN = frozenset({408, 425})
"""Statuses that blame the request, and mean no more than that this attempt came at a bad moment."""

# Internal errors that say nothing about the request (node-postgres, PostgreSQL and Redis texts).
_PASSING_FAULT = re.compile(
    r"connection terminated|connection is closed|ECONNREFUSED|ECONNRESET|ETIMEDOUT|\btime(d )?out\b"
    r"|too many clients|terminating connection|shutting down|starting up|recovery mode|deadlock"
    r"|serialize access"
    r"|\block\b",
    re.IGNORECASE,
)
_OUT_OF_TIME = re.compile(r"\btime(d )?out\b(?!.*\bconnect)", re.IGNORECASE)


def data_of(response: httpx.Response, *, about_records: bool) -> dict[str, Any]:
    """The ``data`` of a GraphQL answer.

    ``about_records`` is False for /metadata, whose messages hold names of the data model and no patient
    data. Raises the :class:`TwentyError` that the answer stands for; an answer with both data and errors
    raises too, because some of its parts failed.
    """
    body = _json_body(response)
    errors = body.get("errors")
    if isinstance(errors, list) and errors:
        raise error_for(errors[0], about_records=about_records)
    data = body.get("data")
    if isinstance(data, dict) and response.is_success:
        return data
    if isinstance(body.get("statusCode"), int):
        raise _rest_error(body, response)
    raise Unclear(
        f"Twenty answered HTTP {response.status_code} with neither data nor an error.",
        because=_because(response),
    )


def error_for(error: Any, *, about_records: bool) -> TwentyError:
    """The exception for one entry of ``errors``. Metadata messages are passed on, record messages are not."""
    if not isinstance(error, Mapping):
        return Unclear("Twenty answered with an error that has no message.")
    message = str(error.get("message", ""))
    extensions = error.get("extensions")
    extensions = extensions if isinstance(extensions, Mapping) else {}
    code, sub_code = str(extensions.get("code") or ""), str(extensions.get("subCode") or "")
    if sub_code == "LIMIT_REACHED" or message.startswith("Limit reached ("):
        return Throttled(raw=message)
    if (about_access := _access_error(message, code, sub_code)) is not None:
        return about_access
    if code == "METADATA_VALIDATION_FAILED":
        return _data_model_error(extensions, message)
    if (unknown := _unknown_name(message)) is not None:
        return unknown
    if code == "NOT_FOUND":
        return NotFound(raw=message)
    return _refusal(message, code, sub_code, extensions, about_records=about_records)


def _json_body(response: httpx.Response) -> dict[str, Any]:
    status = response.status_code
    if status == httpx.codes.TOO_MANY_REQUESTS:
        raise Throttled(_retry_after(response))
    if (elsewhere := redirected(response)) is not None:
        raise elsewhere
    try:
        body = parsed(response.content)
    except ValueError:
        body = None
    if isinstance(body, dict):
        return body
    if b"request entity too large" in response.content[:1000]:
        raise Refused(ReasonCode.TOO_LARGE)
    if status == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
        raise Refused(
            ReasonCode.TOO_LARGE,
            sentence="Something in front of Twenty takes no request of this size.",
        )
    if response.is_server_error or status in _TRY_AGAIN or _is_cut(response):
        raise Unclear(
            f"The server answered HTTP {status} without a readable body.", because=_because(response)
        )
    raise NotATwentyServer(f"The answer is not JSON (HTTP {status}).")


def redirected(response: httpx.Response) -> NotATwentyServer | None:
    """The error that an answer stands for which leads elsewhere, as http leads to https; None for others."""
    if not response.is_redirect:
        return None
    target = _origin(response.headers.get("location", ""))
    return NotATwentyServer(f"The server redirects to {target} instead of answering.")


def _is_cut(response: httpx.Response) -> bool:
    """Whether this is nothing, or the beginning, of what Twenty answers."""
    content = response.content.lstrip()
    return response.is_success and (not content or content.startswith(b"{"))


def _rest_error(body: Mapping[str, Any], response: httpx.Response) -> TwentyError:
    """NestJS's own error shape, which also appears where no GraphQL error could be made."""
    messages = body.get("messages", body.get("message", ""))
    message = str(messages[0]) if isinstance(messages, list) and messages else str(messages)
    if "request entity too large" in message:
        return Refused(ReasonCode.TOO_LARGE, raw=message)
    status = response.status_code
    if (about_access := _access_error(message, str(body.get("error", "")), "")) is not None:
        return about_access
    if response.is_server_error or status in _TRY_AGAIN:
        return Unclear(f"The server answered HTTP {status}.", because=_because(response), raw=message)
    if status == httpx.codes.NOT_FOUND:
        return NotATwentyServer(f"The server knows no such address (HTTP {status}).", raw=message)
    return Refused(ReasonCode.OTHER, code=f"HTTP {status}", raw=message)


def _access_error(message: str, code: str, sub_code: str) -> TwentyError | None:
    if message == "Token has expired.":
        return TokenRefused(TokenProblem.EXPIRED, raw=message)
    if "API Key is revoked" in message:
        return TokenRefused(TokenProblem.REVOKED, raw=message)
    if message == "Missing authentication token":
        return TokenRefused(TokenProblem.MISSING, raw=message)
    if "UNAUTHENTICATED" in (code, sub_code):
        return TokenRefused(TokenProblem.GARBAGE, raw=message)
    if code in ("FORBIDDEN", "FORBIDDEN_EXCEPTION") and sub_code != "FIELD_MUTATION_NOT_ALLOWED":
        return RoleTooWeak("The API key's role does not allow this.", raw=message)
    return None


def _data_model_error(extensions: Mapping[str, Any], message: str) -> Refused:
    """The first real cause among Twenty's cascade: an object's own error, else a field's, else an index's."""
    causes = extensions.get("errors")
    causes = causes if isinstance(causes, Mapping) else {}
    for kind in ("objectMetadata", "fieldMetadata", "index"):
        for entry in causes.get(kind) or ():
            for cause in entry.get("errors") or ():
                return Refused(
                    ReasonCode.DATA_MODEL_REFUSED,
                    sentence=f"Twenty refused the change: {cause.get('message')}",
                    code="METADATA_VALIDATION_FAILED",
                    sub_code=str(cause.get("code") or ""),
                    raw=message,
                )
    return Refused(ReasonCode.DATA_MODEL_REFUSED, code="METADATA_VALIDATION_FAILED", raw=message)


def _unknown_name(message: str) -> SchemaChanged | None:
    if found := _UNKNOWN_FIELD.match(message):
        return SchemaChanged(
            f"Object {found['object']} has no field {found['field']}.", field=found["field"], raw=message
        )
    if found := _UNKNOWN_ROOT.match(message):
        return SchemaChanged(f"Twenty's API has no {found['field']} on {found['type']}.", raw=message)
    return None


def _refusal(
    message: str, code: str, sub_code: str, extensions: Mapping[str, Any], *, about_records: bool
) -> TwentyError:
    conflicting = extensions.get("conflictingRecordId")
    for pattern, reason, quoted in _MESSAGES:
        if found := pattern.search(message):
            name = found.groupdict().get("field")
            return Refused(
                reason,
                code=code,
                sub_code=sub_code,
                field=name if name and _NAME.match(name) else None,
                value_quoted=quoted,
                conflicting_record_id=str(conflicting) if conflicting else None,
                raw=message,
            )
    if code == "INTERNAL_SERVER_ERROR" and _PASSING_FAULT.search(message):
        because = NoAnswerBecause.TIME_OUT if _OUT_OF_TIME.search(message) else NoAnswerBecause.AWAY
        return Unclear("Twenty lost its database or ran out of time.", because=because, raw=message)
    if code == "INTERNAL_SERVER_ERROR":
        return Refused(
            ReasonCode.INTERNAL_ERROR, code=code, sub_code=sub_code, value_quoted=True, raw=message
        )
    if about_records:
        return Refused(ReasonCode.OTHER, code=code, sub_code=sub_code, value_quoted=True, raw=message)
    return Refused(
        ReasonCode.DATA_MODEL_REFUSED,
        sentence=f"Twenty refused the call: {message[:_LONGEST_METADATA_MESSAGE]}",
        code=code,
        sub_code=sub_code,
        raw=message,
    )


def _because(response: httpx.Response) -> NoAnswerBecause:
    if response.status_code in _NOBODY_THERE:
        return NoAnswerBecause.AWAY
    if response.status_code in _WAITED_TOO_LONG:
        return NoAnswerBecause.TIME_OUT
    return NoAnswerBecause.UNREADABLE


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds of a ``Retry-After`` header; Twenty itself sends none, a proxy in front of it may."""
    told = response.headers.get("retry-after", "")
    try:
        seconds = float(told)
    except ValueError:
        moment = _moment(told)
        # By the server's own clock, where it says what that shows.
        here = _moment(response.headers.get("date", "")) or datetime.now(UTC)
        seconds = (moment - here).total_seconds() if moment else math.nan
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _moment(header: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(header)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _origin(address: str) -> str:
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL:
        return "another address"
    return f"{url.scheme}://{url.host}" if url.host else "another path"
