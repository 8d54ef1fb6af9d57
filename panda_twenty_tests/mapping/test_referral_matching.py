from __future__ import annotations

import itertools
import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from panda_twenty.mapping import referral_matching
from panda_twenty.mapping.referral_matching import (
    NEAR_MISS,
    ReferralMatching,
    ReferralRow,
    match_referrals,
    normalise_practice_name,
    score_pair,
)
from panda_twenty.sandbox.practice.names import LAST_NAMES, STREETS, TOWNS
from panda_twenty.sandbox.practice.referrers import write_referrers
from panda_twenty.sandbox.practice.ugly_cases import ugly_cases

CEDAR = ReferralRow(
    "1",
    "Cedar Park Dental",
    street="200 Pecan Orchard Avenue",
    city="Bellhaven",
    state="TX",
    postal_code="78699",
    phone="(512) 555-0110",
)
BARE = ReferralRow("1", "Cedar Park Dental")
ELSEWHERE: dict[str, Any] = {"street": "5 Elm Crossing", "city": "Willow Ford", "postal_code": "78693"}


def groups(matching: ReferralMatching) -> list[tuple[str, ...]]:
    return [company.members for company in matching.companies]


def reference_rows(patients: int = 600) -> list[ReferralRow]:
    written: list[dict[str, Any]] = []

    class Writer:
        def add(self, table: str, **values: Any) -> None:
            written.append(values)

    write_referrers(Writer(), patients, 20)  # type: ignore[arg-type]
    columns = {
        "practice_name": "PracticeName",
        "first_name": "FirstName",
        "last_name": "LastName",
        "street": "Street",
        "city": "City",
        "state": "State",
        "postal_code": "Zip",
        "phone": "Phone",
        "fax": "Fax",
        "email": "Email",
    }
    return [
        ReferralRow(str(row["RefDrID"]), **{ours: row[theirs] for ours, theirs in columns.items()})
        for row in written
    ]


def invented_rows(count: int, seed: int = 7) -> list[ReferralRow]:
    """Practices with one to four rows each, spelled anew, some of them without telephone or address."""
    draw = random.Random(seed)
    kinds = ("Dental", "Family Dentistry", "Dental Care", "Orthodontics", "Smiles", "Oral Surgery")
    rows: list[ReferralRow] = []
    while len(rows) < count:
        city, state, postal_code = draw.choice(TOWNS)
        names = " ".join(draw.sample(LAST_NAMES, k=draw.randrange(1, 3)))
        name = f"{names} {draw.choice(kinds)}"
        phone = f"{draw.randrange(200, 999)}{draw.randrange(2_000_000, 9_999_999)}"
        street = f"{draw.randrange(1, 9999)} {draw.choice(STREETS)}"
        for _ in range(draw.randrange(1, 5)):
            rows.append(
                ReferralRow(
                    str(len(rows) + 1),
                    draw.choice((name, name.upper(), f"{name}, P.C.", f"Dr. at {name}", None)),
                    street=street if draw.random() < 0.8 else None,
                    city=city,
                    state=state,
                    postal_code=postal_code,
                    phone=phone if draw.random() < 0.8 else None,
                )
            )
    return rows


@pytest.mark.parametrize(
    ("name", "normalised"),
    [
        ("Cedar Park Dental, P.C.", "cedar park dental"),
        ("CEDAR PARK DENTAL PC", "cedar park dental"),
        ("Cedar  Park Dental P. C.", "cedar park dental"),
        ("The Cedar Park Dental L.L.C.", "cedar park dental"),
        ("Dr. at Cedar Park Dental", "cedar park dental"),
        ("Cedar Park Dental Assoc.", "cedar park dental associates"),
        ("Tan & Tan Orthodontics", "tan tan orthodontics"),
        ("Tan and Tan Orthodontics", "tan tan orthodontics"),
        ("St. Mary's Dental Ctr", "saint marys dental center"),
        ("Saint Marys Dental Center", "saint marys dental center"),
        ("Main St Dental", "main street dental"),
        ("Drs. Smith, D.D.S., P.L.L.C.", "smith"),
        ("Núñez Family Dentistry", "nunez family dentistry"),
        ("NU\u0301N\u0303EZ FAMILY DENTISTRY", "nunez family dentistry"),
        ("O’Brien Dental", "obrien dental"),
        ("A.B. Chance DDS", "ab chance"),
        ("牙科诊所", "牙科诊所"),
        ("The Co.", "co"),
        ("DDS", "dds"),
        ("---", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_a_name_is_stripped_of_what_people_spell_differently(name: str | None, normalised: str) -> None:
    assert normalise_practice_name(name) == normalised


@given(st.text(max_size=60))
def test_normalising_twice_changes_nothing_and_case_never_matters(name: str) -> None:
    once = normalise_practice_name(name)
    assert once == " ".join(once.split())
    assert normalise_practice_name(name.casefold()) == once


def test_the_ugly_cases_of_the_reference_practice_come_out_as_they_should() -> None:
    matching = match_referrals(reference_rows())
    company_of, cases = matching.company_of(), ugly_cases(600)
    assert len({company_of[str(key)] for key in cases["one_practice_many_spellings"]}) == 1
    assert len({company_of[str(key)] for key in cases["doctor_twice"]}) == 1
    assert len({company_of[str(key)] for key in cases["similar_practices"]}) == 2
    assert [line.keys for line in matching.near_misses] == [tuple(map(str, cases["similar_practices"]))]
    assert {str(key) for key in cases["doctor_without_practice"]} <= set(matching.without_practice)


def test_three_spellings_become_one_company_under_the_fullest_name_and_the_smallest_key() -> None:
    rows = [
        replace(CEDAR, key="10", practice_name="CEDAR PARK DENTAL PC", phone="5125550110"),
        replace(CEDAR, key="9", practice_name="Cedar Park Dental, P.C.", phone="512.555.0110 x12"),
        replace(CEDAR, key="101", practice_name="Dr. at Cedar Park Dental Practice Office", phone=None),
    ]
    matching = match_referrals(rows)
    assert [(each.key, each.name, each.members) for each in matching.companies] == [
        ("9", "Cedar Park Dental, P.C.", ("9", "10", "101"))
    ]
    assert [line.keys for line in matching.merges] == [("9", "10"), ("9", "101")]
    assert matching.merges[0].score == 1
    assert matching.merges[0].reasons == (
        "same normalised name",
        "same phone digits",
        "same street and postal code",
    )
    assert "name similarity" in matching.merges[1].reasons[0]


@pytest.mark.parametrize(
    "other",
    [
        replace(CEDAR, practice_name="Cedar Hill Dental"),
        replace(CEDAR, phone="(737) 555-0199", **ELSEWHERE),
        replace(BARE, city="Willow Ford", state="TX", phone="(737) 555-0199"),
        replace(
            CEDAR, practice_name="Cedar Park Orthodontics", phone="737-555-0199", street="8 Juniper Ridge"
        ),
        replace(CEDAR, practice_name="Lakeside Dental"),
    ],
)
def test_different_practices_stay_apart_and_are_shown_for_review(other: ReferralRow) -> None:
    matching = match_referrals([CEDAR, replace(other, key="2")])
    assert groups(matching) == [("1",), ("2",)]
    assert [line.keys for line in matching.near_misses] == [("1", "2")]
    assert NEAR_MISS <= matching.near_misses[0].score < 0.9


@pytest.mark.parametrize(
    "other",
    [
        replace(CEDAR, phone=None, street=None),
        replace(CEDAR, phone="737-555-0199"),
        replace(CEDAR, street="12 Quail Run"),
        replace(CEDAR, practice_name="Cedra Park Dental"),
        replace(CEDAR, practice_name="Dental Park Cedar"),
        replace(CEDAR, practice_name="Cedarpark Dental"),
        replace(CEDAR, practice_name="Cedar Park Dental Group"),
        replace(CEDAR, phone=None, fax="1-512-555-0110", street=None),
        replace(CEDAR, street="200 PECAN ORCHARD AVE., Suite 4"),
        BARE,
    ],
)
def test_spellings_of_one_practice_merge_with_a_reason(other: ReferralRow) -> None:
    matching = match_referrals([CEDAR, replace(other, key="2")])
    assert groups(matching) == [("1", "2")]
    assert matching.merges[0].score >= 0.9
    assert matching.merges[0].reasons


def test_half_a_name_in_common_is_not_even_worth_a_review() -> None:
    other = replace(CEDAR, key="2", practice_name="Cedar Hill Dental", street=None, phone=None)
    matching = match_referrals([CEDAR, other])
    assert groups(matching) == [("1",), ("2",)]
    assert matching.near_misses == ()


def test_without_a_practice_there_is_no_company() -> None:
    rows = [
        replace(CEDAR, key=str(n), practice_name=name) for n, name in enumerate((None, "", " ", "N/A", "--"))
    ]
    matching = match_referrals(rows)
    assert matching.companies == ()
    assert matching.without_practice == ("0", "1", "2", "3", "4")


def test_a_bare_name_that_fits_two_practices_joins_neither() -> None:
    there = replace(CEDAR, key="3", phone="737-555-0199", **ELSEWHERE)
    matching = match_referrals([BARE, replace(CEDAR, key="2"), there])
    assert groups(matching) == [("1",), ("2",), ("3",)]
    assert {line.keys for line in matching.near_misses} == {("1", "2"), ("1", "3"), ("2", "3")}
    assert all(line.score < 0.9 for line in matching.near_misses)


def test_general_words_alone_do_not_make_one_practice_of_many() -> None:
    rows = [ReferralRow(str(number), "Family Dental Care") for number in range(4)]
    matching = match_referrals(rows)
    assert len(matching.companies) == 4
    assert "only general words in the names" in matching.near_misses[0].reasons
    with_phone = [replace(row, phone="512-555-0110") for row in rows]
    assert len(match_referrals(with_phone).companies) == 1


def test_placeholders_are_no_telephone_numbers() -> None:
    for junk in ("NA", "000-000-0000", "555-0110", "call first", "999 999 9999"):
        one, other = replace(BARE, phone=junk), replace(BARE, practice_name="Lakeside Smiles", phone=junk)
        assert "same phone digits" not in score_pair(one, other).reasons


def test_a_domain_counts_only_where_it_is_the_practices_own() -> None:
    own = [
        replace(BARE, key="1", practice_name="Cedar Park Dental", email="a@cedar.test"),
        replace(BARE, key="2", practice_name="Cedar Park Family Dental", email="B@Cedar.test"),
    ]
    assert "same e-mail domain" in match_referrals(own).merges[0].reasons
    others = [
        ReferralRow(str(9 + n), f"{name} Dental", email=f"{n}@cedar.test")
        for n, name in enumerate(("Oak", "Elm", "Fir"))
    ]
    assert match_referrals([*own, *others]).merges == ()
    webmail = [replace(row, email="x@gmail.com") for row in own]
    assert match_referrals(webmail).merges == ()


def test_a_chain_of_small_differences_does_not_drift() -> None:
    """Each fits the next, but the ends do not fit each other."""
    rows = [
        replace(CEDAR, key="1"),
        replace(CEDAR, key="2", practice_name="Cedar Park Dental Smiles", phone=None),
        replace(CEDAR, key="3", practice_name="Cedar Park Dental Smiles Kids Orthodontics", phone=None),
    ]
    matching = match_referrals(rows, threshold=0.95)
    assert score_pair(rows[0], rows[2]).value < 0.95
    assert all(
        score_pair(one, other).value >= 0.95
        for members in groups(matching)
        for one, other in itertools.combinations([row for row in rows if row.key in members], 2)
    )


def test_the_threshold_is_the_operators() -> None:
    other = replace(CEDAR, key="2", practice_name="Cedar Park Family Dentistry", phone=None)
    score = score_pair(CEDAR, other).value
    assert len(match_referrals([CEDAR, other], threshold=score).companies) == 1
    assert len(match_referrals([CEDAR, other], threshold=score + 0.01).companies) == 2


def test_two_rows_with_one_key_are_refused() -> None:
    with pytest.raises(ValueError, match="same key"):
        match_referrals([CEDAR, CEDAR])


ugly_rows = st.lists(
    st.builds(
        ReferralRow,
        key=st.just(""),
        practice_name=st.sampled_from(
            [
                *("Cedar Park Dental", "CEDAR PARK DENTAL PC", "Cedra Park Dental", "Cedar Hill Dental"),
                *(
                    "Family Dental",
                    "Cedar Park Family Dental",
                    "Dental Park Cedar",
                    "Park Dental",
                    "N/A",
                    None,
                ),
            ]
        ),
        street=st.sampled_from(["200 Pecan Ave", "200 pecan avenue", "9 Elm", None]),
        city=st.sampled_from(["Bellhaven", "Willow Ford", None]),
        postal_code=st.sampled_from(["78699", "78699-1234", "78693", None]),
        phone=st.sampled_from(["512-555-0110", "(512) 555-0110", "737-555-0199", "NA", None]),
        fax=st.sampled_from(["512-555-0110", "512-555-0111", None]),
        email=st.sampled_from(["a@cedar.test", "b@gmail.com", None]),
    ),
    max_size=9,
).map(lambda rows: [replace(row, key=str(number)) for number, row in enumerate(rows, 8)])


@given(ugly_rows, st.randoms(use_true_random=False), st.sampled_from([0.7, 0.9, 0.95]))
@settings(max_examples=150)
def test_whatever_the_order_the_groups_are_the_same_and_complete(
    rows: list[ReferralRow], shuffler: Any, threshold: float
) -> None:
    matching = match_referrals(rows, threshold)
    shuffled = list(rows)
    shuffler.shuffle(shuffled)
    assert match_referrals(shuffled, threshold) == matching
    members = [key for company in matching.companies for key in company.members]
    assert sorted([*members, *matching.without_practice]) == sorted(row.key for row in rows)
    assert all(line.score >= threshold for line in matching.merges)
    assert all(NEAR_MISS <= line.score < threshold for line in matching.near_misses)
    assert len(matching.merges) == len(members) - len(matching.companies)
    by_key = {row.key: row for row in rows}
    for company in matching.companies:
        assert company.key == min(company.members, key=int)
        for one, other in itertools.combinations(company.members, 2):
            # More than three names on a domain make it a provider's, which a pair by itself cannot show.
            if by_key[one].email != "a@cedar.test":
                assert score_pair(by_key[one], by_key[other]).value >= threshold


@given(ugly_rows)
def test_a_score_is_the_same_from_both_sides(rows: list[ReferralRow]) -> None:
    for one, other in itertools.combinations(rows, 2):
        assert score_pair(one, other) == score_pair(other, one)


def test_of_two_million_pairs_few_are_scored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two thousand rows have two million pairs; the more alike names are, the more of them are looked at."""
    rows = invented_rows(2_000)
    scored, score = 0, referral_matching._score

    def counting(*facts: Any) -> Any:
        nonlocal scored
        scored += 1
        return score(*facts)

    monkeypatch.setattr(referral_matching, "_score", counting)
    matching = match_referrals(rows)
    assert 0 < scored < 20_000
    assert len(matching.companies) + len(matching.merges) + len(matching.without_practice) == 2_000
