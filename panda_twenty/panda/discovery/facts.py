"""What discovery finds out about an unknown database: names, types, keys, relations, value profiles.

Facts carry shares, ranges and patterns. The only values among them are short codes that few rows differ in,
such as ``A`` and ``I``, which a person needs to see to say what they mean; names, dates and texts of
patients are counted and never kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Broad = Literal["integer", "number", "text", "moment", "date", "time", "boolean", "bytes", "guid", "other"]
"""What a declared type holds, whatever the server calls it."""


@dataclass(frozen=True)
class ColumnFacts:
    """One column and what a bounded sample of its values looks like."""

    name: str
    declared: str
    """Declared type in lower case, such as ``nvarchar(80)``."""
    broad: Broad
    nullable: bool = True
    sampled: int = 0
    filled: int = 0
    """Sampled values that are neither NULL nor blank."""
    distinct: int = 0
    """Different values among the filled ones."""
    patterns: Mapping[str, float] = field(default_factory=dict)
    """Share of the filled values that look like something (``email``, ``date_iso``, ...), where above 0."""
    lowest: float | None = None
    highest: float | None = None
    """Of the filled values that are numbers."""
    first_year: int | None = None
    last_year: int | None = None
    """Of the filled values that are dates."""
    mean_length: float = 0.0
    longest: int = 0
    codes: Mapping[str, int] = field(default_factory=dict)
    """Code-like columns: each value with its count in the sample, the most frequent first."""

    @property
    def fill_share(self) -> float:
        """Filled values per sampled row; 0 for a table without rows."""
        return self.filled / self.sampled if self.sampled else 0.0

    @property
    def looks_unique(self) -> bool:
        """Whether no two sampled rows share a value and none lacks one."""
        return self.sampled > 1 and self.distinct == self.sampled

    def share(self, pattern: str) -> float:
        """Share of the filled values that fit the pattern."""
        return self.patterns.get(pattern, 0.0)


@dataclass(frozen=True)
class TableFacts:
    """One table or view. ``set_aside`` says why nothing is proposed from it, if so."""

    name: str
    rows: int
    columns: Mapping[str, ColumnFacts]
    key: tuple[str, ...] = ()
    """The declared primary key, else the columns found to be unique; empty if there is none."""
    key_is_declared: bool = False
    is_view: bool = False
    set_aside: str | None = None

    def __iter__(self) -> Iterator[ColumnFacts]:
        return iter(self.columns.values())


@dataclass(frozen=True)
class Relation:
    """One column whose values name rows of another table."""

    table: str
    column: str
    to_table: str
    to_column: str
    declared: bool
    score: float
    """From 0 to 1; 1 for a declared foreign key."""
    inclusion: float | None = None
    """Share of the sampled values that the other table has."""
    reason: str = ""


@dataclass(frozen=True)
class Discovery:
    """Everything that is known about one database. ``samples`` stay in memory and are never written."""

    database: str
    dialect: str
    tables: Mapping[str, TableFacts]
    relations: Sequence[Relation]
    remarks: Sequence[str] = ()
    samples: Mapping[str, Sequence[tuple[Any, ...]]] = field(default_factory=dict, repr=False, compare=False)
    """Sampled rows by table, columns in the table's order. Hold personal data."""

    def relation_of(self, table: str, column: str) -> Relation | None:
        """The likeliest relation of a column."""
        found = [each for each in self.relations if (each.table, each.column) == (table, column)]
        return max(found, key=lambda each: each.score, default=None)

    def sampled_values(self, table: str, column: str) -> list[Any]:
        """The sampled values of one column, NULLs included."""
        place = list(self.tables[table].columns).index(column)
        return [row[place] for row in self.samples.get(table, ())]

    def to_json(self) -> dict[str, Any]:
        """Everything but the samples and what could be somebody's, ready for JSON."""
        return {
            "database": self.database,
            "dialect": self.dialect,
            "tables": [
                {**asdict(table), "columns": [_without_values(column) for column in table]}
                for table in self.tables.values()
            ],
            "relations": [asdict(each) for each in self.relations],
            "remarks": list(self.remarks),
        }


LONGEST_SHOWN, LARGEST_SHOWN = 3, 10**7
"""Characters of a code, and the size of a number, that are written down. Names and places that a few rows
share, and the digits of a telephone or a Social Security number, stay in memory."""


def _without_values(column: ColumnFacts) -> dict[str, Any]:
    """The facts of a column, with its codes and its range only where they can be nobody's name or number."""
    facts = asdict(column)
    if column.longest > LONGEST_SHOWN:
        facts["codes"] = {}
    ends = (column.lowest, column.highest)
    if column.broad == "text" or any(end is not None and abs(end) >= LARGEST_SHOWN for end in ends):
        facts["lowest"] = facts["highest"] = None
    return facts
