"""Which referral sources are one referring practice: many spellings become one company.

**Score of two rows** (0 to 1). It begins with ``n``, the similarity of the normalised names: words are
paired one to one (equal, or a typing error apart), a word that every dental office uses counts a quarter of a
telling one, and ``n`` is the paired share of the weight (Dice). The other columns then speak:

=================================================================  =======================================
what else is known                                                 score
=================================================================  =======================================
k of: phone digits, fax digits, street and postal code, an e-mail  1 - (1 - n) * 0.4 ** k; times 0.95 each
domain that is the practice's own                                  for other numbers and another town, 0.97
                                                                   for another street
the same postal code, or town where a postal code is missing       0.96 n
nothing that agrees or contradicts                                 0.92 n
other numbers or another street                                    0.85 n (both: 0.80 n)
another town                                                       0.78 n (with other numbers: 0.74 n)
=================================================================  =======================================

Names below 0.72 never score above 0.85, whatever agrees, for two practices may share a building; below 0.3
and with a single contact in common they are not even a near miss. Names of general words only, such as
*Family Dental Care*, lose 15 % unless the first line of the table holds.

**Groups** are complete: *every* two rows of a company, not only each with the canonical one, score at least
the threshold, so a chain of small differences cannot drift from one practice to the next. Pairs join from the
best score down, equal scores by key, so the order of the rows does not matter. A row with little more than a
name that fits two practices which are not one joins neither. All that was held back is a near miss.

**Blocking** keeps 20,000 rows feasible: rows that say the same are scored as one, and only those are compared
that share a number, an address, a domain, the name, one of their rarest words, or (within a town) the first
or last four letters of the longest one. A block of more than 100 different entries is passed over.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import combinations, product

NEAR_MISS = 0.6
"""Pairs from here up to the threshold are shown for review and never merged."""
LARGEST_BLOCK = 100
SHORTEST_MISTYPED = 5
"""Shorter words are equal or different: one letter of four makes another word too often."""
NAMES_PER_OWN_DOMAIN = 3
"""An e-mail domain under more names than this is a mail provider's, not a practice's."""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_DEGREES_AND_FORMS = _set("pc pllc llc llp inc incorporated corp corporation ltd limited dds dmd bds")
_AT_THE_END = _DEGREES_AND_FORMS | _set("pa apc psc plc pl sc lp co company md ms msd phd facp fagd")
_FILLING = _set("the and of at dr drs doctor doctors")
_NOT_A_NAME = _set("na none unknown self nil null individual private nopractice")
_WRITTEN_OUT = dict(
    pair.split(":")
    for pair in _set(
        "assoc:associates assocs:associates associate:associates ctr:center cntr:center centre:center "
        "grp:group fam:family dent:dental dntl:dental ortho:orthodontics orthodontic:orthodontics "
        "perio:periodontics periodontal:periodontics endo:endodontics endodontic:endodontics pedo:pediatric "
        "peds:pediatric paediatric:pediatric prosth:prosthodontics surg:surgery med:medical svcs:services "
        "mt:mount ft:fort hts:heights pk:park st:street ave:avenue av:avenue rd:road blvd:boulevard ln:lane "
        "ct:court pkwy:parkway hwy:highway sq:square ter:terrace trl:trail cir:circle pl:place rdg:ridge "
        "xing:crossing"
    )
)
_IN_A_STREET = _WRITTEN_OUT | {"dr": "drive", "n": "north", "s": "south", "e": "east", "w": "west"}
_GENERAL_WORDS = _set(
    "dental dentistry dentist dentists family care smile smiles studio associates group center clinic office "
    "practice arts specialists services health healthcare oral surgery orthodontics periodontics endodontics "
    "pediatric prosthodontics cosmetic general implant implants medical professional partners team kids"
)
_MAIL_PROVIDERS = _set(
    "gmail.com yahoo.com hotmail.com outlook.com aol.com icloud.com me.com msn.com live.com comcast.net "
    "att.net sbcglobal.net verizon.net bellsouth.net cox.net charter.net earthlink.net protonmail.com"
)
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "&": " and ", "+": " and "})
_APOSTROPHES = re.compile(r"['’‘`´]")
_DOT_BETWEEN_INITIALS = re.compile(r"\b([^\W\d_])\.(?=[^\W\d_]\b)")
_SUITE = re.compile(r"(?:\b(?:suite|ste|unit|apt|bldg|building|floor|fl|room|rm)\b|#).*", re.I | re.S)
_TELEPHONE = re.compile(
    r"(?<![0-9])(?:\+?1[\s.-]*)?\(?([2-9][0-9]{2})\)?[\s./-]*([0-9]{3})[\s./-]*([0-9]{4})(?![0-9])"
)


def normalise_practice_name(name: str | None) -> str:
    """The name without case, accents, punctuation, legal form, degrees and filling words, written out.

    ``Dr. at Cedar Park Dental Assoc., P.C.`` becomes ``cedar park dental associates``.
    """
    words = _plain_words(name)
    while len(words) > 1 and len(words[-1]) == 1 and len(words[-2]) <= 2:  # "P C" and "L L C" at the end
        words[-2:] = [words[-2] + words[-1]]
    if words[:1] == ["st"]:
        words[0] = "saint"
    kept = [word for word in words if word not in _DEGREES_AND_FORMS and word not in _FILLING]
    while len(kept) > 1 and kept[-1] in _AT_THE_END:
        kept.pop()
    return " ".join(_WRITTEN_OUT.get(word, word) for word in kept or words)


def match_referrals(rows: Iterable[ReferralRow], threshold: float = 0.9) -> ReferralMatching:
    """Group the rows that are one practice at ``threshold``. ValueError if two rows have one key."""
    ordered = sorted(rows, key=lambda row: _key_order(row.key))
    if len({row.key for row in ordered}) < len(ordered):
        raise ValueError("Two referral sources have the same key; a key names one row.")
    entries, without_practice = _entries(ordered)
    scores = _scored_pairs(entries)
    groups = _complete_groups(entries, scores, threshold)
    return ReferralMatching(
        companies=tuple(_company(group) for group in groups),
        merges=tuple(merge for group in groups for merge in _merges(group)),
        near_misses=tuple(_near_misses(groups, scores, threshold)),
        without_practice=tuple(without_practice),
    )


def score_pair(one: ReferralRow, other: ReferralRow) -> Score:
    """The score of two rows by themselves."""
    return _score(_facts(one), _facts(other))


def _plain_words(text: str | None) -> list[str]:
    folded = unicodedata.normalize("NFKD", (text or "").casefold()).translate(_LETTERS)
    plain = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return re.findall(r"[^\W_]+", _DOT_BETWEEN_INITIALS.sub(r"\1", _APOSTROPHES.sub("", plain)))


def _key_order(key: str) -> tuple[list[tuple[bool, int, str]], str]:
    """Digits in a key count as numbers: 9 before 10, R9 before R10."""
    parts = [part for part in re.split(r"([0-9]+)", key) if part]
    digits = [part.isascii() and part.isdigit() for part in parts]
    return [
        (not is_number, int(part) if is_number else 0, part)
        for part, is_number in zip(parts, digits, strict=True)
    ], key


def _telephone(text: str | None) -> str | None:
    """The digits of a North American or ``+`` number; None for words, parts of numbers and placeholders."""
    found = _TELEPHONE.search(text or "")
    digits = "".join(found.groups()) if found else re.sub(r"[^0-9]", "", text or "")
    if not found and not ((text or "").strip().startswith("+") and len(digits) > 7):
        return None
    return None if len(set(digits[-7:])) == 1 else digits


@lru_cache(maxsize=200_000)
def _word_similarity(one: str, other: str) -> float:
    """1 less the edits (letters and swaps of neighbours) by length, from 0.8 up; below that 0."""
    longest = max(len(one), len(other))
    if abs(len(one) - len(other)) > longest * 0.2 or not (one + other).isalpha():
        return 0.0
    lines = [list(range(len(other) + 1))]
    for row, letter in enumerate(one, 1):
        line = [row]
        for column, against in enumerate(other, 1):
            cost = min(line[-1] + 1, lines[-1][column] + 1, lines[-1][column - 1] + (letter != against))
            if row > 1 < column and letter == other[column - 2] and one[row - 2] == against:
                cost = min(cost, lines[-2][column - 2] + 1)
            line.append(cost)
        lines.append(line)
    similarity = 1 - lines[-1][-1] / longest
    return similarity if similarity >= 0.8 else 0.0


def _weight(word: str) -> float:
    return 0.25 if word in _GENERAL_WORDS else 1.0


def _name_similarity(one: _Facts, other: _Facts) -> float:
    if one.squeezed == other.squeezed or one.bag == other.bag:
        return 1.0
    shared = one.bag & other.bag
    common = sum([2 * _weight(word) for word, _ in shared])
    left = [word for word in one.bag - shared if len(word[0]) >= SHORTEST_MISTYPED]
    right = [word for word in other.bag - shared if len(word[0]) >= SHORTEST_MISTYPED]
    alike = [
        (similarity, min(a, b), max(a, b))
        for a, b in product(left, right)
        if (similarity := _word_similarity(min(a[0], b[0]), max(a[0], b[0])))
    ]
    taken: set[tuple[str, int]] = set()
    for similarity, a, b in sorted(alike, reverse=True):
        if a not in taken and b not in taken:
            taken |= {a, b}
            common += similarity * (_weight(a[0]) + _weight(b[0]))
    return common / (one.weight + other.weight)


def _agreeing_contacts(one: _Facts, other: _Facts) -> list[str]:
    agreeing = {
        "same phone digits": one.phone is not None and one.phone == other.phone,
        "same fax digits": one.fax is not None and one.fax == other.fax,
        "same street and postal code": one.address is not None and one.address == other.address,
        "same e-mail domain": one.domain is not None and one.domain == other.domain,
    }
    reasons = [reason for reason, holds in agreeing.items() if holds]
    if one.numbers & other.numbers and not any("digits" in reason for reason in reasons):
        reasons.append("phone digits of one are fax digits of the other")
    return reasons


def _score(one: _Facts, other: _Facts) -> Score:
    n = _name_similarity(one, other)
    strong = _agreeing_contacts(one, other)
    other_number = bool(one.phone and other.phone) and not any("digits" in reason for reason in strong)
    other_street = bool(one.street and other.street and one.street != other.street)
    same_place, other_place = _places(one, other)
    if strong:
        score = (1 - (1 - n) * 0.4 ** len(strong)) * 0.95 ** (other_number + other_place) * 0.97**other_street
    elif other_place:
        score = n * (0.74 if other_number else 0.78)
    elif other_number or other_street:
        score = n * (0.80 if other_number and other_street else 0.85)
    else:
        score = n * (0.96 if same_place else 0.92)
    reasons = [_name_reason(one, other, n), *strong]
    if not strong and one.is_general and other.is_general:
        score *= 0.85
        reasons.append("only general words in the names")
    if same_place and "same street and postal code" not in strong:
        reasons.append(same_place)
    against = {
        "different phone digits": other_number,
        "different street": other_street,
        "different town": other_place,
    }
    reasons += [reason for reason, holds in against.items() if holds]
    ceiling = 1 if n >= 0.72 else 0.85 if n >= 0.3 or len(strong) > 1 else 0.59
    return Score(round(min(score, ceiling), 4), tuple(reasons), bool(strong))


def _name_reason(one: _Facts, other: _Facts, similarity: float) -> str:
    if one.words == other.words:
        return "same normalised name"
    if one.squeezed == other.squeezed:
        return "same normalised name but for blanks"
    return "same words in another order" if similarity == 1 else f"name similarity {similarity:.2f}"


def _places(one: _Facts, other: _Facts) -> tuple[str | None, bool]:
    """How the places agree, and whether they differ; two postal codes of one town are neither."""
    if one.postal_code and other.postal_code:
        if one.postal_code == other.postal_code:
            return "same postal code", False
        return None, not (one.town and one.town == other.town)
    if one.town and other.town:
        return ("same town", False) if one.town == other.town else (None, True)
    return None, False


def _facts(row: ReferralRow) -> _Facts:
    domain = (row.email or "").strip().casefold().rpartition("@")[2] if "@" in (row.email or "") else ""
    street = " ".join(_IN_A_STREET.get(word, word) for word in _plain_words(_SUITE.sub("", row.street or "")))
    return _Facts(
        words=tuple(normalise_practice_name(row.practice_name).split()),
        phone=_telephone(row.phone),
        fax=_telephone(row.fax),
        street=street or None,
        postal_code="".join(_plain_words(row.postal_code))[:5] or None,
        town=" ".join(_plain_words(row.city) + _plain_words(row.state)) or None,
        domain=None if domain in _MAIL_PROVIDERS else domain or None,
    )


def _entries(rows: Sequence[ReferralRow]) -> tuple[list[_Entry], list[str]]:
    """What the rows say, rows that say the same together, and the keys of rows that name no practice."""
    said = [(_facts(row), row) for row in rows]
    named = [(facts, row) for facts, row in said if facts.squeezed and facts.squeezed not in _NOT_A_NAME]
    names: dict[str | None, set[str]] = defaultdict(set)
    for facts, _ in named:
        names[facts.domain].add(facts.squeezed)
    together: dict[_Facts, list[ReferralRow]] = defaultdict(list)
    for facts, row in named:
        is_own = len(names[facts.domain]) <= NAMES_PER_OWN_DOMAIN
        together[facts if is_own else replace(facts, domain=None)].append(row)
    with_practice = {row.key for _, row in named}
    return (
        [_Entry(facts, tuple(members)) for facts, members in together.items()],
        [row.key for row in rows if row.key not in with_practice],
    )


def _block_keys(facts: _Facts, entries_with: Mapping[str, int]) -> Iterator[tuple[str, ...]]:
    """The blocks an entry belongs to. ``entries_with`` counts the entries that hold a word.

    Names as similar as a near miss share one of their rarest words: those that come before the rest weighs
    too little (the prefix filter of set similarity joins; for a Dice of 0.6, 0.6 / 1.4 of the weight).
    """
    yield "name", facts.squeezed
    yield from (("number", number) for number in facts.numbers)
    if facts.address:
        yield "address", *facts.address
    if facts.domain:
        yield "domain", facts.domain
    places = [place for place in (facts.postal_code, facts.town) if place]
    rest = facts.weight
    for word in sorted(facts.words, key=lambda word: (entries_with[word], word)):
        if rest >= facts.weight * NEAR_MISS / (2 - NEAR_MISS):
            yield "word", word
            yield from (("word in", place, word) for place in places)
        rest -= _weight(word)
    longest = max(facts.words, key=lambda word: (_weight(word), len(word), word))
    for place in places:
        yield "beginning", place, longest[:4]
        yield "end", place, longest[-4:]


def _scored_pairs(entries: Sequence[_Entry]) -> dict[tuple[int, int], Score]:
    """Pairs of places in ``entries`` that reach a near miss."""
    entries_with = Counter(word for entry in entries for word in set(entry.facts.words))
    blocks: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, entry in enumerate(entries):
        for key in set(_block_keys(entry.facts, entries_with)):
            blocks[key].append(place)
    shared = (block for block in blocks.values() if 1 < len(block) <= LARGEST_BLOCK)
    pairs = {pair for block in shared for pair in combinations(block, 2)}
    scores = {}
    for pair in pairs:
        one, other = entries[pair[0]].facts, entries[pair[1]].facts
        if _agreeing_contacts(one, other) or _name_similarity(one, other) >= NEAR_MISS:
            score = _score(one, other)
            if score.value >= NEAR_MISS:
                scores[pair] = score
    return scores


def _fit_several(scores: Mapping[tuple[int, int], Score], threshold: float) -> set[tuple[int, int]]:
    """Pairs that agree in little more than the name, where one fits another practice as well."""
    partners: dict[int, set[int]] = defaultdict(set)
    good = [pair for pair, score in scores.items() if score.value >= threshold]
    for one, other in good:
        partners[one].add(other)
        partners[other].add(one)
    return {
        (one, other)
        for one, other in good
        if not scores[one, other].is_strong and partners[one] ^ partners[other] != {one, other}
    }


def _complete_groups(
    entries: Sequence[_Entry], scores: Mapping[tuple[int, int], Score], threshold: float
) -> list[_Group]:
    held_back = _fit_several(scores, threshold)
    together = {place: [place] for place in range(len(entries))}

    def fits(one: int, other: int) -> bool:
        pair = (min(one, other), max(one, other))
        score = scores.get(pair) or _score(entries[one].facts, entries[other].facts)
        return pair not in held_back and score.value >= threshold

    for one, other in sorted(scores, key=lambda pair: (-scores[pair].value, pair)):
        left, right = together[one], together[other]
        if left is not right and all(fits(a, b) for a, b in product(left, right)):
            left.extend(right)
            together.update(dict.fromkeys(right, left))
    joined = {id(places): places for places in together.values()}.values()
    groups = [group for places in joined for group in _groups_of(entries, places, threshold)]
    return sorted(groups, key=lambda group: _key_order(group.rows[0].key))


def _groups_of(entries: Sequence[_Entry], places: list[int], threshold: float) -> Iterator[_Group]:
    """One group; but one per row where rows say the same, and too little to reach the threshold."""
    facts_of = {row.key: entries[place].facts for place in places for row in entries[place].rows}
    rows = sorted(
        (row for place in places for row in entries[place].rows), key=lambda row: _key_order(row.key)
    )
    facts = facts_of[rows[0].key]
    if len(places) == 1 and _score(facts, facts).value < threshold:
        yield from (_Group((row,), tuple(places), {row.key: facts}) for row in rows)
    else:
        yield _Group(tuple(rows), tuple(places), facts_of)


def _company(group: _Group) -> Company:
    spellings = [" ".join((row.practice_name or "").split()) for row in group.rows]
    return Company(group.rows[0].key, max(spellings, key=_completeness), tuple(row.key for row in group.rows))


def _completeness(name: str) -> tuple[bool, bool, int, str]:
    """The most complete spelling names the practice and not a doctor, in mixed case, in most letters."""
    is_doctor = re.match(r"(dr|drs|doctor)\b", name, re.IGNORECASE) is not None
    return not is_doctor, not (name.isupper() or name.islower()), sum(map(str.isalnum, name)), name


def _merges(group: _Group) -> Iterator[MatchLine]:
    first = group.rows[0]
    for row in group.rows[1:]:
        score = _score(group.facts[first.key], group.facts[row.key])
        names = (first.practice_name or "", row.practice_name or "")
        yield MatchLine((first.key, row.key), names, score.value, score.reasons)


def _near_misses(
    groups: Sequence[_Group], scores: Mapping[tuple[int, int], Score], threshold: float
) -> list[MatchLine]:
    """One line for each two companies, with the best of their pairs."""
    home: dict[int, _Group] = {}
    lines: dict[tuple[str, str], MatchLine] = {}

    def note(one: _Group, other: _Group, score: Score) -> None:
        one, other = sorted((one, other), key=lambda group: _key_order(group.rows[0].key))
        keys = (one.rows[0].key, other.rows[0].key)
        value, reasons = score.value, score.reasons
        if value >= threshold:
            value, reasons = round(threshold - 0.01, 4), (*reasons, "held back: another row does not fit")
        if value >= NEAR_MISS and (keys not in lines or lines[keys].score < value):
            names = (one.rows[0].practice_name or "", other.rows[0].practice_name or "")
            lines[keys] = MatchLine(keys, names, value, reasons)

    for group in groups:
        for place in group.places:
            if home.setdefault(place, group) is not group:
                facts = group.facts[group.rows[0].key]
                note(home[place], group, _score(facts, facts))
    for (one, other), score in sorted(scores.items()):
        if home[one] is not home[other]:
            note(home[one], home[other], score)
    return sorted(lines.values(), key=lambda line: (-line.score, *map(_key_order, line.keys)))


@dataclass(frozen=True)
class ReferralRow:
    """One referral source as the source has it."""

    key: str
    practice_name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    street: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    phone: str | None = None
    fax: str | None = None
    email: str | None = None


@dataclass(frozen=True)
class Score:
    """0 to 1, why, and whether anything but name and town agrees."""

    value: float
    reasons: tuple[str, ...]
    is_strong: bool


@dataclass(frozen=True)
class Company:
    """One referring practice: its smallest source key, its most complete spelling, and all its rows' keys."""

    key: str
    name: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class MatchLine:
    """One line for review: two source keys, the canonical or smaller one first, and why the score is so."""

    keys: tuple[str, str]
    names: tuple[str, str]
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class ReferralMatching:
    """What is one practice, line by line for review. Names stay out of logs; keys may go there."""

    companies: tuple[Company, ...]
    merges: tuple[MatchLine, ...]
    """One for each row that joined a company, scored against the company's canonical row."""
    near_misses: tuple[MatchLine, ...]
    """Companies, by canonical key, that were not merged; the reasons are of their best pair."""
    without_practice: tuple[str, ...]

    def company_of(self) -> dict[str, str]:
        """The canonical key for every row that names a practice."""
        return {member: company.key for company in self.companies for member in company.members}


@dataclass(frozen=True)
class _Facts:
    """What a row says, in comparable form. Equal facts are scored once."""

    words: tuple[str, ...]
    phone: str | None
    fax: str | None
    street: str | None
    postal_code: str | None
    town: str | None
    domain: str | None

    @cached_property
    def squeezed(self) -> str:
        return "".join(self.words)

    @cached_property
    def bag(self) -> frozenset[tuple[str, int]]:
        """The words; the second of two equal ones is another than the first."""
        return frozenset((word, self.words[:place].count(word)) for place, word in enumerate(self.words))

    @cached_property
    def weight(self) -> float:
        return sum(map(_weight, self.words))

    @cached_property
    def is_general(self) -> bool:
        return _GENERAL_WORDS.issuperset(self.words)

    @cached_property
    def numbers(self) -> frozenset[str]:
        return frozenset(number for number in (self.phone, self.fax) if number)

    @cached_property
    def address(self) -> tuple[str, str] | None:
        return (self.street, self.postal_code) if self.street and self.postal_code else None


@dataclass(frozen=True)
class _Entry:
    facts: _Facts
    rows: tuple[ReferralRow, ...]


@dataclass(frozen=True)
class _Group:
    rows: tuple[ReferralRow, ...]
    places: tuple[int, ...]
    facts: Mapping[str, _Facts]
