"""Tells tables that nothing should be proposed from: backups, imports, logs, the server's own."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from panda_twenty.panda.discovery.catalogue import CatalogueTable

_SYSTEM = re.compile(
    r"(sys.*diagrams?|dtproperties|__.*|msp?[a-z]*_.*|spt_.*|sqlite_.*|aspnet_.*|elmah.*|hangfire.*|"
    r"flyway_.*|databasechangelog.*|__efmigrationshistory|hibernate_.*|revinfo|foxuser|switchboard items|"
    r".*[_$]importerrors?|paste errors.*|name autocorrect.*)",
    re.IGNORECASE,
)
_LEFT_OVER = re.compile(
    r"(^|[_\W])(bak|bkp|bkup|backup|old|orig|tmp|temp|copy|copyof|zz+|xx+|deleted|dead|unused|obsolete|"
    r"staging|import|export|junk|trash|scratch|converted|history_old)([_\W\d]|$)",
    re.IGNORECASE,
)
_PERHAPS_LEFT_OVER = re.compile(
    r"(^|[_\W])(test|tst|del|archive|arch|save|saved|sav|stage|stg|imp|conv|convert|x)([_\W\d]|$)",
    re.IGNORECASE,
)
"""Words that mean something in a practice as well: the stage of a disease, a dental arch, a lab test, an
implant. They set a table aside only where it has another table's columns or is called nothing else."""

_CAMEL_LEFT_OVER = re.compile(
    r"^(tmp|temp|bak|old|copyof|zz|test)(?=[A-Z_])|(Bak|Backup|BAK|Old|OLD|Temp|Tmp|Copy|Test)\d*$"
)
_DATED = re.compile(r"[_\W]?((19|20)\d{2}([_-]?\d{2}([_-]?\d{2})?)?|\d{6,8})$")
_LOG = re.compile(
    r"((^|.*[_\W])(logs?|audit|trace)|.*(err|error|audit|event|change|security|access|system|history)_?logs?|"
    r".*audit_?trails?|(log|audit|error|trace|event)_.*)",
    re.IGNORECASE,
)
_HISTORY = re.compile(r"[_\W](aud|audit|h|rev|revisions?|shadow)$", re.IGNORECASE)
"""How generated schemas call the table with every earlier version of another one's rows."""

_WHOLE_COPY, _SAME_BEGINNING = 8, 3
"""Columns that two tables share, and letters that their names begin with alike, where one is a copy."""

_CAMEL_LOG = re.compile(r".*[a-z](Log|Logs|Audit|Trace)|(Log|Audit|Error|Trace|Event)[A-Z].*")


def reason_to_set_aside(table: CatalogueTable, others: Iterable[CatalogueTable]) -> str | None:
    """Why nothing is proposed from a table, or None."""
    bare = table.name.rpartition(".")[2]
    if _SYSTEM.fullmatch(bare):
        return "belongs to the server or to a tool"
    if table.is_view:
        return "is a view; the tables behind it are read"
    twin = _twin(table, others)
    if _is_left_over(bare) or (_DATED.search(bare) and twin is not None):
        return "looks like a backup, an import or a left-over by its name" + (
            f"; it has the columns of {twin}" if twin else ""
        )
    perhaps = _PERHAPS_LEFT_OVER.search(bare)
    if perhaps is not None and (twin is not None or perhaps[0] == bare):
        return "looks like a backup, an import or a left-over by its name" + (
            f"; it has the columns of {twin}" if twin else ""
        )
    if twin is not None and len(bare) > len(twin.rpartition(".")[2]):
        own = bare.lower()
        if own.startswith(twin.rpartition(".")[2].lower()) or own.endswith(twin.rpartition(".")[2].lower()):
            return f"looks like a copy of {twin}: the same columns and the name with something added"
    if twin is not None and _is_smaller_copy(table, twin, others):
        return f"looks like a copy of {twin}: the same columns and fewer rows"
    if _HISTORY.search(bare) and re.sub(_HISTORY, "", bare).lower() in {
        other.name.rpartition(".")[2].lower() for other in others
    }:
        return f"looks like the history of {re.sub(_HISTORY, '', bare)}"
    if _LOG.fullmatch(bare) or _CAMEL_LOG.fullmatch(bare):
        return "looks like a log by its name"
    if not table.rows:
        return "has no rows"
    return None


def left_over_names(tables: Collection[str]) -> list[str]:
    """Which tables are backups, imports or left-overs by name alone, dated copies of others included."""
    bare = {table: table.rpartition(".")[2] for table in tables}
    known = {name.lower() for name in bare.values()}
    return [
        table
        for table, name in bare.items()
        if _is_left_over(name) or (_DATED.search(name) and _DATED.sub("", name).lower() in known)
    ]


def _is_left_over(bare_name: str) -> bool:
    return bool(_LEFT_OVER.search(bare_name) or _CAMEL_LEFT_OVER.search(bare_name))


def _twin(table: CatalogueTable, others: Iterable[CatalogueTable]) -> str | None:
    """Another table with nearly all of this one's columns."""
    own = {column.lower() for column in table.columns}
    if len(own) < 3:
        return None
    for other in others:
        if other.name == table.name or other.is_view:
            continue
        theirs = {column.lower() for column in other.columns}
        if len(own & theirs) >= 0.8 * max(len(own), len(theirs)):
            return other.name
    return None


def _is_smaller_copy(table: CatalogueTable, twin: str, others: Iterable[CatalogueTable]) -> bool:
    """Whether a table has many columns, all but a few of them another's, and clearly fewer rows."""
    other = next(each for each in others if each.name == twin)
    own, theirs = table.name.rpartition(".")[2].lower(), twin.rpartition(".")[2].lower()
    return (
        len(table.columns) >= _WHOLE_COPY
        and own[:_SAME_BEGINNING] == theirs[:_SAME_BEGINNING]
        and (table.rows or 0) < 0.95 * (other.rows or 0)
    )


def stale_copies(tables: Mapping[str, CatalogueTable]) -> dict[str, str]:
    """Reasons by table, for every table that is to be set aside."""
    found = {}
    for table in tables.values():
        reason = reason_to_set_aside(table, tables.values())
        if reason is not None:
            found[table.name] = reason
    return found
