"""The query strings of REST: filters, ordering, paging and the rest, as Twenty parses them."""

from __future__ import annotations

import json
import re
from typing import Any

from panda_twenty.sandbox.twenty import javascript
from panda_twenty.sandbox.twenty.errors import TwentyError
from panda_twenty.sandbox.twenty.ordering import DIRECTIONS
from panda_twenty.sandbox.twenty.scalars import is_uuid

DEFAULT_LIMIT = 60
LARGEST_LIMIT = 200
COMPARATORS = (
    "eq",
    "neq",
    "in",
    "containsAny",
    "is",
    "gt",
    "gte",
    "lt",
    "lte",
    "startsWith",
    "endsWith",
    "like",
    "ilike",
)
CONJUNCTION = re.compile(r"(or|and|not)\((.+)\)", re.DOTALL)
BASE = re.compile(r"(.+)\[(.+)\]:(.+)", re.DOTALL)

Parameters = dict[str, str]


def bad_request(message: str) -> TwentyError:
    return TwentyError(message)


def path_parts(path: str) -> tuple[str, str | None]:
    """Object (plural) and record id of a path under /rest."""
    parts = [part for part in path.replace("/rest/", "", 1).replace("/rest", "", 1).split("/") if part]
    if not parts or len(parts) > 2:
        raise bad_request(
            f"Query path '{path}' invalid. Valid examples: /rest/companies/id or /rest/companies or /rest/batch/companies"  # noqa: E501
        )
    if len(parts) == 1:
        return parts[0], None
    if parts[0] in ("batch", "restore"):
        return parts[1], None
    if parts[1] in ("duplicates", "groupBy", "merge"):
        return parts[0], None
    if not is_uuid(parts[1]):
        raise bad_request(f"'{parts[1]}' is not a valid UUID")
    return parts[0], parts[1]


def depth(parameters: Parameters) -> int:
    given = parameters.get("depth")
    if not given:
        return 0
    value = javascript.to_number(given)
    if value not in (0, 1):
        raise bad_request(f"'depth={given}' parameter invalid. Allowed values are 0, 1")
    return int(value)


def limit(parameters: Parameters, default: int = DEFAULT_LIMIT) -> float:
    given = parameters.get("limit")
    if not given:
        return default
    value = javascript.to_number(given)
    if value != value or value < 0:
        raise bad_request(f"limit '{given}' is invalid. Should be an integer")
    return min(javascript.number(value), LARGEST_LIMIT)


def order_by(parameters: Parameters, name: str = "order_by") -> list[dict[str, Any]]:
    """``field[AscNullsFirst],other.part[DescNullsLast]`` as a list of orderings, the id last."""
    given = parameters.get(name)
    order: list[dict[str, Any]] = [] if given is None else [_ordering(item) for item in given.split(",")]
    return order if any("id" in item for item in order) else [*order, {"id": "AscNullsFirst"}]


def _ordering(item: str) -> dict[str, Any]:
    direction, fields = "AscNullsFirst", item
    if "[" in item and "]" in item:
        fields, _, rest = item.partition("[")
        direction = rest.replace("]", "", 1)
        if direction not in DIRECTIONS:
            allowed = "', '".join(DIRECTIONS)
            raise bad_request(
                f"'order_by' direction '{direction}' invalid. Allowed values are '{allowed}'. "
                "eg: ?order_by=field_1[AscNullsFirst],field_2[DescNullsLast],field_3"
            )
    nested: Any = direction
    for field in reversed(fields.split(".")):
        nested = {field: nested}
    return dict(nested)


def filters(parameters: Parameters) -> dict[str, Any]:
    """``and(a[eq]:1,or(b.c[in]:[x,y],...))`` as a filter; a bare list of conditions means ``and``."""
    given = parameters.get("filter")
    if given is None:
        return {}
    if not given:
        raise bad_request("'filter' invalid for 'and()'. eg: price[gte]:10")
    missing = given.count("(") - given.count(")")
    if missing:
        kind = "close" if missing > 0 else "open"
        count = abs(missing)
        hint = f"{count} {kind} bracket{'s are' if count > 1 else ' is'}"
        raise bad_request(f"'filter' invalid. {hint} missing in the query")
    return _filter(given if CONJUNCTION.fullmatch(given) else f"and({given})")


def _filter(text: str) -> dict[str, Any]:
    found = CONJUNCTION.fullmatch(text)
    if found:
        parts = [_filter(part) for part in _split(text)]
        if found[1] != "not":
            return {found[1]: parts}
        if len(parts) > 1:
            raise bad_request(
                "'filter' invalid. 'not' conjunction should contain only 1 condition. eg: not(field[eq]:1)"
            )
        return {"not": parts[0]}
    fields, comparator, value = _base(text)
    nested: Any = {comparator: _value(value, comparator)}
    for field in reversed(fields):
        nested = {field: nested}
    return dict(nested)


def _split(text: str) -> list[str]:
    """The conditions within the outermost parentheses, at commas outside of brackets and quotes."""
    level, in_brackets, in_double, in_single = 0, False, False, False
    parts, current = [], ""
    for character in text:
        keep = level >= 1
        if character == "(":
            level += 1
        elif character == ")":
            level -= 1
            keep = level >= 1
        elif character in "[]":
            in_brackets = not in_brackets
        elif character == '"':
            in_double = not in_double
        elif character == "'":
            in_single = not in_single
        if character == "," and level == 1 and not (in_brackets or in_double or in_single):
            parts.append(current)
            current, keep = "", False
        if keep:
            current += character
    return [*parts, current]


def _base(text: str) -> tuple[list[str], str, str]:
    if not BASE.fullmatch(text):
        raise bad_request(f"'filter' invalid for '{text}'. eg: price[gte]:10")
    fields, _, rest = text.partition("[")
    comparator, _, after = rest.partition("]")
    value = after.partition(":")[2]
    if comparator not in COMPARATORS:
        raise bad_request(
            f"'filter' invalid for '{text}', comparator {comparator} not in {', '.join(COMPARATORS)}"
        )
    return fields.split("."), comparator, value


def _value(value: str, comparator: str | None = None) -> Any:
    if comparator in ("in", "containsAny"):
        if not (value.startswith("[") and value.endswith("]")):
            raise bad_request(
                f"'filter' invalid for '{comparator}' operator. Received '{value}' but array value expected "
                f"eg: 'field[{comparator}]:[value_1,value_2]'"
            )
        return [_value(item) for item in value[1:-1].split(",")]
    if comparator != "is" and len(value) > 0 and value[0] in "\"'" and value[-1] in "\"'":
        return value[1:-1]
    return value


def json_parameter(parameters: Parameters, name: str, complaint: str, *, required: bool = False) -> Any:
    given = parameters.get(name)
    if given is None and not required:
        return None
    try:
        return json.loads(given or "")
    except ValueError:
        raise bad_request(complaint) from None
