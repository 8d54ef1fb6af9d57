"""What is wrong with one value of one source row, told without the value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One finding on one row: where, what kind, and what a person can do; never the value itself.

    Codes: ``unknown_code``, ``unreadable_date``, ``unreadable_number``, ``unreadable_boolean``,
    ``missing_required``, ``duplicate_key``; in charts ``tooth_out_of_range``, ``duplicate_tooth``,
    ``conflicting_values``, ``depth_out_of_range``, ``margin_out_of_range``, ``level_out_of_range``,
    ``width_out_of_range``, ``half_millimetre``, ``unreadable_measurement``, ``unreadable_mark``,
    ``unknown_status``, ``unknown_mobility``, ``unknown_furcation``, ``unknown_prognosis``,
    ``unknown_site``, ``unknown_measure``, ``wrong_length``.
    """

    attribute: str
    code: str
    advice: str


@dataclass(frozen=True)
class Fault:
    """Stands in place of a value that could not be read, until the reader knows which row and place it is."""

    code: str
    advice: str

    def at(self, attribute: str, place: str = "") -> Problem:
        """The problem that this fault is at ``attribute``; ``place`` is such as ``Tooth 14, sites B, MB``."""
        return Problem(attribute, self.code, f"{place}: {self.advice}" if place else self.advice)
