"""``make chaos RUNS=50 SEED=1``: seeded fault runs, and one JSON line at the end.

Run N of them has the seed ``SEED + N``; ``make chaos RUNS=1 SEED=<that>`` repeats it with the same faults in
the same order (not at the same microsecond). As many runs go on at once as there are processors, each with a
stand-in of its own. With TWENTY_URL and TWENTY_API_KEY the runs go against that server one after the other,
through a proxy that makes the faults, and what they made there is destroyed afterwards.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import traceback
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from pathlib import Path

from panda_twenty.sandbox.practice import write_practice
from panda_twenty.session import open_session
from panda_twenty.stages import bring_about_data_model, confirm_mapping, data_model_plan
from panda_twenty_tests.chaos.running import (
    CONTEXT,
    Course,
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


def run_all(ground: Ground, oracle: Oracle, runs: int, seed: int, jobs: int) -> dict[str, object]:
    """The fault runs, ``jobs`` of them at once; what came of all of them."""
    sums = {"lost": 0, "doubled": 0, "wrong": 0}
    failed: list[int] = []
    happened = dict.fromkeys(("attempts", "kills", "restarts", "faults", "sources_lost"), 0)
    with ProcessPoolExecutor(jobs, mp_context=CONTEXT) as pool:
        seeds: dict[Future[Course], int] = {
            pool.submit(fault_run, ground, oracle, each): each for each in range(seed, seed + runs)
        }
        for finished in as_completed(seeds):
            each = seeds.pop(finished)
            try:
                course = finished.result()
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
            _tell(each, course)
    return {"runs": runs, **sums, "failed_seeds": sorted(failed), **happened, "records": len(oracle.keys)}


def _tell(seed: int, course: Course) -> None:
    fields = [f"{name} ({count})" for name, count in course.verdict.fields.most_common(5)]
    print(
        f"seed {seed}: {course.attempts} attempts, {course.kills} kills, {course.restarts} restarts, "
        f"{course.faults} faults on the wire, {course.seconds:.0f} s; "
        f"lost {course.verdict.lost}, doubled {course.verdict.doubled}, wrong {course.verdict.wrong}.",
        *fields,
        *course.verdict.remarks,
        file=sys.stderr,
        flush=True,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="Seeded fault runs of a whole migration.")
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--patients", type=int, default=PATIENTS)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    with folder_in_memory() as folder:
        ground = prepared_ground(folder, options.patients)
        oracle = faultless(ground)
        print(
            f"{len(oracle.keys)} records; {oracle.seconds:.1f} s without faults",
            file=sys.stderr,
        )
        # On a server that all runs share, they would pause and put back each other's workflows.
        jobs = options.jobs if ground.template else 1
        outcome = run_all(ground, oracle, options.runs, options.seed, jobs)
    print(json.dumps(outcome))
    return 1 if outcome["failed_seeds"] else 0


if __name__ == "__main__":
    sys.exit(main())
