"""A unique value that one patient gives up and another one takes, as when the wrong spouse is corrected."""

from __future__ import annotations

from typing import Any

from panda_twenty_tests.loading.small_practice import SmallPractice
from panda_twenty_tests.loading.test_batches import in_ranges, load_of, people


def addresses(practice: SmallPractice, key: str) -> tuple[str | None, str | None]:
    """The e-mail address of a patient in Twenty, and the one that is shared with another."""
    found = practice.in_twenty(key)[key]
    return found["emails"]["primaryEmail"] or None, found["sharedEmails"]["primaryEmail"] or None


def test_an_address_that_is_moved_from_one_to_another_arrives_there(
    practice: SmallPractice, writes: Any
) -> None:
    address = practice.email("fam")
    practice.patient("2", first_name="Cy", email=address)
    practice.patient("1", first_name="Di")
    practice.load()
    practice.patients["2"]["email"] = None
    practice.patients["1"]["email"] = address
    counts = practice.load()
    assert (counts.source, counts.updated, counts.shared_values) == (2, 2, 0)
    assert counts.adds_up
    assert addresses(practice, "1") == (address, None)
    assert addresses(practice, "2") == (None, None)
    assert practice.verify().is_clean
    writes()
    assert practice.load().unchanged == 2
    assert writes() == 0


def test_an_address_that_was_given_up_earlier_is_free(practice: SmallPractice) -> None:
    address = practice.email("fam")
    practice.patient("1", first_name="Cy", email=address)
    practice.patient("2", first_name="Di")
    practice.load()
    practice.patients["1"]["email"] = practice.email("new")
    assert practice.load().updated == 1
    practice.patients["2"]["email"] = address
    assert practice.load().shared_values == 0
    assert addresses(practice, "2") == (address, None)


def test_two_who_exchange_their_addresses_have_each_others(practice: SmallPractice) -> None:
    first, second = practice.email("first"), practice.email("second")
    practice.patient("1", first_name="Cy", email=first)
    practice.patient("2", first_name="Di", email=second)
    practice.load()
    practice.patients["1"]["email"], practice.patients["2"]["email"] = second, first
    counts = practice.load()
    assert (counts.updated, counts.shared_values) == (2, 0)
    assert addresses(practice, "1") == (second, None)
    assert addresses(practice, "2") == (first, None)
    assert practice.verify().is_clean


def test_an_address_that_is_still_shared_stays_with_the_first(practice: SmallPractice) -> None:
    address = practice.email("fam")
    practice.patient("1", first_name="Cy", email=address)
    practice.patient("2", first_name="Di", email=address)
    practice.patient("3", first_name="Ed", email=practice.email("ed"))
    practice.load()
    practice.patients["3"]["email"] = None
    practice.patients["2"]["medical_alert"] = "Latex"
    counts = practice.load()
    assert (counts.updated, counts.unchanged, counts.shared_values) == (2, 1, 1)
    assert addresses(practice, "1") == (address, None)
    assert addresses(practice, "2") == (None, address)


def test_a_load_tells_who_beyond_it_wanted_what_it_sets_free(practice: SmallPractice) -> None:
    people(practice, 4)
    shared, alone = practice.email("fam"), practice.email("alone")
    practice.patients["0000"]["email"] = practice.patients["0003"]["email"] = shared
    practice.patients["0001"]["email"] = alone
    practice.load()
    practice.patients["0000"]["email"] = practice.email("new")
    practice.patients["0001"]["email"] = None
    load = load_of(practice)
    in_ranges(practice, load, range(2))
    assert load.wanting == {practice.id_of("0003")}
    in_ranges(practice, load_of(practice), range(2, 4))
    assert addresses(practice, "0003") == (shared, None)
    again = load_of(practice)
    practice.patients["0001"]["medical_alert"] = "Latex"
    in_ranges(practice, again, range(4))
    assert again.wanting == set()


def test_what_is_handed_on_within_a_load_is_wanted_by_nobody_beyond_it(practice: SmallPractice) -> None:
    people(practice, 2)
    for each in practice.patients.values():
        each["email"] = practice.email("fam")
    practice.load()
    practice.patients["0000"]["email"] = None
    load = load_of(practice)
    in_ranges(practice, load, range(1), range(1, 2))
    assert load.wanting == set()
    assert addresses(practice, "0001") == (practice.email("fam"), None)
