"""``make chaos RUNS=50 SEED=1``: seeded fault runs, and one JSON line at the end.

Run N of them has the seed ``SEED + N``; ``make chaos RUNS=1 SEED=<that>`` repeats it with the same faults in
the same order (not at the same microsecond). With TWENTY_URL and TWENTY_API_KEY the runs go against that
server, through a proxy that makes the faults, and what they made there is destroyed afterwards.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import traceback
from pathlib import Path

from panda_twenty.sandbox.practice import write_practice
from panda_twenty.session import open_session
from panda_twenty.stages import bring_about_data_model, confirm_mapping, data_model_plan
from panda_twenty_tests.chaos.running import (
    Ground,
    Oracle,
    fault_run,
    faultless,
    settings_for,
    twenty_for,
)
from panda_twenty_tests.memory_folder import folder_in_memory

PATIENTS = 10


def prepared_ground(folder: Path, patients: int) -> Ground:
    """A practice and, unless a server is given, a stand-in's data folder with the data model in it."""
    practice = folder / "practice.sqlite"
    write_practice(practice, patients=patients)
    url, token = os.environ.get("TWENTY_URL"), os.environ.get("TWENTY_API_KEY")
    if url and token:
        return Ground(folder, practice, None, url, token)
    (folder / "template").mkdir()
    empty = Ground(folder, practice, folder / "template", None, None)
    with twenty_for(empty, folder / "first") as twenty:
        settings = settings_for(empty, folder / "first", "chaos-template", twenty.url, twenty.token)
        with open_session(settings, "template") as session:
            confirm_mapping(session, "chaos")
            bring_about_data_model(session, data_model_plan(session), lambda done, total, sentence: None)
        twenty.kill()
    return Ground(folder, practice, folder / "first" / "twenty", None, None)


def run_all(
    ground: Ground, oracle: Oracle, runs: int, seed: int, *, quiet: bool = False
) -> dict[str, object]:
    """The fault runs one after the other; what came of all of them."""
    sums = {"lost": 0, "doubled": 0, "wrong": 0}
    failed: list[int] = []
    happened = dict.fromkeys(("attempts", "kills", "restarts", "faults", "sources_lost"), 0)
    for each in range(seed, seed + runs):
        before = time.monotonic()
        try:
            course = fault_run(ground, oracle, each)
        except Exception:
            traceback.print_exc()
            failed.append(each)
            continue
        for name in sums:
            sums[name] += getattr(course.verdict, name)
        for name in happened:
            happened[name] += getattr(course, name)
        if not course.verdict.is_clean:
            failed.append(each)
        fields = [f"{name} ({count})" for name, count in course.verdict.fields.most_common(5)]
        print(
            f"seed {each}: {course.attempts} attempts, {course.kills} kills, {course.restarts} restarts, "
            f"{course.faults} faults on the wire, {time.monotonic() - before:.0f} s; "
            f"lost {course.verdict.lost}, doubled {course.verdict.doubled}, wrong {course.verdict.wrong}.",
            *fields,
            *course.verdict.remarks,
            file=sys.stderr,
            flush=True,
        )
    return {"runs": runs, **sums, "failed_seeds": failed, **happened, "records": len(oracle.keys)}


def main() -> int:
    parser = argparse.ArgumentParser(description="Seeded fault runs of a whole migration.")
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--patients", type=int, default=PATIENTS)
    options = parser.parse_args()
    with folder_in_memory() as folder:
        ground = prepared_ground(folder, options.patients)
        oracle = faultless(ground)
        print(
            f"{len(oracle.keys)} records; {oracle.seconds:.1f} s without faults",
            file=sys.stderr,
        )
        outcome = run_all(ground, oracle, options.runs, options.seed)
    print(json.dumps(outcome))
    return 1 if outcome["failed_seeds"] else 0


if __name__ == "__main__":
    sys.exit(main())
