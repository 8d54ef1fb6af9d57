"""Which web addresses Twenty takes for a LINKS field.

Measured on Twenty 2.21: ``example.test`` passes as it is, ``not a url`` and ``javascript:`` do not, bare
numbers do not. The host must look like a host name; the rest of the address is free.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, unquote, urlsplit

__all__ = ["is_link"]

_SCHEME = re.compile(r"^https?://", re.IGNORECASE)
_BARE_NUMBER = re.compile(r"^\d+(?:/[a-zA-Z]*)?$")
_HOST_NAME = re.compile(
    r"(?:(?!-)(?:xn--|_)?[a-z0-9-]{0,61}[a-z0-9]\.){1,10}"
    r"(?:xn--)?(?:[a-z0-9][a-z0-9-]{0,60}|[a-z0-9-]{1,30}\.[a-z]{2,})"
)
_HIGHEST_PORT = 65535


def is_link(text: str) -> bool:
    """Whether Twenty takes ``text``, which is not empty, as an address."""
    trimmed = text.strip()
    address = trimmed if _SCHEME.match(trimmed) else f"https://{trimmed}"
    if _BARE_NUMBER.match(_SCHEME.sub("", address)):
        return False
    # What follows a backslash is a path to a browser, and so to Twenty.
    try:
        parts = urlsplit(address.replace("\\", "/"))
        host = _host(parts)
    except ValueError:
        return False
    if host.rpartition(".")[2].isdigit():
        return _is_ip_address(host)
    return host == "localhost" or _HOST_NAME.fullmatch(host) is not None


def _is_ip_address(host: str) -> bool:
    numbers = host.split(".")
    return len(numbers) <= 4 and all(number.isdigit() and int(number) <= 255 for number in numbers)


def _host(parts: SplitResult) -> str:
    """The host in lower case and ASCII; ValueError where there is none that could be reached."""
    if parts.port is not None and parts.port > _HIGHEST_PORT:
        raise ValueError("no such port")
    host = unquote(parts.hostname or "")
    return host.lower() if host.isascii() else host.encode("idna").decode().lower()
