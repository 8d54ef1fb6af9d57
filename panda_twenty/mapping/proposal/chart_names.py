"""Reads the column names of charts: which measure, which site, which tooth."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from panda_twenty.panda.chart import SITES
from panda_twenty.panda.discovery.names import ABBREVIATIONS, raw_letters, shortens, words_of

SITE_SPELLINGS: Mapping[str, str] = {
    **dict.fromkeys(
        ("mb", "mf", "mv", "bm", "fm", "vm", "mesiobuccal", "mesiofacial", "facialmesial", "buccalmesial"),
        "MB",
    ),
    **dict.fromkeys(
        (
            "b",
            "f",
            "v",
            "buccal",
            "facial",
            "midbuccal",
            "midfacial",
            "mb_",
            "mdf",
            "bb",
            "ff",
            "cb",
            "cf",
            "bc",
            "fc",
        ),
        "B",
    ),
    **dict.fromkeys(
        ("db", "df", "dv", "bd", "fd", "vd", "distobuccal", "distofacial", "facialdistal", "buccaldistal"),
        "DB",
    ),
    **dict.fromkeys(
        ("ml", "mp", "lm", "pm", "mesiolingual", "mesiopalatal", "lingualmesial", "palatalmesial"), "ML"
    ),
    **dict.fromkeys(
        (
            "l",
            "p",
            "lingual",
            "palatal",
            "midlingual",
            "midpalatal",
            "mdl",
            "ll",
            "pp",
            "cl",
            "cp",
            "lc",
            "pc",
        ),
        "L",
    ),
    **dict.fromkeys(
        ("dl", "dp", "ld", "distolingual", "distopalatal", "lingualdistal", "palataldistal"), "DL"
    ),
}
"""How software spells the six sites (Open Dental, NHANES, SEPA and their like), in lower case."""

_MEASURES: Mapping[str, tuple[str, ...]] = {
    "probing_depth": (
        "pd",
        "ppd",
        "probing",
        "probe",
        "pocket",
        "depth",
        "pkt",
        "pck",
        "prob",
        "sd",
        "probdepth",
        "bpe",
    ),
    "gingival_margin": (
        "gm",
        "rec",
        "recession",
        "margin",
        "gingival",
        "gr",
        "fgm",
        "gmar",
        "grm",
        "cej",
        "rc",
    ),
    "attachment_level": (
        "cal",
        "al",
        "attachment",
        "attach",
        "loa",
        "clinicalattachment",
        "ca",
        "atl",
        "attlev",
        "clal",
    ),
    "bleeding": ("bop", "bleeding", "bleed", "bl", "bld", "blood"),
    "suppuration": ("sup", "suppuration", "supp", "pus", "exudate", "su", "ex", "sp"),
    "plaque": ("plq", "plaque", "pl", "plaq", "pi", "pq"),
    "calculus": ("calc", "calculus", "clc", "tartar", "cal_", "cc", "ccl", "ck", "clcs"),
}
_LEVELS: Mapping[str, tuple[str, ...]] = {
    "mobility": ("mob", "mobility", "mobil", "mo", "mb_", "mbl", "mobl"),
    "furcation": ("furc", "furcation", "fur", "frc", "fc", "fg", "fu", "f"),
    "mucogingival_junction": ("mgj", "mucogingival", "mj", "mg"),
    "keratinized_width": (
        "kg",
        "kt",
        "kgw",
        "keratinized",
        "keratinised",
        "ker",
        "attachedgingiva",
        "wkg",
        "ag",
    ),
    "status": (
        "status",
        "stat",
        "state",
        "st",
        "toothstatus",
        "condition",
        "sts",
        "cond",
        "present",
        "missing",
        "ts",
        "tst",
    ),
    "prognosis": ("prognosis", "prog", "prg", "progn", "outlook"),
    "note": ("note", "comment", "remark", "memo", "nt", "txt"),
}
_WORDS_OF_MEASURES: Mapping[str, frozenset[str]] = {
    "probing_depth": frozenset(("probing", "pocket", "depth")),
    "gingival_margin": frozenset(("gingival", "margin", "recession")),
    "attachment_level": frozenset(("attachment",)),
    "bleeding": frozenset(("bleeding",)),
    "suppuration": frozenset(("suppuration", "suppurating", "exudate")),
    "plaque": frozenset(("plaque",)),
    "calculus": frozenset(("calculus",)),
    "mobility": frozenset(("mobility",)),
    "furcation": frozenset(("furcation",)),
    "mucogingival_junction": frozenset(("mucogingival",)),
    "keratinized_width": frozenset(("keratinized",)),
    "prognosis": frozenset(("prognosis",)),
    "note": frozenset(("note", "comment", "remark")),
    "status": frozenset(("status", "state")),
}

ENTRANCES: Mapping[str, str] = {
    "b": "B",
    "f": "B",
    "v": "B",
    "buccal": "B",
    "facial": "B",
    "l": "L",
    "lingual": "L",
    "p": "L",
    "palatal": "L",
    "m": "M",
    "mesial": "M",
    "d": "D",
    "distal": "D",
    "1": "B",
    "2": "L",
    "3": "M",
    "4": "D",
}
ASPECT_SPELLINGS: Mapping[str, str] = {
    "b": "facial",
    "f": "facial",
    "v": "facial",
    "facial": "facial",
    "buccal": "facial",
    "fac": "facial",
    "buc": "facial",
    "l": "lingual",
    "p": "lingual",
    "lingual": "lingual",
    "palatal": "lingual",
    "lin": "lingual",
    "lng": "lingual",
    "pal": "lingual",
    "ling": "lingual",
}


@dataclass(frozen=True)
class SixColumns:
    """Six columns of one stem, one for each site."""

    stem: str
    columns: tuple[str, ...]
    """In the order of ``sites``."""
    sites: tuple[str, ...] | None
    """The sites in the order of ``columns``; None where the names only number them."""


def site_measure(stem: str) -> str | None:
    """The measure or mark that a stem such as ``Pd`` or ``fldRecession`` names."""
    return _named(stem, _MEASURES)


def tooth_level(stem: str) -> str | None:
    """The tooth-level finding that a stem names."""
    return _named(stem, _LEVELS)


def _named(stem: str, known: Mapping[str, tuple[str, ...]]) -> str | None:
    letters = raw_letters(re.sub(r"[\d{}]|tooth|site", "", stem)).strip()
    for measure, spellings in known.items():
        if letters in spellings:
            return measure
    words = set(words_of(re.sub(r"[{}]", " ", stem)))
    for measure in known:
        wanted = _WORDS_OF_MEASURES.get(measure)
        if (
            wanted
            and words & wanted
            and not (measure == "probing_depth" and words & {"attachment", "bleeding"})
        ):
            return measure
    for measure, spellings in known.items():
        if any(len(each) >= 3 and letters.startswith(each) for each in spellings):
            return measure
    if len(letters) >= 3 and letters not in ABBREVIATIONS and not re.search("[aeiou]", letters):
        meant = {
            measure
            for measure in known
            if any(shortens(letters, word) for word in _WORDS_OF_MEASURES.get(measure, ()))
        }
        return meant.pop() if len(meant) == 1 else None
    return None


def six_groups(names: Sequence[str]) -> list[SixColumns]:
    """Groups of six columns that are told apart by a site or by a number from 1 to 6."""
    numbered: dict[str, dict[int, str]] = {}
    sited: dict[str, dict[str, str]] = {}
    for name in names:
        match = re.fullmatch(r"(.*?)[_ ]?0?([1-6])", name)
        if match and match[1]:
            numbered.setdefault(match[1], {})[int(match[2])] = name
        for stem, site in _site_splits(name):
            sited.setdefault(stem.lower(), {}).setdefault(site, name)
    found = [
        SixColumns(stem, tuple(by_site[site] for site in SITES), SITES)
        for stem, by_site in sited.items()
        if len(by_site) == 6 and len(set(by_site.values())) == 6
    ]
    used = {column for group in found for column in group.columns}
    found += [
        SixColumns(stem, tuple(by_number[place] for place in range(1, 7)), None)
        for stem, by_number in numbered.items()
        if len(by_number) == 6 and not used & set(by_number.values())
    ]
    return _without_overlaps(found)


def _without_overlaps(groups: Iterable[SixColumns]) -> list[SixColumns]:
    """Of groups that share a column the one whose stem names a measure, else the first."""
    kept: list[SixColumns] = []
    used: set[str] = set()
    for group in sorted(groups, key=lambda each: site_measure(each.stem) is None):
        if not used & set(group.columns):
            kept.append(group)
            used |= set(group.columns)
    return kept


def _site_splits(name: str) -> list[tuple[str, str]]:
    """Ways to read a column name as a stem and a site, at its end or at its beginning."""
    bare = re.sub(r"[_ ]", "", name)
    lower = bare.lower()
    found = []
    for length in range(min(14, len(lower) - 1), 0, -1):
        if (site := SITE_SPELLINGS.get(lower[-length:])) is not None and _ends_a_word(name, length):
            found.append((bare[:-length], site))
        if (site := SITE_SPELLINGS.get(lower[:length])) is not None and _begins_a_word(name, length):
            found.append((bare[length:], site))
    return found


def _ends_a_word(name: str, length: int) -> bool:
    """Whether the last letters stand apart: ``pd_mb``, ``PdMB``, ``PD3MB``, but not the b of ``Numb``."""
    tail, head = name[-length:], name[:-length]
    return bool(head) and (
        head[-1] in "_ }"
        or head[-1].isdigit()
        or (head[-1].islower() and tail[0].isupper())
        or name.isupper()
        or name.islower()
    )


def _begins_a_word(name: str, length: int) -> bool:
    rest = name[length:]
    return bool(rest) and (
        rest[0] in "_ {" or rest[0].isupper() or (name[:length].isupper() and rest[0].islower())
    )
