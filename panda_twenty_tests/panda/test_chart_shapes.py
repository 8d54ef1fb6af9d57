"""Each chart shape with all three states: a value, not assessable, not recorded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from panda_twenty.panda.chart import NOT_ASSESSABLE as X
from panda_twenty.panda.chart import Tooth, ToothStatus
from panda_twenty.panda.chart_shapes import chart_decoder
from panda_twenty.panda.problems import Problem
from panda_twenty.panda.profile import ChartSource

UNRECORDED = (None,) * 6
CONVENTIONS = {
    "notation": "universal",
    "gingival_margin_sign": "recession_positive",
    "not_assessable": ["99", "x"],
    "not_recorded": ["-1", "."],
}


def decode(
    settings: dict[str, Any], *rows: dict[str, Any] | Sequence[Any]
) -> tuple[dict[str, Tooth], list[Problem]]:
    """Teeth by number and problems of one exam; a row is a mapping or follows the chart's columns."""
    chart: ChartSource = TypeAdapter(ChartSource).validate_python({**CONVENTIONS, **settings})
    columns = list(dict.fromkeys(chart.columns()))
    places = {column: place for place, column in enumerate(columns)}
    plain = [
        tuple(row.get(column) for column in columns) if isinstance(row, dict) else tuple(row) for row in rows
    ]
    teeth, problems = chart_decoder(chart, places)(plain)
    return {tooth.number: tooth for tooth in teeth}, list(problems)


def six(prefix: str) -> list[str]:
    return [f"{prefix}{number}" for number in range(1, 7)]


def filled(prefix: str, *values: Any) -> dict[str, Any]:
    return dict(zip(six(prefix), values, strict=True))


TOOTH_ROWS = {
    "shape": "tooth_rows",
    "tooth": "T",
    "measures": {"probing_depth": six("pd"), "gingival_margin": six("gm")},
    "marks": {"bleeding": "bop", "plaque": six("pl")},
    "status_codes": {"P": "PRESENT", "M": "MISSING"},
    "tooth_level": {
        "status": "st",
        "mobility": "mob",
        "furcation": {"B": "fb", "L": "fl"},
        "mucogingival_junction": {"facial": "mgj"},
    },
}


def test_tooth_rows_keep_the_three_states_apart() -> None:
    row = {
        "T": 3,
        "st": "P",
        **filled("pd", 3, 99, None, -1, 12, 0),
        **filled("gm", -2, 99, None, 0, 5, -1),
        "bop": 1 + 8,
        **filled("pl", 1, 0, None, 99, "Y", "."),
        "mob": "1+",
        "fb": 2,
        "fl": 99,
        "mgj": 4,
    }
    teeth, problems = decode(TOOTH_ROWS, row)
    assert not problems
    assert teeth["3"] == Tooth(
        "3",
        ToothStatus.PRESENT,
        probing_depth=(3, X, None, None, 12, 0),
        gingival_margin=(-2, X, None, 0, 5, None),
        bleeding=(True, False, False, True, False, False),
        plaque=(True, False, None, X, True, None),
        mobility="1+",
        furcation={"B": 2, "L": X},
        mucogingival_junction={"facial": 4},
        source_number="3",
    )


def test_a_bit_sum_that_is_null_is_not_recorded_and_zero_is_nowhere() -> None:
    teeth, _ = decode(TOOTH_ROWS, {"T": 1, "bop": None}, {"T": 2, "bop": 0}, {"T": 4, "bop": 99})
    assert teeth["1"].bleeding == UNRECORDED
    assert teeth["2"].bleeding == (False,) * 6
    assert teeth["4"].bleeding == (X,) * 6


def test_the_columns_site_order_is_brought_to_ours() -> None:
    settings = {**TOOTH_ROWS, "site_order": ["MB", "B", "DB", "ML", "L", "DL"]}
    teeth, _ = decode(settings, {"T": 3, **filled("pd", 1, 2, 3, 4, 5, 6), "bop": 1})
    assert teeth["3"].probing_depth == (3, 2, 1, 6, 5, 4)
    assert teeth["3"].bleeding == (False, False, True, False, False, False)


def test_recession_negative_is_turned_round() -> None:
    teeth, _ = decode(
        {**TOOTH_ROWS, "gingival_margin_sign": "recession_negative"},
        {"T": 3, **filled("gm", -4, 2, 0, 99, None, -3)},
    )
    assert teeth["3"].gingival_margin == (4, -2, 0, X, None, 3)


def test_impossible_values_are_reported_with_tooth_and_sites_but_without_the_value() -> None:
    row = {"T": 14, **filled("pd", 77, 3, 77, 3.5, "deep", 20), **filled("gm", -16, 0, 0, 0, 0, 0), "bop": 64}
    teeth, problems = decode(TOOTH_ROWS, {**row, "mob": "9", "fb": 7, "st": "Q"})
    assert teeth["14"].probing_depth == (None, 3, None, None, None, None)
    assert teeth["14"].bleeding == UNRECORDED
    assert teeth["14"].status is ToothStatus.PRESENT
    assert [problem.code for problem in problems] == [
        "depth_out_of_range",
        "half_millimetre",
        "unreadable_measurement",
        "margin_out_of_range",
        "unknown_status",
        "unknown_mobility",
        "unknown_furcation",
        "unreadable_mark",
    ]
    assert problems[0].advice.startswith("Tooth 14, DB MB ML: A probing depth must lie between 0 and 19 mm.")
    assert all(problem.attribute == "teeth" for problem in problems)
    assert not any("77" in problem.advice or "deep" in problem.advice for problem in problems)


def test_half_millimetres_stand_where_the_profile_allows_them() -> None:
    teeth, problems = decode(
        {**TOOTH_ROWS, "half_millimetres": True}, {"T": 3, **filled("pd", 3.5, "2.5", 3.0, 3.25, 0.5, 4)}
    )
    assert teeth["3"].probing_depth == (3.5, 2.5, 3, None, 0.5, 4)
    assert [problem.code for problem in problems] == ["half_millimetre"]


def test_a_tooth_that_does_not_exist_and_a_tooth_twice_are_reported() -> None:
    teeth, problems = decode(
        TOOTH_ROWS, {"T": 40}, {"T": 3, **filled("pd", *[1] * 6)}, {"T": 3, **filled("pd", *[2] * 6)}
    )
    assert list(teeth) == ["3"]
    assert teeth["3"].probing_depth == (1,) * 6
    assert [problem.code for problem in problems] == ["tooth_out_of_range", "duplicate_tooth"]


def test_fdi_charts_come_out_in_universal_numbers_with_their_own_kept() -> None:
    teeth, _ = decode({**TOOTH_ROWS, "notation": "fdi"}, {"T": 48}, {"T": "11"}, {"T": 55})
    assert [(each.number, each.source_number) for each in teeth.values()] == [
        ("8", "11"),
        ("32", "48"),
        ("A", "55"),
    ]


MEASURE_ROWS = {
    "shape": "measure_rows",
    "tooth": "IntTooth",
    "measure": "SequenceType",
    "site_order": ["MB", "B", "DB", "ML", "L", "DL"],
    "values": ["MB", "B", "DB", "ML", "L", "DL"],
    "tooth_value": "ToothValue",
    "negative_offset": 100,
    "measure_codes": {
        "0": "mobility",
        "1": "furcation",
        "2": "gingival_margin",
        "3": "mucogingival_junction",
        "4": "probing_depth",
        "5": "status",
        "6": "site_marks",
    },
    "mark_bits": {"bleeding": 1, "suppuration": 2, "plaque": 4, "calculus": 8},
    "status_codes": {"1": "MISSING"},
}


def measured(tooth: int, kind: int, values: Sequence[Any] = (-1,) * 6, tooth_value: int = -1) -> list[Any]:
    return [tooth, kind, *values, tooth_value]


def test_measure_rows_are_put_together_per_tooth() -> None:
    teeth, problems = decode(
        MEASURE_ROWS,
        measured(3, 4, [3, 2, 4, 99, 5, -1]),
        measured(3, 2, [105, 0, 2, 99, -1, 101]),
        measured(3, 6, [1, 0, 6, -1, 15, 99]),
        measured(3, 1, [-1, 1, -1, 2, -1, 3]),
        measured(3, 3, [-1, 6, -1, -1, 4, -1]),
        measured(3, 0, tooth_value=2),
        measured(1, 5, tooth_value=1),
    )
    assert not problems
    tooth = teeth["3"]
    assert tooth.probing_depth == (4, 2, 3, None, 5, X)
    assert tooth.gingival_margin == (2, 0, -5, -1, None, X)
    assert tooth.bleeding == (False, False, True, X, True, None)
    assert tooth.suppuration == (True, False, False, X, True, None)
    assert tooth.plaque == (True, False, False, X, True, None)
    assert tooth.furcation == {"B": 1, "M": 2, "D": 3}
    assert tooth.mucogingival_junction == {"facial": 6, "lingual": 4}
    assert tooth.mobility == "2"
    assert teeth["1"].status is ToothStatus.MISSING


def test_measure_rows_report_unknown_kinds_and_contradictions() -> None:
    _, problems = decode(
        MEASURE_ROWS,
        measured(3, 9),
        measured(3, 4),
        measured(3, 4),
        measured(3, 1, [1, -1, -1, 2, -1, -1]),
    )
    assert [problem.code for problem in problems] == [
        "unknown_measure",
        "conflicting_values",
        "conflicting_values",
    ]


SITE_ROWS = {
    "shape": "site_rows",
    "tooth": "Tooth",
    "site": "Site",
    "site_codes": {"DF": "DB", "F": "B", "MF": "MB", "DP": "DL", "P": "L", "MP": "ML"},
    "measures": {"probing_depth": "Depth"},
    "marks": {"bleeding": "Bled"},
    "furcation": "Furc",
    "tooth_level": {"mobility": "Mob"},
}


def test_site_rows_are_put_together_per_tooth() -> None:
    teeth, problems = decode(
        SITE_ROWS,
        {"Tooth": 14, "Site": "DF", "Depth": 5, "Bled": 1, "Furc": 2, "Mob": "1"},
        {"Tooth": 14, "Site": "mp ", "Depth": 99, "Bled": 0, "Mob": "1"},
        {"Tooth": 14, "Site": "P", "Depth": None, "Bled": None},
    )
    assert not problems
    assert teeth["14"].probing_depth == (5, None, None, None, None, X)
    assert teeth["14"].bleeding == (True, None, None, None, None, False)
    assert teeth["14"].furcation == {"D": 2}
    assert teeth["14"].mobility == "1"


def test_site_rows_report_unknown_sites_repeats_and_differing_tooth_values() -> None:
    _, problems = decode(
        SITE_ROWS,
        {"Tooth": 14, "Site": "?", "Mob": "1"},
        {"Tooth": 14, "Site": "F", "Mob": "2"},
        {"Tooth": 14, "Site": "F"},
    )
    assert [problem.code for problem in problems] == [
        "unknown_site",
        "conflicting_values",
        "conflicting_values",
    ]


def test_wide_columns_are_found_by_pattern_and_empty_teeth_left_out() -> None:
    settings = {
        "shape": "wide",
        "notation": "fdi",
        "measures": {"probing_depth": "PD_{tooth}_{site}"},
        "marks": {"bleeding": "BOP_{tooth}_{site}"},
        "site_names": ["DF", "F", "MF", "DL", "L", "ML"],
        "tooth_level": {"status": "ST{tooth}", "furcation": {"B": "FB{tooth}"}},
        "status_codes": {"M": "MISSING"},
    }
    row = {"PD_18_DF": 4, "PD_18_F": 99, "BOP_18_ML": 1, "FB18": 1, "ST48": "M", "PD_11_F": -1}
    teeth, problems = decode(settings, row)
    assert not problems
    assert list(teeth) == ["1", "32"]
    assert teeth["1"].probing_depth == (4, X, None, None, None, None)
    assert teeth["1"].bleeding == (None, None, None, None, None, True)
    assert teeth["1"].furcation == {"B": 1}
    assert teeth["32"].status is ToothStatus.MISSING


def test_packed_per_tooth_runs_as_charted_on_screen() -> None:
    settings = {
        "shape": "packed",
        "per": "tooth",
        "tooth": "T",
        "measures": {"probing_depth": "PD"},
        "marks": {"bleeding": "BOP"},
        "side_separator": "/",
        "tooth_level": {"mobility": "Mob"},
    }
    teeth, problems = decode(
        settings,
        {"T": 3, "PD": "123/4x.", "BOP": "100/x.0", "Mob": "2"},
        {"T": 14, "PD": "123/456"},
        {"T": 5, "PD": None},
    )
    assert not problems
    assert teeth["3"].probing_depth == (1, 2, 3, 4, X, None)
    assert teeth["3"].bleeding == (True, False, False, X, None, False)
    assert teeth["3"].mobility == "2"
    assert teeth["14"].probing_depth == (3, 2, 1, 6, 5, 4)
    assert teeth["5"].probing_depth == UNRECORDED


def test_packed_per_tooth_with_a_column_for_each_side() -> None:
    settings = {
        "shape": "packed",
        "per": "tooth",
        "tooth": "TN",
        "measures": {"probing_depth": {"facial": "PPDF", "lingual": "PPDL"}},
        "marks": {"bleeding": "BOP"},
    }
    teeth, problems = decode(
        settings,
        {"TN": "03", "PPDF": "32x", "PPDL": "4.5", "BOP": "101000"},
        {"TN": "14", "PPDF": "323", "PPDL": None, "BOP": ""},
    )
    assert teeth["3"].probing_depth == (3, 2, X, 4, None, 5)
    assert teeth["3"].bleeding == (True, False, True, False, False, False)
    assert teeth["14"].probing_depth == (3, 2, 3, None, None, None)
    assert problems == []


@pytest.mark.parametrize(
    ("per", "source"),
    [
        ("tooth", {"facial": "PPDF"}),
        ("exam", {"facial": "PPDF", "lingual": "PPDL"}),
        ("arch_side", {"facial": "PPDF", "lingual": "PPDL"}),
    ],
)
def test_packed_sides_must_be_those_of_their_grain(per: str, source: dict[str, str]) -> None:
    settings = {"shape": "packed", "per": per, "measures": {"probing_depth": source}}
    with pytest.raises(ValidationError, match="sides"):
        decode({**settings, "tooth": "TN"} if per == "tooth" else settings, {})


def test_packed_per_side_of_an_arch() -> None:
    sides = ("upper_facial", "upper_lingual", "lower_facial", "lower_lingual")
    settings = {
        "shape": "packed",
        "per": "arch_side",
        "measures": {"probing_depth": {side: side for side in sides}},
        "tooth_separator": " ",
    }
    row = {
        "upper_facial": " ".join(["..."] * 2 + ["123"] + ["..."] * 10 + ["456"] + ["..."] * 2),
        "upper_lingual": None,
        "lower_facial": " ".join(["32x"] + ["..."] * 15),
        "lower_lingual": " ".join(["..."] * 15 + ["789"]),
    }
    teeth, problems = decode(settings, row)
    assert not problems
    assert list(teeth) == ["3", "14", "17", "32"]
    assert teeth["3"].probing_depth == (1, 2, 3, None, None, None)
    assert teeth["14"].probing_depth == (6, 5, 4, None, None, None)
    assert teeth["32"].probing_depth == (3, 2, X, None, None, None)
    assert teeth["17"].probing_depth == (None, None, None, 9, 8, 7)


def test_packed_per_exam_with_two_digit_depths() -> None:
    settings = {
        "shape": "packed",
        "per": "exam",
        "measures": {"probing_depth": "PD"},
        "site_separator": ",",
        "tooth_separator": ";",
        "lower_order": "left_to_right",
        "directions": dict.fromkeys(
            ("upper_right", "upper_left", "lower_left", "lower_right"), "distal_to_mesial"
        ),
    }
    teeth_strings = ["10,2,3,4,x,."] + [""] * 15 + ["1,2,3,4,5,12"] + [""] * 15
    teeth, problems = decode(settings, {"PD": ";".join(teeth_strings)})
    assert not problems
    assert teeth["1"].probing_depth == (10, 2, 3, 4, X, None)
    assert teeth["17"].probing_depth == (1, 2, 3, 4, 5, 12)


@pytest.mark.parametrize("text", ["123", "1234567", "12/3456", "123/456/789"])
def test_a_packed_string_of_the_wrong_length_is_reported_and_not_guessed(text: str) -> None:
    settings = {
        "shape": "packed",
        "per": "tooth",
        "tooth": "T",
        "measures": {"probing_depth": "PD"},
        "side_separator": "/",
    }
    teeth, problems = decode(settings, {"T": 3, "PD": text})
    assert {problem.code for problem in problems} == {"wrong_length"}
    assert "probing_depth" not in problems[0].advice
    assert teeth["3"].number == "3"


ASPECT_ROWS: dict[str, Any] = {
    "shape": "aspect_rows",
    "tooth": "T",
    "aspect": "side",
    "aspect_codes": {"v": "facial", "o": "lingual"},
    "measures": {"probing_depth": ["pd1", "pd2", "pd3"], "gingival_margin": ["gm1", "gm2", "gm3"]},
    "marks": {"bleeding": ["b1", "b2", "b3"]},
    "tooth_level": {"mobility": "mob"},
}


def test_aspect_rows_are_put_together_per_tooth() -> None:
    teeth, problems = decode(
        ASPECT_ROWS,
        [3, "v", 3, 99, None, 1, "x", -1, 1, 0, None, "1"],
        [3, "O", 4, 2, 5, 0, 0, 0, 0, 0, 1, "1"],
    )
    assert problems == []
    assert teeth["3"].probing_depth == (3, X, None, 4, 2, 5)
    assert teeth["3"].gingival_margin == (1, X, None, 0, 0, 0)
    assert teeth["3"].bleeding == (True, False, None, False, False, True)
    assert teeth["3"].mobility == "1"


def test_the_columns_of_an_aspect_may_run_as_on_screen() -> None:
    directions = {
        "upper_right": "distal_to_mesial",
        "upper_left": "mesial_to_distal",
        "lower_left": "mesial_to_distal",
        "lower_right": "distal_to_mesial",
    }
    rows = [[tooth, "v", 1, 2, 3, *[None] * 7] for tooth in (8, 9)]
    teeth, _ = decode({**ASPECT_ROWS, "directions": directions}, *rows)
    assert teeth["8"].probing_depth[:3] == (1, 2, 3)
    assert teeth["9"].probing_depth[:3] == (3, 2, 1)


def test_aspect_rows_report_unknown_sides_and_repeats() -> None:
    row = [3, "v", 3, 3, 3, *[None] * 7]
    _, problems = decode(ASPECT_ROWS, row, row, [3, "z", 4, 4, 4, *[None] * 7])
    assert [problem.code for problem in problems] == ["conflicting_values", "unknown_aspect"]


PACKED_ROWS: dict[str, Any] = {
    "shape": "packed_rows",
    "measure": "kind",
    "measure_codes": {
        "P": "probing_depth",
        "R": "gingival_margin",
        "B": "bleeding",
        "M": "mobility",
        "T": "status",
    },
    "values": "strings",
    "status_codes": {"P": "PRESENT", "M": "MISSING"},
}


def test_packed_rows_hold_a_whole_mouth_for_each_kind_of_measure() -> None:
    nothing = " " * 12
    depths = " 3 2 4 3 210" + nothing * 14 + "12 2 3 x 3 4" + nothing * 16
    margins = "-2 0 1 0 0 2" + nothing * 31
    marks = "100001" + " " * 6 * 31
    teeth, problems = decode(
        PACKED_ROWS,
        ["P", depths],
        ["R", margins],
        ["B", marks],
        ["M", "1+" + "  " * 31],
        ["T", "PM" + " " * 13 + "P" + " " * 16],
    )
    assert problems == []
    assert teeth["1"].probing_depth == (3, 2, 4, 3, 2, 10)
    assert teeth["1"].gingival_margin == (-2, 0, 1, 0, 0, 2)
    assert teeth["1"].bleeding == (True, False, False, False, False, True)
    assert teeth["1"].mobility == "1+"
    assert teeth["2"].status is ToothStatus.MISSING
    # On the patient's left the triplets run from mesial to distal.
    assert teeth["16"].probing_depth == (3, 2, 12, 4, 3, X)
    assert set(teeth) == {"1", "2", "16"}


def test_packed_rows_report_unknown_kinds_repeats_and_strings_that_do_not_fit() -> None:
    full = "3" * 192
    _, problems = decode(PACKED_ROWS, ["P", full], ["P", full], ["Z", full], ["R", "3" * 191])
    assert [problem.code for problem in problems] == ["second_row", "unknown_measure", "wrong_length"]
