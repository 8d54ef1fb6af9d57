"""How a transform says no."""

from __future__ import annotations


class CannotTransform(Exception):
    """A source value has no form that Twenty takes. ``code`` names the reason; the value stays out of it."""

    def __init__(self, code: str, advice: str):
        super().__init__(advice)
        self.code = code
        self.advice = advice
