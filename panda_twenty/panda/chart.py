"""The periodontal chart as this project holds it, whatever shape the source stored it in.

Teeth are Universal numbers: 1-32 for permanent teeth, ``A``-``T`` for primary ones, 51-82 for supernumerary
teeth (ADA claim convention: permanent number + 50). A measurement is in millimetres and is in one of three
states, which never merge: a number, :data:`NOT_ASSESSABLE`, or ``None`` for not recorded (the NHANES oral
examination keeps the same three apart: value, 99, missing). The gingival margin is positive when the margin
lies apical to the cemento-enamel junction, that is, positive = recession.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any


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


def six_unrecorded() -> tuple[None, ...]:
    """Six sites at which nothing was recorded."""
    return (None,) * 6


@dataclass(frozen=True)
class Tooth:
    """One tooth of one exam. Six-item tuples follow :data:`SITES`."""

    number: str
    status: ToothStatus = ToothStatus.PRESENT
    probing_depth: Sequence[Measurement] = field(default_factory=six_unrecorded)
    gingival_margin: Sequence[Measurement] = field(default_factory=six_unrecorded)
    attachment_level: Sequence[Measurement] = field(default_factory=six_unrecorded)
    """As the source stores it; empty where the source leaves it to be worked out."""
    bleeding: Sequence[Mark] = field(default_factory=six_unrecorded)
    suppuration: Sequence[Mark] = field(default_factory=six_unrecorded)
    plaque: Sequence[Mark] = field(default_factory=six_unrecorded)
    calculus: Sequence[Mark] = field(default_factory=six_unrecorded)
    mobility: str | None = None
    """Miller grade as recorded, one of :data:`MOBILITY_GRADES`."""
    furcation: Mapping[str, int | NotAssessable | None] = field(default_factory=dict)
    """Grade per entrance (B, L, M, D), on the exam's furcation scale."""
    mucogingival_junction: Mapping[str, Measurement] = field(default_factory=dict)
    """Millimetres from margin to mucogingival junction per aspect (facial, lingual)."""
    keratinized_width: Mapping[str, Measurement] = field(default_factory=dict)
    """Millimetres of keratinised gingiva per aspect."""
    prognosis: str | None = None
    note: str | None = None
    source_number: str | None = None
    """The tooth as the source wrote it, in its own notation."""

    @cached_property
    def measured_depths(self) -> tuple[int | float, ...]:
        """The probing depths that are numbers, in the order of the sites. Some thirty fields ask for them."""
        return tuple([depth for depth in self.probing_depth if isinstance(depth, int | float)])

    @cached_property
    def attachment_losses(self) -> tuple[Measurement, ...]:
        """:func:`attachment_loss` at the six sites."""
        return tuple([attachment_loss(self, site) for site in range(6)])


_UNRECORDED: Mapping[str, Any] = dict(Tooth("").__dict__)


def tooth_of(number: str, source_number: str | None, recorded: Mapping[str, Any]) -> Tooth:
    """``Tooth(number, source_number=..., **recorded)``; a frozen dataclass sets each field by a call."""
    tooth = object.__new__(Tooth)
    tooth.__dict__.update(_UNRECORDED, number=number, source_number=source_number)
    tooth.__dict__.update(recorded)
    return tooth


def attachment_loss(tooth: Tooth, site: int) -> Measurement:
    """Clinical attachment level at one site in millimetres: the stored value, else depth + margin.

    The sum holds because the gingival margin is positive for recession. On an implant there is no
    cemento-enamel junction, so only a stored value counts. NOT_ASSESSABLE if either part is.
    """
    stored = tooth.attachment_level[site]
    if stored is not None or tooth.status is ToothStatus.IMPLANT:
        return stored
    depth, margin = tooth.probing_depth[site], tooth.gingival_margin[site]
    if depth is None or margin is None:
        return None
    if isinstance(depth, NotAssessable) or isinstance(margin, NotAssessable):
        return NOT_ASSESSABLE
    return depth + margin


_JSON_SIXES = {"pd": "probing_depth", "gm": "gingival_margin", "al": "attachment_level"}
_JSON_MARKS = {"bl": "bleeding", "su": "suppuration", "pl": "plaque", "ca": "calculus"}
_JSON_GROUPS = {"f": "furcation", "mg": "mucogingival_junction", "kw": "keratinized_width"}
_JSON_TEXTS = {"mo": "mobility", "pr": "prognosis", "no": "note", "as": "source_number"}
_MARK_LETTERS: Mapping[Mark, str] = {True: "1", False: "0", NOT_ASSESSABLE: "x", None: "."}
_LETTER_MARKS: Mapping[str, Mark] = {letter: mark for mark, letter in _MARK_LETTERS.items()}


def teeth_to_json(teeth: Sequence[Tooth]) -> str:
    """The teeth as compact JSON, one object per tooth; what was not recorded is left out.

    ``"x"`` is not assessable, null not recorded; six marks are six letters, ``1``, ``0``, ``x`` or ``.``.
    """
    return json.dumps([_tooth_to_plain(tooth) for tooth in teeth], separators=(",", ":"), default=_plain)


def teeth_from_json(text: str) -> tuple[Tooth, ...]:
    """The teeth that :func:`teeth_to_json` wrote, equal to the last site."""
    return tuple(_tooth_from_plain(item) for item in json.loads(text))


def _tooth_to_plain(tooth: Tooth) -> dict[str, Any]:
    plain: dict[str, Any] = {"n": tooth.number, "s": tooth.status}
    for short, name in _JSON_SIXES.items():
        six = getattr(tooth, name)
        if any(value is not None for value in six):
            plain[short] = six
    for short, name in _JSON_MARKS.items():
        six = getattr(tooth, name)
        if any(value is not None for value in six):
            plain[short] = "".join([_MARK_LETTERS[value] for value in six])
    for short, name in _JSON_GROUPS.items():
        group = getattr(tooth, name)
        if group:
            plain[short] = {key: group[key] for key in (*FURCATION_ENTRANCES, *ASPECTS) if key in group}
    for short, name in _JSON_TEXTS.items():
        text = getattr(tooth, name)
        if text is not None:
            plain[short] = text
    return plain


def _tooth_from_plain(plain: dict[str, Any]) -> Tooth:
    fields: dict[str, Any] = {}
    for short, name in _JSON_SIXES.items():
        if short in plain:
            fields[name] = tuple([NOT_ASSESSABLE if value == "x" else value for value in plain[short]])
    for short, name in _JSON_MARKS.items():
        if short in plain:
            fields[name] = tuple([_LETTER_MARKS[letter] for letter in plain[short]])
    for short, name in _JSON_GROUPS.items():
        if short in plain:
            fields[name] = {
                key: NOT_ASSESSABLE if value == "x" else value for key, value in plain[short].items()
            }
    for short, name in _JSON_TEXTS.items():
        if short in plain:
            fields[name] = plain[short]
    fields["status"] = ToothStatus(plain["s"])
    return tooth_of(plain["n"], plain.get("as"), fields)


def _plain(value: object) -> str:
    if isinstance(value, NotAssessable):
        return value.value
    raise TypeError(f"{type(value).__name__} has no place in a chart")
