"""``make chaos RUNS=50 SEED=1``: seeded fault runs, and one JSON line at the end.

Run N of them has the seed ``SEED + N``; ``make chaos RUNS=1 SEED=<that>`` repeats it with the same faults in
the same order (not at the same microsecond). As many runs go on at once as processors and memory allow, eight
at most, each with a stand-in of its own. With TWENTY_URL and TWENTY_API_KEY the runs go against that server
one after the other, through a proxy that makes the faults, and what they made there is destroyed afterwards.

Exit code 0: every run was clean. 1: a seed failed. 2: it did not begin, and a sentence says why.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
from pathlib import Path

from panda_twenty.advice import advice_for
from panda_twenty.sandbox.practice import write_practice
from panda_twenty.session import open_session
from panda_twenty.settings import SettingsError
from panda_twenty.stages import bring_about_data_model, confirm_mapping, data_model_plan
from panda_twenty.twenty.client import TwentyClient
from panda_twenty_tests.chaos.running import (
    Ground,
    Oracle,
    faultless,
    free_port,
    settings_for,
    twenty_for,
)
from panda_twenty_tests.chaos.side_by_side import attempt_seconds, jobs_for, run_all
from panda_twenty_tests.memory_folder import NoRoom, folder_in_memory

PATIENTS = 10


def given_server() -> tuple[str, str] | None:
    """A real server's address and key; None for the stand-in. Raises SettingsError for one of them alone."""
    url, token = (os.environ.get(name, "").strip() for name in ("TWENTY_URL", "TWENTY_API_KEY"))
    if bool(url) != bool(token):
        given, lacking = ("TWENTY_URL", "TWENTY_API_KEY") if url else ("TWENTY_API_KEY", "TWENTY_URL")
        raise SettingsError(
            f"{given} is set without {lacking}: give both to test a real server, or none for the stand-in."
        )
    return (url, token) if url else None


def prepared_ground(folder: Path, patients: int) -> Ground:
    """A practice and, unless a server is given, a stand-in's data folder with the data model in it.

    Raises a TwentyError where the server does not answer, or its key's role is too weak.
    """
    practice = folder / "practice.sqlite"
    server = given_server()
    if server is not None:
        url, token = server
        with TwentyClient(url, token) as client:
            client.check()
            version = client.told_version() or "a Twenty that does not tell its version"
        write_practice(practice, patients=patients)
        name = f"chaos-{secrets.token_hex(4)}"
        return Ground(folder, practice, None, url, token, name, version, free_port())
    write_practice(practice, patients=patients)
    (folder / "template").mkdir()
    empty = Ground(folder, practice, folder / "template", None, None)
    with twenty_for(empty, folder / "first") as twenty:
        settings = settings_for(empty, folder / "first", "chaos-template", twenty.url, twenty.token)
        with open_session(settings, "template") as session:
            confirm_mapping(session, "chaos")
            bring_about_data_model(session, data_model_plan(session), lambda done, total, sentence: None)
        twenty.kill()
    return Ground(folder, practice, folder / "first" / "twenty", None, None)


def prepared_oracle(ground: Ground, jobs: int) -> Oracle:
    oracle = faultless(ground)
    oracle.attempt_seconds = attempt_seconds(ground, oracle, jobs)
    print(
        f"{len(oracle.keys)} records; {oracle.attempt_seconds:.1f} s without faults, {jobs} at once; "
        f"server: {ground.server}",
        file=sys.stderr,
        flush=True,
    )
    return oracle


def main() -> int:
    parser = argparse.ArgumentParser(description="Seeded fault runs of a whole migration.")
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--patients", type=int, default=PATIENTS)
    parser.add_argument("--jobs", type=int, help="runs at once; one after the other on a real server")
    options = parser.parse_args()
    try:
        with folder_in_memory(required=True) as folder:
            ground = prepared_ground(folder, options.patients)
            # On a server that all runs share, they would pause and put back each other's workflows.
            jobs = min(options.runs, options.jobs or jobs_for(ground)) if ground.template else 1
            oracle = prepared_oracle(ground, max(1, jobs))
            outcome = run_all(ground, oracle, options.runs, options.seed, max(1, jobs))
    except Exception as problem:
        advice = str(problem) if isinstance(problem, NoRoom) else advice_for(problem)
        if advice is None:
            raise
        print(advice, file=sys.stderr)
        return 2
    print(json.dumps(outcome), flush=True)
    return 1 if outcome["failed_seeds"] else 0


if __name__ == "__main__":
    sys.exit(main())
