"""The command ``quarantine retry``: what was held back goes once more the way it went before."""

from __future__ import annotations

from panda_twenty.ledger.outcomes import sample_is_over
from panda_twenty.ledger.refusals import forget_refusals
from panda_twenty.ledger.sample import chosen_sample
from panda_twenty.migration import run_migration
from panda_twenty.quarantine import held_back, places_of
from panda_twenty.sample_migration import run_sample
from panda_twenty.session import WHOLE, open_session
from panda_twenty.settings import Settings


def retry_quarantine(settings: Settings, entity: str | None = None) -> int:
    """Migrate the ranges that hold quarantined records (of one entity) once more, as ``run_migration`` does.

    What Twenty refused is sent again although it did not change; what stands there unchanged is not. As long
    as nothing but a sample was migrated, the sample is migrated again, and no other patient. Returns 0 where
    there is nothing to try. Raises CannotGoOn for an entity that there is not.
    """
    with open_session(settings) as session:
        tried = held_back(session, entity)
        of_entity = f" of {entity}" if entity else ""
        if not tried:
            print(f"No record{of_entity} is in quarantine: there is nothing to try again.")
            return 0
        print(f"Records{of_entity} in quarantine, to be tried again: {len(tried)}.")
        sample = None if sample_is_over(session.ledger) else chosen_sample(session.ledger)
        ranges = {key for _, key in places_of(session, tried)} if sample is None else set()
        forget_refusals(session.ledger, entity)
    if sample is not None:
        code = run_sample(settings, patients=sample.size, seed=sample.seed, as_json=False, confirm_as=None)
    else:
        code = run_migration(settings, as_json=False, confirm_as=None, only_ranges=ranges - {WHOLE})
    with open_session(settings) as session:
        keys = {(each.entity, each.source_key) for each in held_back(session)}
    left = sum((each.entity, each.source_key) in keys for each in tried)
    print(f"Of these {len(tried)} records, {len(tried) - left} left quarantine and {left} are still in it.")
    return code
