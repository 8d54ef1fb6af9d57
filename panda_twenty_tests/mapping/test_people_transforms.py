"""Names, addresses, e-mail and telephones: what must hold for any text that a practice may have typed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from panda_twenty.mapping.transforms.registry import TRANSFORMS
from panda_twenty.twenty.field_rules import check_value
from panda_twenty.twenty.workspace import FieldFacts


def transformed(name: str, *values: Any) -> Any:
    return TRANSFORMS[name](values, {})


def refusal(kind: str, value: Any) -> object:
    """Why Twenty would refuse this value for a field of this type, or None."""
    return check_value(FieldFacts(id="1", name="field", type=kind), value)


typed = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40) | st.text(
    "0123456789 ()-+.x/,;@abc\u00e9'\"<>", max_size=40
)
maybe = st.none() | typed


@given(maybe, maybe, maybe)
@example("Ann", " Jr", None)
@example("Ann", "Smith Jr", "Sr.")
@example("Ann", "Smith\u00a0III", None)
def test_no_letter_of_a_name_is_lost_and_none_is_added(first: Any, last: Any, suffix: Any) -> None:
    name = transformed("full_name", first, last, suffix)
    sent_suffix = transformed("name_suffix", suffix, last)
    parts = [(name or {}).get("firstName", ""), (name or {}).get("lastName", "")]
    assert parts[0] == (first or "")
    letters = sorted(re.sub(r"[\s,]", "", "".join([*parts, sent_suffix or ""])))
    assert letters == sorted(re.sub(r"[\s,]", "", "".join([first or "", last or "", suffix or ""])))


@pytest.mark.parametrize(
    ("last", "suffix", "family", "own_field"),
    [
        ("Quill Jr.", None, "Quill", "Jr."),
        ("Quill, Jr", None, "Quill", "Jr"),
        ("Quill  III", None, "Quill", "III"),
        ("Quill IV", None, "Quill", "IV"),
        ("Quill SR.", None, "Quill", "SR."),
        ("Quill", "III", "Quill", "III"),
        ("Quill, M.D.", None, "Quill, M.D.", None),
        ("Junior", None, "Junior", None),
        ("Jr.", None, "Jr.", None),
        ("V", None, "V", None),
        ("McIv", None, "McIv", None),
        ("de la Cruz y Ruiz", None, "de la Cruz y Ruiz", None),
    ],
)
def test_a_generational_suffix_is_told_from_a_family_name(
    last: str, suffix: str | None, family: str, own_field: str | None
) -> None:
    assert transformed("full_name", "Ann", last, suffix) == {"firstName": "Ann", "lastName": family}
    assert transformed("name_suffix", suffix, last) == own_field


def test_a_suffix_in_the_name_and_another_in_its_column_both_arrive() -> None:
    name = transformed("full_name", "Ann", "Quill III", "M.D.")
    assert f"{name['lastName']} {transformed('name_suffix', 'M.D.', 'Quill III')}" in (
        "Quill III M.D.",
        "Quill M.D. III",
    )


@pytest.mark.parametrize("values", [(None, None), ("", ""), ("\x00", None)])
def test_nobody_has_no_name(values: Sequence[str | None]) -> None:
    assert transformed("full_name", *values) is None


@given(maybe)
@example("josé@quill.test")
@example("a@b@c.test")
@example("<ann@quill.test>")
@example('"ann"@quill.test')
@example("ann@quill..test")
@example("ann\u00a0@quill.test")
@example("ann@quill.test.")
@example(f"{'a' * 65}@quill.test")
@example(f"ann@{'q' * 260}.test")
@example("ann@quill.test;ann@quill.test")
@example("mailto:ann@quill.test")
def test_whatever_stands_in_an_email_field_twenty_takes_the_result_and_nothing_is_lost(raw: Any) -> None:
    emails, remark = transformed("emails", raw), transformed("email_remark", raw)
    assert refusal("EMAILS", emails) is None
    assert refusal("TEXT", remark) is None
    held = [emails["primaryEmail"], *(emails["additionalEmails"] or ())] if emails else []
    assert len(set(held)) == len(held)
    assert all(address == address.lower() for address in held)
    if remark is not None:
        assert remark == raw
    else:
        rest = (raw or "").lower()
        for address in sorted(held, key=len, reverse=True):
            rest = rest.replace(address, "")
        assert not re.sub(r"[\s,;]", "", rest)


@given(st.lists(maybe, min_size=3, max_size=3))
@example(["6075550142", "6075550142", None])
@example(["607-555-0142 / 607-555-0143", None, None])
@example(["607-555-0142x7", "+44 20 7946 0958", "1-800-FLOWERS"])
@example(["12345", None, None])
@example(["555-0142", None, None])
@example([None, "(607) 555-0142 ext. 12", None])
@example(["+1 416 555 0134", "416-555-0135", None])
def test_whatever_stands_in_phone_fields_twenty_takes_the_result_and_nothing_is_lost(raw: list[Any]) -> None:
    phones, remark = transformed("phones", *raw), transformed("phone_remarks", *raw)
    assert refusal("PHONES", phones) is None
    assert refusal("TEXT", remark) is None
    held = numbers(phones)
    assert len(set(held)) == len(held)
    filled = [each for each in raw if each]
    if len(filled) == 1 and remark is None:
        (only,) = filled
        assert raw[0] == only, "which number it is has to be said"
        bare = re.sub(r"\D", "", only)
        assert re.fullmatch(r"[\d\s().+-]+", only)
        assert [bare.removeprefix("1") if len(bare) == 11 else bare[-len(held[0]) :]] == held
    elif filled:
        assert remark is not None
        for kind, each in zip(("Mobile", "Home", "Work"), raw, strict=True):
            assert not each or f"{kind}: {each}" in remark


def numbers(phones: Any) -> list[str]:
    if not phones:
        return []
    return [phones["primaryPhoneNumber"], *(each["number"] for each in phones["additionalPhones"] or ())]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("607-555-0142", ["6075550142"]),
        ("(607) 555-0142", ["6075550142"]),
        ("607.555.0142", ["6075550142"]),
        ("6075550142", ["6075550142"]),
        ("1-607-555-0142", ["6075550142"]),
        ("+1 607 555 0142", ["6075550142"]),
        ("6075550142 x12", ["6075550142"]),
        ("6075550142x12", ["6075550142"]),
        ("607-555-0142 ext. 12", ["6075550142"]),
        ("607-555-0142 (cell)", ["6075550142"]),
        ("607-555-0142 call after 5", ["6075550142"]),
        ("home 607-555-0142 or 607-555-0143", ["6075550142", "6075550143"]),
        ("607-555-0142/607-555-0143", ["6075550142", "6075550143"]),
        ("416-555-0134", ["4165550134"]),
        ("none", []),
        ("ask wife", []),
        ("", []),
    ],
)
def test_a_phone_field_gives_exactly_its_numbers(raw: str, expected: list[str]) -> None:
    assert numbers(transformed("phones", raw)) == expected


def test_the_mobile_number_comes_first_then_home_then_work() -> None:
    phones = transformed("phones", "607-555-0101", "607-555-0102", "607-555-0103")
    assert numbers(phones) == ["6075550101", "6075550102", "6075550103"]


def test_an_address_keeps_each_part_in_its_place_and_an_empty_one_is_none() -> None:
    assert transformed("address", "1 Elm", "Apt 2", "Bellhaven", "TX", "78699-0001", None) == {
        "addressStreet1": "1 Elm",
        "addressStreet2": "Apt 2",
        "addressCity": "Bellhaven",
        "addressState": "TX",
        "addressPostcode": "78699-0001",
        "addressCountry": None,
    }
    assert transformed("address", None, None, "", None, None, None) is None
