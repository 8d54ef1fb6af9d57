"""What is right about a stranger: where each attribute lives and by which conventions its chart is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from panda_twenty.panda.profile import ChartSource

Home = tuple[str, str]
"""A table and one of its columns."""

AttributeName = tuple[str, str]
"""An entity and one of its attributes."""


@dataclass(frozen=True)
class Truth:
    """What a proposal for one stranger is held against.

    An attribute that is not in ``attributes`` has no home in that database: every proposal for it is wrong.
    """

    stranger: str
    attributes: Mapping[AttributeName, frozenset[Home]]
    """All homes that count as right. For a code that a list decodes, both the column with the code and the
    list's column with the word; for a key of several columns, each of them."""
    acceptable: Mapping[AttributeName, frozenset[Home]]
    """Further columns that are no mistake when they are proposed, and no loss when they are not: they mean
    the attribute but stand empty here, or say it in a way that no profile can read."""
    out_of_reach: frozenset[AttributeName]
    """Attributes with a home that no profile can say how to read, such as behind a filter. The right home
    is still the right proposal; a migration has to stop there and say so."""
    tables: Mapping[str, str]
    """The table of each entity that has one, in which one row is one of them."""
    codes: Mapping[AttributeName, Mapping[str, str]]
    """For codes and yes/no attributes: what the source writes to our code; ``true`` and ``false`` for yes/no.
    Where a list decodes the codes, its words are keys too."""
    formats: Mapping[Home, str]
    """How a date is written, in the terms of strptime, where a text column holds it."""
    blanks: Mapping[Home, tuple[str, ...]]
    """What stands for nothing in a column, besides NULL and the empty string."""
    times: Mapping[Home, str]
    """The column with the time of day, where a moment stands in two."""
    zones: Mapping[Home, str]
    """The zone of a moment that is not told by the practice's own clock."""
    deleted: Mapping[str, str]
    """The column of each table that is 1 in rows that were deleted: such rows must not be read."""
    chart_table: str
    chart: ChartSource
    """Shape, notation, sign, site order, columns and codes of the chart. A convention that is named in
    ``questions`` cannot be told from the data; its setting here means nothing."""
    questions: frozenset[str]
    """Settings of ``chart`` that must stop with a question."""
    junk_tables: frozenset[str]
    """Backups, imports, logs, system and billing tables, empty leftovers, views: nothing of them may be
    proposed."""
    never: frozenset[Home]
    """Columns that no proposal may name anywhere: Social Security and card numbers, passwords."""
    lures: frozenset[Home]
    """Columns whose name promises an attribute that they do not hold."""
