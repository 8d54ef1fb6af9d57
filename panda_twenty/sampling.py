"""Picking a sample's patients, and taking its records out of Twenty again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from panda_twenty.ledger.outcomes import SAMPLE, sample_is_over
from panda_twenty.ledger.range_state import forget_quarantined
from panda_twenty.ledger.sample import (
    ChosenSample,
    chosen_sample,
    forget_sample,
    is_in_twenty,
    keep_sample,
)
from panda_twenty.ledger.state import quarantined
from panda_twenty.panda.sampling import patient_traits, pick_patients
from panda_twenty.session import Session
from panda_twenty.stages import CannotGoOn
from panda_twenty.undo.scope import Scope
from panda_twenty.undo.stage import take_back
from panda_twenty.undo.tally import Rollback


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
        if is_in_twenty(session.ledger):
            raise CannotGoOn(
                f"Another sample is in Twenty ({standing.size} patients, seed {standing.seed}): run it "
                "again with these numbers, or take it out with `panda-twenty sample --reject`."
            )
    picked = pick_patients(patient_traits(session.source, session.profile), patients, seed)
    sample = ChosenSample(seed, patients, picked.keys, picked.strata)
    keep_sample(session.ledger, sample)
    return sample


def reject_sample(
    session: Session, *, dry_run: bool = False, keep: Callable[[dict[str, Any]], None] | None = None
) -> Rollback:
    """Take back all that was written: the sample, and what has no patients and came along with it.

    Records that stood in Twenty before get their prior values back, and what somebody changed since is left
    alone, as in any rollback. Once nothing is left, the sample's quarantine goes too: no range would come by
    a row of it that the practice has deleted. ``keep`` as in ``take_back``. Raises CannotGoOn once the full
    migration has begun; who calls this while one may start holds the pool of its steps.
    """
    if sample_is_over(session.ledger):
        raise CannotGoOn(
            "The full migration has begun and the sample's records belong to it now: `panda-twenty rollback` "
            "takes them out with it."
        )
    outcome = take_back(session, Scope(), dry_run=dry_run, keep=keep)
    if not dry_run and not is_in_twenty(session.ledger):
        held_back = {each.entity for each in quarantined(session.ledger) if each.range_key == SAMPLE}
        for identity in sorted(held_back):
            forget_quarantined(session.ledger, identity, SAMPLE, but_not=set())
        forget_sample(session.ledger)
    return outcome
