"""What is recognised of a chart, and what several shapes ask: tooth-level columns, words for codes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from panda_twenty.mapping.proposal.chart_names import ASPECT_SPELLINGS, ENTRANCES, site_measure, tooth_level
from panda_twenty.panda.discovery.facts import ColumnFacts, Discovery
from panda_twenty.panda.discovery.names import words_of
from panda_twenty.panda.values import plain_text

FEWEST_TEETH = 12
"""Different teeth that a sample of a chart shows at least."""


@dataclass(frozen=True)
class RecognisedChart:
    """One table that has the shape of a chart."""

    table: str
    score: float
    section: Mapping[str, Any]
    """The chart section of a profile without its conventions."""
    reasons: tuple[str, ...]
    site_order_known: bool = True
    """False where columns or places are only numbered and the order is that of most programs."""
    columns_of: Mapping[str, str] = field(default_factory=dict)
    """What each measure is read from, for people: a column, a list or a pattern."""


def labels_of(discovery: Discovery, table: str, column: ColumnFacts) -> dict[str, str]:
    """Code to label, where the column points at a small table with a text beside its key."""
    relation = discovery.relation_of(table, column.name)
    if relation is None or discovery.tables[relation.to_table].rows > 500:
        return {}
    target = discovery.tables[relation.to_table]
    texts = [
        each for each in target if each.broad == "text" and each.name != relation.to_column and each.filled
    ]
    if not texts:
        return {}
    # A column that groups the codes of several lists has few different values, however long.
    most = max(each.distinct for each in texts)
    best = max(
        (each for each in texts if each.distinct >= 0.7 * most),
        key=lambda each: (each.looks_unique, each.mean_length),
    )
    keys = discovery.sampled_values(target.name, relation.to_column)
    labels = discovery.sampled_values(target.name, best.name)
    return {
        plain_text(key).strip(): str(label).strip()
        for key, label in zip(keys, labels, strict=True)
        if key is not None and label
    }


def tooth_level_columns(templates: Sequence[str], spelled: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The tooth-level columns among these names (or templates with ``{tooth}``)."""
    found: dict[str, Any] = {}
    for name in templates:
        column = spelled[name] if spelled is not None else name
        bare = re.sub(r"\{tooth\}|tooth", "", name, flags=re.IGNORECASE).strip("_ ")
        kind = tooth_level(bare) if bare else None
        if kind in ("mobility", "status", "prognosis", "note"):
            found.setdefault(kind, column)
            continue
        for stem, ending in endings(bare):
            grouped = tooth_level(stem)
            if grouped == "furcation" and ending in ENTRANCES:
                found.setdefault("furcation", {}).setdefault(ENTRANCES[ending], column)
                break
            if grouped in ("mucogingival_junction", "keratinized_width") and ending in ASPECT_SPELLINGS:
                found.setdefault(grouped, {}).setdefault(ASPECT_SPELLINGS[ending], column)
                break
        else:
            if kind in ("mucogingival_junction", "keratinized_width"):
                sides = [ASPECT_SPELLINGS[word] for word in words_of(name) if word in ASPECT_SPELLINGS]
                found.setdefault(kind, {}).setdefault(sides[0] if sides else "facial", column)
    return found


def endings(bare: str) -> list[tuple[str, str]]:
    """Ways to cut a name in two, the longest ending first; endings in lower case."""
    compact = re.sub(r"[_ ]", "", bare)
    return [
        (compact[:-length], compact[-length:].lower()) for length in range(min(8, len(compact) - 1), 0, -1)
    ]


def shown_level(level: Mapping[str, Any]) -> dict[str, str]:
    """The tooth-level columns by finding, as text for people."""
    return {
        name: ", ".join(each.values()) if isinstance(each, Mapping) else each for name, each in level.items()
    }


def measure_codes(discovery: Discovery, table: str, column: ColumnFacts) -> dict[str, str]:
    """What each code of a column that says what a row measures stands for: a list's words, or its own."""
    labels = labels_of(discovery, table, column)
    found: dict[str, str] = {}
    for code in column.codes:
        label = labels.get(code, code)
        named = site_measure(label) or tooth_level(label)
        if named is not None and named not in ("note", "prognosis"):
            found[code] = named
    return found
