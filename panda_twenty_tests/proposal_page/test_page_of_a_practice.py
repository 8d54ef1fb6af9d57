"""The page of a whole proposal, made from a generated practice, tells nothing of its patients."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from panda_twenty.cli import main
from panda_twenty.mapping.proposal.assemble import propose
from panda_twenty.mapping.proposal.destinations import destinations
from panda_twenty.mapping.proposal.masking import examples_of
from panda_twenty.mapping.proposal.model import Proposal
from panda_twenty.mapping.specification import load_mapping
from panda_twenty.panda.connection import open_practice
from panda_twenty.panda.discovery import Discovery, discover
from panda_twenty.panda.discovery.closer_look import CloserLook
from panda_twenty.proposal_page import proposal_html
from panda_twenty.sandbox.practice import write_practice

PERSONAL = ("Email", "HomePhone", "MobilePhone", "Street", "BirthDate", "SSN", "LastName", "ChartNo")


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("source") / "practice.sqlite"
    write_practice(file, patients=25)
    return file


@pytest.fixture(scope="module")
def discovered(practice: Path) -> tuple[Discovery, Proposal]:
    with open_practice(f"sqlite:///{practice}") as database:
        discovery = discover(database)
        look: Any = CloserLook(database, discovery)
        return discovery, propose(discovery, practice="harbor-perio", look=look)


@pytest.fixture(scope="module")
def examples(discovered: tuple[Discovery, Proposal]) -> dict[tuple[str, str], tuple[str, ...]]:
    discovery, proposal = discovered
    return examples_of(proposal, discovery)


def test_no_value_of_a_patient_is_on_the_page(
    practice: Path,
    discovered: tuple[Discovery, Proposal],
    examples: dict[tuple[str, str], tuple[str, ...]],
) -> None:
    _, proposal = discovered
    page = proposal_html(
        proposal, examples, digest="", where_in_twenty=destinations(load_mapping()), database="HARBOR"
    )
    with closing(sqlite3.connect(practice)) as connection:
        values = {
            str(value).strip()
            for row in connection.execute(f"SELECT {', '.join(PERSONAL)} FROM Patient")
            for value in row
            if value is not None and len(str(value).strip()) > 4
        }
    assert len(values) > 100
    shown = {each for several in examples.values() for each in several}
    assert not [value for value in values if value in page and value not in ("Patient", "Provider")]
    assert not values & shown


def test_propose_leaves_the_page_beside_the_profile(practice: Path, tmp_path: Path) -> None:
    environment = {"PANDA_CONNECTION": f"sqlite:///{practice}", "PANDA_TWENTY_HOME": str(tmp_path / "home")}
    result = CliRunner().invoke(main, ["propose", "--practice", "harbor-perio"], env=environment)
    assert result.exit_code in (0, 1), result.output
    page = tmp_path / "home" / "proposal.html"
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert "<b>harbor-perio</b>" in page.read_text(encoding="utf-8")
    assert str(page) in result.output.replace("\n", "")


def test_every_found_attribute_stands_on_the_page_with_examples_for_most(
    discovered: tuple[Discovery, Proposal], examples: dict[tuple[str, str], tuple[str, ...]]
) -> None:
    _, proposal = discovered
    page = proposal_html(proposal, examples, digest="", where_in_twenty=destinations(load_mapping()))
    lines = list(proposal.lines())
    assert len(lines) > 150
    for line in lines:
        if not line.attribute.startswith("chart."):
            assert f"{line.table}.{line.column}" in page or "constant" in line.settings
    assert sum(bool(each) for each in examples.values()) > 0.8 * len(lines)
    assert examples["patient", "birth_date"][0].endswith("##-##-##")
    assert examples["patient", "email"] == ("xxx@xxx.xx",)
