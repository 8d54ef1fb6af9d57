"""The commands that run everything: sandbox where no settings are given, progress, the table at the end."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from panda_twenty.advice import advice_for
from panda_twenty.headless import MigrationFailed, dagster_home, end_killed_runs, migrate
from panda_twenty.ledger.outcomes import Outcome, outcomes_by_object
from panda_twenty.ledger.state import quarantined
from panda_twenty.ledger.verified import last_sweep
from panda_twenty.progress import Listener, Step, listening
from panda_twenty.sandbox.practice_file import ensure_practice
from panda_twenty.session import Session, open_session, prepared_home
from panda_twenty.settings import REFERENCE_PROFILE, Settings, SettingsError, environment_of
from panda_twenty.stages import confirm_mapping, restore_automations
from panda_twenty.twenty.errors import TwentyError

COLUMNS = ("source", "created", "updated", "unchanged", "quarantined", "verified", "different")


def with_sandbox_practice(settings: Settings) -> Settings:
    """Settings in which the practice, where none was given, is the sandbox's."""
    if not settings.uses_sandbox_practice:
        return settings
    file = ensure_practice(prepared_home(settings), settings.patients, settings.seed)
    return settings.model_copy(
        update={
            "panda_connection": SecretStr(f"sqlite:///{file}"),
            "panda_profile": settings.panda_profile or REFERENCE_PROFILE,
        }
    )


@contextmanager
def using_sandbox(
    settings: Settings, console: Console | None = None, *, twenty: bool = True
) -> Iterator[Settings]:
    """Settings in which what was not given is the sandbox's; its Twenty runs for as long as this lasts.

    With ``twenty=False`` no Twenty is started.
    """
    home = prepared_home(settings)
    changes: dict[str, object] = {}
    complete = with_sandbox_practice(settings)
    with ExitStack() as stack:
        if twenty and settings.uses_sandbox_twenty:
            from panda_twenty.sandbox.stand_in import stand_in

            address = stack.enter_context(stand_in(home))
            changes |= {"twenty_url": address.url, "twenty_api_key": SecretStr(address.token)}
            # Nobody's work depends on the stand-in's workflow; a real workspace is asked about every time.
            changes["panda_twenty_pause_automations"] = True
            # Whoever removes the data folder has removed all of the sandbox.
            changes["panda_twenty_pace_folder"] = home
        if console is not None:
            source = "the sandbox's reference practice" if settings.uses_sandbox_practice else "the practice"
            target = "the sandbox's Twenty" if settings.uses_sandbox_twenty else settings.twenty_url
            console.print(f"From {source} to {target}; details lie in {home}.")
        yield complete.model_copy(update=changes)


def run_migration(
    settings: Settings,
    *,
    as_json: bool,
    confirm_as: str | None,
    only_ranges: Collection[str] | None = None,
) -> int:
    """Migrate everything, or only some patient ranges and what has none.

    Returns 0 when all is well, 1 when a count does not add up, a field differs or something in Twenty has no
    explanation.
    """
    console = Console(stderr=True)
    with using_sandbox(settings, None if as_json else console) as complete:
        hand_down(complete)
        # Profile and mapping are read before Dagster reads them, which would bury the advice in a traceback.
        with open_session(complete) as session:
            if confirm_as:
                confirm_mapping(session, confirm_as)
        started = time.monotonic()
        failure = None
        with drawn_progress(console, quiet=as_json):
            try:
                migrate(complete, only_ranges)
            except MigrationFailed as problem:
                failure = str(problem)
        if failure is not None:
            end_failed(complete, console, failure)
            return 2
        with open_session(complete) as session:
            order = [each.name for each in session.mapping.objects]
            outcomes = outcomes_by_object(session.ledger)
            held_back = list(quarantined(session.ledger))
            swept = last_sweep(session.ledger) or {}
            reports = session.destination
    found = [outcomes[name] for name in order if name in outcomes]
    is_clean = bool(swept.get("all_is_well"))
    if as_json:
        print(json.dumps({each.object: {name: asdict(each)[name] for name in COLUMNS} for each in found}))
    else:
        _show(found, time.monotonic() - started, is_clean=is_clean)
        if held_back:
            console.print(f"{len(held_back)} records are in quarantine: see `panda-twenty quarantine list`.")
        console.print(f"Ledger, staging and reports: {reports}", soft_wrap=True, highlight=False)
    if not is_clean:
        console.print(_since_verified(swept), style="red", soft_wrap=True, highlight=False)
    return 0 if is_clean and found and all(each.is_well for each in found) else 1


def end_failed(settings: Settings, console: Console, failure: str) -> None:
    """Tell why a migration ended, then put back what it paused in Twenty, and say so where that fails too."""
    console.print(f"panda-twenty: {failure}", style="red", soft_wrap=True, highlight=False)
    try:
        with open_session(settings) as session:
            if _has_answered(session):
                restore_automations(session)
    except Exception as problem:
        advice = advice_for(problem)
        if advice is None:
            raise
        console.print(
            "panda-twenty: Workflows of Twenty that were paused for the migration may still be; the next one "
            f"puts them back at its end. {advice}",
            style="red",
            soft_wrap=True,
            highlight=False,
        )


def _has_answered(session: Session) -> bool:
    """Whether Twenty has answered in this process, or does now; nothing was paused in one that never did."""
    try:
        return bool(session.server)
    except TwentyError:
        return False


def hand_down(settings: Settings) -> None:
    """Put the settings into the environment, where the steps of a run read them."""
    os.environ.update(environment_of(settings))


def _since_verified(swept: Mapping[str, Any]) -> str:
    """What the last look at the whole workspace found, which comes after the ranges were verified."""
    different, without_source, without_record = (
        swept.get(name, 0) for name in ("differences", "without_source", "without_record")
    )
    totals = len(swept.get("totals_that_differ", ()))
    return (
        f"The last look at the whole workspace found {different} fields that differ, {without_source} "
        f"records in Twenty that no row explains, {without_record} rows without their record and {totals} "
        "totals that differ: verification.jsonl in the reports folder has each, and `panda-twenty verify` "
        "looks again."
    )


def _show(outcomes: list[Outcome], seconds: float, *, is_clean: bool) -> None:
    table = Table(title="What came of it")
    table.add_column("Twenty object")
    for name in COLUMNS:
        table.add_column(name, justify="right")
    for each in outcomes:
        counts = asdict(each)
        table.add_row(
            each.object,
            *(str(counts[name]) for name in COLUMNS),
            style="" if each.is_well else "red",
        )
    console = Console()
    if not console.is_terminal:
        console = Console(width=120)
    console.print(table)
    written = sum(each.created + each.updated for each in outcomes)
    unchanged = sum(each.unchanged for each in outcomes)
    held_back = sum(each.quarantined for each in outcomes)
    if not all(each.is_well for each in outcomes):
        console.print("Something differs or does not add up: the reports folder has every difference.")
    elif not is_clean:
        console.print(f"{written} records written, and verified when they were; not all is well since.")
    elif written:
        console.print(f"{written} records written and every one verified field by field, in {seconds:.0f} s.")
    elif held_back:
        console.print(
            f"Nothing was written: {unchanged} records were unchanged, and verified again, and {held_back} "
            f"are in quarantine, in {seconds:.0f} s."
        )
    else:
        console.print(f"Nothing changed: every record was unchanged, and verified again, in {seconds:.0f} s.")


@contextmanager
def console_progress() -> Iterator[None]:
    """Progress of a command that has no other use for the error stream."""
    with drawn_progress(Console(stderr=True), quiet=False):
        yield


@contextmanager
def drawn_progress(console: Console, *, quiet: bool) -> Iterator[None]:
    """One bar for the ranges and one for the stage at work; plain lines where nobody looks at a terminal."""
    if quiet:
        yield
        return
    if not console.is_terminal:
        with listening(_printing(console)):
            yield
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bars:
        tasks = {}

        def draw(step: Step) -> None:
            lane = "ranges" if step.stage == "ranges" else "stage"
            text = "Patient ranges" if lane == "ranges" else step.stage
            if lane not in tasks:
                tasks[lane] = bars.add_task(text, total=step.total)
            bars.update(tasks[lane], description=text, completed=step.done, total=step.total)

        with listening(draw):
            yield


def _printing(console: Console) -> Listener:
    """A listener that prints a line when a stage ends, and for long ones every ten seconds."""
    shown = ""
    at = 0.0

    def show(step: Step) -> None:
        nonlocal shown, at
        line = f"{step.stage}: {step.done}" + (f" of {step.total}" if step.total is not None else "")
        ended = step.total is not None and step.done >= step.total
        if line != shown and step.total != 0 and (ended or time.monotonic() - at > 10):
            shown, at = line, time.monotonic()
            console.print(line, highlight=False)

    return show


def run_ui(settings: Settings, port: int) -> int:
    """``dagster dev`` on loopback with these settings, until it is interrupted or told to end.

    Raises SettingsError where something else listens on the port already.
    """
    _refuse_taken_port(port)
    with using_sandbox(settings, Console(stderr=True)) as complete:
        hand_down(complete)
        home = dagster_home(complete)
        end_killed_runs(home)
        environment = {**os.environ, "DAGSTER_HOME": str(home), "DAGSTER_DISABLE_TELEMETRY": "1"}
        command = [sys.executable, "-m", "dagster", "dev", "-h", "127.0.0.1", "-p", str(port)]
        workspace = Path(__file__).parent.parent / "workspace.yaml"
        command += ["-w", str(workspace)] if workspace.exists() else ["-m", "panda_twenty.definitions"]
        # A group of its own: dagster dev starts four more processes, which have to end with it.
        process = subprocess.Popen(command, env=environment, start_new_session=True)
        signal.signal(signal.SIGTERM, _interrupt)
        try:
            return process.wait()
        except KeyboardInterrupt:
            return 0
        finally:
            _end_group(process)


def _refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise SettingsError(
                f"Something listens on port {port} already, perhaps another Dagster UI: end it, or choose "
                "another port with `panda-twenty ui --port N`."
            )


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End dagster dev and all that it started; by force what has not ended after half a minute."""
    for ending in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, ending)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and _group_lives(process):
            time.sleep(0.2)


def _group_lives(process: subprocess.Popen[bytes]) -> bool:
    process.poll()
    try:
        os.killpg(process.pid, 0)
    except ProcessLookupError:
        return False
    return True
