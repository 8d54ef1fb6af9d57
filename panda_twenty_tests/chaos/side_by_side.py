"""Fault runs beside one another, each in a process of its own: one that dies takes no other along."""

from __future__ import annotations

import statistics
import sys
import traceback
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from multiprocessing.connection import Connection

from panda_twenty_tests.chaos.running import (
    ATTEMPTS,
    CONTEXT,
    LONGEST_ATTEMPT_FACTOR,
    LONGEST_ATTEMPT_SECONDS,
    Course,
    Ground,
    HarnessFailed,
    Oracle,
    fault_run,
    left_as_it_was,
    undisturbed_seconds,
)
from panda_twenty_tests.machine import processors, spare_megabytes

MOST_JOBS = 8
MEGABYTES_PER_JOB = 1_000
"""The migration, its stand-in, proxy and judge, and the folder of the run."""

Run = Callable[[Ground, Oracle, int], Course]


def jobs_for(ground: Ground) -> int:
    """How many runs go on at once where nobody says."""
    if ground.template is None:
        return 1
    return max(1, min(MOST_JOBS, processors(), int(min(spare_megabytes(), 1e6) // MEGABYTES_PER_JOB)))


def attempt_seconds(ground: Ground, oracle: Oracle, jobs: int) -> float:
    """How long an undisturbed attempt takes with so many at once: kills are to reach its end as well.

    On a real server the oracle's own run tells, which went the same way alone.
    """
    if ground.template is None:
        return oracle.attempt_seconds
    with ThreadPoolExecutor(jobs) as pool:
        return statistics.median(pool.map(lambda place: undisturbed_seconds(ground, place), range(jobs)))


def run_all(
    ground: Ground, oracle: Oracle, runs: int, seed: int, jobs: int, work: Run = fault_run
) -> dict[str, object]:
    """The fault runs, ``jobs`` of them at once; what came of all of them.

    Of a run that did not come to its end nothing is known, so everything counts as lost.
    """
    sums = {"lost": 0, "doubled": 0, "wrong": 0}
    failed: list[int] = []
    unfinished = 0
    happened = dict.fromkeys(("attempts", "kills", "restarts", "faults", "sources_lost"), 0)
    with ThreadPoolExecutor(jobs) as pool:
        seeds: dict[Future[Course], int] = {
            pool.submit(run_in_process, ground, oracle, each, work): each for each in range(seed, seed + runs)
        }
        try:
            for finished in as_completed(seeds):
                each = seeds.pop(finished)
                problem = finished.exception()
                if problem is not None:
                    unfinished += 1
                    sums["lost"] += len(oracle.keys)
                    failed.append(each)
                    _say(f"seed {each} failed: {problem}")
                    continue
                course = finished.result()
                for name in sums:
                    sums[name] += getattr(course.verdict, name)
                for name in happened:
                    happened[name] += getattr(course, name)
                _tell(each, course)
                if not course.verdict.is_clean:
                    failed.append(each)
                    _say(f"seed {each} failed: see the line before")
        finally:
            # Whoever interrupts does not wait for those that have not begun.
            pool.shutdown(wait=False, cancel_futures=True)
    return {
        "runs": runs,
        **sums,
        "unfinished": unfinished,
        "failed_seeds": sorted(failed),
        **happened,
        "records": len(oracle.keys),
        "server": ground.server,
    }


def run_in_process(ground: Ground, oracle: Oracle, seed: int, work: Run = fault_run) -> Course:
    """One fault run; a real server is left as it was, whatever becomes of the run.

    Raises HarnessFailed with the reason where the run did not come to its end.
    """
    receiving, sending = CONTEXT.Pipe(duplex=False)
    process = CONTEXT.Process(target=_tell_course, args=(ground, oracle, seed, work, sending))
    longest = ATTEMPTS * max(LONGEST_ATTEMPT_SECONDS, LONGEST_ATTEMPT_FACTOR * oracle.attempt_seconds) / 4
    try:
        process.start()
        sending.close()
        told: Course | str = f"it hangs (after {longest:.0f} s)"
        try:
            if receiving.poll(longest):
                told = receiving.recv()
            else:
                process.kill()
        except EOFError:
            process.join()
            told = f"its process died ({process.exitcode})"
        process.join()
    finally:
        if ground.template is None:
            left_as_it_was(ground, oracle.keys, seed)
    if isinstance(told, str):
        raise HarnessFailed(told)
    return told


def _tell_course(ground: Ground, oracle: Oracle, seed: int, work: Run, telling: Connection) -> None:
    try:
        telling.send(work(ground, oracle, seed))
    except Exception as problem:
        traceback.print_exc()
        telling.send(f"{type(problem).__name__}: {problem}")


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def _tell(seed: int, course: Course) -> None:
    fields = [f"{name} ({count})" for name, count in course.verdict.fields.most_common(5)]
    sentence = (
        f"seed {seed}: {course.attempts} attempts, {course.kills} kills, {course.restarts} restarts, "
        f"{course.faults} faults on the wire, {course.seconds:.0f} s; "
        f"lost {course.verdict.lost}, doubled {course.verdict.doubled}, wrong {course.verdict.wrong}."
    )
    _say(" ".join([sentence, *fields, *course.verdict.remarks]))
