"""RICH_TEXT: markdown and BlockNote's JSON, each derived from the other where only one is given."""

from __future__ import annotations

import re
from typing import Any

from panda_twenty.sandbox.twenty import blocknote, javascript
from panda_twenty.sandbox.twenty.errors import bad_data
from panda_twenty.sandbox.twenty.scalars import check_text

URL_VALUE = re.compile(r'"(?:url|href)"\s*:\s*"([^"]*)"', re.IGNORECASE)
SAFE = re.compile(r"(/(?!/)|(?:https?|mailto|tel):)", re.IGNORECASE)


def check_blocknote(value: Any, name: str) -> str | None:
    text = check_text(value, name)
    if not text:
        return text
    try:
        parsed = javascript.loads(text)
    except ValueError:
        parsed = None
        problem = f'Invalid blocknote value for field "{name}" - must contain valid JSON'
    else:
        problem = f'Invalid blocknote value for field "{name}" - must be a JSON array of blocks'
    if not isinstance(parsed, list):
        raise bad_data(problem, "Invalid value for rich text.")
    if any(url.strip() and not SAFE.match(url.strip()) for url in URL_VALUE.findall(text)):
        raise bad_data(
            f'Dangerous URL protocol in blocknote content for field "{name}"',
            "Content contains a URL with a dangerous protocol.",
        )
    return text


def _as_markdown(blocks: str) -> str:
    """The markdown of ``blocks``; where BlockNote does not know a block, Twenty keeps the JSON instead."""
    parsed = javascript.loads(blocks)
    known = all(isinstance(block, dict) and block.get("type") in blocknote.BLOCK_TYPES for block in parsed)
    return blocknote.to_markdown(parsed) if known else blocks


def transform(value: dict[str, Any]) -> dict[str, Any]:
    """Both forms of a rich text; markdown that was given is kept to the byte."""
    markdown, blocks = value.get("markdown"), value.get("blocknote")
    if not markdown and blocks is not None:
        derived: str | None = _as_markdown(blocks) if blocks else None
    else:
        derived = None
    made = javascript.dumps(blocknote.from_markdown(markdown)) if markdown and not blocks else None
    return {"markdown": markdown or derived, "blocknote": blocks or made}
