"""Notes and letters: whatever format the source kept, as Markdown that says the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from panda_twenty.mapping.rich_text import Markdown, to_markdown
from panda_twenty.mapping.transforms.refusal import CannotTransform


@lru_cache(maxsize=512)
def _converted(body: str | None) -> Markdown:
    """Three lines of a note ask for the same conversion in a row."""
    return to_markdown(body)


def rich_text(values: Sequence[Any], options: Mapping[str, Any]) -> dict[str, str] | None:
    """RICH_TEXT from Markdown; Twenty keeps it byte for byte and works its own format out (measured).

    A body that is no text, such as a Word file, sends its note to quarantine: an empty note would look as
    if there had been nothing to say.
    """
    converted = _converted(values[0])
    if converted.kind == "unreadable":
        raise CannotTransform(
            "unreadable_text",
            f"The body cannot be read as text ({converted.reason}); save it as text in the source, or move "
            "it as a document.",
        )
    return {"markdown": converted.text} if converted.text else None


def rich_text_kind(values: Sequence[Any], options: Mapping[str, Any]) -> str | None:
    """plain, rtf, html: what the source kept."""
    return _converted(values[0]).kind


def rich_text_is_fallback(values: Sequence[Any], options: Mapping[str, Any]) -> bool:
    """Whether the formatting was given up because it could not be read with certainty."""
    return _converted(values[0]).is_fallback


def rich_text_remark(values: Sequence[Any], options: Mapping[str, Any]) -> str | None:
    """What was left out (pictures, hidden text, headers) or why the formatting was given up."""
    return _converted(values[0]).reason
