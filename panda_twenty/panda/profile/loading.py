"""Reads a source profile from YAML and says in sentences what is wrong with it."""

from __future__ import annotations

import difflib
from collections.abc import Hashable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from panda_twenty.panda.errors import ProfileError
from panda_twenty.panda.profile.chart import ChartSource, ToothColumns
from panda_twenty.panda.profile.model import AttributeSource, EntitySource, Filter, Join, SourceProfile

PROFILES = Path(__file__).parent.parent / "profiles"


def load_profile(name_or_path: str) -> SourceProfile:
    """The built-in profile of that name (``reference-practice``), or the one in that file.

    Raises ProfileError with one sentence per finding, each naming file, entity and attribute.
    """
    path = _find(name_or_path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise ProfileError(f"The source profile {path} cannot be read as UTF-8 text.") from None
    return parse_profile(text, path.name)


@lru_cache(maxsize=8)
def parse_profile(text: str, name: str) -> SourceProfile:
    """The profile in ``text``; ``name`` is what messages call it."""
    try:
        content = yaml.load(text, _PlainLoader)  # noqa: S506 - a BaseLoader: builds text, lists, mappings
    except yaml.YAMLError as failure:
        mark = getattr(failure, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark is not None else ""
        problem = getattr(failure, "problem", None) or "it is not valid YAML"
        raise ProfileError(f"{name}{place}: {problem}.") from None
    if not isinstance(content, dict):
        raise ProfileError(f"{name}: a source profile is a mapping that begins with 'profile:'.")
    try:
        return SourceProfile.model_validate(content)
    except ValidationError as failure:
        sentences = [sentence for error in failure.errors() for sentence in _sentences(error)]
    raise ProfileError("\n".join(f"{name}: {sentence}" for sentence in sentences))


def built_in_profiles() -> tuple[str, ...]:
    """Names of the profiles that come with the project."""
    return tuple(sorted(path.stem.replace("_", "-") for path in PROFILES.glob("*.yaml")))


def _find(name_or_path: str) -> Path:
    built_in = PROFILES / f"{name_or_path.replace('-', '_')}.yaml"
    if name_or_path in built_in_profiles():
        return built_in
    path = Path(name_or_path)
    if not path.is_file():
        raise ProfileError(
            f"There is no source profile {name_or_path}: give the path of a YAML file or one of"
            f" {', '.join(built_in_profiles())}."
        )
    return path


def _sentences(error: Any) -> Iterator[str]:
    """One pydantic finding as sentences."""
    location: tuple[Any, ...] = error["loc"]
    kind: str = error["type"]
    place = _place(location)
    if kind == "extra_forbidden":
        allowed = _allowed_settings(location[:-1])
        near = difflib.get_close_matches(str(location[-1]), allowed, 1)
        hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(allowed)}."
        yield f"{_place(location[:-1])}'{location[-1]}' is no setting here; {hint}"
    elif kind == "missing":
        yield f"{_place(location[:-1])}'{location[-1]}' is missing."
    elif kind in ("value_error", "assertion_error"):
        message = str(error["ctx"]["error"])
        yield from (place + line for line in message.splitlines())
    else:
        yield f"{place}{error['msg'][0].lower()}{error['msg'][1:]}."


def _place(location: Sequence[Any]) -> str:
    """Such as ``entity patient, attribute sex, column: ``."""
    parts, rest = [], [str(part) for part in location]
    if len(rest) > 1 and rest[0] == "entities":
        parts.append(f"entity {rest[1]}")
        rest = rest[2:]
        if len(rest) > 1 and rest[0] == "attributes":
            parts.append(f"attribute {rest[1]}")
            rest = rest[2:]
    parts.extend(rest)
    return f"{', '.join(parts)}: " if parts else ""


def _allowed_settings(location: Sequence[Any]) -> list[str]:
    """The settings of the section at ``location``."""
    if not location:
        model: type[BaseModel] = SourceProfile
    elif "lookup" in location or "parents" in location:
        model = Join
    elif "where" in location:
        model = Filter
    elif "attributes" in location:
        model = AttributeSource
    elif "chart" in location:
        model = _chart_model(location)
    else:
        model = EntitySource
    return list(model.model_fields)


def _chart_model(location: Sequence[Any]) -> type[BaseModel]:
    if "tooth_level" in location:
        return ToothColumns
    shapes: tuple[type[BaseModel], ...] = get_args(get_args(ChartSource)[0])
    return next(shape for shape in shapes if get_args(shape.model_fields["shape"].annotation)[0] in location)


class _PlainLoader(yaml.BaseLoader):
    """Keeps every scalar as text: ``NO`` is a code, not false, and ``01`` is not 1. Refuses repeated keys."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"'{key.value}' stands here twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)
