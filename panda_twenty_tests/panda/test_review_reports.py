"""Reports for a person to look over read no more of the practice than they tell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from panda_twenty.panda.profile import parse_profile
from panda_twenty.review_reports import write_review_reports
from panda_twenty.session import Session
from panda_twenty_tests.panda.breaking_sessions import BreakingServer

SCRIPT = """
CREATE TABLE P (Id INT);
CREATE TABLE L (Id INT, Pat INT, Template INT, Body NVARCHAR(200));
INSERT INTO L VALUES (1, 1, 7, 'Dear'), (2, 1, 7, 'Dear'), (3, 2, NULL, 'Dear');
CREATE TABLE LT (Id INT, Name NVARCHAR(20), Body NVARCHAR(200));
INSERT INTO LT VALUES (7, 'Thanks', 'Dear'), (8, 'Recall', 'Dear');
CREATE TABLE C (Id INT, Phase INT, Code NVARCHAR(20), Ada NVARCHAR(20), Remark NVARCHAR(200));
INSERT INTO C VALUES (1, 1, 'SRP', 'D4341', 'r'), (2, 1, 'SRP', 'D4342', 'r');
"""
PROFILE = parse_profile(
    """
profile: reports
practice: reports
time_zone: UTC
entities:
  patient: {table: P, key: Id, range: Id, attributes: {}}
  letter:
    table: L
    key: Id
    range: Pat
    attributes: {template_key: Template, written_at: {constant: "2024-01-01"}, body: Body}
  letter_template: {table: LT, key: Id, attributes: {name: Name, body: Body}}
  planned_procedure:
    table: C
    key: Id
    range: Phase
    attributes: {phase_key: Phase, pms_code: Code, ada_code: Ada, surface: Remark}
""",
    "reports.yaml",
)


def test_letters_are_counted_without_their_bodies(
    make_database: Callable[[str], Path], tmp_path: Path
) -> None:
    server = BreakingServer(make_database(SCRIPT))
    with server.database() as database:
        session = SimpleNamespace(source=database, profile=PROFILE, destination=tmp_path)
        counts = write_review_reports(cast(Session, session))
    assert counts == {"letter templates": 2, "codes that do not agree": 1}
    templates = (tmp_path / "reports" / "letter-templates.md").read_text(encoding="utf-8")
    assert "| Thanks | 2 |" in templates
    reads = [each for each in server.statements if "[dbo].[L]" in each or "[dbo].[C]" in each]
    assert len(reads) == 2
    assert not any("[Body]" in each or "[Remark]" in each for each in reads)
