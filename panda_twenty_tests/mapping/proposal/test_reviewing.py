"""A reviewer is told names and patterns only, and can doubt but not change."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from panda_twenty.mapping.proposal import Proposal, propose
from panda_twenty.mapping.proposal.reviewing import ReviewerError, load_reviewer, review_request, reviewed
from panda_twenty.panda.connection import open_practice
from panda_twenty.panda.discovery import Discovery, discover
from panda_twenty.panda.extraction import read_entity
from panda_twenty.panda.profile import load_profile
from panda_twenty.sandbox.practice import write_practice


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("reviewing") / "practice.sqlite"
    write_practice(file, patients=60, seed=5)
    return file


@pytest.fixture(scope="module")
def found(practice: Path) -> tuple[Discovery, Proposal]:
    with open_practice(f"sqlite:///{practice}") as database:
        discovery = discover(database)
    return discovery, propose(discovery, practice="reviewed")


def test_the_request_holds_nothing_of_any_patient(practice: Path, found: tuple[Discovery, Proposal]) -> None:
    discovery, proposal = found
    request = json.dumps(review_request(proposal, discovery))
    with open_practice(f"sqlite:///{practice}") as database:
        for row in read_entity(database, load_profile("reference-practice"), "patient"):
            for name in ("email", "home_phone", "street", "chart_number", "city"):
                value = row.values[name]
                assert not value or f'"{value}"' not in request
    assert "1961" not in request
    assert '"codes"' not in request


def test_a_doubt_takes_a_line_below_what_stands_by_itself_and_changes_nothing_else(
    found: tuple[Discovery, Proposal],
) -> None:
    discovery, proposal = found

    def doubts(request: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        line = next(each for each in request["lines"] if each["attribute"] == "birth_date")
        return [{"entity": line["entity"], "attribute": "birth_date", "remark": "or the\nsubscriber's?"}]

    after = reviewed(proposal, discovery, doubts)
    before_line = proposal.entity("patient").line("birth_date")  # type: ignore[union-attr]
    line = after.entity("patient").line("birth_date")  # type: ignore[union-attr]
    assert before_line is not None
    assert line is not None
    assert before_line.score >= 0.8 > line.score
    assert line.reasons[-1] == "the reviewer: or the subscriber's?"
    assert (line.table, line.column) == (before_line.table, before_line.column)
    others = [each for each in after.lines() if each is not line]
    assert others == [each for each in proposal.lines() if each is not before_line]


@pytest.mark.parametrize("name", ["no_such_module:review", "json:nothing", "json", ":"])
def test_a_reviewer_that_is_not_there_is_named(name: str) -> None:
    with pytest.raises(ReviewerError):
        load_reviewer(name)


@pytest.mark.parametrize("answer", [None, [1], [{"entity": "patient"}]])
def test_an_answer_of_another_form_is_refused(found: tuple[Discovery, Proposal], answer: Any) -> None:
    discovery, proposal = found
    with pytest.raises(ReviewerError):
        reviewed(proposal, discovery, lambda request: answer)
