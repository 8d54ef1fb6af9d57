"""Discovering a practice and proposing its source profile, with everything that is written down of it.

The files stand in the home folder, readable by their owner only: ``discovery.json`` (names, types, shares and
ranges), ``profile.yaml`` (the proposal, to be edited and confirmed), ``proposal.json``, and ``proposal.html``
(the page to look it over on, with masked examples). No row of the practice stands in any of them, apart from
short codes of code lists and numbers of charts.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from panda_twenty.mapping.proposal import Proposal, ProposedLine, profile_text, propose
from panda_twenty.mapping.proposal.destinations import Destinations, destinations
from panda_twenty.mapping.proposal.masking import examples_of
from panda_twenty.mapping.proposal.model import SURE
from panda_twenty.mapping.proposal.reviewing import load_reviewer, reviewed
from panda_twenty.mapping.specification import (
    DEFAULT_MAPPING,
    MappingSpecification,
    load_mapping,
)
from panda_twenty.panda.connection import PracticeDatabase, open_practice
from panda_twenty.panda.discovery import Discovery, discover
from panda_twenty.panda.discovery.closer_look import CloserLook
from panda_twenty.panda.profile import load_profile
from panda_twenty.private_folder import private_folder
from panda_twenty.progress import Step, announce
from panda_twenty.proposal_page import write_proposal_page
from panda_twenty.settings import PROPOSED_PROFILE, Settings, SettingsError
from panda_twenty.verification.reporting import write_private

DISCOVERY, PROPOSAL, PAGE = "discovery.json", "proposal.json", "proposal.html"

SHOWN_RELATION = 0.5
"""Relations from this score on are shown."""


@dataclass(frozen=True)
class Proposed:
    """A proposal, what it was made from, and where the profile was written."""

    discovery: Discovery
    proposal: Proposal
    profile: Path


def discover_practice(database: PracticeDatabase, name: str) -> Discovery:
    """Look at the whole database, announcing each table."""

    def progress(done: int, total: int, what: str) -> None:
        announce(Step("discover", done, total, what))

    return discover(database, name, progress)


def propose_profile(
    settings: Settings, *, practice: str | None = None, time_zone: str | None = None, out: Path | None = None
) -> Proposed:
    """Discover the practice and write a proposed profile, which is checked to be a whole one.

    Without ``practice`` the short name is that of the database. An existing profile at ``out`` is kept beside
    the new one as ``profile.before.yaml``. Raises SettingsError without a connection.
    """
    connection = settings.panda_connection
    if connection is None:
        raise SettingsError("PANDA_CONNECTION is not set: give the practice's database.")
    home = private_folder(settings.panda_twenty_home)
    with open_practice(
        connection.get_secret_value(), home=home, allow_plaintext=settings.panda_allow_plaintext
    ) as database:
        name = database_name(connection.get_secret_value())
        discovery = discover_practice(database, name)
        look = CloserLook(database, discovery)
        proposal = propose(discovery, practice=practice or slug(name), time_zone=time_zone, look=look)
    if settings.panda_twenty_reviewer is not None:
        proposal = reviewed(proposal, discovery, load_reviewer(settings.panda_twenty_reviewer))
    write_private(home / DISCOVERY, json.dumps(discovery.to_json(), indent=1, ensure_ascii=False))
    profile = out or home / PROPOSED_PROFILE
    if profile.exists():
        profile.replace(profile.with_suffix(".before.yaml"))
    write_private(profile, profile_text(proposal))
    load_profile(str(profile))
    return Proposed(discovery, proposal, profile)


def discover_only(settings: Settings, json_file: Path | None = None) -> Discovery:
    """Discover the practice and write down what was found, without proposing anything."""
    connection = settings.panda_connection
    if connection is None:
        raise SettingsError("PANDA_CONNECTION is not set: give the practice's database.")
    text = connection.get_secret_value()
    with open_practice(
        text, home=settings.panda_twenty_home, allow_plaintext=settings.panda_allow_plaintext
    ) as database:
        discovery = discover_practice(database, database_name(text))
    document = json.dumps(discovery.to_json(), indent=1, ensure_ascii=False)
    for file in filter(None, (private_folder(settings.panda_twenty_home) / DISCOVERY, json_file)):
        write_private(file, document)
    return discovery


def write_proposal(settings: Settings, proposed: Proposed, json_file: Path | None = None) -> Path:
    """Write the proposal for programs, to the home folder and to ``json_file``, and the page for people.

    Returns the page.
    """
    mapping = load_mapping(settings.panda_twenty_mapping or DEFAULT_MAPPING)
    document = json.dumps(proposal_document(proposed.proposal, mapping), indent=1, ensure_ascii=False)
    for file in filter(None, (settings.panda_twenty_home / PROPOSAL, json_file)):
        write_private(file, document)
    return write_proposal_page(
        settings.panda_twenty_home / PAGE,
        proposed.proposal,
        examples_of(proposed.proposal, proposed.discovery),
        # What is to be signed is known when the profile has been looked over and Twenty can be asked.
        digest="",
        where_in_twenty=destinations(mapping),
        database=proposed.discovery.database,
    )


def show_discovery(discovery: Discovery) -> None:
    """The tables on the console: rows, columns, key, what they point at."""
    table = Table(title=f"{len(discovery.tables)} tables of {discovery.database}")
    for name in ("table", "rows", "columns", "key", "points at"):
        table.add_column(name, justify="right" if name in ("rows", "columns") else "left")
    for each in discovery.tables.values():
        pointed = dict.fromkeys(
            relation.to_table
            for column in each
            if (relation := discovery.relation_of(each.name, column.name))
            and relation.score >= SHOWN_RELATION
        )
        about = f"set aside: {each.set_aside}" if each.set_aside else ", ".join(pointed)
        style = "dim" if each.set_aside else ""
        table.add_row(
            each.name, f"{each.rows:,}", str(len(each.columns)), ", ".join(each.key), about, style=style
        )
    console = Console()
    console.print(table)
    for remark in discovery.remarks:
        console.print(remark)


def show_proposal(proposed: Proposed, page: Path) -> None:
    """What was proposed, on the console: a row per entity, then what wants a person."""
    proposal = proposed.proposal
    table = Table(title="Proposed source profile")
    for name in ("entity", "table", "score", "lines", "sure", "to look at"):
        table.add_column(name, justify="left" if name in ("entity", "table") else "right")
    for entity in proposal.entities:
        sure = sum(line.score >= SURE for line in entity.lines)
        table.add_row(
            entity.entity,
            entity.table,
            f"{entity.score:.2f}",
            str(len(entity.lines)),
            str(sure),
            str(len(entity.lines) - sure),
        )
    console = Console()
    console.print(table)
    columns = [each for each in proposal.not_read if each.column]
    forbidden = [f"{each.table}.{each.column}" for each in columns if "Social Security" in each.reason]
    among = f", among them Social Security numbers in {', '.join(forbidden)}" if forbidden else ""
    console.print(
        f"Not read: {len(columns)} columns and {len(proposal.not_read) - len(columns)} tables{among}."
    )
    for remark in proposal.remarks:
        console.print(f"- {remark}", highlight=False)
    for question in proposal.questions:
        console.print(f"Question: {question.about}: {question.question}", style="yellow", highlight=False)
        if question.evidence:
            console.print(f"  ({question.evidence})", style="yellow", highlight=False)
    console.print(f"The profile stands in {proposed.profile}.", soft_wrap=True, highlight=False)
    console.print(f"Look it over on the page {page}.", soft_wrap=True, highlight=False)
    console.print(
        "Answer the questions there, then confirm."
        if proposal.questions
        else "Edit what is wrong in the profile, then sign it with `panda-twenty confirm --by NAME`."
    )


def proposal_document(proposal: Proposal, mapping: MappingSpecification) -> dict[str, Any]:
    """The proposal for programs: an object per line, what is not read, open questions.

    ``score`` goes from 0 to 1; ``used`` says whether the line stands in the profile; ``twenty`` names the
    fields that it ends in.
    """
    ends = destinations(mapping)
    return {
        "practice": proposal.practice,
        "time_zone": proposal.time_zone,
        "lines": [_line_document(line, ends) for line in proposal.lines()],
        "not_read": [
            {"table": each.table, "column": each.column or None, "reason": each.reason}
            for each in proposal.not_read
        ],
        "questions": [each.__dict__ for each in proposal.questions],
        "remarks": list(proposal.remarks),
    }


def _line_document(line: ProposedLine, ends: Destinations) -> dict[str, Any]:
    attribute = "teeth" if line.attribute.startswith("teeth.") else line.attribute
    return {
        "entity": line.entity,
        "attribute": line.attribute,
        "table": line.table,
        "column": line.column,
        "score": line.score,
        "reasons": list(line.reasons),
        "runners_up": [each.__dict__ for each in line.runners_up],
        "used": line.is_usable,
        "lookup": [{"table": step.table, "on": dict(step.on)} for step in line.lookup],
        "codes": {code.theirs: code.ours for code in line.told_codes},
        "settings": dict(line.settings),
        "twenty": [".".join(place) for place in ends.get((line.entity, attribute), ())],
    }


def database_name(connection: str) -> str:
    """What the connection calls the database: the file's name, or DATABASE of an ODBC string."""
    if "://" in connection:
        return Path(connection.rpartition("/")[2].partition("?")[0]).stem or "practice"
    match = re.search(r"(?:^|;)\s*(?:DATABASE|Initial Catalog)\s*=\s*\{?([^;}]+)", connection, re.IGNORECASE)
    return Path(match[1]).stem if match else "practice"


def slug(name: str) -> str:
    """A short name of lower-case letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "practice"
