"""The periodontal chart as this project holds it, whatever shape the source stored it in.

Teeth are Universal numbers: 1-32 for permanent teeth, ``A``-``T`` for primary ones, 51-82 for supernumerary
teeth (ADA claim convention: permanent number + 50). A measurement is in millimetres and is in one of three
states, which never merge: a number, :data:`NOT_ASSESSABLE`, or ``None`` for not recorded (the NHANES oral
examination keeps the same three apart: value, 99, missing). The gingival margin is positive when the margin
lies apical to the cemento-enamel junction, that is, positive = recession.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import repeat
from operator import add
from typing import Any, NamedTuple, TypeGuard


class NotAssessable(enum.Enum):
    """A site that the examiner looked at and could not measure (calculus, restoration, pain)."""

    NOT_ASSESSABLE = "x"

    def __repr__(self) -> str:
        return "NOT_ASSESSABLE"


NOT_ASSESSABLE = NotAssessable.NOT_ASSESSABLE

Measurement = int | float | NotAssessable | None
"""Millimetres; ``NOT_ASSESSABLE``; or None where nothing was recorded."""

Mark = bool | NotAssessable | None
"""Present or absent; ``NOT_ASSESSABLE``; or None where nothing was recorded."""

SITES = ("DB", "B", "MB", "DL", "L", "ML")
"""The six sites of a tooth, in the order of every six-item list: facial distal, middle, mesial; lingual."""

INTERDENTAL_SITES = (0, 2, 3, 5)
"""Indexes of the sites that face a neighbouring tooth; staging looks at these (2017 AAP/EFP)."""

SITE_MEASURES = ("probing_depth", "gingival_margin", "attachment_level")
SITE_MARKS = ("bleeding", "suppuration", "plaque", "calculus")

FURCATION_ENTRANCES = ("B", "L", "M", "D")
ASPECTS = ("facial", "lingual")

MOBILITY_GRADES = ("0", "0.5", "1-", "1", "1.5", "1+", "2", "2.5", "3")
"""Miller grades as charts write them; a half grade is also written with a sign."""

PERMANENT_TEETH = tuple(str(number) for number in range(1, 33))
UPPER_TEETH = tuple(str(number) for number in range(1, 17))
LOWER_TEETH = tuple(str(number) for number in range(32, 16, -1))
"""Lower teeth from the patient's right to left, as a chart shows them: 32 down to 17."""


class ToothStatus(enum.StrEnum):
    """What stands at a tooth's place."""

    PRESENT = "PRESENT"
    MISSING = "MISSING"
    IMPLANT = "IMPLANT"
    UNERUPTED = "UNERUPTED"
    PONTIC = "PONTIC"
    NOT_EXAMINED = "NOT_EXAMINED"


UNRECORDED_SITES = (None,) * 6
"""Six sites at which nothing was recorded."""
NOTHING_RECORDED: Mapping[Any, Any] = {}
"""Entrances or aspects of which nothing was recorded."""


class _ToothFields(NamedTuple):
    """Six-item tuples follow :data:`SITES`."""

    number: str
    status: ToothStatus = ToothStatus.PRESENT
    probing_depth: Sequence[Measurement] = UNRECORDED_SITES
    gingival_margin: Sequence[Measurement] = UNRECORDED_SITES
    attachment_level: Sequence[Measurement] = UNRECORDED_SITES
    """As the source stores it; empty where the source leaves it to be worked out."""
    bleeding: Sequence[Mark] = UNRECORDED_SITES
    suppuration: Sequence[Mark] = UNRECORDED_SITES
    plaque: Sequence[Mark] = UNRECORDED_SITES
    calculus: Sequence[Mark] = UNRECORDED_SITES
    mobility: str | None = None
    """Miller grade as recorded, one of :data:`MOBILITY_GRADES`."""
    furcation: Mapping[str, int | NotAssessable | None] = NOTHING_RECORDED
    """Grade per entrance (B, L, M, D), on the exam's furcation scale."""
    mucogingival_junction: Mapping[str, Measurement] = NOTHING_RECORDED
    """Millimetres from margin to mucogingival junction per aspect (facial, lingual)."""
    keratinized_width: Mapping[str, Measurement] = NOTHING_RECORDED
    """Millimetres of keratinised gingiva per aspect."""
    prognosis: str | None = None
    note: str | None = None
    source_number: str | None = None
    """The tooth as the source wrote it, in its own notation."""


class Tooth(_ToothFields):
    """One tooth of one exam.

    A tuple, because a practice has a million teeth: making a frozen dataclass of as many fields takes eight
    times as long.
    """

    @cached_property
    def measured_depths(self) -> Sequence[int | float]:
        """The probing depths that are numbers, in the order of the sites."""
        return measured(self.probing_depth)

    @cached_property
    def attachment_losses(self) -> tuple[Measurement, ...]:
        """:func:`attachment_loss` at the six sites."""
        if self.status is ToothStatus.IMPLANT or self.attachment_level != UNRECORDED_SITES:
            return tuple([attachment_loss(self, site) for site in range(6)])
        try:
            return tuple(map(add, self.probing_depth, self.gingival_margin))
        except TypeError:
            # What is not assessable or not recorded cannot be added.
            return tuple(map(_sum, self.probing_depth, self.gingival_margin))

    @cached_property
    def measured_losses(self) -> Sequence[int | float]:
        """The attachment losses that are numbers, in the order of the sites."""
        return measured(self.attachment_losses)


def measured(six: Sequence[Measurement]) -> Sequence[int | float]:
    """Those of some measurements that are numbers; the same ones where all are, as at most teeth."""
    return six if are_numbers(six) else _numbers_of(tuple(six))


@lru_cache(20_000)
def _numbers_of(six: tuple[Measurement, ...]) -> Sequence[int | float]:
    return tuple([value for value in six if isinstance(value, int | float)])


def are_numbers(six: Sequence[Measurement]) -> TypeGuard[Sequence[int | float]]:
    """Whether all are numbers: nothing else can be added. Asking six times takes four times as long."""
    try:
        sum(six)  # type: ignore[arg-type]
    except TypeError:
        return False
    return True


TOOTH_FIELDS = Tooth._fields


def teeth_of(*columns: Iterable[Any]) -> Iterator[Tooth]:
    """The teeth of which ``columns`` have one field each, in the order of :data:`TOOTH_FIELDS`."""
    return map(tuple.__new__, repeat(Tooth), zip(*columns, strict=False))


def attachment_loss(tooth: Tooth, site: int) -> Measurement:
    """Clinical attachment level at one site in millimetres: the stored value, else depth + margin.

    The sum holds because the gingival margin is positive for recession. On an implant there is no
    cemento-enamel junction, so only a stored value counts. NOT_ASSESSABLE if either part is.
    """
    stored = tooth.attachment_level[site]
    if stored is not None or tooth.status is ToothStatus.IMPLANT:
        return stored
    return _sum(tooth.probing_depth[site], tooth.gingival_margin[site])


def _sum(depth: Measurement, margin: Measurement) -> Measurement:
    if depth is None or margin is None:
        return None
    if isinstance(depth, NotAssessable) or isinstance(margin, NotAssessable):
        return NOT_ASSESSABLE
    return depth + margin
