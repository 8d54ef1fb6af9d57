"""Links as Twenty takes them: origin in lower case, no slash at the end, promoted when the first is empty."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, urlsplit

from panda_twenty.sandbox.twenty import javascript
from panda_twenty.sandbox.twenty.errors import TwentyError

HOSTNAME = re.compile(
    r"(((?!-))(xn--|_)?[a-z0-9-]{0,61}[a-z0-9]{1,1}\.){1,10}(xn--)?([a-z0-9][a-z0-9-]{0,60}|[a-z0-9-]{1,30}\.[a-z]{2,})"
)
ADDRESS = re.compile(r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}")
ONLY_DIGITS = re.compile(r"\d+(?:/[a-zA-Z]*)?")
SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):(.*)", re.DOTALL)
WITH_HOST = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21}
SCHEMES = ("http://", "https://", "HTTP://", "HTTPS://")
UNESCAPED = "!$&'()*+,-./:;=@[]^_|~%"


def _parts(url: str) -> tuple[str, str] | None:
    """Origin and rest of an absolute URL as ``new URL`` has them; None where it throws."""
    found = SCHEME.fullmatch(url.strip())
    if not found:
        return None
    scheme, rest = found[1].lower(), found[2]
    if scheme not in WITH_HOST:
        return "null", rest
    try:
        split = urlsplit(f"{scheme}://" + rest.lstrip("/\\"))
        port = split.port
        host = (
            (split.hostname or "").encode("idna").decode()
            if not (split.hostname or "").isascii()
            else split.hostname
        )
    except (ValueError, UnicodeError):
        return None
    if not host or re.search(r"[\s<>^|%#?/\\\[\]@:]", host):
        return None
    shown_port = f":{port}" if port is not None and port != WITH_HOST[scheme] else ""
    path = quote(_without_dots(split.path or "/"), safe=UNESCAPED)
    query = f"?{quote(split.query, safe=UNESCAPED + '?/{}`')}" if split.query else ""
    fragment = f"#{quote(split.fragment, safe=UNESCAPED + '?/{}')}" if split.fragment else ""
    return f"{scheme}://{host}{shown_port}", path + query + fragment


def _without_dots(path: str) -> str:
    """``/a/../b`` as ``/b``."""
    kept: list[str] = []
    parts = path.split("/")[1:]
    for place, part in enumerate(parts):
        if part == "..":
            kept = kept[:-1]
        elif part != ".":
            kept.append(part)
        if part in (".", "..") and place == len(parts) - 1:
            kept.append("")
    return "/" + "/".join(kept)


def is_valid(url: str) -> bool:
    text = url.strip()
    absolute = text if text.startswith(SCHEMES) else f"https://{text}"
    bare = absolute
    for scheme in ("https://", "http://", "HTTPS://", "HTTP://"):
        bare = bare.replace(scheme, "", 1)
    if ONLY_DIGITS.fullmatch(bare):
        return False
    parts = _parts(absolute)
    if parts is None:
        return False
    host = re.sub(r":\d+$", "", parts[0].split("//", 1)[-1])
    return bool(HOSTNAME.fullmatch(host)) or host == "localhost" or bool(ADDRESS.fullmatch(host))


def normalized(url: str) -> str:
    parts = _parts(url)
    return url if parts is None else re.sub(r"/$", "", parts[0] + parts[1])


def transform(value: dict[str, Any]) -> dict[str, Any]:
    """A LINKS value as it is stored; a part that was not given is emptied."""
    secondary = value.get("secondaryLinks")
    if isinstance(secondary, str):
        secondary = javascript.loads(secondary)
    links = []
    if value.get("primaryLinkUrl"):
        links.append({"url": value["primaryLinkUrl"], "label": value.get("primaryLinkLabel")})
    for link in secondary if isinstance(secondary, list) else []:
        if isinstance(link, dict) and isinstance(link.get("url"), str) and link["url"]:
            links.append({"url": link["url"], **({"label": link["label"]} if "label" in link else {})})
    for link in links:
        if not is_valid(link["url"]):
            raise TwentyError(
                "The URL of the link is not valid",
                sub_code="INVALID_URL",
                user_message="Invalid URL format.",
                rest_name="RecordTransformerException",
                rest_code="INVALID_URL",
            )
    first: dict[str, Any] = links[0] if links else {}
    others = [{**link, "url": normalized(link["url"])} for link in links[1:]]
    return {
        "primaryLinkUrl": normalized(first["url"]) if first else None,
        "primaryLinkLabel": first.get("label"),
        "secondaryLinks": others or None,
    }
