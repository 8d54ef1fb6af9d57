"""Picks patients for a sample: some of every kind that a migration may stumble over, the same every time.

Patients are told apart by traits that show in the source alone. Each trait gets its share of the sample;
what is left is filled with patients at random. The choice depends on the seed and the ids, not on the order
in which a database answers.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from panda_twenty.panda.connection import PracticeDatabase
from panda_twenty.panda.extraction import EntityRow, read_entity
from panda_twenty.panda.profile import SourceProfile

MANY_EXAMS = 5
COMPLEX_PLAN_PHASES, COMPLEX_PLAN_PROCEDURES = 4, 10
OLDEST_BIRTH = date(1910, 1, 1)

TRAITS = (
    "no exam",
    "one exam",
    "many exams",
    "complex plans",
    "no plan",
    "custom findings",
    "odd dates",
    "odd characters",
    "several locations",
    "letters",
    "notes",
    "documents",
    "comparisons",
    "appointments",
    "missing values",
    "unreadable values",
)

_NEEDED = {
    "perio_exam": ("exam_date", "location_key"),
    "treatment_phase": (),
    "planned_procedure": (),
    "treatment_plan": ("plan_date",),
    "custom_finding": (),
    "letter": (),
    "clinical_note": (),
    "document": (),
    "perio_comparison": (),
    "appointment": ("location_key",),
}
"""What is read of each entity: enough to tell the traits, and no text or file."""


def patient_traits(database: PracticeDatabase, profile: SourceProfile) -> dict[str, frozenset[str]]:
    """The traits that each patient shows, by patient key."""
    today = datetime.now(UTC).date()
    traits: dict[str, set[str]] = {}
    places: dict[str, set[str]] = defaultdict(set)
    for row in read_entity(database, profile, "patient"):
        if not row.key.isdecimal():
            continue
        traits[row.key] = set(_own_traits(row, today))
        places[row.key].add(row.values.get("location_key") or "")
    counts: dict[str, Counter[str]] = {}
    for entity in _NEEDED:
        counts[entity] = Counter()
        for row in slim_rows(database, profile, entity, {"patient_key", *_NEEDED[entity]}):
            key = row.values.get("patient_key")
            if key not in traits:
                continue
            counts[entity][key] += 1
            places[key].add(row.values.get("location_key") or "")
            day = row.values.get("exam_date") or row.values.get("plan_date")
            if day is not None and not OLDEST_BIRTH < day <= today:
                traits[key].add("odd dates")
    for key, shown in traits.items():
        shown.update(_traits_by_count({entity: count[key] for entity, count in counts.items()}))
        if len(places[key] - {""}) > 1:
            shown.add("several locations")
    return {key: frozenset(shown) for key, shown in traits.items()}


def slim_rows(
    database: PracticeDatabase, profile: SourceProfile, entity: str, wanted: Collection[str]
) -> Iterator[EntityRow]:
    """The entity's rows with these attributes alone; none where the practice has no such entity."""
    source = profile.entities.get(entity)
    if source is None:
        return iter(())
    slim = source.model_copy(
        update={"attributes": {name: origin for name, origin in source.attributes.items() if name in wanted}}
    )
    return read_entity(
        database, profile.model_copy(update={"entities": {**profile.entities, entity: slim}}), entity
    )


def _own_traits(row: EntityRow, today: date) -> Iterator[str]:
    birth = row.values.get("birth_date")
    if birth is None or not OLDEST_BIRTH < birth <= today or (birth.month, birth.day) in ((1, 1), (2, 29)):
        yield "odd dates"
    text = "".join(value for value in row.values.values() if isinstance(value, str))
    if not text.isascii() or not text.isprintable():
        yield "odd characters"
    if not any(row.values.get(name) for name in ("email", "mobile_phone", "home_phone")):
        yield "missing values"
    if row.problems:
        yield "unreadable values"


def _traits_by_count(counts: Mapping[str, int]) -> Iterator[str]:
    exams = counts["perio_exam"]
    yield "no exam" if exams == 0 else "one exam" if exams == 1 else "several exams"
    if exams >= MANY_EXAMS:
        yield "many exams"
    if counts["treatment_plan"] == 0:
        yield "no plan"
    if (
        counts["treatment_phase"] >= COMPLEX_PLAN_PHASES
        or counts["planned_procedure"] >= COMPLEX_PLAN_PROCEDURES
    ):
        yield "complex plans"
    names = {
        "custom_finding": "custom findings",
        "letter": "letters",
        "clinical_note": "notes",
        "document": "documents",
        "perio_comparison": "comparisons",
        "appointment": "appointments",
    }
    yield from (name for entity, name in names.items() if counts[entity])


@dataclass(frozen=True)
class Picked:
    """The picked patients' keys in numeric order, and how many of them show each trait."""

    keys: tuple[str, ...]
    strata: Mapping[str, int]


def pick_patients(traits: Mapping[str, frozenset[str]], size: int, seed: int) -> Picked:
    """Pick ``size`` patients, or all where there are fewer: a fair share of each trait, then at random."""
    order = sorted(traits, key=int)
    picked: set[str] = set()
    share = max(1, size // len(TRAITS))
    for trait in TRAITS:
        candidates = [key for key in order if trait in traits[key]]
        lacking = min(share - sum(key in picked for key in candidates), size - len(picked))
        free = [key for key in candidates if key not in picked]
        if lacking > 0:
            chance = random.Random(f"{seed}/{trait}")
            picked.update(chance.sample(free, min(lacking, len(free))))
    free = [key for key in order if key not in picked]
    chance = random.Random(f"{seed}/rest")
    picked.update(chance.sample(free, min(size - len(picked), len(free))))
    shown = Counter(trait for key in picked for trait in traits[key] if trait in TRAITS)
    return Picked(tuple(sorted(picked, key=int)), {trait: shown[trait] for trait in TRAITS if shown[trait]})
