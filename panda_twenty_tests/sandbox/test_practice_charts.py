"""The charts are plausible: within what a survey measured, consistent, and better after therapy."""

from __future__ import annotations

import csv
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from panda_twenty.sandbox.practice import ugly_cases, write_practice
from panda_twenty.sandbox.practice.codes import (
    CASE_TYPE,
    DIABETES,
    EXAM_TYPE,
    EXTENT,
    GRADE,
    MOBILITY,
    NOT_ASSESSABLE,
    ORAL_HYGIENE,
    PROGNOSIS,
    SMOKING,
    STAGE,
    TOOTH_STATUS,
)
from panda_twenty.sandbox.practice.mouth import MANDIBLE, TEETH, furcation_entrances, survey_bounds
from panda_twenty.sandbox.practice.patient_files import write_patient
from panda_twenty.sandbox.practice.staff import staff_of
from panda_twenty.sandbox.practice.writing import new_database

_PATIENTS = 400
_SURVEY = Path(__file__).parents[3] / "shared" / "reference" / "nhanes_perio_ranges.csv"
_SURVEY_SITES = ("DF", "F", "MF", "DL", "L", "ML")
_BITS = ("Bleeding", "Suppuration", "Plaque", "Calculus")

Tooth = dict[str, Any]


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> sqlite3.Connection:
    file = tmp_path_factory.mktemp("practice") / "practice.sqlite"
    write_practice(file, patients=_PATIENTS)
    connection = sqlite3.connect(file)
    connection.row_factory = sqlite3.Row
    return connection


@pytest.fixture(scope="module")
def teeth(connection: sqlite3.Connection) -> list[Tooth]:
    return [dict(row) for row in connection.execute("SELECT * FROM PerioTooth")]


@pytest.fixture(scope="module")
def exams(connection: sqlite3.Connection) -> dict[int, Tooth]:
    return {row["ExamID"]: dict(row) for row in connection.execute("SELECT * FROM PerioExam")}


def _depths(tooth: Tooth) -> list[int | None]:
    """The depths that are measurements, None elsewhere."""
    values = [tooth[f"Pd{site}"] for site in range(1, 7)]
    return [None if value == NOT_ASSESSABLE else value for value in values]


def _margins(tooth: Tooth) -> list[int | None]:
    values = [tooth[f"Gm{site}"] for site in range(1, 7)]
    return [None if value == NOT_ASSESSABLE else value for value in values]


def _losses(tooth: Tooth) -> list[int | None]:
    return [
        None if depth is None or margin is None else depth + margin
        for depth, margin in zip(_depths(tooth), _margins(tooth), strict=True)
    ]


def _natural(teeth: list[Tooth]) -> Iterator[Tooth]:
    return (tooth for tooth in teeth if tooth["ToothStatus"] == "P")


def test_every_site_lies_within_what_the_survey_measured(teeth: list[Tooth]) -> None:
    bounds = survey_bounds()
    for tooth in _natural(teeth):
        limits = bounds[tooth["ToothNo"]]
        for site, (depth, margin, loss) in enumerate(
            zip(_depths(tooth), _margins(tooth), _losses(tooth), strict=True)
        ):
            assert depth is None or 1 <= depth <= limits["pd_max"][site]
            assert margin is None or limits["gm_min"][site] <= margin <= limits["gm_max"][site]
            assert loss is None or 0 <= loss <= limits["cal_max"][site]


@pytest.mark.skipif(not _SURVEY.exists(), reason="the survey's own file is not beside this checkout")
def test_the_condensed_bounds_are_those_of_the_survey_with_the_margin_turned() -> None:
    extremes: dict[tuple[int, int, str], list[int]] = defaultdict(list)
    with _SURVEY.open() as lines:
        for row in csv.DictReader(lines):
            key = (int(row["tooth_universal"]), _SURVEY_SITES.index(row["site"]), row["measure"])
            extremes[key] += [int(row["min"]), int(row["max"])]
    bounds = survey_bounds()
    for (tooth, site, measure), values in extremes.items():
        if measure == "probing_depth_mm":
            assert bounds[tooth]["pd_max"][site] == max(values)
        elif measure == "fgm_to_cej_mm":
            assert bounds[tooth]["gm_min"][site] == -max(values)
            assert bounds[tooth]["gm_max"][site] == -min(values)
        else:
            assert bounds[tooth]["cal_max"][site] == max(values)


def test_depths_look_like_a_periodontal_practice(teeth: list[Tooth]) -> None:
    depths = [depth for tooth in _natural(teeth) for depth in _depths(tooth) if depth is not None]
    assert 2.3 < mean(depths) < 3.3
    assert 0.05 < sum(depth >= 5 for depth in depths) / len(depths) < 0.25


def test_sites_between_teeth_are_deeper_and_molars_worse(teeth: list[Tooth]) -> None:
    middle: list[int] = []
    between: list[int] = []
    molars: list[int] = []
    front: list[int] = []
    for tooth in _natural(teeth):
        for site, depth in enumerate(_depths(tooth)):
            if depth is not None:
                (middle if site in (1, 4) else between).append(depth)
                if tooth["ToothNo"] in (3, 14, 19, 30):
                    molars.append(depth)
                elif tooth["ToothNo"] in (6, 11, 22, 27):
                    front.append(depth)
    assert mean(between) > mean(middle) + 0.4
    assert mean(molars) > mean(front) + 0.2


def test_neighbouring_sites_resemble_each_other_more_than_distant_ones(teeth: list[Tooth]) -> None:
    """Within one exam: tooth 4 is closer to tooth 5 than to tooth 28, on average."""
    by_exam: dict[int, dict[int, float]] = defaultdict(dict)
    for tooth in _natural(teeth):
        depths = [depth for depth in _depths(tooth) if depth is not None]
        if len(depths) == 6:
            by_exam[tooth["ExamID"]][tooth["ToothNo"]] = mean(depths)
    complete = [chart for chart in by_exam.values() if {4, 5, 28} <= chart.keys()]
    assert len(complete) > 200
    assert mean(abs(c[4] - c[5]) for c in complete) < mean(abs(c[4] - c[28]) for c in complete) - 0.03


def test_most_margins_that_are_not_zero_are_recession(teeth: list[Tooth]) -> None:
    margins = [margin for tooth in _natural(teeth) for margin in _margins(tooth) if margin]
    assert sum(margin > 0 for margin in margins) / len(margins) > 0.8
    assert any(margin < 0 for margin in margins)


def test_mouths_hold_a_plausible_number_of_teeth(teeth: list[Tooth]) -> None:
    counts: dict[int, int] = defaultdict(int)
    thirds = present_thirds = 0
    for tooth in teeth:
        counts[tooth["ExamID"]] += tooth["ToothStatus"] in "PIX"
        if tooth["ToothNo"] in (1, 16, 17, 32):
            thirds += 1
            present_thirds += tooth["ToothStatus"] == "P"
    assert 24 < mean(counts.values()) < 29
    assert min(counts.values()) >= 12
    assert present_thirds / thirds < 0.25
    assert {tooth["ToothStatus"] for tooth in teeth} == set(TOOTH_STATUS)
    assert {tooth["ToothNo"] for tooth in teeth} == set(TEETH)


def test_missing_unerupted_and_unexamined_teeth_carry_no_findings(teeth: list[Tooth]) -> None:
    for tooth in teeth:
        if tooth["ToothStatus"] in "MUX":
            assert all(value is None for value in list(tooth.values())[3:])


def test_the_three_states_of_a_site_all_occur(teeth: list[Tooth]) -> None:
    raw = [tooth[f"Pd{site}"] for tooth in _natural(teeth) for site in range(1, 7)]
    blocked = raw.count(NOT_ASSESSABLE) / len(raw)
    assert 0.002 < blocked < 0.03
    assert None in raw


def test_bit_sums_stay_within_six_sites(teeth: list[Tooth]) -> None:
    for tooth in teeth:
        assert all(tooth[name] is None or 0 <= tooth[name] <= 63 for name in _BITS)


def test_a_site_bleeds_only_where_it_was_probed_except_where_planted(teeth: list[Tooth]) -> None:
    planted = set(ugly_cases(_PATIENTS)["bleeding_without_depth"])
    for tooth in teeth:
        unprobed = sum(1 << site for site, depth in enumerate(_depths(tooth)) if depth is None)
        if (tooth["Bleeding"] or 0) & unprobed:
            assert tooth["ExamID"] in planted


def test_furcations_are_graded_only_at_entrances_that_exist(teeth: list[Tooth]) -> None:
    seen: set[int] = set()
    for tooth in teeth:
        for entrance in "BLMD":
            grade = tooth[f"Furc{entrance}"]
            if grade is not None:
                assert entrance in furcation_entrances(tooth["ToothNo"])
                seen.add(grade)
    assert {0, 1, 2, 3} <= seen <= {0, 1, 2, 3, 4}
    assert sum(len(furcation_entrances(tooth)) for tooth in TEETH) == 34


def test_a_furcation_never_heals(connection: sqlite3.Connection) -> None:
    rows = connection.execute(
        "SELECT e.PatientID, t.* FROM PerioTooth t JOIN PerioExam e ON e.ExamID = t.ExamID "
        "WHERE t.ToothStatus = 'P' ORDER BY e.PatientID, e.ExamDate, e.CreatedOn"
    )
    worst: dict[tuple[int, int, str], int] = {}
    for row in rows:
        for entrance in "BLMD":
            grade = row[f"Furc{entrance}"]
            if grade is not None:
                key = (row["PatientID"], row["ToothNo"], entrance)
                assert grade >= worst.get(key, 0)
                worst[key] = grade


def test_mobility_is_one_of_the_words_and_grows_with_loss(teeth: list[Tooth]) -> None:
    assert {tooth["Mobility"] for tooth in teeth} == {*MOBILITY, None}
    losses: dict[bool, list[int]] = {True: [], False: []}
    for tooth in _natural(teeth):
        known = [loss for loss in _losses(tooth) if loss is not None]
        if known and tooth["Mobility"]:
            losses[tooth["Mobility"] in ("2", "3")].append(max(known))
    assert mean(losses[True]) > mean(losses[False]) + 2


def test_the_mucogingival_junction_is_charted_lingually_only_in_the_mandible(teeth: list[Tooth]) -> None:
    facial = [tooth["MgjFacial"] for tooth in teeth if tooth["MgjFacial"] is not None]
    assert facial
    assert all(0 <= value <= 9 for value in facial)
    assert {tooth["ToothNo"] for tooth in teeth if tooth["MgjLingual"] is not None} <= MANDIBLE


def test_implants_are_probed_and_mostly_without_margin(teeth: list[Tooth]) -> None:
    implants = [tooth for tooth in teeth if tooth["ToothStatus"] == "I"]
    with_margin = sum(any(margin is not None for margin in _margins(tooth)) for tooth in implants)
    assert len(implants) > 50
    assert 0 < with_margin / len(implants) < 0.2
    assert all(tooth["FurcB"] is None for tooth in implants)


def test_stored_figures_are_those_of_the_chart_except_where_planted(
    teeth: list[Tooth], exams: dict[int, Tooth]
) -> None:
    by_exam: dict[int, list[Tooth]] = defaultdict(list)
    for tooth in teeth:
        by_exam[tooth["ExamID"]].append(tooth)
    cases = ugly_cases(_PATIENTS)
    stale: dict[str, set[int]] = {"BopPct": set(), "MeanPd": set()}
    for exam_id, exam in exams.items():
        examined = [tooth for tooth in by_exam[exam_id] if tooth["ToothStatus"] in "PI"]
        depths = [depth for tooth in examined for depth in _depths(tooth) if depth is not None]
        bleeding = sum(
            depth is not None and (tooth["Bleeding"] or 0) >> site & 1
            for tooth in examined
            for site, depth in enumerate(_depths(tooth))
        )
        figures = {"BopPct": None, "MeanPd": None} if not depths else _figures(depths, bleeding)
        for name, figure in figures.items():
            stored = exam[name]
            if stored is None:
                assert figure is None or name == "BopPct"
            elif figure is None or Decimal(str(stored)) != figure:
                stale[name].add(exam_id)
    assert stale["BopPct"] == set(cases["stale_bleeding_percentage"])
    assert stale["MeanPd"] == set(cases["stale_mean_depth"])


def _figures(depths: list[int], bleeding: int) -> dict[str, Decimal | None]:
    return {
        "BopPct": (Decimal(bleeding * 100) / len(depths)).quantize(Decimal("0.1"), ROUND_HALF_UP),
        "MeanPd": (Decimal(sum(depths)) / len(depths)).quantize(Decimal("0.01"), ROUND_HALF_UP),
    }


def test_depths_fall_after_therapy_and_bleeding_with_them(connection: sqlite3.Connection) -> None:
    pairs = connection.execute(
        "SELECT a.MeanPd AS before, b.MeanPd AS after, a.BopPct AS bled, b.BopPct AS bleeds "
        "FROM PerioExam a JOIN PerioExam b ON b.PatientID = a.PatientID "
        "WHERE a.ExamType = 'I' AND b.ExamType = 'R' AND a.DxStage IN ('III', 'IV') "
        "AND a.MeanPd IS NOT NULL AND b.MeanPd IS NOT NULL AND a.BopPct IS NOT NULL"
    ).fetchall()
    assert len(pairs) > 40
    assert mean(pair["before"] - pair["after"] for pair in pairs) > 0.4
    assert mean(pair["bled"] - pair["bleeds"] for pair in pairs) > 5
    assert all(pair["after"] < pair["before"] + 0.1 for pair in pairs)


def test_some_of_the_depth_is_lost_to_recession(connection: sqlite3.Connection) -> None:
    sums = {"I": [0, 0], "R": [0, 0]}
    rows = connection.execute(
        "SELECT e.ExamType, t.* FROM PerioTooth t JOIN PerioExam e ON e.ExamID = t.ExamID "
        "WHERE t.ToothStatus = 'P' AND e.ExamType IN ('I', 'R') AND e.PatientID IN "
        "(SELECT PatientID FROM PerioExam WHERE ExamType = 'R')"
    )
    for row in rows:
        for margin in _margins(dict(row)):
            sums[row["ExamType"]][0] += (margin or 0) > 0
            sums[row["ExamType"]][1] += 1
    assert sums["R"][0] / sums["R"][1] > sums["I"][0] / sums["I"][1]


def test_exam_codes_are_from_the_lists(exams: dict[int, Tooth]) -> None:
    lists: dict[str, dict[str, str]] = {
        "ExamType": EXAM_TYPE,
        "DxStage": STAGE,
        "DxGrade": GRADE,
        "DxExtent": EXTENT,
        "CaseType": CASE_TYPE,
        "Prognosis": PROGNOSIS,
        "OralHygiene": ORAL_HYGIENE,
        "Smoking": SMOKING,
        "Diabetes": DIABETES,
    }
    for column, codes in lists.items():
        assert {exam[column] for exam in exams.values()} - {None} <= codes.keys(), column
    for column in ("ExamType", "DxStage", "DxGrade", "Smoking"):
        assert {exam[column] for exam in exams.values()} - {None} == lists[column].keys(), column


def test_old_exams_carry_case_types_and_new_ones_stages(exams: dict[int, Tooth]) -> None:
    planted = set(ugly_cases(_PATIENTS)["stage_milder_than_chart"])
    for exam_id, exam in exams.items():
        if exam["ExamDate"] < "2020-01-06":
            assert exam["DxStage"] is None or exam_id in planted
        else:
            assert exam["CaseType"] is None


def test_patients_have_about_two_and_a_quarter_exams(connection: sqlite3.Connection) -> None:
    ordinary = connection.execute(
        "SELECT p.PatientID, COUNT(e.ExamID) AS exams FROM Patient p "
        "LEFT JOIN PerioExam e ON e.PatientID = p.PatientID GROUP BY p.PatientID"
    ).fetchall()
    counts = [row["exams"] for row in ordinary]
    assert 1.9 < mean(counts) < 2.8
    assert min(counts) == 0
    assert max(counts) == 8


def test_each_charted_patient_has_one_baseline(connection: sqlite3.Connection) -> None:
    rows = connection.execute("SELECT SUM(IsBaseline) FROM PerioExam GROUP BY PatientID").fetchall()
    assert {tuple(row) for row in rows} == {(1,)}


def test_exams_lie_within_eight_years_and_in_order(connection: sqlite3.Connection) -> None:
    first, last = connection.execute("SELECT MIN(ExamDate), MAX(ExamDate) FROM PerioExam").fetchone()
    assert "2018-07" <= first < "2019"
    assert "2026" < last <= "2026-06-30"


def test_an_implant_that_is_planted_where_no_tooth_stood_is_charted_at_every_visit(tmp_path: Path) -> None:
    """The first patient with this case who had lost the tooth before and comes more than once."""
    with new_database(tmp_path / "practice.sqlite", overwrite=False) as writer:
        write_patient(writer, 20, 28_454, staff_of(100))
        exams = writer.counts().tables["PerioExam"]
    with closing(sqlite3.connect(tmp_path / "practice.sqlite")) as database:
        charted = database.execute("SELECT ToothStatus FROM PerioTooth WHERE ToothNo = 4").fetchall()
    assert exams > 1
    assert set(charted) == {("I",)}
