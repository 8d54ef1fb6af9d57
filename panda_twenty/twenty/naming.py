"""The names under which GraphQL knows an object.

Twenty 2.21 derives them from the object's name with lodash's ``camelCase``, word by word: a digit before a
letter and a run of capitals change the name, so object ``probe1x`` answers to ``probe1X`` and ``probeABC``
to ``probeAbc``. Field names are used as they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["GraphqlNames", "camel_case", "graphql_names", "upper_first"]

# The alternatives of lodash's `words` for ASCII letters and digits, in its order.
_WORD = re.compile(
    r"[A-Z]?[a-z]+(?=$|[A-Z])"
    r"|[A-Z]+(?=$|[A-Z][a-z])"
    r"|[A-Z]?[a-z]+"
    r"|[A-Z]+"
    r"|\d*(?:1ST|2ND|3RD|(?![123])\dTH)(?=\b|[a-z_])"
    r"|\d*(?:1st|2nd|3rd|(?![123])\dth)(?=\b|[A-Z_])"
    r"|\d+"
)


def camel_case(text: str) -> str:
    """What lodash's ``camelCase`` makes of ``text``: ``Lab orders`` becomes ``labOrders``."""
    words = [word.lower() for word in _WORD.findall(text)]
    return "".join(words[:1] + [upper_first(word) for word in words[1:]])


def upper_first(text: str) -> str:
    """The text with its first letter in upper case and the rest unchanged."""
    return text[:1].upper() + text[1:]


def graphql_names(name_singular: str, name_plural: str) -> GraphqlNames:
    """The names for an object, from its two metadata names."""
    return GraphqlNames(singular=camel_case(name_singular), plural=camel_case(name_plural))


@dataclass(frozen=True, slots=True)
class GraphqlNames:
    """Root fields and types of one object."""

    singular: str
    plural: str

    @property
    def type_name(self) -> str:
        """``Person``; its input types are ``PersonCreateInput`` and ``PersonFilterInput``."""
        return upper_first(self.singular)

    @property
    def create_many(self) -> str:
        """``createPeople``; with the argument ``upsert: true`` it is the upsert."""
        return f"create{upper_first(self.plural)}"

    @property
    def update_many(self) -> str:
        """``updatePeople``, which gives all records of a filter the same values."""
        return f"update{upper_first(self.plural)}"

    @property
    def delete_many(self) -> str:
        """``deletePeople``, which is the soft delete."""
        return f"delete{upper_first(self.plural)}"

    @property
    def destroy_many(self) -> str:
        """``destroyPeople``, which removes for good."""
        return f"destroy{upper_first(self.plural)}"

    @property
    def restore_many(self) -> str:
        return f"restore{upper_first(self.plural)}"
