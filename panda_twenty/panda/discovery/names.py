"""Reads the names of tables and columns: words, prefixes, abbreviations.

``strFirstName``, ``FNAME``, ``pat_fname`` and ``FNM`` all say "first name". A name is split into words, known
abbreviations are written out, and what is left is tried as an abbreviation of the phrase in question.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

HUNGARIAN = frozenset(
    (
        "str s sz txt vch chr int lng l n num i dt dtm dte d b bln bit bool f fk pk id cur mny dec dbl "
        "sng byt blob mem obj guid tbl t tb vw lk lkp lu ref col fld"
    ).split()
)


def _data(name: str) -> list[str]:
    lines = (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def _written_out(name: str) -> dict[str, tuple[str, ...]]:
    parts = (line.partition("=") for line in _data(name))
    return {short.strip(): tuple(full.split()) for short, _, full in parts}


_SHORTENED, _GERMAN = _written_out("abbreviations.txt"), _written_out("german_words.txt")

ABBREVIATIONS: Mapping[str, tuple[str, ...]] = {**_GERMAN, **_SHORTENED}

_PLAIN_WORDS = frozenset(word for line in _data("plain_words.txt") for word in line.split())

_LONG_ENOUGH = 5
"""Letters of a German word that is looked for within a run of letters; shorter ones hide in English words."""

_WORDS = (
    _PLAIN_WORDS
    | {short for short in _SHORTENED if len(short) >= 3}
    | {word for word in _GERMAN if len(word) >= _LONG_ENOUGH}
    | {"pt", "dr", "tx", "dx", "no", "dt"}
)


_KIND_ENDINGS = {"a": "amount", "c": "code", "d": "date", "f": "flag", "n": "number", "t": "text"}
"""What a last letter that stands apart says in schemas whose columns end in their kind, as ``BTH_D`` does."""

_PHONE_ENDINGS = {"h": "home", "w": "work", "c": "mobile", "m": "mobile", "f": "fax"}
"""What a last letter that stands apart says after a word for a telephone, as in ``TEL_H``."""


def _with_kind(raw: list[str], name: str) -> list[str]:
    """The parts of a name with a last letter written out where it tells the kind."""
    if len(raw) > 1 and re.search(r"[A-Za-z]_[A-Za-z]$", name) and len(raw[-2]) > 1:
        if raw[-1] in _PHONE_ENDINGS and "phone" in ABBREVIATIONS.get(raw[-2], (raw[-2],)):
            return [*raw[:-1], _PHONE_ENDINGS[raw[-1]]]
        return [*raw[:-1], _KIND_ENDINGS.get(raw[-1], raw[-1])]
    return raw


@lru_cache(maxsize=20_000)
def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in lower case, abbreviations written out, prefixes of types dropped."""
    raw = _split(name)
    if len(raw) > 1 and raw[0] in HUNGARIAN and (name[:1].islower() or "_" in name):
        raw = raw[1:]
    found: list[str] = []
    for part in _with_kind(raw, name):
        for piece in _pieces(part):
            found.extend(spelled_out(piece))
    return tuple(found)


@lru_cache(maxsize=20_000)
def spelled_out(word: str) -> tuple[str, ...]:
    """What a word or abbreviation stands for, in the singular."""
    return tuple(singular(each) for each in ABBREVIATIONS.get(word, (word,)))


@lru_cache(maxsize=20_000)
def _pieces_of(name: str) -> tuple[str, ...]:
    """The words of a name as they stand there, abbreviations left as they are."""
    raw = _split(name)
    if len(raw) > 1 and raw[0] in HUNGARIAN and (name[:1].islower() or "_" in name):
        raw = raw[1:]
    return tuple(piece for part in _with_kind(raw, name) for piece in _pieces(part))


@lru_cache(maxsize=200_000)
def _read_as(pieces: tuple[str, ...], phrase: tuple[str, ...]) -> tuple[str, ...]:
    """The pieces with those that shorten a word of the phrase taken for it: ``cig`` for ``cigarette``,
    ``plc`` for ``policy``."""
    found: list[str] = []
    for piece in pieces:
        is_short = len(piece) >= 3 and piece not in _PLAIN_WORDS
        meant = next((word for word in phrase if is_short and shortens(piece, word)), None)
        found.extend(spelled_out(piece) if meant is None else (meant,))
    return tuple(found)


@lru_cache(maxsize=200_000)
def shortens(piece: str, word: str) -> bool:
    """Whether a few letters are a word's beginning, or consonants of it in their order from its first on."""
    if len(word) <= len(piece) or word[0] != piece[0]:
        return False
    skeleton = word[0] + re.sub("[aeiou]", "", word[1:])
    return word.startswith(piece) or (len(word) >= 5 and _is_subsequence(piece, skeleton))


def singular(word: str) -> str:
    """A plural as its singular, where that is a word of the field; any other word as it is."""
    for ending, instead in (("ies", "y"), ("es", ""), ("s", "")):
        stem = word.removesuffix(ending) + instead
        if word.endswith(ending) and stem in _WORDS:
            return stem
    return word


@lru_cache(maxsize=20_000)
def raw_letters(name: str) -> str:
    """The letters and digits of a name in lower case, without a prefix of its type."""
    raw = _split(name)
    if len(raw) > 1 and raw[0] in HUNGARIAN and name[:1].islower():
        raw = raw[1:]
    return "".join(raw)


def _split(name: str) -> list[str]:
    bare = re.sub(r"[^0-9A-Za-z]+", " ", name)
    bare = re.sub(r"(?i)(hgb?|hb)?a1c", " hbaonec ", bare)
    bare = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", bare)
    bare = re.sub(r"(?<=[A-Z])(?=[A-Z][a-z])", " ", bare)
    bare = re.sub(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])", " ", bare)
    split = ["hba1c" if word == "hbaonec" else word for word in bare.lower().split()]
    return _joined_initials(split)


def _joined_initials(split: list[str]) -> list[str]:
    """``L Name`` is ``lname`` again; a lone ``T`` after a date is its time."""
    found: list[str] = []
    for word in split:
        if found and (len(found[-1]) == 1 or len(word) == 1) and found[-1] + word in ABBREVIATIONS:
            found[-1] += word
        elif word == "t" and found and found[-1] == "date":
            found.append("time")
        else:
            found.append(word)
    return found


@lru_cache(maxsize=20_000)
def _pieces(part: str) -> tuple[str, ...]:
    """A run of letters cut into known words where it is made of them; itself where it is not."""
    if part in _WORDS or part in ABBREVIATIONS or part.isdigit() or len(part) < 3:
        return (part,)
    if len(part) == 3:
        return (part[0], part[1:]) if _says_a_kind(part[1:]) else (part,)
    if (one := singular(part)) in _WORDS:
        return (one,)
    best: list[tuple[int, tuple[str, ...]] | None] = [None] * (len(part) + 1)
    best[0] = (0, ())
    for end in range(1, len(part) + 1):
        for begin in range(max(0, end - 14), end - 1):
            before = best[begin]
            if before is not None and part[begin:end] in _WORDS:
                cost = before[0] + 1
                if best[end] is None or cost < best[end][0]:  # type: ignore[index]
                    best[end] = (cost, (*before[1], part[begin:end]))
    whole = best[len(part)]
    if whole is not None:
        return whole[1]
    if part.endswith("s") and (shorter := best[len(part) - 1]) is not None:
        return shorter[1]
    if len(part) <= _SHORT and part[:2] in ABBREVIATIONS and spelled_out(part[2:])[-1] in _KINDS:
        # Two letters that are short for the thing, and its kind: "exid", "txno".
        return (part[:2], part[2:])
    for end in range(len(part) - 1, 2, -1):
        if end <= len(part) - end + 2 and _says_a_kind(part[1:]):
            # The kind comes last: "ctyp" is some type and no city.
            return (part[0], part[1:])
        # A known beginning and a short rest: "patcity" is cut, "status" is not.
        if best[end] is not None and len(part) - end <= 3:
            return (*best[end][1], part[end:])  # type: ignore[index]
    return (part,)


_SHORT = 5
"""Letters of a name that may be cut after the second, where few words of the language are as short."""

_KINDS = frozenset("amount code date description flag id name number percent text type value".split())


def _says_a_kind(letters: str) -> bool:
    """Whether letters are short for what kind of thing a column holds, such as ``nm`` or ``typ``."""
    return len(letters) >= 2 and letters not in HUNGARIAN and spelled_out(letters)[-1] in _KINDS


def shared_prefix(names: Sequence[str]) -> str:
    """The beginning that at least two thirds of a table's columns share, such as ``PT_`` or ``txp``.

    A single letter counts where all columns have it, or all but one of many: ``PID, PLST, PFST, PSEX``.
    """
    return _shared_letters(names) or _shared_letter(names)


def _shared_letter(names: Sequence[str]) -> str:
    [(first, count)] = Counter(name[:1].lower() for name in names).most_common(1) or [("", 0)]
    strays = 1 if len(names) >= _MANY_COLUMNS else 0
    return first if first.isalpha() and count >= max(3, len(names) - strays) else ""


_MANY_COLUMNS = 6


def _shared_letters(names: Sequence[str]) -> str:
    if len(names) < 4:
        return ""
    counts: Counter[str] = Counter()
    for name in names:
        split = _split(name)
        beginnings = {split[0]} if len(split) > 1 and not split[0].isdigit() else set()
        beginnings |= {
            name[:length].lower()
            for length in (2, 3, 4)
            if len(name) > length + 1 and name[:length].isalpha() and not _goes_through_a_word(name, length)
        }
        counts.update(beginnings)
    found = [
        (length, prefix)
        for prefix, count in counts.items()
        if count >= max(4, 0.66 * len(names)) and (length := len(prefix)) >= 2 and prefix not in HUNGARIAN
    ]
    return max(found, default=(0, ""))[1]


def _goes_through_a_word(name: str, length: int) -> bool:
    """Whether a name that is parted by signs, such as ``REF_ST``, is cut beside one of them."""
    first_part = re.match(r"[A-Za-z]+(?=[_\W])", name)
    return first_part is not None and first_part.end() != length


def without_prefix(name: str, prefix: str) -> str:
    """The name without a beginning that the whole table shares."""
    if prefix and name.lower().startswith(prefix) and len(name) > len(prefix) + 1:
        return name[len(prefix) :].lstrip("_ ") or name
    return name


@lru_cache(maxsize=200_000)
def abbreviation_quality(short: str, words: tuple[str, ...]) -> float:
    """How well a few letters abbreviate these words in order, from 0 (not at all) to about 0.9.

    Every word gives its first letter at least; beginnings (``first`` as ``fir``) and consonants (``phn``)
    count more than scattered letters, and more letters count more than two.
    """
    if len(short) < 2 or not short.isalpha() or not words:
        return 0.0
    best = _consume(short, words)
    if best <= 0:
        return 0.0
    sureness = {2: 0.62, 3: 0.8, 4: 0.9}.get(len(short), 0.95)
    return best * sureness


@lru_cache(maxsize=200_000)
def _consume(short: str, words: tuple[str, ...]) -> float:
    """Quality of the best way to spread ``short`` over ``words``; 0 if there is none."""
    if not words:
        return 1.0 if not short else 0.0
    if not short:
        return 0.0
    word, rest = words[0], words[1:]
    if not rest and ABBREVIATIONS.get(short) == (word,):
        # "GNO" for "group number": the last letters are a known abbreviation of the word.
        return 1.0
    for end in range(2, len(short) - len(rest) + 1) if rest else ():
        # "DXS" for "diagnosis stage": the first letters are a known abbreviation of the word.
        if ABBREVIATIONS.get(short[:end]) == (word,) and (after := _consume(short[end:], rest)):
            return 0.5 + 0.5 * after
    if word[0] != short[0]:
        if len(words) == 1 and len(short) >= 3 and word[0] in "aeiou" and len(word) > 4:
            # "XTN" for "extent": a vowel at the beginning is dropped too.
            return 0.8 * _part_quality(short, word[1:]) if word[1] == short[0] else 0.0
        return 0.0
    best = 0.0
    for taken in range(1, len(short) - len(rest) + 1):
        quality = _part_quality(short[:taken], word)
        if quality:
            after = _consume(short[taken:], rest) if rest else (1.0 if taken == len(short) else 0.0)
            if after:
                best = max(best, min(quality, after) * 0.5 + (quality + after) * 0.25)
    return best


def _part_quality(letters: str, word: str) -> float:
    if word.startswith(letters):
        return 1.0
    skeleton = word[0] + re.sub("[aeiou]", "", word[1:])
    if skeleton.startswith(letters):
        return 0.97
    position = 0
    for letter in letters:
        position = word.find(letter, position) + 1
        if not position:
            return 0.0
    in_skeleton = _is_subsequence(letters, skeleton)
    return 0.85 if in_skeleton else 0.7


def _is_subsequence(letters: str, word: str) -> bool:
    remaining = iter(word)
    return all(letter in remaining for letter in letters)


def phrase_score(
    name: str, phrases: Iterable[tuple[tuple[str, ...], float]], context: frozenset[str]
) -> float:
    """How well a name says one of the phrases, from 0 to 1.

    ``phrases`` are words with a weight; ``context`` are words that the table says already (``patient`` in the
    patient's own table), which neither help nor harm.
    """
    words = words_of(name)
    pieces = _pieces_of(name)
    own = tuple(word for word in words if word not in context)
    letters = raw_letters(name)
    best = 0.0
    for phrase, weight in phrases:
        if weight <= best:
            continue
        best = max(best, weight * _one_phrase(words, own, letters, phrase, context))
        begun = _read_as(pieces, phrase)
        if begun != words and weight * _BEGUN > best:
            rest = tuple(word for word in begun if word not in context)
            best = max(best, weight * _BEGUN * _one_phrase(begun, rest, "", phrase, context))
    return best


_BEGUN = 0.9
"""What a name counts that holds a word's beginning, which may be another word's as well."""

_NEUTRAL = frozenset(
    (
        "code value text id key number name date flag is has the of in a field data desc description type "
        "timestamp utc"
    ).split()
)


def _one_phrase(
    words: tuple[str, ...],
    own: tuple[str, ...],
    letters: str,
    phrase: tuple[str, ...],
    context: frozenset[str],
) -> float:
    wanted = set(phrase)
    for given in (own, words):
        if given and set(given) == wanted:
            return 1.0 if given == own or not context else 0.98
    if set(words) - ((_NEUTRAL | context) - wanted) == wanted:
        return 0.88
    partial = 0.0
    if own:
        have = set(own)
        common = have & wanted
        if common == wanted:
            extra = have - wanted
            return max(0.3, 0.95 - sum(0.1 if word in _NEUTRAL else 0.25 for word in extra))
        needed = wanted - context
        if needed and needed <= have:
            extra = have - needed
            # What is left of the phrase may say too little to bear another word beside it.
            other = 0.25 if needed - _NEUTRAL else 0.45
            return max(0.2, 0.93 - sum(0.1 if word in _NEUTRAL else other for word in extra))
        if common:
            partial = 0.75 * len(common) / len(wanted | have)
    short = letters
    is_in_words = set(own) & _PLAIN_WORDS and own != (short,)
    if (len(short) <= 7 and not (is_in_words or partial)) or min(map(len, own), default=0) == 1:
        return max(partial, 0.88 * abbreviation_quality(re.sub(r"\d", "", short), phrase))
    return partial
