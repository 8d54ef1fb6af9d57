"""Reads single chart values by the conventions of the profile; shared by every shape.

Every reading is memoised by its raw value: a chart has few distinct values and millions of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from panda_twenty.panda.chart import MOBILITY_GRADES, NOT_ASSESSABLE, SITES, Measurement, Tooth
from panda_twenty.panda.problems import Fault, Problem
from panda_twenty.panda.profile.chart import Conventions
from panda_twenty.panda.tooth_notation import TOOTH_ORDER, to_universal
from panda_twenty.panda.values import code_table, plain_text

LIMITS: Mapping[str, tuple[float, float, str]] = {
    "probing_depth": (0, 19, "depth_out_of_range"),
    "gingival_margin": (-15, 19, "margin_out_of_range"),
    "attachment_level": (-15, 38, "level_out_of_range"),
    "mucogingival_junction": (0, 19, "width_out_of_range"),
    "keratinized_width": (0, 20, "width_out_of_range"),
}
"""Millimetres beyond which a value is a mistake: Open Dental takes 0 to 19; the deepest probing depth of the
1.4 million sites in NHANES 2009-2014 is 12 and its gingival margins lie within -9 and 12. An attachment level
is depth plus margin, so its limits are theirs together."""

_MISTAKE = "Correct it in PANDA, or declare in the source profile what the value means."


class Memo(dict[Any, Any]):
    """Remembers what each raw value means, and in ``faults`` which of them could not be read."""

    def __init__(self, read: Callable[[Any], Any]) -> None:
        super().__init__()
        self._read = read
        self.faults: set[Any] = set()

    def __missing__(self, raw: Any) -> Any:
        value = self[raw] = self._read(raw)
        if isinstance(value, Fault) or (
            isinstance(value, tuple) and any(isinstance(v, Fault) for v in value)
        ):
            self.faults.add(raw)
        return value

    def forget(self) -> None:
        """Begins anew, for a memo that may meet any number of different values."""
        self.clear()
        self.faults.clear()


class Readings:
    """The readers of one chart section: each turns a raw value into a chart value, None or a Fault."""

    def __init__(self, conventions: Conventions) -> None:
        self._conventions = conventions
        self._not_assessable = frozenset(conventions.not_assessable)
        self._not_recorded = frozenset(("", *conventions.not_recorded))
        self.tooth = Memo(self._read_tooth)
        self.measures = {name: Memo(self._measure_reader(name)) for name in LIMITS}
        self.mark = Memo(self._mark_reader())
        self.mobility = Memo(self._mobility_reader())
        self.furcation = Memo(self._furcation_reader())
        self.status = Memo(self._coded(conventions.status_codes, "unknown_status"))
        self.prognosis = Memo(self._coded(conventions.prognosis_codes, "unknown_prognosis"))
        order = tuple(conventions.site_order.index(site) for site in SITES)
        self.site_order = order
        """Where each of SITES stands in a list of six that follows the source's own order."""

    def absent(self, text: str) -> bool:
        """Whether the stripped text means that nothing was recorded."""
        return text in self._not_recorded

    def bit_sum(self, bits: Sequence[int]) -> Memo:
        """A reader of sums over six sites (bits in the source's site order): a tuple in SITES order."""
        in_order = tuple(bits[place] for place in self.site_order)
        largest = sum(set(bits))

        def read(raw: Any) -> Any:
            text = _stripped(raw)
            if text in self._not_recorded:
                return (None,) * 6
            value = int(text) if text.isdigit() else None
            if value is not None and value <= largest:
                return tuple(bool(value & bit) for bit in in_order)
            if text in self._not_assessable:
                return (NOT_ASSESSABLE,) * 6
            return Fault("unreadable_mark", f"The sum of marks is none of this chart's bits. {_MISTAKE}")

        return Memo(read)

    def site_bits(self, bits: Mapping[str, int]) -> Memo:
        """A reader of one site's sum of marks: mark name to present or absent, None if not recorded."""
        largest = sum(set(bits.values()))

        def read(raw: Any) -> Any:
            text = _stripped(raw)
            if text in self._not_recorded:
                return None
            if text.isdigit() and int(text) <= largest:
                return {name: bool(int(text) & bit) for name, bit in bits.items()}
            if text in self._not_assessable:
                return dict.fromkeys(bits, NOT_ASSESSABLE)
            return Fault("unreadable_mark", f"The sum of marks is none of this chart's bits. {_MISTAKE}")

        return Memo(read)

    def _read_tooth(self, raw: Any) -> str | Fault:
        universal = to_universal(_stripped(raw), self._conventions.notation)
        return universal or Fault(
            "tooth_out_of_range",
            f"A row names a tooth that the {self._conventions.notation} notation does not have, so it was"
            " left out. Correct it in PANDA, or the notation in the source profile.",
        )

    def _measure_reader(self, name: str) -> Callable[[Any], Measurement | Fault]:
        conventions = self._conventions
        low, high, code = LIMITS[name]
        is_margin = name == "gingival_margin"
        offset = conventions.negative_offset if is_margin else None
        flips = is_margin and conventions.gingival_margin_sign == "recession_negative"
        measure = name.replace("_", " ")

        def read(raw: Any) -> Measurement | Fault:
            text = _stripped(raw)
            if text in self._not_assessable:
                return NOT_ASSESSABLE
            if text in self._not_recorded:
                return None
            try:
                number = float(text)
            except ValueError:
                return Fault("unreadable_measurement", f"The {measure} is not a number. {_MISTAKE}")
            if offset is not None and number > offset:
                number = offset - number
            if flips:
                number = -number
            if not low <= number <= high:
                return Fault(code, f"A {measure} must lie between {low} and {high} mm. {_MISTAKE}")
            if number == int(number):
                return int(number)
            if not conventions.half_millimetres or number * 2 != int(number * 2):
                return Fault(
                    "half_millimetre",
                    f"The {measure} is no whole number. If this practice records half millimetres, say so in"
                    " the source profile (half_millimetres: true).",
                )
            return number

        return read

    def _mark_reader(self) -> Callable[[Any], Any]:
        table = {
            **{text.casefold(): False for text in self._conventions.mark_absent},
            **{text.casefold(): True for text in self._conventions.mark_present},
        }

        def read(raw: Any) -> Any:
            text = _stripped(raw)
            if text in self._not_assessable:
                return NOT_ASSESSABLE
            if text in self._not_recorded:
                return None
            advice = "The mark is neither present nor absent. Add it to mark_present or mark_absent in the"
            return table.get(text.casefold(), Fault("unreadable_mark", f"{advice} source profile."))

        return read

    def _mobility_reader(self) -> Callable[[Any], Any]:
        table = code_table(
            {**{grade: grade for grade in MOBILITY_GRADES}, **self._conventions.mobility_spellings}
        )
        return self._looked_up(table, "unknown_mobility", "mobility_spellings")

    def _furcation_reader(self) -> Callable[[Any], Any]:
        grades = self._conventions.furcation_grades or {str(grade): grade for grade in range(5)}
        read = self._looked_up(code_table(grades), "unknown_furcation", "furcation_grades")
        return lambda raw: NOT_ASSESSABLE if _stripped(raw) in self._not_assessable else read(raw)

    def _coded(self, codes: Mapping[str, Any], fault: str) -> Callable[[Any], Any]:
        setting = "status_codes" if fault == "unknown_status" else "prognosis_codes"
        return self._looked_up(code_table(codes), fault, setting)

    def _looked_up(self, table: Mapping[str, Any], fault: str, setting: str) -> Callable[[Any], Any]:
        advice = f"The source profile does not say what this value means. Add it to {setting} there."

        def read(raw: Any) -> Any:
            text = _stripped(raw)
            if text in self._not_recorded:
                return None
            return table.get(text, table.get(text.casefold(), Fault(fault, advice)))

        return read


class Findings:
    """Collects what could not be read in one chart, one problem per tooth, measure and kind."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, Fault], list[str]] = {}

    def settled(self, value: Any, tooth: str, place: str = "") -> Any:
        """``value``, or None and a finding if it is a fault; ``place`` is a site, an entrance, an aspect."""
        if not isinstance(value, Fault):
            return value
        self._found.setdefault((tooth, value), []).append(place)
        return None

    def settled_six(self, values: Iterable[Any], tooth: str) -> tuple[Any, ...]:
        """Six values in SITES order, each settled."""
        return tuple(self.settled(value, tooth, site) for value, site in zip(values, SITES, strict=True))

    def add(self, tooth: str, code: str, advice: str) -> None:
        """A finding about a tooth, or about the chart where ``tooth`` is empty."""
        self._found.setdefault((tooth, Fault(code, advice)), [])

    def problems(self) -> tuple[Problem, ...]:
        """What was found, in the order in which it was found."""
        return tuple(
            fault.at("teeth", _place(tooth, places)) for (tooth, fault), places in self._found.items()
        )


def in_chart_order(teeth: Iterable[Tooth]) -> tuple[Tooth, ...]:
    """Permanent teeth by number, then primary, then supernumerary ones."""
    return tuple(sorted(teeth, key=lambda tooth: TOOTH_ORDER[tooth.number]))


def source_text(raw: Any) -> str:
    """A tooth as the source writes it."""
    return _stripped(raw)


def _stripped(raw: Any) -> str:
    return "" if raw is None else plain_text(raw).strip()


def _place(tooth: str, places: Sequence[str]) -> str:
    named = [place for place in places if place]
    return ", ".join([*([f"Tooth {tooth}"] if tooth else []), *([" ".join(named)] if named else [])])
