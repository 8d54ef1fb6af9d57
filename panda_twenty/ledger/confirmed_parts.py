"""The four things that a confirmation covers, each described by names only, and how two of them differ."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

NAMED = 4
"""Changes of one part that a sentence names; the others are counted."""

TITLES = {
    "profile": "source profile",
    "mapping": "mapping",
    "source_schema": "practice's database",
    "workspace": "workspace in Twenty",
}


@dataclass(frozen=True)
class ConfirmedParts:
    """What is confirmed: each part by place, such as ``patient.first_name``, with what stands there.

    Of profile and mapping a short digest of each line stands there, of the practice's database the declared
    type of each column, of the workspace how it departs from what the mapping needs. No values anywhere.
    """

    profile: Mapping[str, str]
    mapping: Mapping[str, str]
    source_schema: Mapping[str, str]
    workspace: Mapping[str, str]

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """The parts as :meth:`to_json` gave them."""
        return cls(**{each.name: content[each.name] for each in fields(cls)})

    def to_json(self) -> dict[str, dict[str, str]]:
        """The parts, ready for JSON."""
        return {name: dict(part) for name, part in asdict(self).items()}

    def digests(self) -> dict[str, str]:
        """SHA-256 of each part, in hexadecimal."""
        return {name: _digest(part) for name, part in self.to_json().items()}

    def digest(self) -> str:
        """SHA-256 over all parts, in hexadecimal."""
        return _digest(self.digests())


def changes(confirmed: ConfirmedParts, present: ConfirmedParts) -> dict[str, list[str]]:
    """What is not as it was confirmed: by part, each change in words; empty where everything stands.

    A departure of the workspace that has gone is no change: it is now as the mapping wants it.
    """
    found = {
        "profile": list(_line_changes(confirmed.profile, present.profile)),
        "mapping": list(_line_changes(confirmed.mapping, present.mapping)),
        "source_schema": list(_column_changes(confirmed.source_schema, present.source_schema)),
        "workspace": list(_workspace_changes(confirmed.workspace, present.workspace)),
    }
    return {name: words for name, words in found.items() if words}


def change_sentences(found: Mapping[str, list[str]]) -> str:
    """One sentence per part that changed, the first changes by name."""
    sentences = []
    for name, words in found.items():
        more = f"; and {len(words) - NAMED} more" if len(words) > NAMED else ""
        sentences.append(f"In the {TITLES[name]}: {'; '.join(words[:NAMED])}{more}.")
    return " ".join(sentences)


def _line_changes(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for place in sorted(before.keys() | now.keys()):
        if place not in now:
            yield f"{place} was taken out"
        elif place not in before:
            yield f"{place} was added"
        elif before[place] != now[place]:
            yield f"{place} was changed"


def _column_changes(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for place in sorted(before.keys() | now.keys()):
        if place not in now:
            yield f"column {place} is gone"
        elif place not in before:
            yield f"column {place} is new"
        elif before[place] != now[place]:
            yield f"column {place} was {before[place]} and is {now[place]}"


def _workspace_changes(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for place, words in now.items():
        if place == "workspace" and words != before.get(place):
            yield "it is another workspace"
        elif words != before.get(place):
            yield f"{place}: {words.rstrip('.')}"


def _digest(content: Any) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
