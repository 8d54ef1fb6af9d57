"""What the source's codes mean in ours: by a look-up table, by words, by their letters. Never by a guess.

A number without a look-up table says nothing, except where the columns and codes are those of Open Dental,
whose numbering is public; then the reading says so and stays below the score that stands by itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from panda_twenty.mapping.proposal.landscape import Landscape
from panda_twenty.mapping.proposal.model import CodeReading
from panda_twenty.mapping.proposal.recognised_chart import labels_of
from panda_twenty.mapping.proposal.vocabulary import code_words, entity_phrases
from panda_twenty.panda.discovery.facts import ColumnFacts, TableFacts
from panda_twenty.panda.discovery.names import abbreviation_quality, raw_letters, words_of
from panda_twenty.panda.entities import Attribute, Kind
from panda_twenty.panda.values import plain_text

_YES, _NO = ("true", "false")

OPEN_DENTAL: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("patient", "sex"): {"0": "MALE", "1": "FEMALE", "2": "UNKNOWN", "3": "OTHER"},
    ("patient", "status"): {
        "0": "ACTIVE",
        "1": "INACTIVE",
        "2": "INACTIVE",
        "3": "INACTIVE",
        "4": "INACTIVE",
        "5": "DECEASED",
        "6": "INACTIVE",
    },
    ("appointment", "outcome"): {
        "1": "SCHEDULED",
        "2": "COMPLETED",
        "3": "UNSCHEDULED",
        "4": "SCHEDULED",
        "5": "NO_SHOW",
        "6": "UNSCHEDULED",
        "7": "COMPLETED",
        "8": "COMPLETED",
    },
    ("insurance_policy", "subscriber_relation"): {
        "0": "SELF",
        "1": "SPOUSE",
        "2": "CHILD",
        "3": "OTHER",
        "4": "OTHER",
        "5": "OTHER",
        "6": "OTHER",
        "7": "OTHER",
        "8": "OTHER",
    },
    ("treatment_plan", "status"): {"0": "PROPOSED", "1": "ACCEPTED", "2": "INACTIVE"},
    ("planned_procedure", "status"): {
        "1": "PROPOSED",
        "2": "COMPLETED",
        "3": "EXISTING",
        "4": "EXISTING",
        "5": "DECLINED",
        "6": "DECLINED",
        "7": "EXISTING",
        "8": "DECLINED",
    },
}
"""Open Dental's enumerations, from its public documentation; the columns' names say which is which."""

_OPEN_DENTAL_COLUMNS = frozenset(
    ("gender", "patstatus", "aptstatus", "relationship", "tpstatus", "procstatus")
)


def read_codes(
    landscape: Landscape, entity: str, attribute: Attribute, table: TableFacts, column: ColumnFacts
) -> tuple[tuple[CodeReading, ...], float]:
    """Each code with its meaning, and how sure that is: 1 for words, less for letters, 0 for nothing."""
    if attribute.kind is Kind.BOOLEAN:
        return _read_booleans(attribute, column)
    allowed = attribute.codes
    counts = column.codes
    if not counts:
        return (), 0.0
    by_list = read_by_list(landscape, entity, table.name, column, attribute.name, allowed)
    if by_list is not None and share_read(by_list[0]) > 0.99:
        return by_list
    if column.name.lower() in _OPEN_DENTAL_COLUMNS and (entity, attribute.name) in OPEN_DENTAL:
        known = OPEN_DENTAL[entity, attribute.name]
        if set(counts) <= set(known):
            return tuple(
                CodeReading(code, rows, known[code], "the numbering of Open Dental")
                for code, rows in counts.items()
            ), 0.75
    readings = _by_words(counts, allowed)
    best = readings
    if by_list is not None and share_read(by_list[0]) > share_read(readings):
        best = by_list[0]
    share = share_read(best)
    whole_words = sum(len(reading.theirs) > 2 for reading in best) >= len(best) / 2
    return best, share if whole_words else 0.9 * share


def share_read(readings: Sequence[CodeReading]) -> float:
    """Share of the rows whose code was read."""
    rows = sum(reading.rows for reading in readings)
    return sum(reading.rows for reading in readings if reading.ours is not None) / rows if rows else 0.0


def _read_booleans(attribute: Attribute, column: ColumnFacts) -> tuple[tuple[CodeReading, ...], float]:
    if column.broad == "boolean" or not column.codes or column.share("yes_no") > 0.999:
        opposite = bool(set(words_of(column.name)) & {"inactive", "hidden"}) and attribute.name == "is_active"
        if opposite:
            return tuple(
                CodeReading(
                    code,
                    rows,
                    _NO if code.lower() in code_words("true") else _YES,
                    "the column says the opposite",
                )
                for code, rows in column.codes.items()
            ), 0.8
        return (), 1.0
    readings = tuple(
        CodeReading(code, rows, meaning, "its word")
        for code, rows in column.codes.items()
        for meaning in [next((each for each in (_YES, _NO) if code.lower() in code_words(each)), None)]
    )
    return readings, share_read(readings)


def read_by_list(
    landscape: Landscape,
    entity: str,
    table: str,
    column: ColumnFacts,
    attribute: str,
    allowed: Sequence[str],
) -> tuple[tuple[CodeReading, ...], float] | None:
    """The codes read through a list that the database keeps: the table that the column points at, a small
    table, or one list of a table of many. None where no list has these codes.

    Of several lists with the same numbers the one is taken whose labels are meanings of ours, all of them,
    and whose name is that of the column or says the attribute; near ties are not sure.
    """
    pointed = labels_of(landscape.discovery, table, column)
    if pointed and set(column.codes) <= set(pointed):
        relation = landscape.discovery.relation_of(table, column.name)
        readings = _by_labels(
            column.codes, pointed, allowed, f"table {relation.to_table}" if relation else "a table"
        )
        if share_read(readings) > 0.9:
            return readings, 1.0
    column = replace(column, name=landscape.spelled(table, column.name))
    codes = set(column.codes)
    scored = []
    for other in landscape.discovery.tables.values():
        if (
            other.name == table
            or not 2 <= other.rows <= 2_000
            or (other.set_aside or "").startswith("looks like a")
        ):
            continue
        for labels, title in lists_of(landscape, other):
            if not codes <= set(labels):
                continue
            meant = meanings(list(labels.values()), allowed)
            readable = sum(each is not None for each in meant.values()) / len(labels)
            if readable < 0.5:
                continue
            likeness = max(
                _likeness(title or other.name, column, entity, attribute),
                0.8 * _likeness(other.name, column, entity, attribute),
            )
            score = 0.5 * readable + 0.35 * likeness + 0.15 * len(codes) / len(labels)
            source = f"table {other.name}" + (f", list {title}" if title else "")
            scored.append((score, source, _by_labels(column.codes, labels, allowed, source)))
    if not scored:
        return None
    scored.sort(key=lambda each: (-each[0], each[1]))
    best = scored[0]
    said = {reading.theirs: reading.ours for reading in best[2]}
    rivals = [
        each
        for each in scored[1:]
        if each[0] > best[0] - 0.12 and {one.theirs: one.ours for one in each[2]} != said
    ]
    return best[2], 0.6 if rivals else min(0.97, 0.35 + 0.65 * best[0])


def said_by_a_list(
    landscape: Landscape, entity: str, table: str, column: ColumnFacts, attribute: Attribute
) -> str | None:
    """Where a list without a declared tie decodes a column into meanings of the attribute, and nothing else.

    Numbers are the same in many lists: theirs has to be called like the column or the attribute. Letters
    speak for themselves where every list that has them says the attribute's meanings.
    """
    codes = set(column.codes)
    if len(codes) < _FEWEST_CODES:
        return None
    column = replace(column, name=landscape.spelled(table, column.name))
    are_letters = all(code.isalpha() and len(code) > 1 for code in codes)
    others, found = 0, None
    for other in landscape.tables.values():
        if other.name == table or not 2 <= other.rows <= 2_000:
            continue
        for labels, title in lists_of(landscape, other):
            if not codes <= set(labels) or min(map(len, labels.values())) < _SHORTEST_LABEL:
                continue
            meant = set(meanings(list(labels.values()), attribute.codes).values())
            likeness = _likeness(title or other.name, column, entity, attribute.name)
            if None in meant or len(meant) < len(labels) or not (are_letters or likeness >= _ALIKE):
                others += 1
            elif found is None or likeness >= _ALIKE:
                found = title or other.name
    return f"list {found} says meanings of it" if found and not (are_letters and others) else None


_FEWEST_CODES, _SHORTEST_LABEL, _ALIKE = 2, 3, 0.7
"""Codes and letters of a label from which a list says something, and how alike a name has to be."""


def _likeness(title: str, column: ColumnFacts, entity: str, attribute: str) -> float:
    """How much a list's name is that of a column, or says its attribute, from 0 to 1."""
    letters = raw_letters(title)
    if letters == raw_letters(column.name):
        return 1.0
    said, own = set(words_of(title)), set(words_of(column.name))
    wanted = words_of(attribute.replace("_", " "))
    if said and said == own:
        return 0.95
    best = 0.0
    ends = {phrase[-1] for phrase, weight in entity_phrases(entity) if weight >= 0.8}
    if said & set(wanted) or said & own:
        best = 0.55 + 0.4 * len(said & (set(wanted) | own | ends)) / len(said)
    owners = [
        each for phrase, weight in entity_phrases(entity) if weight >= 0.8 for each in (phrase, phrase[-1:])
    ]
    for owner in [(), *owners]:
        best = max(best, abbreviation_quality(letters, (*owner, *wanted)))
        if said == {*owner, *wanted}:
            best = max(best, 0.97)
    return best


def lists_of(landscape: Landscape, table: TableFacts) -> list[tuple[dict[str, str], str]]:
    """Code lists in a small table: one, or one for each value of a column that groups them."""
    if table.name not in landscape.code_lists:
        landscape.code_lists[table.name] = _found_lists(landscape, table)
    return landscape.code_lists[table.name]


def _found_lists(landscape: Landscape, table: TableFacts) -> list[tuple[dict[str, str], str]]:
    texts = [each for each in table if each.broad == "text" and each.filled]
    labels = [each for each in texts if each.mean_length >= 3 and each.distinct > 1]
    if not labels:
        return []
    label = max(
        labels, key=lambda each: (each.mean_length > 4, each.mean_length * (each.share("name_like") + 0.5))
    )
    short = [
        each
        for each in table
        if each.name != label.name
        and each.filled
        and each.longest <= 12
        and each.broad in ("text", "integer")
    ]
    found: list[tuple[dict[str, str], str]] = []
    for code in short:
        keys = _texts(landscape, table.name, code.name)
        names = _texts(landscape, table.name, label.name)
        if code.looks_unique:
            found.append((dict(zip(keys, names, strict=True)), ""))
            continue
        for group in table:
            if group.name in (code.name, label.name) or not 1 < group.distinct <= 60:
                continue
            groups = _texts(landscape, table.name, group.name)
            # The groups may be numbers of a further table that says what each list is called.
            titles = labels_of(landscape.discovery, table.name, group)
            by_group: dict[str, dict[str, str]] = {}
            doubled = False
            for key, name, title in zip(keys, names, groups, strict=True):
                own = by_group.setdefault(titles.get(title, title), {})
                doubled = doubled or key in own
                own[key] = name
            if not doubled:
                found.extend((own, title) for title, own in by_group.items())
    return found


def _texts(landscape: Landscape, table: str, column: str) -> list[str]:
    return [
        "" if value is None else plain_text(value).strip()
        for value in landscape.discovery.sampled_values(table, column)
    ]


def _by_labels(
    counts: Mapping[str, int], labels: Mapping[str, str], allowed: Sequence[str], source: str
) -> tuple[CodeReading, ...]:
    return tuple(
        CodeReading(
            code, rows, meaning_of(labels.get(code, ""), allowed), f"{source}: {labels.get(code, '')}"
        )
        for code, rows in counts.items()
    )


def _by_words(counts: Mapping[str, int], allowed: Sequence[str]) -> tuple[CodeReading, ...]:
    """Codes read by their own letters; a letter that two of ours begin with is read by nobody."""
    read = meanings(list(counts), allowed)
    return tuple(CodeReading(code, rows, read[code], "its own letters") for code, rows in counts.items())


def meanings(codes: Sequence[str], allowed: Sequence[str]) -> dict[str, str | None]:
    """Each code's meaning; one that could mean two things means the one that no other code means."""
    found = {code: meaning_of(code, allowed) for code in codes}
    for ours in set(found.values()) - {None}:
        said = [code for code, meaning in found.items() if meaning == ours and len(code) <= 2]
        own = [code for code in said if ours is not None and code[:1].lower() == ours[0].lower()]
        if len(said) > 1 and len(own) == 1:
            found |= dict.fromkeys(code for code in said if code != own[0])
    for _ in codes:
        left = [ours for ours in allowed if ours not in found.values()]
        settled = {
            code: ours
            for code, meaning in found.items()
            if meaning is None and (ours := meaning_of(code, left)) is not None
        }
        if not settled or len(set(settled.values())) < len(settled):
            break
        found |= settled
    return found


def meaning_of(text: str, allowed: Sequence[str]) -> str | None:
    """The one of ``allowed`` that a code or a label says; None where it says none, or two."""
    return _meaning_of(text, tuple(allowed))


@lru_cache(maxsize=20_000)
def _meaning_of(text: str, allowed: tuple[str, ...]) -> str | None:
    """Kept, because each list is read for every column that it may decode."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    plain = re.sub(r"[^a-z0-9#/ +-]", " ", apart.lower()).strip()
    plain = re.sub(r"\s+", " ", plain)
    if not plain:
        return None
    exact = [ours for ours in allowed if plain in code_words(ours) or plain == ours.lower().replace("_", " ")]
    if exact:
        by_own_initial = [ours for ours in exact if len(plain) <= 2 and ours.lower().startswith(plain[0])]
        if len(exact) == 1:
            return exact[0]
        return by_own_initial[0] if len(by_own_initial) == 1 else (exact[0] if len(plain) > 2 else None)
    if len(plain) <= 2:
        return None
    squeezed = plain.replace("-", " ")
    contained = [
        (len(spelling), ours)
        for ours in allowed
        for spelling in code_words(ours)
        if len(spelling) >= 4 and spelling in squeezed and re.search(rf"\b{re.escape(spelling)}", squeezed)
    ]
    if contained:
        return max(contained)[1]
    began = [ours for ours in allowed if len(plain) >= 3 and ours.lower().replace("_", " ").startswith(plain)]
    if began:
        return began[0] if len(began) == 1 else None
    short = [ours for ours in allowed if any(_is_short_for(plain, spelling) for spelling in code_words(ours))]
    return short[0] if len(short) == 1 else None


def _is_short_for(code: str, spelling: str) -> bool:
    """Whether three to five letters are the beginnings and consonants of a longer word or phrase."""
    if not 3 <= len(code) <= 5 or len(spelling) <= len(code):
        return False
    return abbreviation_quality(code, tuple(spelling.replace("-", " ").split())) >= 0.7
