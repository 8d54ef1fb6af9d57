"""ODBC connection strings: read, checked against what the named driver knows, and completed.

Drivers accept any misspelling in silence (measured: FreeTDS 1.3 takes ``Encrypt=yes`` and stays plaintext),
so a keyword or a value that its driver does not know is refused here, before anything is sent.

A string may also be written as an address, ``mssql://user:password@host:port/database?Keyword=value``; the
best installed driver is then chosen. No message quotes a value, nor a keyword that resembles none: a password
with a semicolon that nobody put in braces falls apart into such pieces.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, unquote, urlsplit

from panda_twenty.panda.driver_keywords import Family, family_of
from panda_twenty.panda.errors import ConnectionStringError, DriverMissingError

SQL_SERVER_PORT = 1433
_URL = re.compile(r"(mssql|sqlserver)(\+pyodbc)?://", re.IGNORECASE)
_PART = re.compile(r"[\s;]*([^=;{}]*?)\s*=\s*(\{(?:[^}]|\}\})*\}\s*(?=;|$)|[^;]*)")


@dataclass(frozen=True)
class PreparedString:
    """A connection string that its driver understands, with what was added to it."""

    text: str
    keywords: Mapping[str, str]
    """Keyword in upper case to value, as the driver will see them."""
    family: Family | None
    """None where the driver is not one of those whose keywords are known."""
    notes: tuple[str, ...] = ()


def prepare(
    connection: str, installed: Sequence[str], data_sources: Mapping[str, str] | None = None
) -> PreparedString:
    """Checks a connection string and completes it: encryption on, read-only intent, the application's name.

    ``installed`` are the names of the installed ODBC drivers; ``data_sources`` maps the data source names of
    this machine to their drivers. What the string says itself is never changed, except that ``host,port`` is
    split for FreeTDS, which does not know that form. Raises ConnectionStringError or DriverMissingError.
    """
    if _URL.match(connection):
        connection = _from_address(connection, installed)
    parts = _parts(connection)
    keywords = {part.keyword.upper(): part.value for part in reversed(parts)}
    driver = keywords.get("DRIVER")
    if driver is None:
        driver = (data_sources or {}).get(keywords.get("DSN", ""))
        if "DSN" not in keywords and "FILEDSN" not in keywords:
            raise DriverMissingError(
                f"PANDA_CONNECTION names no driver. Write DRIVER=...; {list_of_drivers(installed)}"
            )
    family = family_of(driver) if driver else None
    if family is None:
        return PreparedString(
            connection,
            keywords,
            None,
            ("The keywords of this driver are not known here, so their spelling was not checked.",),
        )
    for position, part in enumerate(parts, 1):
        _check(part, position, family)
    _refuse_contradictions(parts)
    if family.simple_braces:
        parts = [
            replace(part, raw=written(part.keyword, part.value, family)) if "{" in part.raw else part
            for part in parts
        ]
    if family.splits_port:
        parts = [each for part in parts for each in _with_own_port(part, keywords)]
        keywords = {part.keyword.upper(): part.value for part in reversed(parts)}
    added = _missing(keywords, family)
    return PreparedString(
        ";".join([*(part.raw for part in parts), *(f"{name}={value}" for name, value in added.items())]),
        keywords | {name.upper(): value for name, value in added.items()},
        family,
    )


def parse_connection_string(connection: str) -> dict[str, str]:
    """Keyword (upper case) to value; a value in braces may hold semicolons, and the first mention counts."""
    return {part.keyword.upper(): part.value for part in reversed(_parts(connection))}


def server_address(keywords: Mapping[str, str]) -> tuple[str, int] | None:
    """Host and port to try beforehand; None where only the driver knows (DSN, named instance, pipe)."""
    server = keywords.get("SERVER") or keywords.get("ADDR") or keywords.get("ADDRESS") or ""
    server = re.sub(r"^tcp:", "", server, flags=re.IGNORECASE)
    if not server or server.startswith("(") or "\\" in server or ":" in server:
        return None
    host, _, port = server.partition(",")
    port = port.strip() or keywords.get("PORT", "").strip() or str(SQL_SERVER_PORT)
    return (host.strip(), int(port)) if port.isdigit() else None


def written(keyword: str, value: str, family: Family | None) -> str:
    """``keyword=value`` as the driver reads it: in braces where a character would end the value.

    FreeTDS knows braces, but not a closing brace inside them (measured), so it is given such a value bare.
    Raises ConnectionStringError for one that it cannot be told at all.
    """
    bare = re.search(r"^[{\s]|;|\s$", value) is None
    if family is not None and family.simple_braces and "}" in value:
        if not bare:
            raise ConnectionStringError(
                f"PANDA_CONNECTION: FreeTDS cannot be told a value of {keyword} that holds a closing brace"
                " beside a semicolon or after an opening one. Choose another password, or use Microsoft's"
                " driver."
            )
        return f"{keyword}={value}"
    if bare and re.search(r"[{}=\[\](),?*!@]", value) is None:
        return f"{keyword}={value}"
    return f"{keyword}={{{value.replace('}', '}}')}}}"


@dataclass(frozen=True)
class _Part:
    keyword: str
    value: str
    raw: str


def _parts(connection: str) -> list[_Part]:
    parts: list[_Part] = []
    position = 0
    while connection[position:].strip("; \t\r\n"):
        match = _PART.match(connection, position)
        if match is None or not match[1]:
            before = f" after {parts[-1].keyword}" if parts else ""
            raise ConnectionStringError(
                f"PANDA_CONNECTION has a part{before} that is not keyword=value. Write every part so, with"
                " semicolons between them; a password that holds ; or braces goes into braces, and a closing"
                " brace in it is doubled."
            )
        value = match[2].strip()
        if value.startswith("{") and value.endswith("}"):
            value = value[1:-1].replace("}}", "}")
        parts.append(_Part(match[1].strip(), value, match[0].strip("; \t\r\n")))
        position = match.end()
    return parts


def _check(part: _Part, position: int, family: Family) -> None:
    known = {name.upper(): name for name in family.keywords}
    keyword = part.keyword.upper()
    if keyword in family.refused:
        raise ConnectionStringError(f"PANDA_CONNECTION: {family.refused[keyword]}")
    if keyword not in known:
        near = difflib.get_close_matches(keyword, known, 1, cutoff=0.7)
        told = (
            f"{part.keyword} is no keyword of {family.title}; did you mean {known[near[0]]}?"
            if near
            else f"keyword number {position} is none that {family.title} knows. If it is a piece of the"
            " password, put the whole password into braces."
        )
        raise ConnectionStringError(f"PANDA_CONNECTION: {told} Drivers pass over such mistakes in silence.")
    allowed = family.values.get(keyword)
    if allowed is not None and part.value.lower() not in allowed:
        raise ConnectionStringError(
            f"PANDA_CONNECTION: {known[keyword]} has a value that {family.title} does not know; it takes"
            f" {', '.join(allowed)}."
        )
    if keyword == "PORT" and not part.value.isdigit():
        raise ConnectionStringError("PANDA_CONNECTION: Port is a number, such as 1433.")


def _refuse_contradictions(parts: Sequence[_Part]) -> None:
    seen: dict[str, str] = {}
    for part in parts:
        if seen.setdefault(part.keyword.upper(), part.value) != part.value:
            raise ConnectionStringError(
                f"PANDA_CONNECTION says {part.keyword} twice and differently; drivers do not agree on which"
                " one counts. Keep one."
            )


def _with_own_port(part: _Part, keywords: Mapping[str, str]) -> list[_Part]:
    """``SERVER=tcp:host,port`` as ``SERVER=host;PORT=port``."""
    if part.keyword.upper() not in ("SERVER", "ADDRESS"):
        return [part]
    host, comma, port = re.sub(r"^tcp:", "", part.value, flags=re.IGNORECASE).partition(",")
    host, port = host.strip(), port.strip()
    if host == part.value:
        return [part]
    if comma and not port.isdigit():
        raise ConnectionStringError("PANDA_CONNECTION: the port in SERVER=host,port is not a number.")
    split = [_Part(part.keyword, host, f"{part.keyword}={host}")]
    if comma and keywords.get("PORT", port) != port:
        raise ConnectionStringError("PANDA_CONNECTION names two ports, in SERVER and in PORT. Keep one.")
    if comma and "PORT" not in keywords:
        split.append(_Part("PORT", port, f"PORT={port}"))
    return split


def _missing(keywords: Mapping[str, str], family: Family) -> dict[str, str]:
    """What is added where neither the string nor a data source of this machine says anything."""
    from_elsewhere = "DSN" in keywords or "FILEDSN" in keywords or "SERVERNAME" in keywords
    added = {name: value for name, value in family.additions.items() if name.upper() not in keywords}
    if from_elsewhere:
        # A data source may ask for more than we would (strict), so its own settings are left alone; whether
        # the session is encrypted is checked once it is open.
        added = {name: value for name, value in added.items() if name not in family.encryption}
    return added


def _from_address(address: str, installed: Sequence[str]) -> str:
    """An ODBC connection string for ``mssql://user:password@host:port/database?Keyword=value``."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host:
        raise ConnectionStringError(
            "PANDA_CONNECTION is no address that can be read. Write mssql://user:password@host:port/database,"
            " with %40 for @, %2F for / and %3A for : inside the password."
        )
    given = parse_qsl(parts.query, keep_blank_values=True)
    driver = next((value for name, value in given if name.lower() == "driver"), None) or _best(installed)
    family = family_of(driver)
    host, port = unquote(host), port or SQL_SERVER_PORT
    splits = family is not None and family.splits_port
    pairs: list[tuple[str, str]] = [("DRIVER", driver)]
    if "\\" in host:
        pairs.append(("SERVER", host))
    else:
        pairs += [("SERVER", host), ("PORT", str(port))] if splits else [("SERVER", f"{host},{port}")]
    database = unquote(parts.path.strip("/"))
    pairs += [("DATABASE", database)] if database else []
    pairs += [("UID", unquote(parts.username))] if parts.username else []
    pairs += [("PWD", unquote(parts.password))] if parts.password else []
    pairs += [(name, value) for name, value in given if name.lower() != "driver"]
    return ";".join(
        f"{name}={value}" if name == "SERVER" else written(name, value, family) for name, value in pairs
    )


def _best(installed: Sequence[str]) -> str:
    """Microsoft's newest driver, which checks certificates, else FreeTDS."""
    best = max(installed, key=_rank, default="")
    if _rank(best)[0] == 0:
        raise DriverMissingError(
            "No ODBC driver for SQL Server is installed. Install Microsoft's ODBC Driver 18, or FreeTDS"
            f" (apt-get install tdsodbc). {list_of_drivers(installed)}"
        )
    return best


def _rank(driver: str) -> tuple[int, str]:
    family = family_of(driver)
    return {"microsoft": 2, "freetds": 1}.get(family.vendor if family else "", 0), driver


def list_of_drivers(installed: Sequence[str]) -> str:
    """A sentence that names the installed drivers."""
    return f"Installed are: {', '.join(installed)}." if installed else "No ODBC driver is installed."
