"""Two patients who share an address that a record of Twenty has, in different ranges: neither is adopted."""

from __future__ import annotations

from panda_twenty.ledger.state import known_records
from panda_twenty.mapping.identity import record_id
from panda_twenty.twenty.adoption import AdoptionPolicy
from panda_twenty.twenty.records import read_by_ids, upsert
from panda_twenty_tests.loading.small_practice import SmallPractice
from panda_twenty_tests.loading.test_batches import in_ranges, load_of, people

POLICY = AdoptionPolicy(("emails",))


def standing(practice: SmallPractice, address: str) -> str:
    """A person who stood in Twenty before and has this address."""
    theirs = record_id(f"another-{practice.name}", "patient", address)
    body = {"id": theirs, "name": {"firstName": "Theirs", "lastName": "Elsewhere"}, "medicalAlert": "Nickel"}
    upsert(practice.client, practice.facts("person"), [{**body, "emails": {"primaryEmail": address}}])
    return theirs


def test_an_address_shared_across_ranges_adopts_nobody(practice: SmallPractice) -> None:
    address = practice.email("fam")
    theirs = standing(practice, address)
    practice.survey()
    people(practice, 2)
    for each in practice.patients.values():
        each |= {"email": address, "medical_alert": "Latex"}
    asked: list[str] = []

    def shared(unique: object) -> set[str]:
        asked.append(str(unique))
        return {address}

    for number in range(2):
        loaded = in_ranges(
            practice, load_of(practice, adoption=POLICY, shared=shared), range(number, number + 1)
        )
        assert [(each.created, each.adopted) for each in loaded.values()] == [(1, 0)]
    assert len(asked) == 2
    found = read_by_ids(practice.client, practice.facts("person"), [theirs], ["name", "medicalAlert"])[theirs]
    assert (found["name"]["firstName"], found["medicalAlert"]) == ("Theirs", "Nickel")
    for each in practice.in_twenty("0000", "0001").values():
        assert each["sharedEmails"]["primaryEmail"] == address


def test_a_second_one_who_comes_later_is_not_written_onto_the_record_of_the_first(
    practice: SmallPractice,
) -> None:
    address = practice.email("fam")
    theirs = standing(practice, address)
    practice.survey()
    people(practice, 2)
    practice.patients["0000"] |= {"email": address, "medical_alert": "Latex"}
    (first,) = in_ranges(practice, load_of(practice, adoption=POLICY), range(1)).values()
    assert first.adopted == 1
    practice.patients["0001"] |= {"email": address, "medical_alert": "Penicillin"}
    (second,) = in_ranges(practice, load_of(practice, adoption=POLICY), range(1, 2)).values()
    assert (second.created, second.adopted) == (1, 0)
    ids = {
        key: each.twenty_id
        for key, each in known_records(practice.ledger, "patient", ["0000", "0001"]).items()
    }
    assert ids == {"0000": theirs, "0001": practice.id_of("0001")}
    found = read_by_ids(practice.client, practice.facts("person"), [theirs], ["medicalAlert"])[theirs]
    assert found["medicalAlert"] == "Latex"
    assert practice.in_twenty("0001")["0001"]["sharedEmails"]["primaryEmail"] == address
