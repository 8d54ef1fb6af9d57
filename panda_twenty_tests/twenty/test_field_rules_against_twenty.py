"""Values that are in no matrix: our verdict beside the server's, one record per value."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from panda_twenty.twenty.client import TwentyClient
from panda_twenty.twenty.data_model import FieldModel, ObjectModel, Option, apply_data_model, plan_data_model
from panda_twenty.twenty.errors import Refused, SchemaChanged
from panda_twenty.twenty.field_rules import check_record
from panda_twenty.twenty.records import upsert
from panda_twenty.twenty.workspace import ObjectFacts, read_workspace

OPTIONS = (Option("RED", "Red"), Option("BLUE", "Blue", position=1))
VALUES: dict[str, list[Any]] = {
    "TEXT": ["", "\x01", "é" * 10, ["a"], {"a": 1}, False],
    "NUMBER": [1.5, -0.0, 1e308, 10**400, "1", [1], 2**70],
    "BOOLEAN": [0, "", "false"],
    "DATE": [
        *("2024-02-29", "2023-02-29", "2024/02/29", "2024.2.9", "02-29-2024", "2/29/2024", "29.02.2024"),
        *("20240229", "February 29, 2024", "Feb 29, 2024", "29 February 2024", "29-Feb-2024", "2024-Feb-29"),
        *("29 feb 2024", "2024-02-29T10:00:00Z", "2024-02-29T25:00:00Z", "2024-02-29T10:00", "0000-01-01"),
        *("2024-02-29 10:00:00", "2024-02-29T10:00:00.123456Z", "2024-13-01", " 2024-02-29", "2024-02-29\n"),
        *(
            "99-1-2",
            "2024-02-29T10:00:00+05:30",
            "24-02-29",
            "2024-W09-4",
            "2024-060",
            "Sept 5, 2024",
        ),
    ],
    "DATE_TIME": [
        *("2024-02-29T10:00:00.123456789Z", "2024-02-29T10:00Z", "2024-02-29T10Z", "2024-02-29T24:00:00Z"),
        *(
            "2024-02-29T10:00:60Z",
            "2024-02-29T10:00:61Z",
            "20240229T100000Z",
            "2024-02-29T100000Z",
            "20240229",
        ),
        *(
            "2024-02-29t10:00:00z",
            "2024-02-29 10:00:00+01",
            "2024-02-29T10:00:00+0100",
            "02/29/2024",
            "2024-2-9",
        ),
        *(
            "2024-02-29T10:00:00 Z",
            "0000-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
            "2024-02-29Z",
            " 2024-02-29",
        ),
        *("2024-02-29T10:00:00,5Z", "2024-02-29T10:00:00-12:00", "29 Feb 2024", "2024-02-29T10:00:00-00:00"),
        *("1753-01-01T00:00:00", "0001-01-01T00:00:00+14:00", 0, True),
    ],
    "SELECT": ["RED", "GREEN", " RED", 1, ["RED"]],
    "MULTI_SELECT": [["RED"], [["RED"]], "GREEN", [None], {"a": 1}, ""],
    "RATING": ["RATING_0", "RATING_5", 5],
    "CURRENCY": [
        *({"amountMicros": "1e5"}, {"amountMicros": "abc"}, {"amountMicros": ""}, {"amountMicros": " 12 "}),
        *(
            {"currencyCode": 5},
            {},
            "5",
            5,
            {"amountMicros": "1.5"},
            {"amountMicros": 1.5},
        ),
    ],
    "PHONES": [
        {"primaryPhoneNumber": number, **codes}
        for codes in ({"primaryPhoneCountryCode": "US"}, {"primaryPhoneCallingCode": "+1"}, {})
        for number in (
            *(
                "(415) 555-2671",
                "1-415-555-2671",
                "+1 415 555 2671",
                "415.555.2671 ext. 12",
                "415-555-2671 ext 9",
            ),
            *(
                "415-555-CALL",
                "1-800-FLOWERS",
                "call 415-555-2671",
                "H: 415-555-2671",
                "415-555-2671 / 415-555-2672",
            ),
            *(
                "415-555-2671 or 2672",
                "+44 20 7946 0958",
                "0115552671",
                "011 44 20 7946 0958",
                "5552671",
                "0",
                "911",
            ),
            *(
                "+",
                "-",
                "4155552671415555267141",
                "(cell) 415-555-2671",
                "415-555-2671x",
                "415 555 2671#12",
                "１２３４",
            ),
            *("+1", "+999 123", "N/A", "none", "x123", "415-555-2671;ext=5", "787-555-0100", "242-555-0100"),
        )
    ]
    + [
        *(
            {"primaryPhoneCallingCode": "+999"},
            {"primaryPhoneCallingCode": "1"},
            {"primaryPhoneCountryCode": "us"},
        ),
        *(
            {"primaryPhoneNumber": 5},
            {"additionalPhones": "x"},
            {"additionalPhones": [{"number": "1"}]},
            "x",
            {},
        ),
        {"primaryPhoneNumber": "+33 1 23 45 67 89", "primaryPhoneCallingCode": "+1"},
        {
            "primaryPhoneNumber": "4165550134",
            "primaryPhoneCountryCode": "CA",
            "primaryPhoneCallingCode": "+1",
        },
        {"primaryPhoneNumber": "4155552671", "additionalPhones": [], "primaryPhoneCountryCode": "CA"},
    ],
    "EMAILS": [
        {"primaryEmail": email}
        for email in (
            *(
                "a@b.c",
                "A@B",
                "a b@c.d",
                "a@b c",
                "a@@b",
                "a@b@c",
                '"a"@b.c',
                "a@b.c\n",
                "a@" + "b" * 250,
                "@b",
                "a@",
            ),
            *(
                "a" * 64 + "@b",
                "a" * 65 + "@b",
                "x\u00a0y@b.c",
                "mailto:a@b.c",
                "A B <a@b.c>",
                "a@b.c, d@e.f",
                "😀@b.c",
            ),
            *(5, ["a@b.c"], "a\u0001@b.c", "a\x1c@b.c", "a\u200b@b.c"),
        )
    ]
    + [
        *({"additionalEmails": ["a@b.c", ""]}, {"additionalEmails": "a@b.c"}, {"additionalEmails": [None]}),
        *({"additionalEmails": {}}, {"email": "a@b.c"}, "a@b.c", {}, {"additionalEmails": [5]}),
    ],
    "ADDRESS": [
        {"addressLat": "abc"},
        {"addressLat": ""},
        {"addressStreet1": 5},
        "x",
        {},
        {"addressLng": None},
    ],
    "LINKS": [
        {"primaryLinkUrl": url}
        for url in (
            *(
                "example",
                "localhost",
                "localhost:3000/x",
                "http://1.2.3.4",
                "123",
                "123/abc",
                "a.b:99999",
                "a..b",
            ),
            *(
                "https://",
                "http://exa mple.test",
                "https://a.test/b c",
                "ftp://a.test",
                "mailto:a@b.test",
                "a_b.test",
            ),
            *(
                "https://müller.test",
                "HTTPS://A.TEST",
                "  https://a.test  ",
                "https://a.test?x=1#y",
                "-a.test",
                "a-.test",
            ),
            *(
                "https://user:pass@a.test",
                "www.a.test",
                "a.test.",
                "https://[::1]/",
                "http://256.1.1.1",
                "https://_x.a.test",
            ),
        )
    ]
    + [
        {"secondaryLinks": [{"url": "x y", "label": ""}]},
        {"secondaryLinks": [{"url": ""}]},
        {"secondaryLinks": "x"},
    ],
    "FULL_NAME": [{"firstName": 5}, {"middleName": "x"}, "A B", {}],
    "RICH_TEXT": [
        *(
            {"markdown": 5},
            {"blocknote": "{}"},
            {"blocknote": ""},
            {"text": "x"},
            {},
            {"markdown": "x\n\n| a |\n| - |"},
        ),
        {"blocknote": '[{"type":"paragraph","content":[{"type":"link","href":"javascript:x"}]}]'},
    ],
    "RAW_JSON": [True, '"text"', "5", "null", "", {"a": None}, [], 5.5],
    "ARRAY": [["a", "a"], {}, "", 5, [["a"]]],
    "UUID": [
        *("", "00000000-0000-0000-0000-000000000000", "018f4e3c-7b1a-7c3d-8b1a-7c3d8b1a7c3d", 5),
        *("05B16A01-46C6-56DD-BD6E-C6DFB4A1427A", "05b16a0146c656ddbd6ec6dfb4a1427a"),
    ],
}
SYSTEM_VALUES: dict[str, list[Any]] = {
    "id": ["x"],
    "createdAt": [None, "2001-02-03", "x"],
    "position": ["first", "last", "middle", 1.5, None],
    "createdBy": [{"source": "IMPORT"}, {"source": "PANDA"}, {"name": 5}, {"context": 5}, {"who": 1}, None],
    "deletedAt": ["2001-02-03T00:00:00Z", "never"],
    "name": [None, ""],
    "searchVector": ["x"],
    "noteTargets": [[]],
}

# Where the stand-in is known to differ from a real Twenty 2.21, which agrees with us on all of them.
STAND_IN_DIFFERS = (
    *("02-29-2024", "29-Feb-2024", "0001-01-01T00:00:00+14:00", {"primaryEmail": "a\x1c@b.c"}),
    {"primaryPhoneNumber": "0115552671", "primaryPhoneCallingCode": "+1"},
    {"primaryPhoneNumber": "011 44 20 7946 0958", "primaryPhoneCallingCode": "+1"},
    {"primaryLinkUrl": "http://256.1.1.1"},
)


@pytest.fixture
def rules(twenty: TwentyClient) -> Iterator[ObjectFacts]:
    """An object with one field of every type, removed afterwards."""
    fields = tuple(
        FieldModel(
            f"f{kind.title().replace('_', '')}",
            kind,
            kind,
            options=OPTIONS if kind.endswith("SELECT") else (),
        )
        for kind in VALUES
    )
    wanted = ObjectModel("ruleProbe", "ruleProbes", "Rule probe", "Rule probes", fields=fields)
    workspace = apply_data_model(twenty, plan_data_model(read_workspace(twenty), [wanted]))
    facts = workspace.object("ruleProbe")
    yield facts
    query = "mutation($input:DeleteOneObjectInput!){deleteOneObject(input:$input){id}}"
    twenty.metadata(query, {"input": {"id": facts.id}})


def test_our_verdicts_are_those_of_the_server(
    twenty: TwentyClient, rules: ObjectFacts, request: pytest.FixtureRequest
) -> None:
    excused = STAND_IN_DIFFERS if "stand-in" in request.node.name else ()
    wrong = []
    samples = [(f"f{kind.title().replace('_', '')}", value) for kind in VALUES for value in VALUES[kind]]
    samples += [(name, value) for name, values in SYSTEM_VALUES.items() for value in values]
    for field, value in samples:
        record = {"id": str(uuid.uuid4()), field: value}
        ours = [each.reason_code for each in check_record(rules, record)]
        try:
            upsert(twenty, rules, [record])
            theirs = None
        except (Refused, SchemaChanged, ValueError) as refusal:
            theirs = str(refusal)
        if bool(ours) != bool(theirs) and value not in excused:
            wrong.append((field, value, ours, theirs))
    assert not wrong, "\n".join(map(str, wrong))
