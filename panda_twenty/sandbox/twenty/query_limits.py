"""How much one document may ask for where Twenty checks it as a whole: /metadata and what is not a record."""

from __future__ import annotations

from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from panda_twenty.sandbox.twenty.errors import TwentyError, translated

MOST_FIELDS = 2000
Fragments = dict[str, FragmentDefinitionNode]


@dataclass
class Extent:
    """What a selection asks for. Fields whose names begin with ``__`` do not count."""

    fields: int = 0
    depth: int = 0
    roots: list[str] = field(default_factory=list)

    def take(self, other: Extent, *, below: int = 0) -> None:
        self.fields += other.fields
        self.depth = max(self.depth, below + other.depth)


def _extent(selections: SelectionSetNode | None, fragments: Fragments, kept: dict[str, Extent]) -> Extent:
    extent = Extent()
    for each in selections.selections if selections else ():
        if isinstance(each, FieldNode):
            if each.name.value.startswith("__"):
                continue
            inner = _extent(each.selection_set, fragments, kept)
            extent.take(Extent(inner.fields + 1, inner.depth + 1))
            extent.roots.append(each.name.value)
            continue
        if isinstance(each, InlineFragmentNode):
            inner = _extent(each.selection_set, fragments, kept)
        elif isinstance(each, FragmentSpreadNode) and each.name.value in fragments:
            name = each.name.value
            if name not in kept:
                kept[name] = Extent()  # one that spreads itself is refused by the validation that follows
                kept[name] = _extent(fragments[name].selection_set, fragments, kept)
            inner = kept[name]
        else:
            continue
        extent.take(inner)
        extent.roots += inner.roots
    return extent


def check_extent(parsed: DocumentNode, *, most_roots: int, deepest: int | None = None) -> None:
    """Raise what Twenty answers for a document that asks for too much, or for one root field twice.

    All operations of the document count, also those that are not run.
    """
    fragments = {
        each.name.value: each for each in parsed.definitions if isinstance(each, FragmentDefinitionNode)
    }
    extent, kept = Extent(), dict[str, Extent]()
    for each in parsed.definitions:
        if isinstance(each, OperationDefinitionNode):
            one = _extent(each.selection_set, fragments, kept)
            extent.take(one)
            extent.roots += one.roots
    twice = next((name for place, name in enumerate(extent.roots) if name in extent.roots[:place]), None)
    if twice is not None:
        told = "Duplicate root resolver found. Each root resolver can only be called once per document."
        raise _too_much(f'Duplicate root resolver: "{twice}"', told)
    complex_query = "Query too complex - Too many"
    if deepest is not None and extent.depth > deepest:
        raise _too_much(
            f"{complex_query} nested fields requested: {extent.depth}"
            f" - Maximum allowed nested fields: {deepest}"
        )
    told = "The request is too complex to process. Please try reducing the amount of requested"
    if extent.fields > MOST_FIELDS:
        raise _too_much(
            f"{complex_query} fields requested: {extent.fields} - Maximum allowed fields: {MOST_FIELDS}",
            f"{told} fields.",
        )
    if len(extent.roots) > most_roots:
        raise _too_much(
            f"{complex_query} root resolvers requested: {len(extent.roots)}"
            f" - Maximum allowed root resolvers: {most_roots}",
            f"{told} root resolvers.",
        )


def _too_much(message: str, told: str | None = None) -> TwentyError:
    return TwentyError(message, details={"userFriendlyMessage": translated(told)} if told else {})
