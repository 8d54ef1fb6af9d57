"""A source profile line by line, so that a person can be told which of its lines changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from panda_twenty.panda.profile.model import EntitySource, SourceProfile

TOKEN_LENGTH = 12
"""Hexadecimal digits of each line's digest: enough to tell two spellings of one line apart."""


def profile_lines(profile: SourceProfile) -> dict[str, str]:
    """Each line of the profile by its place, such as ``patient.first_name``, with a short digest of it."""
    lines: dict[str, str] = {}
    for name, value in profile.model_dump(mode="json").items():
        if name == "tables_not_read":
            lines |= {f"tables_not_read.{table}": line_token(reason) for table, reason in value.items()}
        elif name != "entities":
            lines[name] = line_token(value)
    for name, source in profile.entities.items():
        lines |= {f"{name}.{place}": line_token(value) for place, value in _entity_lines(source)}
    return lines


def _entity_lines(source: EntitySource) -> Iterator[tuple[str, Any]]:
    for name, value in source.model_dump(mode="json").items():
        if name == "attributes":
            yield from value.items()
        elif name == "chart" and value is not None:
            yield from ((f"chart.{setting}", each) for setting, each in value.items())
        else:
            yield f"({name})", value


def line_token(value: Any) -> str:
    """A short digest of what one line says."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:TOKEN_LENGTH]
