"""The sensor: what it asks for, what it leaves, and that it never calls Twenty."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
import pytest

from panda_twenty.cutover.switch import switch
from panda_twenty.cutover.work import Reason, Work
from panda_twenty.defs.cutover_job import DELIVER_CHANGES, deliver_changes, run_config
from panda_twenty.defs.cutover_sensor import cutover_deltas, requested, tell_of_failures
from panda_twenty.defs.partitions import PATIENT_RANGES
from panda_twenty.defs.quarantine_job import quarantine_retry
from panda_twenty.defs.resources import Migration
from panda_twenty_tests.cutover.going_on import RARELY, GoingOn
from panda_twenty_tests.cutover.scripted_days import now, second_day

FIRST, SECOND = "0000000-0000019", "0000020-0000039"


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


def tick(instance: dg.DagsterInstance) -> dg.SensorResult | dg.SkipReason:
    with dg.build_sensor_context(instance=instance) as context:
        result = cutover_deltas(context)
    assert isinstance(result, dg.SensorResult | dg.SkipReason)
    return result


def reason(result: dg.SensorResult | dg.SkipReason) -> str:
    assert isinstance(result, dg.SkipReason), result
    return result.skip_message or ""


def request_of(result: dg.SensorResult | dg.SkipReason) -> dg.RunRequest:
    assert isinstance(result, dg.SensorResult), result
    (request,) = result.run_requests or []
    return request


@contextmanager
def calls_counted(one: GoingOn) -> Iterator[list[int]]:
    before = sum(one.twenty.statistics.calls.values())
    counted: list[int] = []
    yield counted
    counted.append(sum(one.twenty.statistics.calls.values()) - before)


def run(instance: dg.DagsterInstance, request: dg.RunRequest) -> dg.ExecuteInProcessResult:
    """What the daemon does with a request, in this process."""
    return deliver_changes.execute_in_process(
        instance=instance,
        run_config=request.run_config,
        tags=dict(request.tags),
        resources={"migration": Migration()},
        raise_on_error=False,
    )


def open_window(one: GoingOn) -> None:
    with one.session() as session:
        switch(session.ledger, on=True)


def test_the_window_is_closed_until_the_operator_opens_it(
    going_on: GoingOn, instance: dg.DagsterInstance
) -> None:
    going_on.hand_down()
    assert "cutover on" in reason(tick(instance))
    assert cutover_deltas.default_status is dg.DefaultSensorStatus.STOPPED
    assert tell_of_failures.default_status is dg.DefaultSensorStatus.STOPPED


def test_a_tick_asks_for_what_changed_and_its_run_delivers_it(
    going_on: GoingOn, instance: dg.DagsterInstance
) -> None:
    going_on.sweep_minutes = RARELY
    open_window(going_on)
    second_day(going_on)
    going_on.hand_down()
    with calls_counted(going_on) as counted:
        result = tick(instance)
    assert counted == [0], "the sensor called Twenty"
    request = request_of(result)
    asked = request.run_config["ops"]["deliver"]["config"]
    assert "patient" in asked["ranges"]["0000160-0000199"]
    assert "referral_source" in asked["whole"]
    assert isinstance(result, dg.SensorResult)
    (added,) = result.dynamic_partitions_requests or []
    assert "0000160-0000199" in added.partition_keys
    # Nothing was delivered yet: the next tick asks again.
    assert request_of(tick(instance)).run_key == request.run_key
    assert run(instance, request).success
    assert "0000160-0000199" in instance.get_dynamic_partitions(PATIENT_RANGES)
    # A street that is committed late bears an old date: only a look at everything finds it.
    going_on.edit("UPDATE Patient SET Street = '9 Old Lane' WHERE PatientID = 144")
    later = tick(instance)
    if isinstance(later, dg.SensorResult):
        asked = request_of(later).run_config["ops"]["deliver"]["config"]
        assert "patient" not in asked["ranges"].get("0000120-0000159", [])
    assert going_on.delta(everything=True).updated == 1
    going_on.assert_all_is_in_twenty()


def test_a_run_that_failed_is_offered_again_under_another_key(
    going_on: GoingOn, instance: dg.DagsterInstance
) -> None:
    open_window(going_on)
    going_on.edit("UPDATE Patient SET City = 'Elsewhere', ModifiedOn = ? WHERE PatientID = 108", now())
    going_on.hand_down()
    first = request_of(tick(instance))
    going_on.monkeypatch.setenv("TWENTY_URL", "http://127.0.0.1:1")
    going_on.monkeypatch.setattr("panda_twenty.twenty.client.DEFAULT_PATIENCE_SECONDS", 0.1, raising=False)
    going_on.monkeypatch.setenv("TWENTY_API_KEY", "no key at all")
    assert not run(instance, first).success
    going_on.hand_down()
    second = request_of(tick(instance))
    assert second.run_key != first.run_key
    assert second.run_config == first.run_config
    assert run(instance, second).success
    going_on.assert_all_is_in_twenty()


def test_ranges_with_a_run_in_flight_are_left_to_it(instance: dg.DagsterInstance) -> None:
    places = {("patient", FIRST): Reason.CHANGED, ("patient", SECOND): Reason.CHANGED}
    work = Work(places, "mark")
    in_flight = Work({("patient", FIRST): Reason.CHANGED}, "mark")
    instance.create_run_for_job(
        deliver_changes, run_config=run_config(in_flight), status=dg.DagsterRunStatus.STARTED
    )
    asked = request_of(requested(instance, work)).run_config["ops"]["deliver"]["config"]
    assert list(asked["ranges"]) == [SECOND]
    assert "at work" in reason(requested(instance, in_flight))
    assert "Nothing changed" in reason(requested(instance, Work()))


def test_no_delta_starts_beside_a_retry_of_the_quarantine(instance: dg.DagsterInstance) -> None:
    instance.create_run_for_job(quarantine_retry, status=dg.DagsterRunStatus.STARTED)
    assert "at work" in reason(requested(instance, Work({("patient", FIRST): Reason.CHANGED}, "mark")))


def test_a_tick_asks_for_a_bounded_number_of_ranges_pending_ones_first(instance: dg.DagsterInstance) -> None:
    keys = [f"{low:07d}-{low + 19:07d}" for low in range(0, 4000, 20)]
    places = {("patient", key): Reason.SWEEP for key in keys} | {("patient", keys[-1]): Reason.CHANGED}
    asked = request_of(requested(instance, Work(places, "mark"))).run_config["ops"]["deliver"]["config"]
    assert len(asked["ranges"]) == 50
    assert keys[-1] in asked["ranges"]


def test_a_practice_that_cannot_be_reached_skips_the_tick_with_advice(
    going_on: GoingOn, instance: dg.DagsterInstance
) -> None:
    open_window(going_on)
    going_on.hand_down()
    going_on.monkeypatch.setenv("PANDA_CONNECTION", "sqlite:////nowhere/at/all.sqlite")
    assert "PANDA_CONNECTION" in reason(tick(instance))


def test_the_run_is_tagged_without_patients(instance: dg.DagsterInstance) -> None:
    request = request_of(requested(instance, Work({("patient", FIRST): Reason.CHANGED}, "mark")))
    assert request.run_key == f"{FIRST}@mark#0"
    assert set(request.tags) == {"panda-twenty/work", "dagster/priority"}
    assert DELIVER_CHANGES == "deliver_changes"
