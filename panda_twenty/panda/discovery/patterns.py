"""What single values look like. A pattern says what shape a value has, never what it is.

Shares of patterns are facts that may leave the machine; values never do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime

_GIVEN = frozenset(
    (
        "james robert john michael david william richard joseph thomas charles christopher daniel matthew "
        "anthony mark donald steven paul andrew joshua kenneth kevin brian george timothy ronald edward "
        "jason jeffrey ryan jacob gary nicholas eric jonathan stephen larry justin scott brandon benjamin "
        "samuel gregory frank alexander raymond patrick jack dennis jerry tyler aaron jose adam nathan "
        "henry peter kyle walter ethan jeremy harold keith christian roger noah gerald carl terry sean "
        "austin arthur lawrence jesse dylan bryan mary patricia jennifer linda elizabeth barbara susan "
        "jessica sarah karen lisa nancy betty margaret sandra ashley kimberly emily donna michelle carol "
        "amanda dorothy melissa deborah stephanie rebecca sharon laura cynthia kathleen amy angela "
        "shirley anna brenda pamela emma nicole helen samantha katherine christine debra rachel carolyn "
        "janet catherine maria heather diane ruth julie olivia joyce virginia victoria kelly lauren "
        "christina joan evelyn judith megan andrea cheryl hannah jacqueline martha gloria teresa ann sara "
        "madison frances kathryn janice jean alice judy sophia grace denise amber doris marilyn danielle "
        "beverly isabella theresa diana natalie brittany charlotte marie kayla alexis lori"
    ).split()
)
_FAMILY = frozenset(
    (
        "smith johnson williams brown jones garcia miller davis rodriguez martinez hernandez lopez "
        "gonzalez wilson anderson thomas taylor moore jackson martin lee perez thompson white harris "
        "sanchez clark ramirez lewis robinson walker young allen king wright scott torres nguyen hill "
        "flores green adams nelson baker hall rivera campbell mitchell carter roberts gomez phillips "
        "evans turner diaz parker cruz edwards collins reyes stewart morris morales murphy cook rogers "
        "gutierrez ortiz morgan cooper peterson bailey reed kelly howard ramos kim cox ward richardson "
        "watson brooks chavez wood bennett gray mendoza ruiz hughes price alvarez castillo sanders patel "
        "myers long ross foster jimenez powell jenkins perry russell sullivan bell coleman butler "
        "henderson barnes fisher vasquez simmons romero jordan patterson hamilton graham"
    ).split()
)
"""Frequent given and family names in the United States (Census Bureau, Social Security Administration)."""

STATES = frozenset(
    (
        "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM "
        "NY NC ND OH OK OR PA PR RI SC SD TN TX UT VT VA WA WV WI WY"
    ).split()
)
_DEGREE = re.compile(
    r"\b(D\.?D\.?S|D\.?M\.?D|M\.?D|R\.?D\.?H|M\.?S\.?D?|Ph\.?D|B\.?D\.?S|M\.?P\.?H|D\.?O)\b\.?"
)
_TITLES = frozenset("mr mrs ms miss mx dr rev prof sir hon".split())
_SUFFIXES = frozenset(["jr", "sr", "ii", "iii", "iv", "v", "esq"])
_RELATIONS = frozenset("self spouse child other dependent parent husband wife s sp c o d 18 01 19".split())
_STREET = re.compile(
    r"^\d+[A-Za-z]?\s+\S+.*|^(P\.?\s?O\.?\s?Box|RR|Rural Route|One|Two|Suite|Apt|Unit)\b.*", re.IGNORECASE
)
_UNIT = re.compile(
    r"^(apt|suite|ste|unit|floor|fl|rm|room|bldg|building|p\.?o\.? box|box)\b.*|^#.*", re.IGNORECASE
)
_US_DATE = re.compile(
    r"(\d{1,2})[/-](\d{1,2})[/-](\d{4}|\d{2})(\s+\d{1,2}:\d{2}(:\d{2})?(\s*[AP]M)?)?", re.IGNORECASE
)
_DOTTED_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})( \d{1,2}:\d{2}(:\d{2})?)?")
_BARE_DATE = re.compile(r"(18|19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
_MAGIC = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"II*\x00",
    b"MM\x00*",
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0",
)

SITE_WORDS = frozenset(
    (
        "mb b db ml l dl f mf df v mv dv p mp dp facial buccal lingual palatal mesial distal mesiobuccal "
        "distobuccal mesiolingual distolingual mesiofacial distofacial midbuccal midlingual"
    ).split()
)


def npi_is_sound(text: str) -> bool:
    """Whether ten digits are a National Provider Identifier: Luhn over 80840 and the number (CMS)."""
    if not re.fullmatch(r"[12]\d{9}", text):
        return False
    digits = [int(digit) for digit in f"80840{text}"]
    total = sum(
        digit if place % 2 == 0 else sum(divmod(2 * digit, 10))
        for place, digit in enumerate(reversed(digits))
    )
    return total % 10 == 0


def date_of(text: str) -> tuple[str, date] | None:
    """The date that a text holds, and how it is written.

    That is ``iso``, ``us``, ``day_first``, ``dotted`` (``18.03.2024``, the day first as well) or ``bare``.
    """
    bare = text.strip()
    if re.match(r"\d{4}-\d{2}-\d{2}", bare):
        try:
            return "iso", datetime.fromisoformat(bare[:10]).date()
        except ValueError:
            return None
    if match := _US_DATE.fullmatch(bare):
        first, second, year = int(match[1]), int(match[2]), int(match[3])
        if year < 100:
            year += 2000 if year < 40 else 1900
        try:
            return (
                ("us", date(year, first, second)) if first <= 12 else ("day_first", date(year, second, first))
            )
        except ValueError:
            return None
    if match := _DOTTED_DATE.fullmatch(bare):
        try:
            return "dotted", date(int(match[3]), int(match[2]), int(match[1]))
        except ValueError:
            return None
    if _BARE_DATE.fullmatch(bare):
        try:
            return "bare", datetime.strptime(bare, "%Y%m%d").date()
        except ValueError:
            return None
    return None


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _is_phone(text: str) -> bool:
    digits = _digits(text)
    return (
        7 <= len(digits) <= 16
        and re.fullmatch(
            r"[\d\s().+/x#-]+(ext\.?\s*\d+|x\s*\d+|\([a-z]+\)|[a-z ]{0,12})?", text, re.IGNORECASE
        )
        is not None
        and (len(digits) in (7, 10, 11) or "x" in text.lower() or "(" in text)
        and date_of(text) is None
    )


def _is_ssn(text: str) -> bool:
    match = re.fullmatch(r"(\d{3})-(\d{2})-(\d{4})|(\d{3})(\d{2})(\d{4})", text)
    return match is not None


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", text)


def _is_name(text: str) -> bool:
    words = _words(text)
    return (
        1 <= len(words) <= 3
        and len(text) <= 40
        and not re.search(r"[\d@:;/\\<>{}=_]", text)
        and (text[:1].isupper() or text.isupper())
    )


def _is_integer(text: str) -> bool:
    return re.fullmatch(r"-?\d{1,18}(\.0+)?", text) is not None


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?\$?(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?", text) is not None and any(
        letter.isdigit() for letter in text
    )


def _is_full_name(text: str) -> bool:
    return re.fullmatch(r"[^\W\d_][\w'’. -]+,\s*[^\W\d_][\w'’. -]*", text) is not None


def _is_person(text: str) -> bool:
    words = [word.lower() for word in _words(text)]
    return len(words) >= 2 and (words[0] in _GIVEN or words[-1] in _FAMILY or words[0] in _TITLES)


_PARTED_TRIPLET = re.compile(r"(-?\d{1,2}|[xXnN*.#_-])([ ,;|/:^~](-?\d{1,2}|[xXnN*.#_-])){2}")
_MARKS = re.compile(r"[-+.*_xXoOyYnN01]([ ,;|/:^~]*[-+.*_xXoOyYnN01]){2,5}")
"""Three or six signs for a finding at each site."""

_PARTED = re.compile(r"[,;|/]")


def _is_dense(text: str) -> bool:
    """Whether a string of sites says enough: digits, or so many separators that the blanks between count."""
    digits = sum(letter.isdigit() for letter in text)
    return digits >= len(text) / 4 or (digits > 0 and len(_PARTED.findall(text)) >= 31)


PATTERNS: Mapping[str, Callable[[str], bool]] = {
    "integer": _is_integer,
    "number": _is_number,
    "email": lambda text: re.fullmatch(r"\s*[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+.*", text) is not None,
    "url": lambda text: (
        re.match(r"(https?://|www\.)", text, re.IGNORECASE) is not None
        or re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.(com|org|net|test|example|info|biz|us|dental)/?", text)
        is not None
    ),
    "phone": _is_phone,
    "zip": lambda text: re.fullmatch(r"\d{5}(-?\d{4})?", text) is not None,
    "state": lambda text: text.upper() in STATES,
    "ssn": _is_ssn,
    "ssn_dashed": lambda text: re.fullmatch(r"\d{3}-\d{2}-\d{4}", text) is not None,
    "npi": npi_is_sound,
    "ten_digits": lambda text: re.fullmatch(r"\d{10}", text) is not None,
    "guid": lambda text: (
        re.fullmatch(r"\{?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?", text, re.IGNORECASE) is not None
    ),
    "cdt": lambda text: re.fullmatch(r"D?\d{4}[A-Z]{0,3}", text) is not None and text[:1] in "D0123456789",
    "cdt_d": lambda text: re.fullmatch(r"D\d{4}[A-Z]{0,3}", text) is not None,
    "rtf": lambda text: text.lstrip().startswith("{\\rtf"),
    "html": lambda text: (
        re.match(r"\s*<(!doctype|html|body|p|div|b|i|span|table|ul|font)\b", text, re.IGNORECASE) is not None
    ),
    "merge_field": lambda text: (
        re.search(r"\[\w+\]|<<\w+>>|«\w+»|\{\w+\}|%\w+%|&\w+&", text) is not None
        and not text.lstrip().startswith("{\\rtf")
    ),
    "prose": lambda text: len(text) >= 30 and text.count(" ") >= 4,
    "multi_line": lambda text: "\n" in text or "\\par" in text,
    "given_name": lambda text: (
        (words := _words(text)) != [] and len(words) <= 2 and words[0].lower() in _GIVEN
    ),
    "family_name": lambda text: (
        (words := _words(text)) != [] and len(words) <= 2 and words[-1].lower() in _FAMILY
    ),
    "name_like": _is_name,
    "full_name": _is_full_name,
    "person": _is_person,
    "initial": lambda text: re.fullmatch(r"[A-Za-z]\.?", text) is not None,
    "degree": lambda text: _DEGREE.search(text) is not None and len(text) <= 40,
    "title": lambda text: text.lower().rstrip(".") in _TITLES,
    "suffix": lambda text: text.lower().rstrip(".") in _SUFFIXES,
    "street": lambda text: (
        _STREET.match(text) is not None and len(text) <= 80 and re.search(r"[A-Za-z]{2}", text) is not None
    ),
    "unit": lambda text: _UNIT.match(text) is not None,
    "relation": lambda text: text.lower() in _RELATIONS,
    "file_name": lambda text: (
        re.search(r"\.(pdf|jpe?g|png|tiff?|docx?|rtf|bmp|gif|txt|dcm|xlsx?|html?)$", text, re.IGNORECASE)
        is not None
    ),
    "blank_date": lambda text: (
        text[:10]
        in ("0000-00-00", "0001-01-01", "1753-01-01", "1800-01-01", "1801-01-01", "1899-12-30", "1900-01-01")
    ),
    "zero": lambda text: text == "0",
    "midnight": lambda text: re.search(r"[T ]00:00(:00(\.0+)?)?$", text) is not None,
    "clock": lambda text: re.search(r"\d{1,2}:\d{2}", text) is not None,
    "half_day": lambda text: re.search(r"\d{1,2}:\d{2}.*[AP]M$", text, re.IGNORECASE) is not None,
    "yes_no": lambda text: text.lower() in ("0", "1", "-1", "y", "n", "yes", "no", "t", "f", "true", "false"),
    "sex": lambda text: text.lower() in ("m", "f", "male", "female", "man", "woman"),
    "stage": lambda text: text.upper() in ("I", "II", "III", "IV"),
    "grade": lambda text: text.upper() in ("A", "B", "C"),
    "site_word": lambda text: text.lower() in SITE_WORDS,
    "tooth": lambda text: (
        (text.isdigit() and 1 <= int(text) <= 48 and int(text) % 10 != 9) or text in ("9", "19", "29")
    ),
    "tooth_area": lambda text: (
        re.fullmatch(
            r"(\d{1,2}([,-] ?\d{1,2})*|[A-T]|UR|UL|LL|LR|UA|LA|FM|UR?[LR]?[-/,]?.{0,6}|[1-4]0|0[0-2])", text
        )
        is not None
    ),
    "surface": lambda text: re.fullmatch(r"[MODBLFI]{1,6}", text) is not None,
    "triplet": lambda text: (
        (re.fullmatch(r"[\dxXnN*.\- _]{3}", text) or _PARTED_TRIPLET.fullmatch(text)) is not None
        and any(c.isdigit() for c in text)
    ),
    "marks": lambda text: _MARKS.fullmatch(text) is not None,
    "packed": lambda text: (
        len(text) >= 6
        and re.fullmatch(r"[\dxXnN*.\- _,;|/]+", text) is not None
        and _is_dense(text)
        and date_of(text) is None
    ),
    "upper_code": lambda text: re.fullmatch(r"[A-Z][A-Z0-9_]{0,11}", text) is not None,
    "letters_and_digits": lambda text: (
        re.fullmatch(r"[A-Za-z]+[-]?\d+[\w-]*|\d+[-]?[A-Za-z]+\w*", text) is not None
    ),
    "name_list": lambda text: re.fullmatch(r"[^,|;\n]{1,30}([|;][^,|;\n]{1,30})+", text) is not None,
}
"""Every pattern by name. Dates are told apart by :func:`date_of`, files by :func:`is_file_beginning`."""


def is_file_beginning(content: bytes) -> bool:
    """Whether bytes begin like a PDF, a picture or an office document."""
    return content.startswith(_MAGIC)
