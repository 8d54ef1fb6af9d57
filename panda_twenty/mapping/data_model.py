"""The data model that a mapping needs in Twenty, read off its lines."""

from __future__ import annotations

from panda_twenty.mapping.specification import Line, MappingSpecification, TwentyObject
from panda_twenty.twenty.data_model import FieldModel, ObjectModel, Option, RelationModel
from panda_twenty.twenty.outgoing import SOURCE_DELETED_AT

OPTION_COLORS = ("blue", "green", "turquoise", "orange", "purple", "pink", "yellow", "sky", "red", "gray")

DEFAULT_ICONS = {
    "TEXT": "IconTypography",
    "NUMBER": "IconNumber9",
    "DATE": "IconCalendar",
    "DATE_TIME": "IconCalendarClock",
    "BOOLEAN": "IconToggleRight",
    "SELECT": "IconTag",
    "MULTI_SELECT": "IconTags",
    "PHONES": "IconPhone",
    "EMAILS": "IconMail",
    "ADDRESS": "IconMapPin",
    "LINKS": "IconWorld",
    "RELATION": "IconLink",
    "ARRAY": "IconList",
    "RAW_JSON": "IconBraces",
}


def wanted_objects(mapping: MappingSpecification) -> tuple[ObjectModel, ...]:
    """Every object of the mapping with the fields that Twenty does not bring itself."""
    return tuple(_object_model(mapping, each) for each in mapping.objects)


def _object_model(mapping: MappingSpecification, each: TwentyObject) -> ObjectModel:
    defining: dict[str, Line] = {}
    for route in mapping.routes_to(each.name):
        for line in route.lines:
            known = defining.get(line.field)
            if known is None or (known.type is None and line.type is not None):
                defining[line.field] = line
    return ObjectModel(
        name_singular=each.name,
        name_plural=each.plural,
        label_singular=each.label,
        label_plural=each.label_plural,
        icon=each.icon or "IconBox",
        description=each.description or "",
        standard=each.standard,
        fields=_with_mark(
            mapping, tuple(_field_model(line) for line in defining.values() if not line.standard)
        ),
    )


def _with_mark(mapping: MappingSpecification, fields: tuple[FieldModel, ...]) -> tuple[FieldModel, ...]:
    """The fields, and the one that marks what is gone from the source; links and files have none of ours."""
    if not fields or mapping.choices.deleted_in_source != "mark":
        return fields
    gone = FieldModel(
        name=SOURCE_DELETED_AT,
        type="DATE_TIME",
        label="Deleted in PANDA",
        description="Since when the row that this record comes from is gone from PANDA",
        icon=DEFAULT_ICONS["DATE_TIME"],
    )
    return (*fields, gone)


def _field_model(line: Line) -> FieldModel:
    kind = "RELATION" if line.relation else line.type or "TEXT"
    return FieldModel(
        name=line.field,
        type=kind,
        label=line.label or line.field,
        description=line.description or "",
        icon=line.icon or DEFAULT_ICONS.get(kind, "IconBox"),
        unique=line.unique,
        options=tuple(
            Option(value, label, OPTION_COLORS[place % len(OPTION_COLORS)], place)
            for place, (value, label) in enumerate(line.options.items())
        ),
        relation=RelationModel(line.relation.target, line.relation.reverse_label)
        if line.relation and line.relation.reverse_label
        else None,
    )
