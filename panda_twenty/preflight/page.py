"""The preflight page as one HTML file that stands alone and only its owner may read."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, StrictUndefined

from panda_twenty.preflight.estimate import ASSUMPTIONS, estimate_as_sentences
from panda_twenty.preflight.line import Verdict
from panda_twenty.preflight.looking import Preflight
from panda_twenty.verification.reporting import write_private

TEMPLATE = Path(__file__).with_suffix(".html")
WORDS = {
    Verdict.PASS: "Ready to migrate",
    Verdict.WARN: "Ready to migrate, with warnings",
    Verdict.STOP: "Not ready: something stops the migration",
}


def page_as_html(page: Preflight) -> str:
    """The whole page; whatever a server told about itself is escaped."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True)
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    return template.render(
        page=page,
        words=WORDS,
        assumptions=ASSUMPTIONS,
        totals=estimate_as_sentences(page.estimate) if page.estimate else (),
        most=max([1, *page.estimate.records.values()]) if page.estimate else 1,
    )


def write_page(page: Preflight, file: Path) -> Path:
    """Write the page; replaces one that is there, and keeps it from everybody else."""
    written = write_private(file, page_as_html(page))
    # A file that was there before keeps the rights that it had.
    written.chmod(0o600)
    return written
