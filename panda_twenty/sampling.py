"""Picking a sample's patients, and taking its records out of Twenty again."""

from __future__ import annotations

from panda_twenty.ledger.outcomes import SAMPLE, sample_is_over
from panda_twenty.ledger.sample import (
    ChosenSample,
    chosen_sample,
    forget_removed,
    forget_sample,
    keep_sample,
    records_created_in,
)
from panda_twenty.panda.sampling import patient_traits, pick_patients
from panda_twenty.progress import Step, announce
from panda_twenty.session import WHOLE, Session
from panda_twenty.stages import CannotGoOn
from panda_twenty.twenty.records import RECORDS_PER_CALL, destroy


def choose_sample(session: Session, patients: int, seed: int) -> ChosenSample:
    """Pick the patients, or keep the choice that stands; another one has to be rejected first.

    Raises CannotGoOn once the full migration has begun, which takes the sample's records over.
    """
    if sample_is_over(session.ledger):
        raise CannotGoOn(
            "The full migration has begun and has taken the sample over; there is nothing to sample. "
            "`panda-twenty verify` compares what was migrated."
        )
    standing = chosen_sample(session.ledger)
    if standing is not None:
        if (standing.size, standing.seed) == (patients, seed):
            return standing
        if _is_in_twenty(session):
            raise CannotGoOn(
                f"Another sample is in Twenty ({standing.size} patients, seed {standing.seed}): run it "
                "again with these numbers, or take it out with `panda-twenty sample --reject`."
            )
    picked = pick_patients(patient_traits(session.source, session.profile), patients, seed)
    sample = ChosenSample(seed, patients, picked.keys, picked.strata)
    keep_sample(session.ledger, sample)
    return sample


def _is_in_twenty(session: Session) -> bool:
    return any(
        next(records_created_in(session.ledger, each.name, SAMPLE), None) is not None
        for each in session.mapping.objects
    )


def reject_sample(session: Session) -> dict[str, int]:
    """Destroy what the sample created, children first: its patients and the records that have no patients.

    Returns how many records of each object. Records that stood in Twenty before are left. Raises CannotGoOn
    once the full migration has begun.
    """
    if sample_is_over(session.ledger):
        raise CannotGoOn(
            "The full migration has begun and the sample's records belong to it now: they are taken out with "
            "the whole migration, not by themselves."
        )
    removed: dict[str, int] = {}
    for range_key in (SAMPLE, WHOLE):
        for each in reversed(session.mapping.objects):
            doomed = list(records_created_in(session.ledger, each.name, range_key))
            for start in range(0, len(doomed), RECORDS_PER_CALL):
                chunk = doomed[start : start + RECORDS_PER_CALL]
                destroy(session.client, session.facts(each.name), [one.twenty_id for one in chunk])
                forget_removed(session.ledger, chunk)
                removed[each.name] = removed.get(each.name, 0) + len(chunk)
                announce(Step(f"remove {each.name}", start + len(chunk), len(doomed)))
    forget_sample(session.ledger)
    return removed
