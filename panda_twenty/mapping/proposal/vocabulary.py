"""What practices call things: the words for each entity, each attribute and each code.

The words stand in ``vocabulary.yaml``, for reading and for adding to.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from panda_twenty.panda.discovery.names import spelled_out

Phrases = tuple[tuple[tuple[str, ...], float], ...]

_TEXT = (Path(__file__).parent / "vocabulary.yaml").read_text(encoding="utf-8")

_WORDS: Mapping[str, Any] = yaml.load(_TEXT, yaml.BaseLoader)  # noqa: S506 - builds text and mappings only


@lru_cache(maxsize=1_000)
def attribute_phrases(entity: str, attribute: str) -> Phrases:
    """The phrases that name an attribute, each with its weight."""
    own, shared = _WORDS["attributes"].get(entity, {}), _WORDS["shared"]
    return _parsed(own.get(attribute) or shared.get(attribute) or attribute.replace("_", " "))


@lru_cache(maxsize=100)
def entity_phrases(entity: str) -> Phrases:
    """The phrases that name an entity's table, each with its weight."""
    return _parsed(_WORDS["entities"][entity])


@lru_cache(maxsize=100)
def entity_context(entity: str) -> frozenset[str]:
    """Words that a column of the entity's own table may repeat without saying anything."""
    return frozenset(
        word for phrase, weight in entity_phrases(entity) if weight >= 0.8 for word in phrase
    ) - {
        "plan",
        "name",
        "note",
        "text",
        "source",
    }


def _parsed(text: str) -> Phrases:
    found = []
    for part in text.split("|"):
        phrase, _, weight = part.strip().partition("~")
        # Both as written, for names that shorten it, and as the words of a name are spelled out.
        written = tuple(phrase.split())
        for words in dict.fromkeys((written, tuple(each for word in written for each in spelled_out(word)))):
            found.append((words, float(weight or 1)))
    return tuple(found)


@lru_cache(maxsize=500)
def code_words(code: str) -> tuple[str, ...]:
    """Words and letters by which one of our codes is written, in lower case."""
    return tuple(word.strip() for word in _WORDS["codes"].get(code, code.lower()).split("|"))
