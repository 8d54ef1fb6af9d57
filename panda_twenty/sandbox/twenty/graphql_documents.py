"""A GraphQL document as plain root fields: arguments as values, selections as nested dicts.

Twenty's "direct execution" knows no types: variables go in as they are, and an alias counts at the
root only.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from graphql import (
    BooleanValueNode,
    DocumentNode,
    EnumValueNode,
    FieldNode,
    FloatValueNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    StringValueNode,
    ValueNode,
    VariableNode,
    get_location,
    parse,
)

from panda_twenty.sandbox.twenty import javascript
from panda_twenty.sandbox.twenty.errors import internal

Selection = dict[str, "Selection"]
"""What is asked for: field name to its own selection, empty for a leaf."""


class _Undefined:
    """A variable that was not sent."""


UNDEFINED = _Undefined()


@dataclass
class RootField:
    """One field of the operation's root."""

    name: str
    key: str
    node: FieldNode
    fragments: dict[str, FragmentDefinitionNode]
    variables: dict[str, Any]

    @property
    def location(self) -> dict[str, int]:
        where = self.node.loc
        if where is None:
            return {"line": 1, "column": 1}
        place = get_location(where.source, where.start)
        return {"line": place.line, "column": place.column}

    def arguments(self) -> dict[str, Any]:
        """Argument values; null and what was not sent are left out, as Twenty does."""
        found = {
            argument.name.value: _value(argument.value, self.variables) for argument in self.node.arguments
        }
        return {name: value for name, value in found.items() if value is not None and value is not UNDEFINED}

    def selection(self) -> Selection:
        return _selection(self.node.selection_set, self.fragments)


@dataclass
class Document:
    """The operation to run."""

    operation: str
    roots: list[RootField]
    parsed: DocumentNode


WHICH_OPERATION = "Must provide operation name when document contains multiple operations."


class SeveralOperationsError(GraphQLError):
    """A document of several operations that does not say which one to run."""


@lru_cache(maxsize=64)
def parsed_document(query: str) -> DocumentNode:
    """A document's tree, which nobody may change. Raises ``GraphQLError``."""
    return parse(query)


def all_roots(parsed: DocumentNode, variables: dict[str, Any]) -> list[RootField]:
    """The root fields of every operation of a document."""
    fragments = {
        each.name.value: each for each in parsed.definitions if isinstance(each, FragmentDefinitionNode)
    }
    return [
        RootField(node.name.value, (node.alias or node.name).value, node, fragments, variables)
        for each in parsed.definitions
        if isinstance(each, OperationDefinitionNode)
        for node in _root_nodes(each.selection_set, fragments)
    ]


def read(query: str, operation_name: str | None, variables: dict[str, Any]) -> Document | None:
    """The operation of ``query``, or None where there is no such operation. Raises ``GraphQLError``."""
    parsed = parsed_document(query)
    operations = [each for each in parsed.definitions if isinstance(each, OperationDefinitionNode)]
    fragments = {
        each.name.value: each for each in parsed.definitions if isinstance(each, FragmentDefinitionNode)
    }
    if operation_name:
        operations = [each for each in operations if each.name and each.name.value == operation_name]
    elif len(operations) > 1:
        raise SeveralOperationsError(WHICH_OPERATION)
    if not operations:
        return None
    nodes = _root_nodes(operations[0].selection_set, fragments)
    roots = [
        RootField(node.name.value, (node.alias or node.name).value, node, fragments, variables)
        for node in nodes
    ]
    return Document(operations[0].operation.value, roots, parsed)


def _root_nodes(
    selections: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode]
) -> list[FieldNode]:
    nodes: list[FieldNode] = []
    for each in selections.selections:
        if isinstance(each, FieldNode):
            nodes.append(each)
        elif isinstance(each, FragmentSpreadNode) and each.name.value in fragments:
            inner = fragments[each.name.value].selection_set
            nodes += [node for node in inner.selections if isinstance(node, FieldNode)]
        elif isinstance(each, InlineFragmentNode):
            nodes += [node for node in each.selection_set.selections if isinstance(node, FieldNode)]
    return nodes


def _is_left_out(node: SelectionNode) -> bool:
    """Whether ``@skip`` or ``@include`` leaves out a field below the root, where variables are not known."""
    for directive in node.directives:
        name = directive.name.value
        for argument in directive.arguments if name in ("skip", "include") else ():
            if isinstance(argument.value, VariableNode):
                raise internal(f"Cannot read properties of undefined (reading '{argument.value.name.value}')")
            if isinstance(argument.value, BooleanValueNode) and argument.value.value is (name == "skip"):
                return True
    return False


def _selection(
    selections: SelectionSetNode | None, fragments: dict[str, FragmentDefinitionNode]
) -> Selection:
    found: Selection = {}
    for each in selections.selections if selections else ():
        if _is_left_out(each):
            continue
        if isinstance(each, FieldNode):
            found.setdefault(each.name.value, {}).update(_selection(each.selection_set, fragments))
        elif isinstance(each, FragmentSpreadNode):
            if each.name.value in fragments:
                _merge(found, _selection(fragments[each.name.value].selection_set, fragments))
        elif isinstance(each, InlineFragmentNode):
            _merge(found, _selection(each.selection_set, fragments))
    return found


def _merge(into: Selection, more: Selection) -> None:
    for name, inner in more.items():
        _merge(into.setdefault(name, {}), inner)


def _value(node: ValueNode, variables: dict[str, Any]) -> Any:
    if isinstance(node, VariableNode):
        return variables.get(node.name.value, UNDEFINED)
    if isinstance(node, (StringValueNode, EnumValueNode, BooleanValueNode)):
        return node.value
    if isinstance(node, IntValueNode):
        value = int(node.value)
        return value if abs(value) <= 2**53 else javascript.number(float(node.value))
    if isinstance(node, FloatValueNode):
        return javascript.number(float(node.value))
    if isinstance(node, ListValueNode):
        items = [_value(item, variables) for item in node.values]
        return [None if item is UNDEFINED else item for item in items]
    if isinstance(node, ObjectValueNode):
        found = {field.name.value: _value(field.value, variables) for field in node.fields}
        return {name: value for name, value in found.items() if value is not UNDEFINED}
    return None
