"""What a vendor's chart cannot hold, so that a check knows what to expect of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from panda_twenty.panda.chart import (
    SITE_MARKS,
    UNRECORDED_SITES,
    Measurement,
    NotAssessable,
    Tooth,
    ToothStatus,
)

FEWER_CODES = frozenset(
    {("open_dental", "treatment_plan", "status"), ("open_dental", "appointment", "outcome")}
)
"""Attributes for which the vendor has fewer codes than the reference practice."""

DIGITS_ONLY = frozenset({("open_dental", "referral_source", "phone")})
"""Attributes that the vendor keeps as ten digits."""

DAY_ONLY = frozenset(
    {
        ("open_dental", "patient", "created_at"),
        ("open_dental", "treatment_plan", "created_at"),
        ("prefixed", "appointment", "starts_at"),
        ("german", "letter", "written_at"),
    }
)
"""Moments of which the vendor keeps the day."""


def kept(stranger: str, tooth: Tooth) -> Tooth | None:
    """What is left of a tooth in that stranger's chart; None if nothing is."""
    losing = _LOSSES.get(stranger)
    return tooth if losing is None else losing(tooth)


def _in_open_dental(tooth: Tooth) -> Tooth | None:
    """Teeth are there or not, whole grades only, no reason why a reading is missing; an empty row is none."""
    if tooth.status in (ToothStatus.MISSING, ToothStatus.UNERUPTED):
        return Tooth(tooth.number, status=ToothStatus.MISSING)
    marked = any(value is not None for mark in SITE_MARKS for value in getattr(tooth, mark))
    marks: dict[str, Any] = {
        mark: tuple(bool(value) for value in getattr(tooth, mark)) if marked else UNRECORDED_SITES
        for mark in SITE_MARKS
    }
    left = tooth._replace(
        status=ToothStatus.PRESENT,
        probing_depth=_readings(tooth.probing_depth),
        gingival_margin=_readings(tooth.gingival_margin),
        mobility=None if tooth.mobility is None else tooth.mobility[0],
        **marks,
    )
    groups = (left.probing_depth, left.gingival_margin, *marks.values())
    single = (left.mobility, *left.furcation.values(), *left.mucogingival_junction.values())
    recorded = [value for six in groups for value in six] + list(single)
    return left if any(value is not None for value in recorded) else None


def _readings(six: Any) -> tuple[Any, ...]:
    return tuple(None if isinstance(value, NotAssessable) else value for value in six)


def _in_one_digit(tooth: Tooth) -> Tooth:
    """9 stands for more, and nothing for a margin above the junction."""
    return tooth._replace(
        probing_depth=tuple(_digit(value) for value in tooth.probing_depth),
        gingival_margin=tuple(_digit(value) for value in tooth.gingival_margin),
    )


def _on_sides_of_arches(tooth: Tooth) -> Tooth | None:
    """Sites and nothing else: a tooth without a reading is not there."""
    left = _in_one_digit(tooth)._replace(status=ToothStatus.PRESENT)
    sites = (*left.probing_depth, *left.gingival_margin, *left.bleeding)
    return left if any(value is not None for value in sites) else None


def _in_sites_alone(tooth: Tooth) -> Tooth | None:
    """Sites and nothing else: a tooth without a reading is not there."""
    sites = (*tooth.probing_depth, *tooth.gingival_margin, *tooth.bleeding)
    return tooth._replace(status=ToothStatus.PRESENT) if any(value is not None for value in sites) else None


def _in_sides(tooth: Tooth) -> Tooth | None:
    """Present teeth and implants, which are not told apart."""
    gone = (ToothStatus.MISSING, ToothStatus.UNERUPTED, ToothStatus.NOT_EXAMINED)
    return None if tooth.status in gone else tooth._replace(status=ToothStatus.PRESENT)


def _in_measures(tooth: Tooth) -> Tooth | None:
    """Only what was measured has a row, or what makes a tooth unlike others."""
    sites = (*tooth.probing_depth, *tooth.gingival_margin, *tooth.bleeding, *tooth.plaque, tooth.mobility)
    is_present = tooth.status is ToothStatus.PRESENT
    return None if is_present and all(value is None for value in sites) else tooth


def _digit(value: Measurement) -> Measurement:
    if value is None or isinstance(value, NotAssessable):
        return value
    return min(value, 9) if value >= 0 else None


_LOSSES: Mapping[str, Callable[[Tooth], Tooth | None]] = {
    "open_dental": _in_open_dental,
    "triplets": _in_one_digit,
    "packed": _on_sides_of_arches,
    "foxpro": _in_one_digit,
    "whole_mouth": _in_sites_alone,
    "object_mapped": _in_measures,
    "german": _in_sides,
}
