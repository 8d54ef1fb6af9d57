"""Patient ranges as Dagster's partitions."""

import dagster as dg

PATIENT_RANGES = "patient_ranges"

patient_ranges = dg.DynamicPartitionsDefinition(name=PATIENT_RANGES)
"""``sample``, then half-open intervals of patient ids, added contiguously by ``plan/patient_ranges``."""

RANGES_PER_RUN = 10

several_ranges_per_run = dg.BackfillPolicy.multi_run(max_partitions_per_run=RANGES_PER_RUN)
"""A backfill starts one run for every ten ranges; one run for each costs four times as long (measured).

The ranges of a run share their batches, so that nearly all of them are full.
"""
