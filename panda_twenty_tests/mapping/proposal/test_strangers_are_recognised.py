"""Practices that discovery has never seen: what is proposed for them is held against their truth."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from panda_twenty.mapping.proposal import Proposal, profile_text, propose
from panda_twenty.mapping.proposal.model import SURE
from panda_twenty.panda.connection import open_practice
from panda_twenty.panda.discovery import discover
from panda_twenty.panda.discovery.closer_look import CloserLook
from panda_twenty.panda.profile import (
    AspectRows,
    MeasureRows,
    PackedRows,
    SourceProfile,
    check_profile,
    parse_profile,
)
from panda_twenty_tests.strangers import write_stranger
from panda_twenty_tests.strangers.junk import JUNK_WORDS
from panda_twenty_tests.strangers.truth import Truth

WHOLE = (
    "terse",
    "hungarian",
    "rows",
    "open_dental",
    "foxpro",
    "access_grown",
    "object_mapped",
    "prefixed",
    "modules",
    "misnamed",
    "german",
    "stems",
    "letters",
)
CHARTS = ("flipped", "fdi", "packed", "whole_mouth", "mixed_sign", "mixed_notation")
OWN_CHARTS = tuple(name for name in WHOLE if name != "open_dental")
_USUAL_MARKS = {"1", "Y", "T", "X", "+"}


@dataclass(frozen=True)
class Met:
    """One stranger, what is true of it and what was proposed."""

    truth: Truth
    proposal: Proposal
    profile: SourceProfile
    problems: list[str]
    discovery: dict[str, Any]
    text: str


_met: dict[str, Met] = {}


@pytest.fixture
def met(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Met:
    name = request.param
    if name not in _met:
        file = tmp_path_factory.mktemp(name) / "practice.sqlite"
        truth = write_stranger(name, file, patients=150, seed=11)
        before = file.read_bytes()
        with open_practice(f"sqlite:///{file}") as database:
            discovery = discover(database)
            proposal = propose(discovery, practice="stranger", look=CloserLook(database, discovery))
            text = profile_text(proposal)
            profile = parse_profile(text, "profile.yaml")
            problems = check_profile(profile, database)
        assert file.read_bytes() == before, "the source was touched"
        _met[name] = Met(truth, proposal, profile, problems, discovery.to_json(), text)
    return _met[name]


def homes(met: Met, entity: str, attribute: str) -> set[tuple[str, str]]:
    proposed = met.proposal.entity(entity)
    line = proposed.line(attribute) if proposed else None
    return {(line.table, column) for column in line.column.split(", ")} if line else set()


@pytest.mark.parametrize("met", WHOLE, indirect=True)
def test_nine_attributes_in_ten_are_found_where_they_live(met: Met) -> None:
    right = [each for each, truth in met.truth.attributes.items() if homes(met, *each) & truth]
    wrong = sorted(set(met.truth.attributes) - set(right))
    assert len(right) >= 0.9 * len(met.truth.attributes), wrong


@pytest.mark.parametrize("met", WHOLE, indirect=True)
def test_what_is_proposed_wrongly_is_never_sure(met: Met) -> None:
    sure_and_wrong = [
        (line.entity, line.attribute, line.table, line.column, line.score)
        for line in met.proposal.lines()
        if line.score >= SURE
        and (line.entity, line.attribute) in met.truth.attributes
        and not homes(met, line.entity, line.attribute) & met.truth.attributes[line.entity, line.attribute]
    ]
    assert not sure_and_wrong


@pytest.mark.parametrize("met", [*WHOLE, *CHARTS], indirect=True)
def test_nothing_is_proposed_from_junk_or_for_social_security_numbers(met: Met) -> None:
    places = {(line.table, column) for line in met.proposal.lines() for column in line.column.split(", ")}
    assert not {table for table, _ in places} & met.truth.junk_tables
    assert not places & met.truth.never
    read = {(table, column) for table, column in met.truth.never}
    listed = {(each.table, each.column) for each in met.proposal.not_read}
    whole = {each.table for each in met.proposal.not_read if not each.column}
    assert all(each in listed or each[0] in whole for each in read)


@pytest.mark.parametrize("met", WHOLE, indirect=True)
def test_nothing_that_could_be_somebodys_is_written_down(met: Met) -> None:
    known = set(JUNK_WORDS) | {"4000000000000002", "invented"}
    document = json.dumps(met.discovery, ensure_ascii=False)
    assert not [value for value in known if f'"{value}"' in document]
    lines = json.dumps([[code.theirs for code in line.told_codes] for line in met.proposal.lines()])
    assert not [value for value in known if f'"{value}"' in lines]
    assert not [value for value in known if value in met.text]


@pytest.mark.parametrize("met", [*WHOLE, *CHARTS], indirect=True)
def test_rows_that_are_marked_as_deleted_are_left_out_and_no_others(met: Met) -> None:
    filtered = {source.table for source in met.profile.entities.values() if source.where}
    assert set(met.truth.deleted) <= filtered
    for source in met.profile.entities.values():
        marked = met.truth.deleted.get(source.table)
        if marked is not None:
            assert [(each.column, each.not_in) for each in source.where] == [(marked, ("1",))]
    tables = {table["name"]: table["columns"] for table in met.discovery["tables"]}
    for source in met.profile.entities.values():
        if source.table not in met.truth.deleted:
            marked_rows = [
                column["codes"].get(mark, 0)
                for condition in source.where
                for column in tables[source.table]
                if column["name"] == condition.column
                for mark in condition.not_in
            ]
            assert not any(marked_rows), source.table


@pytest.mark.parametrize("met", WHOLE, indirect=True)
def test_dates_are_read_in_the_way_and_the_zone_in_which_they_are_written(met: Met) -> None:
    for name, source in met.profile.entities.items():
        for attribute, origin in source.attributes.items():
            table = origin.lookup[-1].table if origin.lookup else source.table
            home = (table, origin.column or "")
            if home in met.truth.attributes.get((name, attribute), ()):
                assert origin.format == met.truth.formats.get(home), (name, attribute)
                assert origin.time_column == met.truth.times.get(home), (name, attribute)
                assert origin.zone == met.truth.zones.get(home), (name, attribute)


@pytest.mark.parametrize("met", [*WHOLE, *CHARTS], indirect=True)
def test_the_profile_as_written_is_whole_and_fits_the_database(met: Met) -> None:
    assert met.problems == []
    assert bool(met.profile.open_questions) == bool(met.truth.questions)


@pytest.mark.parametrize("met", CHARTS, indirect=True)
def test_a_mixed_chart_stops_with_its_question_and_no_other_chart_does(met: Met) -> None:
    asked = {question.about.rpartition(".")[2] for question in met.proposal.questions}
    assert asked == set(met.truth.questions)


@pytest.mark.parametrize("met", [*OWN_CHARTS, *CHARTS[:4]], indirect=True)
def test_the_chart_is_read_by_the_right_conventions(met: Met) -> None:
    proposed = met.profile.entities["perio_chart"].chart
    assert proposed is not None
    truth = met.truth.chart
    assert proposed.shape == truth.shape
    for name in ("notation", "gingival_margin_sign", "negative_offset", "not_assessable", "not_recorded"):
        assert getattr(proposed, name) == getattr(truth, name), name
    if not isinstance(proposed, MeasureRows | PackedRows) and not isinstance(truth, MeasureRows | PackedRows):
        assert {*proposed.measures} == {*truth.measures}
        assert {*proposed.marks} == {*truth.marks}
    if isinstance(proposed, PackedRows) and isinstance(truth, PackedRows):
        assert proposed.measure_codes == truth.measure_codes
        assert proposed.values == truth.values
    if isinstance(proposed, AspectRows) and isinstance(truth, AspectRows):
        assert proposed.aspect_codes == truth.aspect_codes
        assert proposed.directions == truth.directions
    if not set(truth.mark_present) <= _USUAL_MARKS:
        assert proposed.mark_present == truth.mark_present
        assert proposed.mark_absent == truth.mark_absent
    for code, status in truth.status_codes.items():
        assert proposed.status_codes.get(code, status) == status


@pytest.mark.parametrize("met", OWN_CHARTS, indirect=True)
def test_codes_that_go_into_the_profile_mean_what_they_say(met: Met) -> None:
    wrong = []
    for (entity, attribute), codes in met.truth.codes.items():
        source = met.profile.entities.get(entity)
        origin = source.attributes.get(attribute) if source else None
        line = met.proposal.entity(entity)
        proposed = line.line(attribute) if line else None
        if origin is None or proposed is None or proposed.score < SURE:
            continue
        wrong += [
            (entity, attribute, theirs, ours)
            for theirs, ours in origin.codes.items()
            if theirs in codes and codes[theirs] != ours
        ]
    assert not wrong


@pytest.mark.parametrize("name", ["terse"])
def test_the_same_database_gives_the_same_proposal(tmp_path: Path, name: str) -> None:
    file = tmp_path / "practice.sqlite"
    write_stranger(name, file, patients=40, seed=3)
    texts = []
    for _ in range(2):
        with open_practice(f"sqlite:///{file}") as database:
            discovery = discover(database)
            texts.append(profile_text(propose(discovery, practice="s", look=CloserLook(database, discovery))))
    assert texts[0] == texts[1]
