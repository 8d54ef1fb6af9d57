"""Files that Twenty does not take: accounted for as refused records are, and too many of them end a load."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator

import pytest

from panda_twenty.mapping.identity import record_id
from panda_twenty.twenty import halting, uploading
from panda_twenty.twenty.client import TwentyClient
from panda_twenty.twenty.errors import Refused
from panda_twenty.twenty.files import upload
from panda_twenty.twenty.halting import REFUSALS_TOLERATED, ServerKeepsRefusing, TooManyRefused
from panda_twenty.twenty.loading import Load, LoadCounts, load_ranges
from panda_twenty.twenty.outgoing import Record
from panda_twenty.twenty.reasons import ReasonCode
from panda_twenty.twenty.records import Actor
from panda_twenty.twenty.stored_file import StoredFile
from panda_twenty.twenty.workspace import ObjectFacts
from panda_twenty_tests.loading.small_practice import SmallPractice

Uploaded = list[str]
"""Names of the files in the order in which Twenty was sent them."""

Refusing = Callable[[ReasonCode, range], Uploaded]


def documents(practice: SmallPractice, count: int) -> Iterator[Record]:
    for number in range(count):
        key = f"{number:03}"
        file = StoredFile(f"{key}.txt", key.encode())
        yield Record(
            "documents",
            "attachment",
            "document",
            key,
            record_id(practice.name, "document", key),
            {"name": file.name, "file": hashlib.sha256(file.content).hexdigest()},
            {"file": file},
        )


def load(practice: SmallPractice, count: int, *, stop_above_percent: float = 0.5) -> LoadCounts:
    where = Load(
        practice.client,
        practice.facts("attachment"),
        practice.ledger,
        Actor("tester"),
        in_flight=1,
        stop_above_percent=stop_above_percent,
    )
    return load_ranges(where, [("all", documents(practice, count))])["all"]


@pytest.fixture
def refusing(monkeypatch: pytest.MonkeyPatch) -> Refusing:
    """Lets Twenty refuse the files of these numbers. Returns the names of those that it is sent."""

    def refuse(reason: ReasonCode, refused: range) -> Uploaded:
        sent: Uploaded = []

        def answered(client: TwentyClient, facts: ObjectFacts, column: str, file: StoredFile) -> object:
            sent.append(file.name)
            if int(file.name.removesuffix(".txt")) in refused:
                raise Refused(reason)
            return upload(client, facts, column, file)

        monkeypatch.setattr(uploading, "upload", answered)
        return sent

    return refuse


def test_a_store_that_takes_no_file_ends_the_load(practice: SmallPractice, refusing: Refusing) -> None:
    refusing(ReasonCode.INTERNAL_ERROR, range(60))
    with pytest.raises(TooManyRefused, match=r"Of 11 records of attachment .* refused 11:"):
        load(practice, 60)
    assert {each.code for each in practice.held_back().values()} == {"file_refused"}
    assert len(practice.held_back()) == REFUSALS_TOLERATED + 1


def test_files_refused_in_a_row_end_the_load_whatever_share_is_allowed(
    practice: SmallPractice, refusing: Refusing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(halting, "REFUSED_IN_A_ROW", 4)
    refusing(ReasonCode.INTERNAL_ERROR, range(0, 12, 2))
    assert load(practice, 12, stop_above_percent=100.0).created == 6
    refusing(ReasonCode.INTERNAL_ERROR, range(12, 60))
    with pytest.raises(ServerKeepsRefusing, match="4 records of attachment in a row"):
        load(practice, 60, stop_above_percent=100.0)
    assert [key for key in practice.held_back() if key >= "012"] == ["012", "013", "014", "015"]


def test_a_file_that_twenty_refused_is_not_uploaded_again_unchanged(
    practice: SmallPractice, refusing: Refusing
) -> None:
    uploaded = refusing(ReasonCode.DATA_MODEL_REFUSED, range(2, 4))
    counts = load(practice, 4)
    assert (counts.created, counts.quarantined) == (2, 2)
    assert len(uploaded) == 4
    counts = load(practice, 4)
    assert (counts.unchanged, counts.quarantined, counts.adds_up) == (2, 2, True)
    assert len(uploaded) == 4


def test_a_file_that_was_refused_while_the_store_was_in_trouble_is_uploaded_by_the_next_run(
    practice: SmallPractice, refusing: Refusing
) -> None:
    refusing(ReasonCode.INTERNAL_ERROR, range(2, 4))
    assert load(practice, 4).quarantined == 2
    refusing(ReasonCode.INTERNAL_ERROR, range(0))
    counts = load(practice, 4)
    assert (counts.created, counts.unchanged, counts.quarantined) == (2, 2, 0)
    assert not practice.held_back()
