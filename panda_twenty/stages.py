"""The stops of a migration, one function each. Dagster's assets and the command line both call these."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType

from panda_twenty.confirming import parts_now, sign, standing_confirmation
from panda_twenty.cutover.committing import commit_delivered
from panda_twenty.cutover.readings import marker_before_reading, note_reading
from panda_twenty.emptied_links import bring_back_destroyed, doubt_emptied_links
from panda_twenty.ledger import turns
from panda_twenty.ledger.confirmation import Confirmation, NothingConfirmed
from panda_twenty.ledger.ledger import now
from panda_twenty.ledger.outcomes import (
    SAMPLE,
    forget_verified,
    keep_loaded,
    migrated_ranges,
    sample_is_over,
)
from panda_twenty.ledger.range_state import forget_quarantined
from panda_twenty.ledger.sample import chosen_sample, keys_of_sample, take_over
from panda_twenty.ledger.state import (
    OUTSIDE,
    Quarantined,
    keep_setting,
    set_aside,
    setting,
)
from panda_twenty.ledger.strangers import places_of
from panda_twenty.ledger.watermarks import make_stale, newest_reading, standing_watermarks
from panda_twenty.mapping.data_model import wanted_objects
from panda_twenty.mapping.records import joined_rows, record_builder
from panda_twenty.mapping.referring_practices import referring_practices, with_practice_keys
from panda_twenty.mapping.specification import MappingSpecification, Route
from panda_twenty.panda.errors import LockTimeoutError, LostConnectionError
from panda_twenty.panda.extraction import (
    EntityRow,
    count_rows,
    keys_outside,
    patient_id_bounds,
    read_entity,
    stored_bytes,
)
from panda_twenty.panda.ranges import OutsideRanges, PatientRange, PickedPatients, plan_ranges, suggest_width
from panda_twenty.panda.staging import StagedFile
from panda_twenty.retries import retry_context
from panda_twenty.session import WHOLE, Session, is_patient_scoped
from panda_twenty.shared_values import shared_values, wanted_values
from panda_twenty.twenty.adoption import AdoptionPolicy
from panda_twenty.twenty.automations import (
    Automation,
    PausedAutomation,
    PausedFor,
    find_automations,
    pause,
    restore,
)
from panda_twenty.twenty.data_model import (
    CreateField,
    CreateObject,
    DataModelPlan,
    apply_data_model,
    plan_data_model,
)
from panda_twenty.twenty.errors import NotFound
from panda_twenty.twenty.loading import Load, LoadCounts, load_ranges
from panda_twenty.twenty.outgoing import Record
from panda_twenty.twenty.survey import Standing, survey
from panda_twenty.twenty.unique_values import UniqueField
from panda_twenty.twenty.workspace import ObjectFacts
from panda_twenty.verification.compare import BY_NAME

_READINGS = 3
"""How often an entity is read from the start."""

SANDBOX_SIGNATURE = "the sandbox"


class CannotGoOn(Exception):
    """A stage refuses to start; the message says what to do first."""


def source_rows(
    session: Session, entity: str, patient_range: PatientRange | PickedPatients | None
) -> Iterator[EntityRow]:
    """An entity's rows as the practice has them now; derived ones are worked out on the way."""
    if entity in ("referral_source", "referring_practice"):
        sources = list(read_entity(session.source, session.profile, "referral_source"))
        derive = with_practice_keys if entity == "referral_source" else referring_practices
        return iter(derive(sources, session.mapping.choices.referral_threshold))
    return read_entity(session.source, session.profile, entity, patient_range)


def patients_of(session: Session, range_key: str) -> PatientRange | PickedPatients:
    """The patients that a range key names. The sample's are nobody once the full migration has begun."""
    if range_key != SAMPLE:
        return PatientRange.from_key(range_key)
    sample = chosen_sample(session.ledger)
    if sample is None or sample_is_over(session.ledger):
        return PickedPatients(())
    return PickedPatients(tuple(map(int, sample.keys)))


def stage_entity(session: Session, entity: str, range_key: str) -> StagedFile:
    """Read one entity (of one patient range) from the practice and stage it.

    Raises the SourceError that stood in the way at last.
    """
    patient_range = patients_of(session, range_key) if is_patient_scoped(entity) else None
    if entity == "document":
        _hold_archive_to_limit(session)
    marker, started = marker_before_reading(session, entity), now()
    staged = _staged(session, entity, range_key, patient_range)
    note_reading(session, entity, range_key, marker, staged, started)
    return staged


def _staged(
    session: Session, entity: str, range_key: str, patient_range: PatientRange | PickedPatients | None
) -> StagedFile:
    """The staged rows, read once more from the start where a lock or a lost link ended the read.

    Short steps go on by themselves; a long table with a text key is one statement, which cannot.
    """
    is_lost = False
    for attempt in retry_context(
        on=(LockTimeoutError, LostConnectionError), attempts=_READINGS, timeout=None, wait_initial=1.0
    ):
        with attempt:
            if is_lost:
                session.source.reconnect()
            try:
                return session.stage.write(entity, range_key, source_rows(session, entity, patient_range))
            except LostConnectionError:
                is_lost = True
                raise
    raise AssertionError("stamina ends with a result or an error")


def _hold_archive_to_limit(session: Session) -> None:
    """Stop before an archive of documents is copied that the confirmed mapping does not allow for.

    Its size is asked for once: adding it up reads every document.
    """
    if session.archive_is_allowed:
        return
    limit = session.mapping.choices.documents_limit_mb
    megabytes = stored_bytes(session.source, session.profile, "document", "content") / 1_000_000
    if megabytes > limit:
        raise CannotGoOn(
            f"The practice keeps {megabytes:,.0f} MB of documents, more than the {limit} MB that the mapping "
            "allows. In your mapping, set choices.documents to false to leave them, or raise "
            "choices.documents_limit_mb, and confirm it again."
        )
    session.archive_is_allowed = True


def patient_ranges(session: Session) -> list[PatientRange]:
    """The practice's ranges, contiguous from 0. The width is chosen once and then fixed in the ledger.

    Ranges that were migrated stay, also where all of their patients have been deleted since.
    """
    _, highest, patients = patient_id_bounds(session.source, session.profile)
    kept = setting(session.ledger, "range_width")
    asked = session.settings.panda_twenty_range_width
    if kept is not None and asked is not None and int(kept) != asked:
        raise CannotGoOn(
            f"Patient ranges are {kept} ids wide in this migration and cannot change any more; "
            "take PANDA_TWENTY_RANGE_WIDTH out of the settings."
        )
    if kept is None:
        scoped = [route.entity for route in session.mapping.routes if route.is_patient_scoped]
        rows = sum(count_rows(session.source, session.profile, entity) for entity in scoped)
        kept = str(asked or suggest_width(patients, highest, rows / max(patients, 1)))
        keep_setting(session.ledger, "range_width", kept)
    migrated = [PatientRange.from_key(key).high - 1 for key in migrated_ranges(session.ledger)]
    return plan_ranges(max([highest, *migrated]), int(kept))


_KEYS_AT_ONCE = 1_000


def set_aside_outside(session: Session) -> dict[str, int]:
    """Put the rows that no patient range reaches into quarantine: whose they are, the practice has to say.

    They have no patient id, or one that no patient has or had. Returns how many, by entity.
    """
    outside = OutsideRanges(patient_ranges(session)[-1].high)
    found: dict[str, int] = {}
    for route in session.mapping.routes:
        if not route.is_patient_scoped or route.identity != route.entity:
            # What is made of such a row besides, such as a note's links, follows the record itself.
            continue
        keys = list(keys_outside(session.source, session.profile, route.entity, outside))
        for start in range(0, len(keys), _KEYS_AT_ONCE):
            set_aside(
                session.ledger,
                [_without_patient(route, each) for each in keys[start : start + _KEYS_AT_ONCE]],
            )
        forget_quarantined(session.ledger, route.identity, OUTSIDE, set(keys))
        if keys:
            found[route.entity] = len(keys)
    return found


def _without_patient(route: Route, key: str) -> Quarantined:
    return Quarantined(
        route.identity,
        key,
        route.object,
        OUTSIDE,
        "no_patient",
        "patient",
        "Its patient id is empty or belongs to no patient. Enter the patient in PANDA, then migrate again.",
    )


def confirm_mapping(session: Session, by: str, digest: str | None = None) -> Confirmation:
    """Sign the mapping as it is now; with ``digest`` only if that is what it amounts to."""
    return sign(session, parts_now(session), by, digest)


def confirmed(session: Session) -> Confirmation:
    """The confirmation of this very mapping, database and workspace. Whatever writes asks for it first.

    The sandbox's practice, being invented, confirms itself.
    """
    _refuse_unknown_comparators(session.mapping)
    try:
        return standing_confirmation(session)
    except NothingConfirmed:
        if not session.is_sandbox_practice:
            raise
    return confirm_mapping(session, SANDBOX_SIGNATURE)


def _refuse_unknown_comparators(mapping: MappingSpecification) -> None:
    """A line that could not be verified is found before anything is written, not after."""
    for route in mapping.routes:
        for line in route.lines:
            if (line.compare or line.transform) not in BY_NAME:
                raise CannotGoOn(
                    f"Route {route.name}, field {line.field}: there is no comparator "
                    f"{line.compare or line.transform}; take `compare` out of the line or correct it."
                )


def data_model_plan(session: Session) -> DataModelPlan:
    """What the workspace lacks for this mapping."""
    ours = {entry.content["id"] for entry in session.ledger.entries("data_model") if "id" in entry.content}
    return plan_data_model(session.workspace(), wanted_objects(session.mapping), ours=ours)


def bring_about_data_model(
    session: Session, plan: DataModelPlan, progress: Callable[[int, int, str], None]
) -> None:
    """Create what is missing, each creation accounted for. Safe to interrupt and to repeat."""
    confirmed(session)
    if plan.conflicts:
        raise CannotGoOn(
            "The workspace's data model stands in the way. "
            + " ".join(each.sentence for each in plan.conflicts[:5])
            + " `panda-twenty data-model` shows everything."
        )

    creates = list(_created_places(plan))
    if creates:
        # Before the first one: of what a killed run created, undo has to know as well.
        session.ledger.note("data_model_plan", {"creates": creates})

    def created(what: str, created_id: str) -> None:
        session.ledger.note("data_model", {"created": what, "id": created_id})

    apply_data_model(session.client, plan, progress, created)
    session.workspace()


def _created_places(plan: DataModelPlan) -> Iterator[str]:
    for step in plan.steps:
        if isinstance(step, CreateObject):
            yield step.object_name
        elif isinstance(step, CreateField):
            yield f"{step.object_name}.{step.model.name}"


_MAY_PAUSE = "automations_may_be_paused"


def settle_automations(session: Session, paused_for: PausedFor = PausedFor.MIGRATION) -> Sequence[Automation]:
    """Find workflows and webhooks that what we write would set off; pause them where that is allowed.

    Whoever allowed it to the migration has allowed it to its deltas and its rollback. What a delta that was
    killed left at rest is the migration's from then on.
    """
    confirmed(session)
    objects = [each.name for each in session.mapping.objects]
    found = find_automations(session.client, objects)
    at_rest = _paused(session)
    if paused_for is PausedFor.MIGRATION and any(each.paused_for is PausedFor.DELTA for each in at_rest):
        at_rest = [PausedAutomation(each.automation) for each in at_rest]
        _keep_paused(session, at_rest)
    if not found:
        return []
    was_allowed = setting(session.ledger, _MAY_PAUSE) is not None
    if not (was_allowed or session.settings.panda_twenty_pause_automations):
        names = " ".join(automation.sentence for automation in found)
        raise CannotGoOn(
            f"Importing would set off automations in Twenty. {names} Switch them off there, or let the run "
            "pause them and put them back afterwards with PANDA_TWENTY_PAUSE_AUTOMATIONS=true."
        )
    if not was_allowed:
        keep_setting(session.ledger, _MAY_PAUSE, "true")
    known = [each for each in at_rest if each.automation.id not in {one.id for one in found}]
    # Before the first is paused: whatever happens now, the next run knows what to put back.
    _keep_paused(session, [*known, *(PausedAutomation(automation, paused_for) for automation in found)])
    for automation in found:
        pause(session.client, automation)
    return found


def restore_automations(session: Session, paused_for: PausedFor = PausedFor.MIGRATION) -> int:
    """Put back what was paused for this. Returns how many.

    A delta that runs between two ranges of a migration must not wake what the next range would set off.
    """
    over = [each for each in _paused(session) if each.paused_for is paused_for]
    for automation in over:
        # Somebody may have removed it for good meanwhile; then there is nothing to put back.
        with contextlib.suppress(NotFound):
            restore(session.client, automation)
    if over:
        _keep_paused(session, [each for each in _paused(session) if each not in over])
    return len(over)


def _keep_paused(session: Session, paused: Sequence[PausedAutomation]) -> None:
    keep_setting(session.ledger, "paused_automations", json.dumps([each.to_json() for each in paused]))


def _paused(session: Session) -> list[PausedAutomation]:
    kept = json.loads(setting(session.ledger, "paused_automations") or "[]")
    return [PausedAutomation.from_json(each) for each in kept]


def survey_workspace(session: Session) -> list[Standing]:
    """Look at every object of the mapping before anything is written to it."""
    workspace = session.workspace()
    with turns.alone(session.ledger):
        found = [
            survey(session.client, session.ledger, facts, unique_fields(session, facts))
            for each in session.mapping.objects
            if (facts := workspace.objects.get(each.name)) is not None
        ]
        destroyed = {each.object for each in found if each.gone}
        doubt_emptied_links(
            session, {route.identity for route in session.mapping.routes if route.object in destroyed}
        )
    return found


def unique_fields(session: Session, facts: ObjectFacts) -> tuple[UniqueField, ...]:
    """The fields of an object whose values have to be shared out among our records."""
    lines = [line for route in session.mapping.routes_to(facts.name) for line in route.lines]
    return tuple(
        UniqueField(field, facts.fields[field].type, beside)
        for field, beside in dict.fromkeys((line.field, line.when_taken) for line in lines if line.when_taken)
    )


def adoption_policy(session: Session, object_name: str) -> AdoptionPolicy:
    """Which records of others the confirmed mapping lets this object's records be written onto."""
    choices = session.mapping.choices
    return AdoptionPolicy(choices.adopt_by.get(object_name, ()), choices.adopt_deleted)


def load_route(
    session: Session,
    route: Route,
    range_keys: Sequence[str],
    progress: Callable[[LoadCounts], None] = lambda counts: None,
    staged_apart: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, LoadCounts]:
    """Bring one route's records of these ranges into Twenty, from what is staged, and account for each range.

    The ranges share their batches, so that a batch is full although a range is small. ``staged_apart`` are
    ranges of which only some patients travel along, each with the key under which those are staged; their
    counts are returned, and accounting for them is the caller's.
    """

    def about_to_write(range_key: str) -> None:
        if range_key in range_keys:
            forget_verified(session.ledger, route.name, range_key)

    @cache
    def shared(unique: UniqueField) -> Collection[str]:
        return shared_values(
            wanted_values(
                session.practice,
                session.mapping,
                route.object,
                unique,
                lambda entity: source_rows(session, entity, None),
            )
        )

    confirmed(session)
    facts = session.facts(route.object)
    settings = session.settings
    load = Load(
        client=session.client,
        facts=facts,
        ledger=session.ledger,
        actor=session.actor,
        unique_fields=unique_fields(session, facts),
        adoption=adoption_policy(session, facts.name),
        shared=shared,
        progress=progress,
        in_flight=settings.panda_twenty_in_flight,
        records_per_call=settings.panda_twenty_records_per_call,
        stop_above_percent=settings.panda_twenty_stop_above_percent,
        stop_above_held_back_percent=settings.panda_twenty_stop_above_held_back_percent,
        winner=session.mapping.choices.winner(route.object),
        about_to_write=about_to_write,
    )
    of_sample = keys_of_sample(session.ledger, route.object, route.identity)
    met: dict[str, list[str]] = {key: [] for key in (*range_keys, *staged_apart)}
    with turns.loading(session.ledger):
        _stage_what_is_older(session, route, range_keys)
        counts = load_ranges(
            load,
            (
                (key, _noting(route_records(session, route, staged_apart.get(key, key)), of_sample, noted))
                for key, noted in met.items()
            ),
        )
        if load.named_in_vain or load.destroyed:
            bring_back_destroyed(session, route, load.destroyed, load.named_in_vain)
        if load.wanting:
            _make_anew(session, route.object, sorted(load.wanting))
    for key in range_keys:
        keep_loaded(session.ledger, route.name, key, route.object, counts[key].__dict__)
        if key != SAMPLE and route.is_patient_scoped:
            take_over(session.ledger, route.identity, met[key], key)
    return counts


def _stage_what_is_older(session: Session, route: Route, range_keys: Sequence[str]) -> None:
    """Read again what was staged before a delta brought newer rows of some of its patients.

    What lies there would put the older values back, and nothing would tell: the record is as we wrote it.
    """
    places = {
        (entity, key if is_patient_scoped(entity) else WHOLE)
        for entity in route.staged_entities()
        for key in range_keys
    }
    standing = standing_watermarks(session.ledger)
    for place in sorted(places & standing.keys()):
        if standing[place].looked_at > newest_reading(session.ledger, place).at:
            stage_entity(session, *place)


def _make_anew(session: Session, object_name: str, twenty_ids: Sequence[str]) -> None:
    """Have the ranges of these records read again by the next delta."""
    entities = {each.identity: each.entity for each in session.mapping.routes}
    here = places_of(session.ledger, object_name, twenty_ids).values()
    commit_delivered(session)
    make_stale(session.ledger, {(entities[each.entity], each.range_key) for each in here})


def _noting(records: Iterator[Record], of_sample: frozenset[str], met: list[str]) -> Iterator[Record]:
    """The records as they come; the source keys of those that the sample wrote are put into ``met``."""
    if not of_sample:
        yield from records
        return
    for record in records:
        if record.source_key in of_sample:
            met.append(record.source_key)
        yield record


def route_records(session: Session, route: Route, range_key: str) -> Iterator[Record]:
    """One route's records of one range, made from what is staged."""
    rows = joined_rows(route, session.staged(range_key), joins_of_one(session, route))
    return map(record_builder(route, session.practice), rows)


def joins_of_one(session: Session, route: Route) -> frozenset[str]:
    """The route's joins whose rows have the key of the row that they belong to, as charts do."""
    entities = session.profile.entities
    return frozenset(
        name
        for name, join in route.joins.items()
        if join.by and not join.through and join.entity in entities
        if entities[join.entity].is_keyed_by(join.by)
    )
