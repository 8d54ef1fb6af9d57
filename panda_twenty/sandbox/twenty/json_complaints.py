"""What ``JSON.parse`` of Node 24 and Express say about a body that is no JSON, word for word."""

from __future__ import annotations

import re

CONTEXT = 10
"""Characters that are quoted on each side of the one that is wrong."""

_BLANK = " \t\n\r"
_ESCAPED = '"\\/bfnrt'
_SPECIAL = ("NaN", "Infinity", "undefined", "[object Object]")
_AT_END = "Unexpected end of JSON input"


def complaint(text: str) -> str | None:
    """What is wrong with a body of JSON; None for one that is taken, which begins with ``{`` or ``[``."""
    first = re.search(rf"[^{_BLANK}]", text)
    if first is None:
        return _AT_END
    if first[0] in "{[":
        return parse_complaint(text)
    # Express lets JSON.parse complain of as many other characters and puts the body's own in their place.
    start = text.index(first[0])
    told = parse_complaint(text[:start] + "#" * (len(text) - start)) or ""
    return re.sub("#+", lambda found: text[start : start + len(found[0])], told)


def parse_complaint(text: str) -> str | None:
    """The message of the SyntaxError that ``JSON.parse(text)`` throws; None if it throws none."""
    try:
        _Reading(text).whole()
    except _WrongError as wrong:
        return wrong.message
    return None


class _WrongError(Exception):
    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class _Reading:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def whole(self) -> None:
        """Read one value and nothing after it; containers are kept on a stack, since they may be deep."""
        closing: list[str] = []
        while True:
            if not self._opened(closing):
                self._ended(closing)
                if not closing:
                    break
        if self._next():
            raise self._wrong("Unexpected non-whitespace character after JSON at position")

    def _opened(self, closing: list[str]) -> bool:
        """Read a value, or the beginning of one that holds others; whether its first one comes now."""
        character = self._next()
        if character == '"':
            self._string()
        elif character == "-" or (character.isdecimal() and character.isascii()):
            self._number()
        elif character in ("t", "f", "n"):
            self._literal({"t": "true", "f": "false", "n": "null"}[character])
        elif character == "{":
            self._at += 1
            if self._next() != "}":
                self._name("Expected property name or '}' in JSON at position")
                closing.append("}")
                return True
            self._at += 1
        elif character == "[":
            self._at += 1
            if self._next() != "]":
                closing.append("]")
                return True
            self._at += 1
        else:
            raise self._unexpected()
        return False

    def _ended(self, closing: list[str]) -> None:
        """Read what follows a value: a comma and perhaps a name, or the ends of containers."""
        while closing:
            character = self._next()
            if character == ",":
                self._at += 1
                if closing[-1] == "}":
                    self._name("Expected double-quoted property name in JSON at position")
                return
            if character != closing[-1]:
                what = "']' after array element" if closing[-1] == "]" else "'}' after property value"
                raise self._wrong(f"Expected ',' or {what} in JSON at position")
            self._at += 1
            closing.pop()

    def _name(self, told: str) -> None:
        if self._next() != '"':
            raise self._wrong(told)
        self._string()
        if self._next() != ":":
            raise self._wrong("Expected ':' after property name in JSON at position")
        self._at += 1

    def _string(self) -> None:
        self._at += 1
        while (character := self._here()) != '"':
            if not character:
                raise self._wrong("Unterminated string in JSON at position")
            if character < " ":
                raise self._wrong("Bad control character in string literal in JSON at position")
            self._at += 1
            if character == "\\":
                self._escape()
        self._at += 1

    def _escape(self) -> None:
        character = self._here()
        if not character:
            raise self._unexpected()
        if character == "u":
            for _ in range(4):
                self._at += 1
                if not re.fullmatch("[0-9a-fA-F]", self._here()):
                    raise self._wrong("Bad Unicode escape in JSON at position")
        elif character not in _ESCAPED:
            raise self._wrong("Bad escaped character in JSON at position")
        self._at += 1

    def _number(self) -> None:
        if self._here() == "-":
            self._at += 1
            if not self._is_digit():
                raise self._wrong("No number after minus sign in JSON at position")
        if self._here() == "0":
            self._at += 1
            if self._is_digit():
                raise self._wrong("Unexpected number in JSON at position")
        self._digits()
        if self._here() == ".":
            self._at += 1
            if not self._is_digit():
                raise self._wrong("Unterminated fractional number in JSON at position")
            self._digits()
        if self._here() in ("e", "E"):
            self._at += 1
            if self._here() in ("+", "-"):
                self._at += 1
            if not self._is_digit():
                raise self._wrong("Exponent part is missing a number in JSON at position")
            self._digits()

    def _literal(self, word: str) -> None:
        for letter in word:
            if self._here() != letter:
                raise self._unexpected()
            self._at += 1

    def _digits(self) -> None:
        while self._is_digit():
            self._at += 1

    def _is_digit(self) -> bool:
        return "0" <= self._here() <= "9"

    def _here(self) -> str:
        return self._text[self._at : self._at + 1]

    def _next(self) -> str:
        """The first character that is not blank; an empty text at the end."""
        while self._here() and self._here() in _BLANK:
            self._at += 1
        return self._here()

    def _wrong(self, told: str) -> _WrongError:
        line = self._text.count("\n", 0, self._at) + 1
        column = self._at - self._text.rfind("\n", 0, self._at)
        return _WrongError(f"{told} {self._at} (line {line} column {column})")

    def _unexpected(self) -> _WrongError:
        """What is said of a character that begins no value."""
        text, at = self._text, self._at
        if not self._here():
            return _WrongError(_AT_END)
        if self._here() == '"':
            return self._wrong("Unexpected string in JSON at position")
        if self._here() == "-" or self._is_digit():
            return self._wrong("Unexpected number in JSON at position")
        if text in _SPECIAL:
            return _WrongError(f'"{text}" is not valid JSON')
        before, after = "", ""
        start, end = 0, len(text)
        if len(text) > 2 * CONTEXT:
            if at >= CONTEXT:
                start, before = at - CONTEXT, "..."
            if at < CONTEXT or at < len(text) - CONTEXT:
                end, after = at + CONTEXT, "..."
        return _WrongError(
            f"Unexpected token '{text[at]}', {before}\"{text[start:end]}\"{after} is not valid JSON"
        )
