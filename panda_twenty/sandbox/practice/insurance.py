"""Dental insurance: two thirds of the patients have a policy, few have two, hardly anyone three."""

from __future__ import annotations

import random
from datetime import date

from panda_twenty.sandbox.practice.identity import row_id
from panda_twenty.sandbox.practice.moments import moment_text
from panda_twenty.sandbox.practice.writing import RowWriter

_CARRIERS = (
    "Lone Juniper Dental",
    "LONE JUNIPER DENTAL",
    "Bluestem Mutual",
    "Great Prairie Benefit Trust",
    "Harbor & Vale Dental Plan",
    "State Employees Dental Pool",
)


def write_insurance(
    writer: RowWriter, rng: random.Random, index: int, patient: int, since: date, cases: frozenset[str]
) -> None:
    """PatientInsurance rows, Priority from 1; percentages are what the plan pays, 0 to 100.

    ``since`` is the day on which the policies were entered.
    """
    draw = rng.random()
    policies = 0 if draw < 0.33 else 1 if draw < 0.84 else 2 if draw < 0.988 else 3
    if "three_insurances" in cases:
        policies = 3
    for slot in range(policies):
        writer.add(
            "PatientInsurance",
            InsuranceID=row_id("PatientInsurance", index, slot),
            PatientID=patient,
            Priority=slot + 1,
            Carrier=rng.choice(_CARRIERS),
            PolicyNo=f"{rng.choice('ABHK')}{rng.randrange(10**8):08d}" if rng.random() < 0.95 else None,
            GroupNo=f"{rng.randrange(10**5):05d}" if rng.random() < 0.8 else None,
            SubscriberRel=rng.choice(("SELF", "SELF", "SELF", "SPOUSE", "CHILD", "OTHER")),
            PreventivePct=rng.choice((100, 100, 100, 80, None)),
            BasicPct=rng.choice((80, 80, 70, 60, None)),
            MajorPct=rng.choice((50, 50, 40, 0, None)),
            ModifiedOn=moment_text(since, rng.randrange(9 * 3600, 16 * 3600)),
        )
