"""Reports for a person to look over: letter templates, merged referral sources, codes that do not agree.

They may hold names, so they are files that only their owner may read; what is returned are counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pandas as pd

from panda_twenty.mapping.letter_templates import TemplateUse, template_documentation
from panda_twenty.mapping.procedure_codes import CodedProcedure, code_mismatches
from panda_twenty.mapping.referring_practices import matched
from panda_twenty.mapping.rich_text import plain_text, to_markdown
from panda_twenty.panda.extraction import EntityRow, read_entity
from panda_twenty.panda.sampling import slim_rows
from panda_twenty.session import Session
from panda_twenty.verification.reporting import write_private

CODE_FACTS = ("pms_code", "ada_code", "clinical_description", "letter_description")


def write_review_reports(session: Session) -> dict[str, int]:
    """Write every report that this practice has rows for; returns how many rows each has."""
    counts: dict[str, int] = {}
    if _has(session, "letter_template"):
        counts["letter templates"] = _letter_templates(session)
    if _has(session, "referral_source"):
        counts["merged referral sources"], counts["near misses"] = _referral_merges(session)
    if _has(session, "planned_procedure"):
        counts["codes that do not agree"] = _code_mismatches(session)
    return counts


def _has(session: Session, entity: str) -> bool:
    return entity in session.profile.entities


def _rows(session: Session, entity: str) -> Iterable[EntityRow]:
    return read_entity(session.source, session.profile, entity)


def _letter_templates(session: Session) -> int:
    """Each template with its merge fields, the Twenty field each would use, and what must be rebuilt."""
    letters = slim_rows(session.source, session.profile, "letter", {"template_key"})
    uses: Counter[str | None] = Counter(row.values.get("template_key") for row in letters)
    templates = [
        TemplateUse(
            name=row.values["name"] or row.key,
            body_text=plain_text(row.values.get("body")),
            uses=uses[row.key],
            format=to_markdown(row.values.get("body")).kind,
        )
        for row in _rows(session, "letter_template")
    ]
    write_private(session.destination / "reports" / "letter-templates.md", template_documentation(templates))
    return len(templates)


def _referral_merges(session: Session) -> tuple[int, int]:
    """Each merge and each near miss with its score and reasons."""
    sources = list(_rows(session, "referral_source"))
    matching = matched(sources, session.mapping.choices.referral_threshold)
    rows = [
        {
            "merged": merged,
            "source_key": line.keys[0],
            "other_key": line.keys[1],
            "name": line.names[0],
            "other_name": line.names[1],
            "score": round(line.score, 3),
            "reasons": "; ".join(line.reasons),
        }
        for merged, lines in ((True, matching.merges), (False, matching.near_misses))
        for line in lines
    ]
    text = pd.DataFrame(rows).to_csv(index=False, lineterminator="\n")
    write_private(session.destination / "reports" / "referral-sources.csv", text)
    return len(matching.merges), len(matching.near_misses)


def _code_mismatches(session: Session) -> int:
    """Codes whose ADA code or letter wording differs from plan to plan."""
    procedures = (
        CodedProcedure(row.key, **{name: row.values.get(name) for name in CODE_FACTS})
        for row in slim_rows(session.source, session.profile, "planned_procedure", CODE_FACTS)
    )
    found = code_mismatches(procedures)
    rows = [
        {
            "kind": each.kind,
            "pms_code": each.pms_code,
            "spellings": "; ".join(f"{text} ({count})" for text, count in each.values),
            "rows": each.rows,
            "first_keys": "; ".join(each.keys),
        }
        for each in found
    ]
    text = pd.DataFrame(rows).to_csv(index=False, lineterminator="\n")
    write_private(session.destination / "reports" / "procedure-codes.csv", text)
    return len(found)
