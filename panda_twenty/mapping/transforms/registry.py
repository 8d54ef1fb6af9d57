"""Transforms by the name that mapping lines use.

A transform takes the values of a line's source attributes (one each; a tuple of values where the attribute
comes from a join of several rows) and the line's ``with`` options, and returns what Twenty's API takes, or
None for nothing. What cannot become a value raises CannotTransform and sends the record to quarantine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from panda_twenty.mapping.transforms import chart_fields, clinical, correspondence, people, plain

Transform = Callable[[Sequence[Any], Mapping[str, Any]], Any]

TRANSFORMS: Mapping[str, Transform] = {
    "text": plain.text,
    "code": plain.code,
    "number": plain.number,
    "boolean": plain.boolean,
    "civil_date": plain.civil_date,
    "moment": plain.moment,
    "constant": plain.constant,
    "title": plain.title,
    "count": plain.count,
    "distinct": plain.distinct,
    "joined_text": plain.joined_text,
    "listed_rows": plain.listed_rows,
    "links": plain.links,
    "filled_list": plain.filled_list,
    "us_dollars": plain.us_dollars,
    "full_name": people.full_name,
    "name_suffix": people.name_suffix,
    "emails": people.emails,
    "email_remark": people.email_remark,
    "phones": people.phones,
    "phone_remarks": people.phone_remarks,
    "address": people.address,
    "chart_row": chart_fields.chart_row,
    "chart_index": chart_fields.chart_index,
    "tooth_worst": chart_fields.tooth_worst,
    "tooth_mobility": chart_fields.tooth_mobility,
    "tooth_furcation": chart_fields.tooth_furcation,
    "teeth_with_status": chart_fields.teeth_with_status,
    "findings_json": chart_fields.findings_json,
    "npi_remark": clinical.npi_remark,
    "code_status": clinical.code_status,
    "teeth_of_area": clinical.teeth_of_area,
    "quadrants_of_area": clinical.quadrants_of_area,
    "stored_indices_that_differ": clinical.stored_indices_that_differ,
    "baseline_state": clinical.baseline_state,
    "task_status": clinical.task_status,
    "custom_finding": clinical.custom_finding,
    "workspace_member": clinical.workspace_member,
    "rich_text": correspondence.rich_text,
    "rich_text_kind": correspondence.rich_text_kind,
    "rich_text_is_fallback": correspondence.rich_text_is_fallback,
    "rich_text_remark": correspondence.rich_text_remark,
}

SETTLED_BY_THE_BUILDER = frozenset({"relation", "panda_id", "taken", "file"})
"""Lines with these are filled where the practice, the parents and the other records are known."""

__all__ = ["SETTLED_BY_THE_BUILDER", "TRANSFORMS", "Transform"]
