"""``make bench``: measures, writes docs/benchmarks.md and docs/benchmarks.svg, prints one JSON line.

BENCH_FULL=1 adds the run of a million records, which takes most of an hour.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from panda_twenty.sandbox.practice import write_practice
from panda_twenty_tests.bench.measurements import (
    ROUNDS,
    Ground,
    Migrated,
    at_the_limit,
    calls_per_minute,
    extraction,
    fewest_calls,
    loader_and_bare_loop,
    migrate_and_repeat,
    one_a_call,
    prepared_template,
)
from panda_twenty_tests.bench.report import Figures, machine, write_report
from panda_twenty_tests.memory_folder import NoRoom, folder_in_memory

RECORDS_PER_PATIENT = 31
MEGABYTES_PER_1_000_RECORDS = 15
"""Several workspaces, ledgers and the bodies of all calls (12 were measured)."""

DOCS = Path(__file__).parent.parent.parent / "docs"


def tell(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def ground_of(folder: Path, records: int) -> Ground:
    """A practice with about so many records, in ten ranges at most, so that one run covers them."""
    patients = max(20, records // RECORDS_PER_PATIENT)
    folder.mkdir()
    practice = folder / "practice.sqlite"
    write_practice(practice, patients=patients)
    # Ids of the reference practice run to about three times the number of patients.
    widths = (50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000)
    width = next(each for each in widths if each * 3 > patients)
    return Ground(practice, folder, prepared_template(practice, folder), width)


def measured(folder: Path, sizes: list[int], seconds_at_the_limit: float) -> Figures:
    """All measurements; the second size is the one that the ratios are taken from."""
    runs: dict[int, Migrated] = {}
    grounds = {}
    for records in sizes:
        tell(f"{records:,} records: generate, migrate, verify, migrate again ...")
        grounds[records] = ground_of(folder / str(records), records)
        runs[records] = migrate_and_repeat(grounds[records], folder / f"{records}.bodies")
    main = sizes[min(1, len(sizes) - 1)]
    ground, first = grounds[main], runs[main].first
    tell(f"The loader alone and the same bodies in a bare httpx loop, {ROUNDS} times in turn ...")
    compared = loader_and_bare_loop(ground, folder / f"{main}.bodies")
    tell("One record a call ...")
    one_a_call_per_second = one_a_call(ground, folder / f"{main}.bodies")
    tell("Reading the source ...")
    extracted = list(extraction(ground))
    tell(f"{seconds_at_the_limit:.0f} s under the default limit ...")
    limited = at_the_limit(ground, seconds_at_the_limit)
    pace = calls_per_minute(limited)
    return Figures(
        machine=machine(),
        records=sum(first.records.values()),
        writing_calls=first.writing_calls,
        fewest_calls=fewest_calls(first),
        timed_records=first.timed_records,
        other_calls=first.calls - first.writing_calls - first.verify_calls,
        calls_per_minute=pace,
        records_per_minute=60 * limited.sent / (limited.moments[-1] - limited.moments[0]),
        throttled=limited.throttled,
        load_seconds=first.timed_seconds,
        alone_seconds=compared.ours,
        bare_seconds=compared.bare,
        one_a_call_per_second=one_a_call_per_second,
        extractions=extracted,
        peaks={sum(each.first.records.values()): each.first.peak_mb for each in runs.values()},
        rerun_writing_calls=max(each.again.writing_calls for each in runs.values()),
        rerun_records=sum(runs[main].again.records.values()),
        verified=first.verified,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure the loader against the stand-in.")
    parser.add_argument("--records", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--limit-seconds", type=float, default=300.0)
    parser.add_argument("--docs", type=Path, default=DOCS)
    options = parser.parse_args()
    sizes = [*options.records, *([1_000_000] if os.environ.get("BENCH_FULL") else [])]
    megabytes = 500 + sum(sizes) // 1_000 * MEGABYTES_PER_1_000_RECORDS
    try:
        with folder_in_memory(megabytes, required=True) as folder:
            figures = measured(folder, sizes, options.limit_seconds)
    except NoRoom as problem:
        tell(str(problem))
        return 2
    conclude(figures, options.docs)
    return 0


def conclude(figures: Figures, docs: Path) -> None:
    """Write the report, and print the line last, also where the report cannot be written."""
    try:
        write_report(figures, docs)
    except OSError as problem:
        tell(f"{docs} cannot be written ({problem.strerror}), so the figures stand in the next line only.")
    print(json.dumps(figures.as_line()), flush=True)


if __name__ == "__main__":
    sys.exit(main())
