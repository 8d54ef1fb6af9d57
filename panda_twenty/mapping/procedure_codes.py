"""What a procedure code looks like, which group its number belongs to, and where a practice's codes disagree.

Four facts stand side by side for every procedure and none replaces another: the code of the practice
management system, the ADA code, what the clinical record calls it and what letters call it. Codes are kept
verbatim everywhere; what is said about them here is said beside them.

Only numbers of the Code on Dental Procedures and Nomenclature (CDT) appear here, with tags of our own. CDT is
the American Dental Association's, which has nothing to do with this project; its wording stays in the
practice's database and in its CRM.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

CodeStatus = Literal["CURRENT", "RETIRED", "LOCAL", "SUFFIXED"]
ProcedureGroup = Literal[
    "EVALUATION",
    "IMAGING",
    "PREVENTIVE",
    "PERIO_SURGICAL",
    "PERIO_NONSURGICAL",
    "PERIO_OTHER",
    "IMPLANT",
    "EXTRACTION_AND_BONE",
    "SEDATION",
    "ADMINISTRATIVE",
]
MismatchKind = Literal[
    "SEVERAL_ADA_CODES", "SEVERAL_LETTER_TEXTS", "LETTER_TEXT_WITHOUT_CODE", "NOT_IN_CODE_LIST"
]

RETIRED_NUMBERS = frozenset(("D4271", "D4320", "D4321", "D7960"))
"""Retired numbers that perio practices still hold. Not a full list; callers may pass a longer one."""

KEYS_SHOWN = 20

_NUMBERS: Mapping[ProcedureGroup, str] = {
    "EVALUATION": "0120 0140 0150 0160 0170 0180",
    "IMAGING": "0210 0220 0230 0272 0274 0330 0364-0368",
    "PREVENTIVE": "1110 1206 1208",
    "PERIO_SURGICAL": "4210-4212 4230 4231 4240 4241 4245 4249 4260 4261 4263-4268 4270 4271 4273-4278 4283"
    " 4285 4286",
    "PERIO_NONSURGICAL": "4320-4323 4341 4342 4346 4355 4381",
    "PERIO_OTHER": "4910 4920 4921 4999",
    "IMPLANT": "6010 6011 6013 6081 6100-6107",
    "EXTRACTION_AND_BONE": "7140 7210 7310 7950-7953 7955-7957 7960-7962 7971",
    "SEDATION": "9222 9223 9239 9243 9248",
    "ADMINISTRATIVE": "9986 9987",
}
"""The perio-relevant numbers by tags of our own (reference, section 3.1); retired ones beside their heirs."""

_CODE = re.compile(r"(?P<number>D[0-9]{4})(?P<suffix>(?:[.\-_/ ]?[A-Z][A-Z0-9]{0,5}|[.\-_/ ][A-Z0-9]{1,6})?)")


def code_status(ada_code: str | None, retired: Collection[str] = RETIRED_NUMBERS) -> CodeStatus | None:
    """How a code looks; None if there is none. It says nothing about whether the code is billable.

    CURRENT is D and four digits, and not known to be retired. SUFFIXED is such a number with the practice's
    addition, as in ``D4341UR`` or ``D6011.1``. RETIRED goes before SUFFIXED: ``D4320UR`` is retired. All else
    is LOCAL, ``4341`` without its D too. Case and blanks around the code do not matter.
    """
    written = _folded(ada_code)
    if not written:
        return None
    found = _CODE.fullmatch(written)
    if found is None:
        return "LOCAL"
    if found["number"] in retired:
        return "RETIRED"
    return "SUFFIXED" if found["suffix"] else "CURRENT"


def code_number(code: str | None) -> str | None:
    """D and four digits, without a suffix; None for a local code."""
    found = _CODE.fullmatch(_folded(code))
    return found["number"] if found else None


def procedure_group(code: str | None) -> ProcedureGroup | None:
    """The group of the code's number, suffixed or not; None where the table does not have it."""
    number = code_number(code)
    return _GROUP_BY_NUMBER.get(number) if number else None


def code_mismatches(
    rows: Iterable[CodedProcedure], code_list: Collection[str] | None = None
) -> list[Mismatch]:
    """Where codes and texts of the practice's procedures do not agree, for a person to look at.

    ``code_list`` has the codes of the practice's own list; without it, nothing is said about it. Codes are
    compared without regard to case and blanks around them, texts without regard to case and runs of blanks;
    they are shown as stored. The rows are read once and not kept.
    """
    spelling: dict[str, str] = {}
    ada_codes: dict[str, _Tally] = defaultdict(_Tally)
    letter_texts: dict[str, _Tally] = defaultdict(_Tally)
    uncoded, unlisted = _Tally(), defaultdict[str, _Tally](_Tally)
    listed = None if code_list is None else {_folded(code) for code in code_list}
    for row in rows:
        pms_code, ada_code = _folded(row.pms_code), _folded(row.ada_code)
        if pms_code:
            spelling[pms_code] = min(spelling.get(pms_code, row.pms_code or ""), row.pms_code or "")
            ada_codes[pms_code].add(row.ada_code, row.key)
            letter_texts[pms_code].add(row.letter_description, row.key)
            if listed is not None and pms_code not in listed:
                unlisted[pms_code].add(row.pms_code, row.key)
        elif not ada_code:
            uncoded.add(row.letter_description, row.key)
    return [
        *_several("SEVERAL_ADA_CODES", spelling, ada_codes),
        *_several("SEVERAL_LETTER_TEXTS", spelling, letter_texts),
        *([uncoded.mismatch("LETTER_TEXT_WITHOUT_CODE", None)] if uncoded.spellings else []),
        *(unlisted[code].mismatch("NOT_IN_CODE_LIST", spelling[code]) for code in sorted(unlisted)),
    ]


def _several(
    kind: MismatchKind, spelling: Mapping[str, str], tallies: Mapping[str, _Tally]
) -> Iterator[Mismatch]:
    for code in sorted(tallies):
        if len(tallies[code].spellings) > 1:
            yield tallies[code].mismatch(kind, spelling[code])


def _folded(code: str | None) -> str:
    return (code or "").strip().upper()


def _group_by_number() -> Iterator[tuple[str, ProcedureGroup]]:
    for group, numbers in _NUMBERS.items():
        for numeral in numbers.split():
            first, _, last = numeral.partition("-")
            for number in range(int(first), int(last or first) + 1):
                yield f"D{number:04d}", group


_GROUP_BY_NUMBER: Mapping[str, ProcedureGroup] = dict(_group_by_number())


@dataclass(frozen=True)
class CodedProcedure:
    """The four facts of one procedure, as stored."""

    key: str
    pms_code: str | None = None
    ada_code: str | None = None
    clinical_description: str | None = None
    letter_description: str | None = None


@dataclass(frozen=True)
class Mismatch:
    """One disagreement. ``values`` are the different spellings with the number of rows that have each."""

    kind: MismatchKind
    pms_code: str | None
    values: tuple[tuple[str, int], ...]
    rows: int
    keys: tuple[str, ...]
    """The first rows that show it, at most KEYS_SHOWN, by key."""

    @property
    def sentence(self) -> str:
        """What is wrong, without the texts, which may hold something about a patient."""
        count = f"{self.rows} procedure{'s' if self.rows != 1 else ''}"
        if self.kind == "SEVERAL_ADA_CODES":
            return f"Code {self.pms_code} stands beside {len(self.values)} different ADA codes ({count})."
        if self.kind == "SEVERAL_LETTER_TEXTS":
            return f"Code {self.pms_code} has {len(self.values)} different letter texts ({count})."
        if self.kind == "NOT_IN_CODE_LIST":
            return f"Code {self.pms_code} is not in the practice's code list ({count})."
        return f"{len(self.values)} letter texts have neither a PMS code nor an ADA code ({count})."


class _Tally:
    """Spellings of what counts as one value, and the smallest keys of the rows that hold any."""

    def __init__(self) -> None:
        self.spellings: dict[str, Counter[str]] = defaultdict(Counter)
        self.keys: list[str] = []

    def add(self, value: str | None, key: str) -> None:
        same = " ".join((value or "").split()).casefold()
        if same and value is not None:
            self.spellings[same][value] += 1
            self.keys.append(key)
            if len(self.keys) > 50 * KEYS_SHOWN:
                self.keys = _smallest(self.keys)

    def mismatch(self, kind: MismatchKind, pms_code: str | None) -> Mismatch:
        values = [
            (min(spellings, key=lambda text: (-spellings[text], text)), spellings.total())
            for spellings in self.spellings.values()
        ]
        return Mismatch(
            kind,
            pms_code,
            values=tuple(sorted(values, key=lambda value: (-value[1], value[0]))),
            rows=sum(count for _, count in values),
            keys=tuple(_smallest(self.keys)),
        )


def _smallest(keys: Iterable[str]) -> list[str]:
    return sorted(keys, key=lambda key: (len(key), key))[:KEYS_SHOWN]
