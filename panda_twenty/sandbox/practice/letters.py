"""Letter templates with merge fields in three syntaxes, and the letters that were made from them."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass

from panda_twenty.sandbox.practice import rich_text
from panda_twenty.sandbox.practice.codes import LAST_DAY, PRACTICE_NAME
from panda_twenty.sandbox.practice.history import Health, Visit
from panda_twenty.sandbox.practice.identity import row_id
from panda_twenty.sandbox.practice.moments import entered_and_modified
from panda_twenty.sandbox.practice.people import Person
from panda_twenty.sandbox.practice.referrers import referrer_name
from panda_twenty.sandbox.practice.staff import Staff, provider_name
from panda_twenty.sandbox.practice.ugly_cases import GONE_REF_DOCTOR, GONE_TEMPLATE
from panda_twenty.sandbox.practice.writing import RowWriter

_FIELD = re.compile(r"\[(\w+)\]|<<(\w+)>>|\{(\w+)\}")
_LETTER_CASES = frozenset({"letter_template_gone", "unresolved_merge_field"})


@dataclass(frozen=True)
class Template:
    """A letter template; ``to_doctor`` tells who receives its letters."""

    template_id: int
    name: str
    body: str
    to_doctor: bool
    is_rtf: bool = False


TEMPLATES: tuple[Template, ...] = (
    Template(
        1,
        "Referral thank-you",
        "Dear [RefDrName],\r\n\r\nThank you for referring [PatFName] [PatLName], seen on [ExamDate].\r\n"
        "Sincerely,\r\n[ProviderName]\r\n[PracticeName]",
        True,
    ),
    Template(
        2,
        "Diagnosis summary",
        "Dear <<RefDrName>>,\r\n\r\n<<PatFName>> <<PatLName>>: stage <<DxStage>>, grade <<DxGrade>>. "
        "Pockets of ≥5 mm were treated first; recall every {RecallMonths} months.\r\n\r\n<<ProviderName>>",
        True,
    ),
    Template(
        3,
        "Recall reminder",
        "Dear {PatFName},\r\n\r\nyour gums need a visit every {RecallMonths} months – please call us.\r\n"
        "{PracticeName}",
        False,
    ),
    Template(
        5,
        "After surgery",
        rich_text.rtf(
            rich_text.paragraph(rich_text.text("Dear [PatFName],")),
            rich_text.paragraph(rich_text.bold("For the first 48 hours:")),
            rich_text.bullets(("no hot drinks", "cool from outside, 10 min", "rinse gently, 2× a day")),
            rich_text.paragraph(rich_text.text("Yours, [ProviderName] – [PracticeName]")),
        ),
        False,
        is_rtf=True,
    ),
    Template(
        8,
        "Motivation",
        "<p>Dear [PatFName],</p><p>well done: <b>keep brushing</b>!</p><p>[PracticeName]</p>",
        False,
    ),
)
_SINCE = "2019-02-11T15:04:33.117"


def write_templates(writer: RowWriter) -> None:
    """LetterTemplate rows."""
    for template in TEMPLATES:
        writer.add(
            "LetterTemplate",
            TemplateID=template.template_id,
            TemplateName=template.name,
            Body=template.body,
            ModifiedOn=_SINCE,
        )


def write_letters(
    writer: RowWriter,
    rng: random.Random,
    seed: int,
    index: int,
    person: Person,
    staff: Staff,
    health: Health,
    visits: list[Visit],
    cases: frozenset[str],
) -> None:
    """Letter rows: a thank-you for the referral, now and then one after a later exam."""
    days = [visit.day for visit in visits if rng.random() < (0.6 if visit.slot == 0 else 0.3)]
    if cases & _LETTER_CASES:
        days.insert(0, visits[0].day if visits else LAST_DAY)
    for slot, day in enumerate(days):
        planted = cases if slot == 0 else frozenset()
        template = TEMPLATES[1] if planted & _LETTER_CASES else rng.choice(TEMPLATES)
        doctor = person.ref_dr_id if template.to_doctor and person.ref_dr_id != GONE_REF_DOCTOR else None
        values = {
            "PatFName": person.first.strip() or "patient",
            "PatLName": person.last.strip(),
            "RefDrName": referrer_name(seed, doctor) if doctor else "Colleague",
            "ProviderName": provider_name(person.provider_id or staff.periodontists[0]),
            "PracticeName": PRACTICE_NAME,
            "ExamDate": f"{day.month}/{day.day}/{day.year}",
            "DxStage": ("0", "I", "II", "III", "IV")[health.severity],
            "DxGrade": health.grade,
            "RecallMonths": str((6, 6, 4, 3, 3)[health.severity]),
        }
        if "unresolved_merge_field" in planted:
            del values["RecallMonths"]
        written, modified = entered_and_modified(rng, day, last=LAST_DAY)
        writer.add(
            "Letter",
            LetterID=row_id("Letter", index, slot),
            PatientID=person.patient_id,
            TemplateID=GONE_TEMPLATE if "letter_template_gone" in planted else template.template_id,
            RefDrID=doctor,
            RecipientName=values["RefDrName"] if template.to_doctor else person.full_name,
            LetterDate=written,
            Body=resolved(template, values),
            ModifiedOn=modified,
        )


def resolved(template: Template, values: Mapping[str, str]) -> str:
    """The template's body with its merge fields filled; a field without a value stays as it is."""

    def fill(match: re.Match[str]) -> str:
        value = values.get(match[1] or match[2] or match[3])
        if value is None:
            return match[0]
        return rich_text.text(value) if template.is_rtf else value

    return _FIELD.sub(fill, template.body)
