"""Progress notes: plain text, HTML and RTF, as three generations of software left them."""

from __future__ import annotations

import random
from datetime import date, timedelta

from panda_twenty.sandbox.practice import rich_text
from panda_twenty.sandbox.practice.codes import LAST_DAY
from panda_twenty.sandbox.practice.history import Visit
from panda_twenty.sandbox.practice.identity import row_id
from panda_twenty.sandbox.practice.moments import entered_and_modified
from panda_twenty.sandbox.practice.people import Person
from panda_twenty.sandbox.practice.ugly_cases import UGLY_CASES
from panda_twenty.sandbox.practice.writing import RowWriter

NOTE_LENGTH = 4000
_NOTE_CASES = frozenset(case.name for case in UGLY_CASES if case.table == "ProgressNote")

_SUBJECTS = ("Phone call", "SOAP", "Post-op check", "Re-eval", "Maintenance", "Consult", "")
_LINES = (
    "S: no complaints. O: PD ≤4 mm, light plaque. A: stable. P: recall in 3 months.",
    "S: sore upper left since Tuesday. O: swelling at #14, PD 8 mm distal. A: abscess. P: drained, rinse.",
    "Explained options: surgery vs. monitoring. Patient prefers to wait – will call.",
    "Sutures removed, healing within normal limits. 0/10 pain.",
    "Deep cleaning UR/LR under local (2 carpules). Tolerated well.",
    "Spoke with the referring office; crown on #30 postponed until the tissue is mature.",
    "Reviewed home care: interdental brush Ø 0.6 mm, ½ turn.",
    "Patient late 20 min, shortened visit.",
    "Bone loss ≈30 % at the lower incisors; splint discussed (“not now”).",
    "Fiancée attended; all questions answered.",
)


def write_notes(
    writer: RowWriter,
    rng: random.Random,
    index: int,
    person: Person,
    visits: list[Visit],
    first_day: date,
    cases: frozenset[str],
) -> None:
    """ProgressNote rows: about one per exam, one on the phone, and the planted one first."""
    days = [visit.day for visit in visits if rng.random() < 0.85]
    days += [day + timedelta(days=rng.randrange(1, 40)) for day in days if rng.random() < 0.4]
    if cases & _NOTE_CASES:
        days.insert(0, first_day)
    for slot, day in enumerate(days):
        noted, modified = entered_and_modified(rng, min(day, LAST_DAY), last=LAST_DAY)
        body = _planted_body(cases, person) if slot == 0 and cases & _NOTE_CASES else _body(rng)
        writer.add(
            "ProgressNote",
            NoteID=row_id("ProgressNote", index, slot),
            PatientID=person.patient_id,
            ProviderID=person.provider_id,
            NoteDate=noted,
            Subject=rng.choice(_SUBJECTS) or None,
            NoteBody=body,
            ModifiedOn=modified,
        )


def _body(rng: random.Random) -> str:
    lines = rng.sample(_LINES, k=rng.randrange(1, 4))
    draw = rng.random()
    if draw < 0.5:
        return ("\r\n" if draw < 0.4 else "\n").join(lines)
    if draw < 0.65:
        return rich_text.html("Visit", lines[:2], lines[2:])
    paragraphs = [rich_text.paragraph(rich_text.text(line)) for line in lines]
    heading = rich_text.paragraph(rich_text.bold("Visit"))
    return rich_text.rtf(heading, *paragraphs)


def _planted_body(cases: frozenset[str], person: Person) -> str:
    name = person.full_name
    if "rtf_in_cyrillic" in cases:
        return rich_text.rtf(
            rich_text.paragraph(
                rich_text.text("Interpreter note for "),
                rich_text.bold(name),
                rich_text.text(" – café visit:"),
            ),
            rich_text.paragraph(rich_text.cyrillic("Пациент жалуется на кровоточивость дёсен.")),
        )
    if "rtf_with_table" in cases:
        return rich_text.rtf(
            rich_text.paragraph(rich_text.bold("Medication")),
            rich_text.table(
                (("Drug", "Dose", "Until"), ("Amoxicillin", "500 mg 3×", "7 days"), ("Rinse", "½ cap", ""))
            ),
            rich_text.bullets(("no smoking for 48 h", "soft food", "call at ≥38 °C")),
        )
    if "rtf_with_unicode" in cases:
        return rich_text.rtf(
            rich_text.paragraph(
                rich_text.text("PD ≤4 mm; CAL ≥5 mm; Δ −1 mm; {braces} and back\\slash; 𝟛 sites")
            ),
            rich_text.paragraph(rich_text.bold("“Stage III” – Núñez"), rich_text.text("\ttab, €50 deposit…")),
        )
    if "html_note" in cases:
        return rich_text.html(
            "Consult – naïve & <new>", ("PD ≤4 mm", "Café visits: 2 per day"), ("brush", "floss | pick")
        )
    if "empty_note" in cases:
        return ""
    if "full_length_note" in cases:
        return ("\r\n".join(_LINES) + "\r\n").ljust(NOTE_LENGTH, "=")
    return "Called patient.\r\n\r\n\tLeft a message.\r\n\tWill try again on Monday (≤2 attempts)."
