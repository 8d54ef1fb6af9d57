"""The chart section of a source profile: how one practice stores its periodontal charts.

Seven shapes are known, told apart by ``shape``. Whatever the shape, the conventions come along: notation,
sign of the gingival margin and the values that stand for "not assessable" and "not recorded" are declared,
because a wrong guess would turn a chart into a plausible other one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from panda_twenty.panda.chart import (
    ASPECTS,
    FURCATION_ENTRANCES,
    MOBILITY_GRADES,
    PERMANENT_TEETH,
    SITE_MARKS,
    SITE_MEASURES,
    SITES,
    ToothStatus,
)
from panda_twenty.panda.tooth_notation import Notation, from_universal


def one_of(*allowed: str) -> AfterValidator:
    """Lets only these texts pass."""

    def check(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"{text!r} is none of {', '.join(allowed)}")
        return text

    return AfterValidator(check)


SiteName = Annotated[str, one_of(*SITES)]
Measure = Annotated[str, one_of(*SITE_MEASURES)]
SiteMark = Annotated[str, one_of(*SITE_MARKS)]
Entrance = Annotated[str, one_of(*FURCATION_ENTRANCES)]
Aspect = Annotated[str, one_of(*ASPECTS)]
Mobility = Annotated[str, one_of(*MOBILITY_GRADES)]
Prognosis = Annotated[str, one_of("GOOD", "FAIR", "POOR", "QUESTIONABLE", "HOPELESS")]
Segment = Annotated[str, one_of("upper_facial", "upper_lingual", "lower_facial", "lower_lingual")]
Quadrant = Annotated[str, one_of("upper_right", "upper_left", "lower_left", "lower_right")]
RowMeasure = Annotated[
    str,
    one_of(
        *SITE_MEASURES,
        *SITE_MARKS,
        "site_marks",
        "mobility",
        "furcation",
        "mucogingival_junction",
        "keratinized_width",
        "status",
    ),
]
PackedMeasure = Annotated[str, one_of(*SITE_MEASURES, *SITE_MARKS, "mobility", "status")]
SixNames = Annotated[tuple[str, ...], Field(min_length=6, max_length=6)]
ThreeNames = Annotated[tuple[str, ...], Field(min_length=3, max_length=3)]
SixSites = Annotated[tuple[SiteName, ...], Field(min_length=6, max_length=6)]
Direction = Literal["distal_to_mesial", "mesial_to_distal"]


_QUADRANTS: tuple[Quadrant, ...] = ("upper_right", "upper_left", "lower_left", "lower_right")


class Section(BaseModel):
    """Base of every part of a profile: unknown settings are refused, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Conventions(Section):
    """How values are to be read, whatever the shape."""

    notation: Notation
    gingival_margin_sign: Literal["recession_positive", "recession_negative"]
    negative_offset: int | None = None
    """A gingival margin above this number n means n - value: with 100, 105 is -5 (Open Dental)."""
    not_assessable: tuple[str, ...] = ()
    not_recorded: tuple[str, ...] = ()
    """NULL and the empty string mean not recorded anyway."""
    half_millimetres: bool = False
    """Whether values such as 3.5 are real here; otherwise they are reported as mistakes."""
    site_order: SixSites = SITES
    """The sites of the six columns, bits or names of a list of six."""
    status_codes: dict[str, ToothStatus] = {}
    mobility_spellings: dict[str, Mobility] = {}
    furcation_grades: dict[str, Annotated[int, Field(ge=0, le=4)]] = {}
    prognosis_codes: dict[str, Prognosis] = {}
    mark_present: tuple[str, ...] = ("1", "Y", "T", "X", "+")
    mark_absent: tuple[str, ...] = ("0", "N", "F")

    @model_validator(mode="after")
    def _every_site_once(self) -> Self:
        if sorted(self.site_order) != sorted(SITES):
            raise ValueError(f"site_order must hold each of {', '.join(SITES)} once")
        return self


class ToothColumns(Section):
    """Tooth-level columns; in the shape ``wide`` they are patterns with ``{tooth}``."""

    status: str | None = None
    mobility: str | None = None
    furcation: dict[Entrance, str] = {}
    mucogingival_junction: dict[Aspect, str] = {}
    keratinized_width: dict[Aspect, str] = {}
    prognosis: str | None = None
    note: str | None = None

    def named(self) -> Iterator[str]:
        """Every column or pattern that is named here."""
        for column in (self.status, self.mobility, self.prognosis, self.note):
            if column is not None:
                yield column
        for group in (self.furcation, self.mucogingival_junction, self.keratinized_width):
            yield from group.values()


class ToothRows(Conventions):
    """One row per exam and tooth, six columns per measure; marks as a bit sum or as six columns."""

    shape: Literal["tooth_rows"]
    tooth: str
    measures: dict[Measure, SixNames]
    marks: dict[SiteMark, str | SixNames] = {}
    mark_bits: Annotated[tuple[int, ...], Field(min_length=6, max_length=6)] = (1, 2, 4, 8, 16, 32)
    """What each site of ``site_order`` adds to a bit sum."""
    tooth_level: ToothColumns = ToothColumns()

    def columns(self) -> tuple[str, ...]:
        """Every column of the chart's table that the chart is read from."""
        sixes = [*self.measures.values(), *((m,) if isinstance(m, str) else m for m in self.marks.values())]
        return (self.tooth, *(column for six in sixes for column in six), *self.tooth_level.named())


class MeasureRows(Conventions):
    """One row per exam, tooth and kind of measure, with six value columns (as Open Dental stores it)."""

    shape: Literal["measure_rows"]
    tooth: str
    measure: str
    """The column that says what the row measures."""
    measure_codes: dict[str, RowMeasure]
    values: SixNames
    """The value columns, in ``site_order``."""
    tooth_value: str | None = None
    """The column of values that concern the whole tooth: mobility and status."""
    mark_bits: dict[SiteMark, int] = {}
    """What each mark adds to a value of ``site_marks``: bleeding 1, suppuration 2, ..."""

    def columns(self) -> tuple[str, ...]:
        """Every column of the chart's table that the chart is read from."""
        return (self.tooth, self.measure, *self.values, *((self.tooth_value,) if self.tooth_value else ()))


class SiteRows(Conventions):
    """One row per exam, tooth and site; tooth-level columns may repeat on every row of the tooth."""

    shape: Literal["site_rows"]
    tooth: str
    site: str
    site_codes: dict[str, SiteName]
    measures: dict[Measure, str]
    marks: dict[SiteMark, str] = {}
    furcation: str | None = None
    """Grade on the row of the site where the entrance lies."""
    tooth_level: ToothColumns = ToothColumns()

    def columns(self) -> tuple[str, ...]:
        """Every column of the chart's table that the chart is read from."""
        own = (self.tooth, self.site, *self.measures.values(), *self.marks.values())
        return (*own, *((self.furcation,) if self.furcation else ()), *self.tooth_level.named())


class AspectRows(Conventions):
    """One row per exam, tooth and aspect, three columns per measure; tooth-level columns may repeat."""

    shape: Literal["aspect_rows"]
    tooth: str
    aspect: str
    """The column that says whether a row is about the facial or the lingual side."""
    aspect_codes: dict[str, Aspect]
    measures: dict[Measure, ThreeNames]
    marks: dict[SiteMark, ThreeNames] = {}
    directions: dict[Quadrant, Direction] = dict.fromkeys(_QUADRANTS, "distal_to_mesial")
    """How the three columns run on the teeth of each quadrant."""
    tooth_level: ToothColumns = ToothColumns()

    @model_validator(mode="after")
    def _names_both_aspects(self) -> Self:
        if sorted(set(self.aspect_codes.values())) != sorted(ASPECTS):
            raise ValueError("aspect_codes must name the facial and the lingual side")
        if len(self.directions) != len(_QUADRANTS):
            raise ValueError("directions must name all four quadrants")
        return self

    def columns(self) -> tuple[str, ...]:
        """Every column of the chart's table that the chart is read from."""
        threes = (*self.measures.values(), *self.marks.values())
        own = (self.tooth, self.aspect, *(column for three in threes for column in three))
        return (*own, *self.tooth_level.named())


class Wide(Conventions):
    """Columns of the exam's row, named by pattern: ``PD_{tooth}_{site}``."""

    shape: Literal["wide"]
    measures: dict[Measure, str]
    marks: dict[SiteMark, str] = {}
    site_names: SixNames = SITES
    """How column names spell the sites, in ``site_order``."""
    tooth_digits: Annotated[int, Field(ge=1, le=3)] = 1
    """Column names write tooth 3 with this many digits."""
    tooth_level: ToothColumns = ToothColumns()

    @model_validator(mode="after")
    def _patterns_are_complete(self) -> Self:
        for pattern in (*self.measures.values(), *self.marks.values()):
            if "{tooth}" not in pattern or "{site}" not in pattern:
                raise ValueError(f"the column pattern {pattern!r} must hold {{tooth}} and {{site}}")
        for pattern in self.tooth_level.named():
            if "{tooth}" not in pattern:
                raise ValueError(f"the column pattern {pattern!r} must hold {{tooth}}")
        return self

    def columns(self) -> tuple[str, ...]:
        """Every column of the chart's table that the chart is read from."""
        named: list[str] = []
        for tooth in PERMANENT_TEETH:
            for pattern in (*self.measures.values(), *self.marks.values()):
                named.extend(self.six_columns(pattern, tooth))
            named.extend(self.tooth_column(pattern, tooth) for pattern in self.tooth_level.named())
        return tuple(named)

    def six_columns(self, pattern: str, tooth: str) -> tuple[str, ...]:
        """The columns of one measure at one tooth (a Universal number), in ``site_order``."""
        one_tooth = self.tooth_column(pattern, tooth)
        return tuple(one_tooth.replace("{site}", site) for site in self.site_names)

    def tooth_column(self, pattern: str, tooth: str) -> str:
        """The column that ``pattern`` names for one tooth, a Universal number."""
        return pattern.replace("{tooth}", from_universal(tooth, self.notation).zfill(self.tooth_digits))


_SIDES_OF_GRAIN: dict[str, tuple[tuple[str, ...], ...]] = {
    "tooth": ((), ("facial", "lingual")),
    "arch_side": (("lower_facial", "lower_lingual", "upper_facial", "upper_lingual"),),
    "exam": ((),),
}
"""The sides that each grain may have columns for; none means one column for everything."""


class Packing(Conventions):
    """How sites are strung together.

    Without ``site_separator`` the sites of a string have the same number of characters, and with no
    ``tooth_separator`` its teeth. Triplets run as a chart is charted on screen unless ``directions`` says
    otherwise: distal to mesial on the patient's right, mesial to distal on the left.
    """

    site_separator: str = ""
    side_separator: str = ""
    """Between the facial and the lingual sites of a tooth."""
    tooth_separator: str = ""
    upper_order: Literal["right_to_left", "left_to_right"] = "right_to_left"
    lower_order: Literal["right_to_left", "left_to_right"] = "right_to_left"
    """From the patient's right: lower teeth run 32 to 17. The upper arch of a whole mouth comes first."""
    directions: dict[Quadrant, Direction] = {
        "upper_right": "distal_to_mesial",
        "upper_left": "mesial_to_distal",
        "lower_left": "mesial_to_distal",
        "lower_right": "distal_to_mesial",
    }

    @model_validator(mode="after")
    def _names_every_quadrant(self) -> Self:
        if len(self.directions) != len(_QUADRANTS):
            raise ValueError("directions must name all four quadrants")
        return self


class PackedRows(Packing):
    """One row per exam and kind of measure, whose string holds the whole mouth.

    A tooth has six sites for measures and marks and one value for ``mobility`` and ``status``.
    """

    shape: Literal["packed_rows"]
    measure: str
    """The column that says what the row measures."""
    measure_codes: dict[str, PackedMeasure]
    values: str
    """The column with the strings."""

    def columns(self) -> tuple[str, ...]:
        """Every column of the chart's table that the chart is read from."""
        return (self.measure, self.values)


class Packed(Packing):
    """Many sites in one string: per tooth, per side of an arch, or per exam."""

    shape: Literal["packed"]
    per: Literal["tooth", "arch_side", "exam"]
    tooth: str | None = None
    """The column of the tooth number, for ``per: tooth``."""
    measures: dict[Measure, str | dict[Segment | Aspect, str]]
    """The column per measure; for ``per: arch_side`` one column for each of the four sides, and for
    ``per: tooth`` perhaps one for the ``facial`` and one for the ``lingual`` sites."""
    marks: dict[SiteMark, str | dict[Segment | Aspect, str]] = {}
    tooth_level: ToothColumns = ToothColumns()
    """Columns per tooth, for ``per: tooth`` only."""

    @model_validator(mode="after")
    def _fits_its_grain(self) -> Self:
        if (self.per == "tooth") != (self.tooth is not None):
            raise ValueError("'tooth' names the tooth column for per: tooth, and only then")
        if self.per != "tooth" and any(self.tooth_level.named()):
            raise ValueError("tooth_level columns exist only for per: tooth")
        for name, source in {**self.measures, **self.marks}.items():
            sides = () if isinstance(source, str) else tuple(sorted(source))
            if sides not in _SIDES_OF_GRAIN[self.per]:
                raise ValueError(
                    f"{name} must name the columns of all four sides for per: arch_side, one column or those"
                    " of the facial and the lingual side for per: tooth, and one column for per: exam"
                )
        return self

    def columns(self) -> tuple[str, ...]:
        """Every column of the chart's table that the chart is read from."""
        sources = (*self.measures.values(), *self.marks.values())
        strings = [
            column for each in sources for column in ((each,) if isinstance(each, str) else each.values())
        ]
        return (*((self.tooth,) if self.tooth else ()), *strings, *self.tooth_level.named())


ChartSource = Annotated[
    ToothRows | MeasureRows | SiteRows | AspectRows | Wide | Packed | PackedRows,
    Field(discriminator="shape"),
]
