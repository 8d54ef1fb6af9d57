"""Phone numbers and e-mail addresses in the forms that front desks type.

Every North American number is 555-0100 to 555-0199, the block kept for fiction; every e-mail domain ends in
``.test``, which never resolves.
"""

from __future__ import annotations

import random
import unicodedata

_DOMAINS = ("mailbox.test", "post.test", "inbox.example.test", "familymail.test")
_AREA_CODES = ("512", "737", "254", "830")


def phone_digits(rng: random.Random, area: str | None = None) -> str:
    """Ten digits."""
    return f"{area or rng.choice(_AREA_CODES)}55501{rng.randrange(100):02d}"


def typed_phone(rng: random.Random, digits: str | None = None) -> str:
    """A number as somebody typed it: one of the common forms, now and then with a remark."""
    digits = digits or phone_digits(rng)
    area, middle, last = digits[:3], digits[3:6], digits[6:]
    draw = rng.random()
    if draw < 0.45:
        return f"({area}) {middle}-{last}"
    if draw < 0.65:
        return f"{area}-{middle}-{last}"
    if draw < 0.80:
        return digits
    if draw < 0.88:
        return f"{area}.{middle}.{last}"
    if draw < 0.92:
        return f"1-{area}-{middle}-{last}"
    if draw < 0.95:
        return f"+1 {area} {middle} {last}"
    if draw < 0.97:
        return f"{area}-{middle}-{last} (cell)"
    if draw < 0.985:
        return f"{digits} x{rng.randrange(10, 400)}"
    return f"{area}.{middle}.{last} call after 5"


def mailbox(first: str, last: str, number: int) -> str:
    """An address for the name, unique by ``number``: ASCII, lower case."""
    plain = ".".join(_ascii(part) for part in (first, last) if part)
    return f"{plain or 'patient'}{number}@{_DOMAINS[number % len(_DOMAINS)]}"


def _ascii(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if letter.isascii() and letter.isalnum())
