"""The picture of a chart's conventions says what the profile says, in the practice's own notation."""

from __future__ import annotations

from typing import Any

import pytest

from panda_twenty.chart_picture import ChartPicture, chart_picture
from panda_twenty_tests.proposal_page.built_proposal import CHART


def theirs(picture: ChartPicture) -> dict[str, tuple[int | None, str]]:
    return {each.site: (each.number, each.theirs) for each in picture.sites}


def test_columns_stand_at_the_sites_that_the_order_gives_them() -> None:
    picture = chart_picture(CHART)
    assert picture.tooth == "16"
    assert theirs(picture)["MB"] == (1, "PD1")
    assert theirs(picture)["DB"] == (3, "PD3")
    assert theirs(picture)["DL"] == (6, "PD6")


def test_distal_is_left_and_facial_is_up() -> None:
    places = {each.site: (each.column, each.row) for each in chart_picture(CHART).sites}
    assert places["DB"] == (0, 0)
    assert places["ML"] == (2, 1)


@pytest.mark.parametrize(
    ("settings", "recession", "overgrowth"),
    [
        ({"gingival_margin_sign": "recession_positive"}, "2", "−2"),
        ({"gingival_margin_sign": "recession_negative"}, "−2", "2"),
        ({"gingival_margin_sign": "recession_positive", "negative_offset": 100}, "2", "102"),
    ],
)
def test_the_sign_of_the_margin_is_shown_as_it_is_stored(
    settings: dict[str, Any], recession: str, overgrowth: str
) -> None:
    picture = chart_picture({**CHART, **settings})
    assert (picture.recession, picture.overgrowth) == (recession, overgrowth)


def test_sites_that_the_source_names_have_no_number() -> None:
    codes = {"1": "DB", "2": "B", "3": "MB", "4": "DL", "5": "L", "6": "ML"}
    picture = chart_picture(
        {
            "shape": "site_rows",
            "notation": "universal",
            "site_codes": codes,
            "measures": {"probing_depth": "Pd"},
        }
    )
    assert picture.tooth == "3"
    assert theirs(picture)["L"] == (None, "5")
    assert not picture.has_margin


def test_wide_columns_are_written_out_for_the_tooth_of_the_picture() -> None:
    chart = {
        "shape": "wide",
        "notation": "palmer",
        "measures": {"probing_depth": "D_{tooth}_{site}"},
        "site_names": ["a", "b", "c", "d", "e", "f"],
    }
    assert theirs(chart_picture(chart))["DB"] == (1, "D_UR6_a")


@pytest.mark.parametrize(
    ("direction", "first"), [("distal_to_mesial", "DB"), ("mesial_to_distal", "MB"), (None, "DB")]
)
def test_packed_strings_run_as_their_directions_say(direction: str | None, first: str) -> None:
    chart: dict[str, Any] = {"shape": "packed", "notation": "universal", "measures": {"probing_depth": "PD"}}
    if direction is not None:
        chart["directions"] = {"upper_right": direction}
    numbers = {site: number for site, (number, _) in theirs(chart_picture(chart)).items()}
    assert numbers[first] == 1
    assert numbers["B"] == 2


def test_rows_per_measure_name_their_value_columns_and_tell_of_a_margin_by_its_code() -> None:
    chart = {
        "shape": "measure_rows",
        "notation": "universal",
        "measure_codes": {"1": "probing_depth", "2": "gingival_margin"},
        "values": ["V1", "V2", "V3", "V4", "V5", "V6"],
    }
    assert theirs(chart_picture(chart))["ML"] == (6, "V6")
    assert chart_picture(chart).has_margin
