"""Referring practices worked out from referral sources: an entity that no table holds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from panda_twenty.mapping.referral_matching import ReferralMatching, ReferralRow, match_referrals
from panda_twenty.panda.entities import REFERRING_PRACTICE
from panda_twenty.panda.extraction import EntityRow

_MATCHED_ON = (
    "practice_name",
    "first_name",
    "last_name",
    "street",
    "city",
    "state",
    "postal_code",
    "phone",
    "fax",
    "email",
)
_TAKEN_OVER = ("street", "street2", "city", "state", "postal_code", "country", "phone", "fax", "email")


def matched(rows: Sequence[EntityRow], threshold: float) -> ReferralMatching:
    """Which referral sources are one practice, at this threshold and above."""
    return _matched(
        tuple(ReferralRow(row.key, **{name: row.values.get(name) for name in _MATCHED_ON}) for row in rows),
        threshold,
    )


# Comparing every source with every other takes a quarter of a minute for eight thousand of them, and each
# staging, verification and report asks for it: a process does it again only where they are not the same rows.
@lru_cache(maxsize=1)
def _matched(rows: tuple[ReferralRow, ...], threshold: float) -> ReferralMatching:
    return match_referrals(rows, threshold)


def with_practice_keys(rows: Sequence[EntityRow], threshold: float) -> list[EntityRow]:
    """Referral sources, each naming the practice that it belongs to; individuals name none."""
    company_of = matched(rows, threshold).company_of()
    return [row._replace(values={**row.values, "practice_key": company_of.get(row.key)}) for row in rows]


def referring_practices(rows: Sequence[EntityRow], threshold: float) -> list[EntityRow]:
    """One row per referring practice, under the smallest key of its referral sources.

    Each attribute is that of the first source, by key, that has it; every spelling and doctor is listed.
    """
    by_key = {row.key: row for row in rows}
    practices = []
    for company in matched(rows, threshold).companies:
        members = [by_key[key] for key in company.members]
        values: dict[str, object] = dict.fromkeys(REFERRING_PRACTICE.attributes)
        values |= {name: _first(members, name) for name in _TAKEN_OVER}
        values |= {
            "key": company.key,
            "name": company.name,
            "doctors": "; ".join(dict.fromkeys(filter(None, map(_doctor, members)))) or None,
            "spellings": "; ".join(dict.fromkeys(str(row.values["practice_name"]) for row in members)),
        }
        practices.append(EntityRow(REFERRING_PRACTICE.name, company.key, values))
    return practices


def _first(rows: Sequence[EntityRow], attribute: str) -> object:
    return next((row.values[attribute] for row in rows if row.values.get(attribute)), None)


def _doctor(row: EntityRow) -> str:
    parts = [row.values.get(name) for name in ("title", "first_name", "middle_name", "last_name")]
    name = " ".join(str(part) for part in parts if part)
    credentials = row.values.get("credentials")
    return f"{name}, {credentials}" if name and credentials else name
