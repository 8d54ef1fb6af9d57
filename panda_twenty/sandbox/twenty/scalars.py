"""Checks of single values: text, numbers, days, options, e-mail addresses and JSON.

Each takes the value and the name that messages call it by, and returns the value to store. Checks
never coerce: "12" is not a number, 1 is not a boolean.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from panda_twenty.sandbox.twenty import javascript, moments
from panda_twenty.sandbox.twenty.errors import TwentyError, bad_data
from panda_twenty.sandbox.twenty.javascript import inspect

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE)
EMAIL = re.compile(r'[^\s@"]{1,64}@[^\s@]{1,255}')
LONGEST_EMAIL = 255

Refusal = Callable[[str, str], TwentyError]


def is_uuid(value: Any) -> bool:
    """Whether Twenty takes ``value`` for a UUID: versions 1 to 5 of the RFC variant."""
    return isinstance(value, str) and UUID.fullmatch(value) is not None


def check_text(value: Any, name: str) -> str | None:
    if value is not None and not isinstance(value, str):
        raise bad_data(
            f'Invalid string value {inspect(value)} for text field "{name}"',
            f'Invalid value: "{inspect(value)}"',
        )
    return value or None


def check_number(value: Any, name: str, refusal: Refusal = bad_data) -> Any:
    if value is not None and (
        not javascript.is_number(value) or value in (float("inf"), float("-inf")) or value != value
    ):
        shown = inspect(value)
        raise refusal(
            f'Invalid number value {shown} for field "{name}"', f'Invalid value for number: "{shown}"'
        )
    return value


def check_numeric(value: Any, name: str) -> Any:
    """A number, or text that is one; '' counts as 0, as ``Number('')`` does."""
    if value is None:
        return None
    converted = javascript.to_number(value)
    check_number(converted, name)
    return converted


def check_boolean(value: Any, name: str, refusal: Refusal = bad_data) -> Any:
    if value is not None and not isinstance(value, bool):
        shown = inspect(value)
        raise refusal(f'Invalid boolean value {shown} for field "{name}"', f'Invalid value: "{shown}"')
    return value


def check_uuid(value: Any, name: str, refusal: Refusal = bad_data) -> Any:
    if value is not None and not is_uuid(value):
        shown = inspect(value)
        raise refusal(f'Invalid UUID value {shown} for field "{name}"', f'Invalid value for UUID: "{shown}"')
    return value


def check_date(value: Any, name: str, refusal: Refusal = bad_data) -> Any:
    if value is None:
        return None
    if isinstance(value, str) and moments.parse_date(value) is not None:
        return value
    shown = inspect(value)
    raise refusal(
        f"Invalid value {shown} for date field \"{name}\". Expected format: 'YYYY-MM-DD'",
        f"Invalid value for date: \"{shown}\". Expected format: 'YYYY-MM-DD'",
    )


def refused_moment(value: Any, name: str, refusal: Refusal = bad_data) -> TwentyError:
    shown = inspect(value)
    return refusal(
        f"Invalid value {shown} for date-time field \"{name}\". Expected format: 'YYYY-MM-DDTHH:mm:ssZ'",
        f"Invalid value for date-time: \"{shown}\". Expected format: 'YYYY-MM-DDTHH:mm:ssZ'",
    )


def check_moment(value: Any, name: str) -> Any:
    if value is None or (isinstance(value, str) and moments.parse_moment(value) is not None):
        return value
    raise refused_moment(value, name)


def check_option(value: Any, name: str, options: list[str] | tuple[str, ...]) -> Any:
    if value is not None and not isinstance(value, str):
        check_text(value, name)
    if value is not None and value not in options:
        raise bad_data(
            f'Invalid value "{value}" for field "{name}". Valid values are: {", ".join(options)}',
            f'Invalid value for field "{name}"',
        )
    return value


def _strings(value: Any, name: str) -> Any:
    if value is None or isinstance(value, str):
        return value
    if not isinstance(value, list) or any(not isinstance(item, str) for item in value):
        shown = inspect(value)
        raise bad_data(
            f'Invalid value {shown} for field "{name} - Array values need to be string"',
            f'Invalid value: "{shown}"',
        )
    return value


def check_array(value: Any, name: str) -> list[str] | None:
    strings = _strings(value, name)
    return [strings] if isinstance(strings, str) else strings or None


def check_options(value: Any, name: str, options: list[str]) -> list[str] | None:
    strings = _strings(value, name)
    if strings is None:
        return None
    chosen = [strings] if isinstance(strings, str) else strings
    if any(item not in options for item in chosen):
        shown = inspect(value)
        raise bad_data(
            f'Invalid value {shown} for multi select field "{name}"',
            f'Invalid value for multi-select: "{shown}"',
        )
    return chosen or None


def check_json(value: Any, name: str) -> Any:
    """An object, an array, or text that is JSON; the text is left for the caller to parse."""
    if value is None or isinstance(value, (dict, list)):
        return value
    shown = inspect(value)
    if isinstance(value, str):
        try:
            json.loads(value)
        except ValueError:
            raise bad_data(
                f'Invalid object value {shown} for field "{name}"', "Invalid value for JSON."
            ) from None
        return value
    raise bad_data(f'Invalid object value {shown} for field "{name}"', f'Invalid value for JSON: "{shown}"')


def check_raw_json(value: Any, name: str) -> Any:
    checked = check_json(value, name)
    if isinstance(checked, str):
        return javascript.loads(checked)
    return checked or None


def check_position(value: Any, name: str) -> Any:
    if not javascript.is_number(value):
        shown = inspect(value)
        raise bad_data(
            f'Invalid position value {shown} for field "{name}"', f'Invalid value for position: "{shown}"'
        )
    return value


def check_email(value: Any, name: str) -> Any:
    acceptable = isinstance(value, str) and len(value) <= LONGEST_EMAIL and EMAIL.fullmatch(value)
    if value is not None and value != "" and not acceptable:
        shown = inspect(value)
        raise bad_data(f'Invalid string value {shown} for email field "{name}"', f'Invalid value: "{shown}"')
    return value


def check_more_emails(value: Any, name: str) -> Any:
    if value is None or isinstance(value, str):
        return check_email(value, name)
    if not isinstance(value, list) or any(check_email(item, name) is None for item in value):
        shown = inspect(value)
        raise bad_data(
            f'Invalid value {shown} for field "{name} - Array values need to be string"',
            f'Invalid value: "{shown}"',
        )
    return value
