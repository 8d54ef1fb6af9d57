"""Each line about Twenty: what passes, what warns, what stops."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from panda_twenty.preflight.line import Line, Verdict
from panda_twenty.twenty import preflight as judged
from panda_twenty.twenty.automations import Automation, AutomationKind
from panda_twenty.twenty.data_model import CreateField, DataModelPlan, FieldModel
from panda_twenty.twenty.data_model.planning import Conflict
from panda_twenty.twenty.errors import RoleTooWeak, Unreachable
from panda_twenty.twenty.rate_limit import Bucket
from panda_twenty.twenty.server_facts import ServerFacts
from panda_twenty.twenty.standing import Collisions, MeasuredLimit, StandingRecords
from panda_twenty.twenty.workspace import FieldFacts, ObjectFacts, RelationFacts, Workspace

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BUCKET = Bucket(capacity=90, seconds_per_token=0.606, tokens=90, last=0.0)


def verdict(line: Line) -> Verdict:
    if line.verdict is not Verdict.PASS:
        assert line.advice, f"{line.code} says nothing about what to do"
    return line.verdict


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://crm.example.org", Verdict.PASS),
        ("http://127.0.0.1:3000", Verdict.PASS),
        ("http://localhost:3000", Verdict.PASS),
        ("http://crm.example.org", Verdict.WARN),
    ],
)
def test_plain_http_warns_unless_it_stays_on_this_machine(url: str, expected: Verdict) -> None:
    assert verdict(judged.transport_line(url)) is expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://api.twenty.com", Verdict.STOP),
        ("https://Practice.Twenty.com", Verdict.STOP),
        ("https://twenty.com.example.org", Verdict.PASS),
        ("https://mytwenty.com", Verdict.PASS),
    ],
)
def test_the_cloud_stops(url: str, expected: Verdict) -> None:
    assert verdict(judged.cloud_line(url)) is expected


def test_what_keeps_twenty_from_being_used_stops_under_its_own_code() -> None:
    weak = judged.refused_line(RoleTooWeak("The API key's role Reader may not write all records."))
    gone = judged.refused_line(Unreachable("No connection."))
    assert (weak.code, verdict(weak)) == ("key_role", Verdict.STOP)
    assert (gone.code, verdict(gone)) == ("twenty_reachable", Verdict.STOP)


def test_a_role_that_cannot_be_read_warns() -> None:
    assert verdict(judged.role_line(ServerFacts(role="Admin"))) is Verdict.PASS
    assert verdict(judged.role_line(ServerFacts())) is Verdict.WARN


@pytest.mark.parametrize(
    ("left", "hours", "expected"),
    [
        (timedelta(days=400), 3.0, Verdict.PASS),
        (timedelta(days=29), 3.0, Verdict.WARN),
        (timedelta(hours=2), 3.0, Verdict.STOP),
        (timedelta(days=-1), 0.0, Verdict.STOP),
    ],
)
def test_a_key_must_outlive_the_migration(left: timedelta, hours: float, expected: Verdict) -> None:
    assert verdict(judged.expiry_line(NOW + left, NOW, hours)) is expected


def test_a_key_that_does_not_say_when_it_ends_warns() -> None:
    assert verdict(judged.expiry_line(None, NOW, 1.0)) is Verdict.WARN


def test_the_limit_is_told_as_set_seen_and_measured() -> None:
    assert verdict(judged.rate_limit_line(100, BUCKET, None)) is Verdict.PASS
    slowed = Bucket(90, 0.606, 3, 0.0, slowdown=1.09)
    assert "9% slower" in judged.rate_limit_line(100, slowed, None).found
    assert verdict(judged.rate_limit_line(100, BUCKET, MeasuredLimit(95, 100.0))) is Verdict.PASS
    lower = judged.rate_limit_line(100, BUCKET, MeasuredLimit(48, 50.0))
    assert verdict(lower) is Verdict.WARN
    assert "PANDA_TWENTY_CALLS_PER_MINUTE=50" in lower.advice
    assert verdict(judged.rate_limit_line(100, BUCKET, MeasuredLimit(400, None))) is Verdict.PASS


def test_records_of_others_and_of_an_earlier_ledger_are_told_apart() -> None:
    ours = StandingRecords("person", total=10, deleted=1, in_ledger=10, own_unknown=0)
    others = StandingRecords("company", total=7, deleted=2, in_ledger=1, own_unknown=2)
    assert verdict(judged.standing_line([ours])) is Verdict.PASS
    assert verdict(judged.own_ids_line([ours])) is Verdict.PASS
    line = judged.standing_line([ours, others])
    assert verdict(line) is Verdict.WARN
    assert line.found.startswith("4 records of others")
    assert verdict(judged.own_ids_line([ours, others])) is Verdict.WARN
    assert "company 2" in judged.own_ids_line([others]).found


def test_a_value_that_others_hold_warns_and_one_shared_among_ours_does_not() -> None:
    free = Collisions("person", "emails", "sharedEmails", live=0, deleted=0, shared=4)
    assert verdict(judged.collisions_line([free])) is Verdict.PASS
    assert "4 values" in judged.collisions_line([free]).found
    line = judged.collisions_line(
        [Collisions("person", "emails", "sharedEmails", live=2, deleted=3, shared=0)]
    )
    assert verdict(line) is Verdict.WARN
    assert "2 by live and 3 by soft-deleted" in line.found
    assert "sharedEmails" in line.found


@pytest.mark.parametrize(
    ("there", "planned", "expected"),
    [
        (10, 90_000, Verdict.PASS),
        (1_000_000, 7_500_000, Verdict.WARN),
        (4_000_000, 7_000_000, Verdict.STOP),
    ],
)
def test_the_cap_counts_what_is_there_and_what_comes(there: int, planned: int, expected: Verdict) -> None:
    standing = [StandingRecords("company", there, 0, 0, 0)]
    assert verdict(judged.record_cap_line(standing, {"person": planned})) is expected


def test_what_this_migration_wrote_before_does_not_count_twice() -> None:
    standing = [StandingRecords("person", 6_000_000, 0, 6_000_000, 0)]
    assert verdict(judged.record_cap_line(standing, {"person": 6_000_000})) is Verdict.PASS


def test_automations_stop_unless_they_may_be_paused() -> None:
    workflow = Automation(AutomationKind.WORKFLOW, "id", "Make a company", ("person.upserted",), ("person",))
    assert verdict(judged.automations_line([], may_pause=False)) is Verdict.PASS
    assert verdict(judged.automations_line([workflow], may_pause=False)) is Verdict.STOP
    line = judged.automations_line([workflow], may_pause=True)
    assert verdict(line) is Verdict.WARN
    assert "Make a company" in line.found


def plan(fields: int = 0, conflicts: tuple[Conflict, ...] = ()) -> DataModelPlan:
    steps = tuple(CreateField("perioExam", FieldModel(f"f{n}", "NUMBER", f"F{n}")) for n in range(fields))
    return DataModelPlan(steps, conflicts, unchanged=(), adopted=())


def test_conflicts_in_the_data_model_stop() -> None:
    assert verdict(judged.data_model_line(plan(3))) is Verdict.PASS
    conflict = Conflict("person", "sex", "Field person.sex is of type TEXT.")
    line = judged.data_model_line(plan(3, (conflict,)))
    assert verdict(line) is Verdict.STOP
    assert conflict.sentence in line.found


@pytest.mark.parametrize(("fields", "expected"), [(250, "pass"), (401, "warn"), (1_600, "stop")])
def test_fields_there_and_to_come_are_counted_together(fields: int, expected: str) -> None:
    present = {f"p{n}": FieldFacts(f"id{n}", f"p{n}", "TEXT") for n in range(10)}
    workspace = Workspace({"perioExam": ObjectFacts("id", "perioExam", "perioExams", present)})
    line = judged.fields_line(workspace, plan(fields - 10))
    assert verdict(line) == expected
    assert f"{fields:,}" in line.found


def test_a_provider_assigned_to_somebody_who_is_no_member_stops() -> None:
    assert verdict(judged.members_line({"3": "a"}, {"a", "b"}, 4)) is Verdict.PASS
    assert verdict(judged.members_line({}, {"a"}, 4)) is Verdict.WARN
    line = judged.members_line({"3": "a", "5": "gone"}, {"a"}, 4)
    assert verdict(line) is Verdict.STOP
    assert "5" in line.found


def test_a_server_whose_notes_are_linked_the_old_way_warns() -> None:
    def workspace(join_column: str) -> Workspace:
        link = RelationFacts("MANY_TO_ONE", "person", "noteTargets", join_column)
        target = FieldFacts("t", "targetPerson", "RELATION", relations=(link,))
        body = FieldFacts("b", "bodyV2", "RICH_TEXT")
        return Workspace(
            {
                "note": ObjectFacts("n", "note", "notes", {"bodyV2": body}),
                "noteTarget": ObjectFacts("l", "noteTarget", "noteTargets", {"targetPerson": target}),
            }
        )

    assert verdict(judged.version_line("2.21.0", workspace("targetPersonId"), 200)) is Verdict.PASS
    assert verdict(judged.version_line(None, workspace("personId"), 200)) is Verdict.WARN
