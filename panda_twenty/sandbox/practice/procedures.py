"""Procedure codes: CDT numbers beside the practice's own codes, in wording that is this project's own.

Only numbers of the Code on Dental Procedures and Nomenclature appear here, never its nomenclature or
descriptors; CDT is the American Dental Association's, which has nothing to do with this project.
"""

from __future__ import annotations

from dataclasses import dataclass

from panda_twenty.sandbox.practice.writing import RowWriter


@dataclass(frozen=True)
class Procedure:
    """One line of the practice's code list; ``fee_cents`` is its usual fee in US cents."""

    pms_code: str
    ada_code: str | None
    clinical: str
    letter: str
    areas: tuple[str, ...]
    fee_cents: int
    active: bool = True


_QUADRANTS = ("UR", "UL", "LL", "LR", "10", "20", "30", "40")
_TEETH = ("3", "14", "19", "30", "2-4", "12-15", "3,4,5", "#8", "23-26", "6 7 8")
_MOUTH = ("00", "FM", "", "UA,LA")
_ARCH = ("UA", "LA", "01", "02")

PROCEDURES: tuple[Procedure, ...] = (
    Procedure("D0180", "D0180", "Full perio work-up", "a complete gum examination", _MOUTH, 12_500),
    Procedure("D0210", "D0210", "X-ray set, whole mouth", "a full set of X-ray pictures", _MOUTH, 16_800),
    Procedure("D4341", "D4341", "Root cleaning, 4+ teeth", "deep cleaning", _QUADRANTS, 31_000),
    Procedure("D4341UR", "D4341", "Root cleaning UR", "deep cleaning, upper right", ("UR", "10"), 31_000),
    Procedure("D4341LL", "D4341", "Root cleaning LL", "deep cleaning, lower left", ("LL", "30"), 31_000),
    Procedure("D4342", "D4342", "Root cleaning, 1-3 teeth", "deep cleaning of single teeth", _TEETH, 22_500),
    Procedure(
        "D4355", "D4355", "Gross removal before exam", "a first cleaning to allow the exam", _MOUTH, 19_000
    ),
    Procedure(
        "D4381", "D4381", "Local antibiotic, per tooth", "medicine placed beside the tooth", _TEETH, 9_550
    ),
    Procedure("PERIO1", None, "Re-check 6-8 wks", "a visit to see how the gums healed", _MOUTH, 0),
    Procedure(
        "SPLINT", "D4320", "Tie loose teeth together", "steadying of loose teeth", _TEETH, 41_000, False
    ),
    Procedure(
        "D4260", "D4260", "Bone surgery, 4+ teeth", "surgery to reduce deep pockets", _QUADRANTS, 128_000
    ),
    Procedure("D4261", "D4261", "Bone surgery, 1-3 teeth", "surgery around a few teeth", _TEETH, 98_500),
    Procedure("D4263", "D4263", "Bone graft, first site", "bone replacement", _TEETH, 56_025),
    Procedure("D4266", "D4266", "Barrier, resorbing", "a membrane that guides healing", _TEETH, 62_000),
    Procedure("D4273", "D4273", "Own-tissue graft", "covering of an exposed root", _TEETH, 124_999),
    Procedure("D4249", "D4249", "Crown lengthening", "making room for a crown", _TEETH, 91_000),
    Procedure("D7140", "D7140", "Extraction, simple", "removal of a tooth", _TEETH, 24_000),
    Procedure("RIDGE", "D7953", "Socket graft", "filling of the socket with bone", _TEETH, 58_000),
    Procedure(
        "D6010", "D6010", "Implant placement", "a titanium root for a new tooth", ("14", "19", "30"), 225_000
    ),
    Procedure(
        "D6011.1", "D6011", "Implant uncovering", "uncovering of the implant", ("14", "19", "30"), 42_000
    ),
    Procedure("D4910", "D4910", "Perio recall", "regular gum maintenance", _MOUTH, 17_450),
    Procedure("D1206", "D1206", "Varnish", "protective varnish", _ARCH, 4_800),
    Procedure("D9987", "D9987", "Cancelled", "", _MOUTH, 0),
)
BY_CODE = {procedure.pms_code: procedure for procedure in PROCEDURES}


def write_procedure_codes(writer: RowWriter) -> None:
    """ProcCode rows."""
    for procedure in PROCEDURES:
        writer.add(
            "ProcCode",
            PmsCode=procedure.pms_code,
            AdaCode=procedure.ada_code,
            ShortDesc=procedure.clinical,
            LetterDesc=procedure.letter or None,
            IsActive=int(procedure.active),
        )
