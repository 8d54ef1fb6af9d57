"""The page says everything that the proposal says, where a person looks for it."""

from __future__ import annotations

import re
import shutil
import stat
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from panda_twenty.mapping.proposal.destinations import destinations
from panda_twenty.mapping.proposal.model import NotRead, Proposal, ProposedLine
from panda_twenty.mapping.specification import load_mapping
from panda_twenty.panda.entities import ENTITIES
from panda_twenty.proposal_page import proposal_html, write_proposal_page
from panda_twenty_tests.proposal_page.built_proposal import (
    EXAMPLES,
    PATIENT,
    PROPOSAL,
    QUESTION,
    SETTLED,
)

DIGEST = "a3" * 32
FIELDS = destinations(load_mapping())


class Reader(HTMLParser):
    """The page as text, and the classes and text of each line."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.bodies: list[tuple[str, list[str]]] = []
        self.open: list[str] = []
        self.addresses: list[str] = []
        self._inside = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        self.addresses += [str(given[name]) for name in ("src", "href", "action") if name in given]
        if tag in ("style", "script"):
            self._inside = tag
        if tag == "tbody":
            self.bodies.append((str(given["class"]), []))
        if tag == "details" and "open" in given and self.bodies:
            self.open.append(self.bodies[-1][1][0])

    def handle_endtag(self, tag: str) -> None:
        if tag == self._inside:
            self._inside = ""

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if text and not self._inside:
            self.words.append(text)
            if self.bodies:
                self.bodies[-1][1].append(text)

    @property
    def text(self) -> str:
        return " ".join(self.words)

    def states(self) -> Mapping[str, str]:
        return {words[0]: state for state, words in self.bodies}


def read(proposal: Proposal = PROPOSAL, digest: str = DIGEST) -> Reader:
    return Reader(proposal_html(proposal, EXAMPLES, digest=digest, where_in_twenty=FIELDS, database="HARBOR"))


def test_the_head_tells_practice_database_and_counts() -> None:
    text = read().text
    assert "harbor-perio , read from HARBOR . Its clocks tell the time of America/Chicago" in text
    assert "10 lines sure 2 want a look 2 open, left out 1 question" in text


def test_open_questions_stand_in_a_banner_with_their_evidence() -> None:
    text = read().text
    assert "1 question that the data does not answer" in text
    assert QUESTION.evidence in text
    assert "Answer the 1 open question above" in text
    assert "that the data does not answer" not in read(SETTLED).text


def test_lines_that_want_a_look_come_first_and_are_marked_and_unfolded() -> None:
    page = read(replace(PROPOSAL, entities=(PATIENT,)))
    states = page.states()
    assert list(states)[:3] == ["Medical alert", "Email", "Status"]
    assert [states[name] for name in ("Medical alert", "Email", "Status", "Last name")] == [
        "open",
        "look",
        "open",
        "sure",
    ]
    assert page.open == ["Medical alert", "Email", "Status"]


def test_a_line_says_meaning_place_field_score_reasons_and_runners_up() -> None:
    page = read()
    email = " ".join(next(words for _, words in page.bodies if words[0] == "Email"))
    for expected in (
        ENTITIES["patient"].attributes["email"].meaning,
        "TBLCNT.VAL",
        "by way of TBLCNT (PTNNO = PTNNO)",
        "person.emails",
        "xxx@xxx.xx",
        "0.68",
        "81 % of its values look like e-mail addresses",
        "Considered instead TBLPTN.WEB 0.40",
    ):
        assert expected in email, expected


def test_codes_are_shown_with_rows_and_reason_and_unknown_ones_stand_out() -> None:
    status = " ".join(next(words for _, words in read().bodies if words[0] == "Status"))
    assert "A ACTIVE 2,100 the usual letter" in status
    assert "Q nobody knows yet 12 no list names it" in status


def test_a_card_says_how_the_patient_is_reached_and_which_tables_lost() -> None:
    text = read().text
    assert "Read by patient through TBLPTN.PTNNO." in text
    assert "Read by patient through TBLEXM (EXMNO = EXMNO), whose column PTNNO names the patient." in text
    assert "TBLRSPPTY 0.61" in text


def test_what_is_left_over_is_told_on_both_sides() -> None:
    text = read().text
    assert "not read: 41 columns, among them SSN" in text
    assert "holds Social Security numbers, which a CRM has no use for" in text
    assert "not read at all: a copy of TBLPTN from another day" in text
    assert "not read: OPERID" in text
    assert f"Home phone {ENTITIES['patient'].attributes['home_phone'].meaning}" in text
    assert f"Appointment {ENTITIES['appointment'].meaning}" in text


def test_the_chart_is_drawn_in_the_practices_notation_and_sign() -> None:
    page = read()
    assert "Tooth 16 (FDI notation)" in page.text
    assert "recession is stored as −2" in page.text
    assert {"PD1", "PD6"} <= set(page.words)
    assert "Site order 0.66 MB, B, DB, ML, L, DL columns are numbered" in page.text
    assert "perioExam: " in page.text


def test_the_command_signs_what_is_shown() -> None:
    assert f'panda-twenty confirm --by "Your Name" --digest {DIGEST}' in read().text
    assert "--digest a3" not in read(digest="").text


def test_fields_are_told_for_what_they_draw_on_directly_or_through_what_is_worked_out() -> None:
    assert ("person", "dateOfBirth") in FIELDS["patient", "birth_date"]
    assert ("person", "primaryInsuranceCarrier") in FIELDS["insurance_policy", "carrier"]
    assert ("company", "fax") in FIELDS["referral_source", "fax"]
    assert ("company", "pandaId") not in FIELDS.get(("referral_source", "key"), ())


def test_a_score_is_never_shown_higher_than_it_is() -> None:
    line = ProposedLine("patient", "first_name", "T", "C", 0.798, ("a reason",))
    page = read(replace(SETTLED, entities=(replace(PATIENT, lines=(line,)),)))
    assert page.bodies[0][0] == "look"
    assert "0.79" in page.bodies[0][1]


def test_names_and_reasons_from_the_database_cannot_become_markup() -> None:
    hostile = "<script>alert(1)</script>`<b>`"
    line = ProposedLine("patient", "first_name", hostile, hostile, 0.5, (hostile, hostile))
    entity = replace(PATIENT, table=hostile, reasons=(hostile,), lines=(line,))
    proposal = Proposal(hostile, hostile, (entity,), (NotRead(hostile, hostile, hostile),), (), (hostile,))
    page = proposal_html(
        proposal,
        {("patient", "first_name"): (hostile,)},
        digest=hostile,
        where_in_twenty=lambda entity, attribute: [(hostile, hostile)],
        database=hostile,
    )
    assert "<script>alert" not in page
    assert "<b>`" not in page
    assert page.count("<script>") == 1


def test_the_page_stands_alone_and_asks_nobody_for_anything() -> None:
    page = read()
    assert all(address.startswith("#") for address in page.addresses)
    text = proposal_html(PROPOSAL, EXAMPLES, digest=DIGEST, where_in_twenty=FIELDS)
    assert not re.search(r"https?://|@import|url\(", text)
    assert "default-src 'none'" in text


def test_the_file_is_its_owners_alone_even_where_one_stood_before(tmp_path: Path) -> None:
    file = tmp_path / "reports" / "proposal.html"
    file.parent.mkdir()
    file.write_text("old")
    file.chmod(0o644)
    write_proposal_page(file, PROPOSAL, EXAMPLES, digest=DIGEST, where_in_twenty=FIELDS)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "What goes where" in file.read_text(encoding="utf-8")


def test_the_filter_leaves_only_what_wants_a_look(tmp_path: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("needs chromium")
    page = proposal_html(PROPOSAL, EXAMPLES, digest=DIGEST, where_in_twenty=FIELDS)
    asking = (
        "<script>document.getElementById('only-look').click();"
        "document.title = [...document.querySelectorAll('.lines > tbody')]"
        ".filter(each => each.offsetHeight > 0)"
        ".map(each => each.className).join('|')</script></body>"
    )
    file = tmp_path / "page.html"
    file.write_text(page.replace("</body>", asking), encoding="utf-8")
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    shown = subprocess.run(
        [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            *quiet,
            "--no-first-run",
            f"--user-data-dir={tmp_path / 'browser'}",
            "--dump-dom",
            file.as_uri(),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    title = re.search(r"<title>(.*?)</title>", shown.stdout)
    assert title is not None
    assert title.group(1) == "open|look|open"
