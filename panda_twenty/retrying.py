"""The command ``quarantine retry``: what was held back goes once more the way it went before."""

from __future__ import annotations

from panda_twenty.ledger.outcomes import sample_is_over
from panda_twenty.ledger.refusals import forget_refusals
from panda_twenty.ledger.sample import chosen_sample
from panda_twenty.migration import run_migration
from panda_twenty.sample_migration import run_sample
from panda_twenty.session import WHOLE, open_session
from panda_twenty.settings import Settings


def retry_quarantine(settings: Settings, entity: str | None = None) -> int:
    """Migrate the ranges that hold quarantined records (of one entity) once more, as ``run_migration`` does.

    What Twenty refused is sent again although it did not change; what stands there unchanged is not. As long
    as nothing but a sample was migrated, the sample is migrated again, and no other patient.
    """
    with open_session(settings) as session:
        ranges = forget_refusals(session.ledger, entity)
        sample = None if sample_is_over(session.ledger) else chosen_sample(session.ledger)
    if sample is not None:
        return run_sample(settings, patients=sample.size, seed=sample.seed, as_json=False, confirm_as=None)
    return run_migration(
        settings, as_json=False, confirm_as=None, only_ranges=[key for key in ranges if key != WHOLE]
    )
