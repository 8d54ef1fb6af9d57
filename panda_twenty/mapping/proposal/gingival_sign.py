"""Tests the sign of the gingival margin: whether a positive value is a recession.

It is held against stored attachment levels (level = depth + margin where positive means recession). Where no
level is stored, the majority speaks, and without a clear one a person is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from panda_twenty.mapping.proposal.chart_values import has_margin
from panda_twenty.mapping.proposal.found_conventions import FEWEST_SITES, Conventions
from panda_twenty.panda.chart import NotAssessable, Tooth, ToothStatus

AGREEMENT = 0.99
"""Share of sites at which depth and margin must add up to the stored level, or the operator is asked."""

RECESSION_SHARE, CLEAR_MAJORITY = 0.8, 0.65
"""Where no level is stored: in a perio practice most margins that are not 0 are recessions, usually more than
80 %. Below that a person is warned, without a clear majority asked."""


def try_sign(section: Mapping[str, Any], exams: Sequence[tuple[Tooth, ...]], found: Conventions) -> None:
    """Positive recession, or negative: whichever adds up to the stored levels."""
    found.settings["gingival_margin_sign"] = "recession_positive"
    if not has_margin(section):
        found.scores["gingival_margin_sign"] = (0.9, "no gingival margin is stored")
        return
    plus = minus = sites = positive = negative = 0
    by_exam: list[tuple[int, int]] = []
    for teeth in exams:
        own_plus = own_minus = 0
        for tooth in teeth:
            if tooth.status is ToothStatus.IMPLANT:
                continue
            for depth, margin, level in zip(
                tooth.probing_depth, tooth.gingival_margin, tooth.attachment_level, strict=True
            ):
                if not isinstance(margin, int | float) or isinstance(margin, NotAssessable) or not margin:
                    continue
                positive, negative = positive + (margin > 0), negative + (margin < 0)
                if isinstance(depth, int | float) and isinstance(level, int | float):
                    sites += 1
                    own_plus += _adds_up(depth + margin, level)
                    own_minus += _adds_up(depth - margin, level)
        plus, minus = plus + own_plus, minus + own_minus
        if own_plus or own_minus:
            by_exam.append((own_plus, own_minus))
    if sites >= FEWEST_SITES:
        _sign_by_levels(plus / sites, minus / sites, sites, by_exam, found)
    else:
        _sign_by_majority(section, positive, negative, found)


def _adds_up(sum_: float, level: float) -> bool:
    return sum_ == level or (sum_ < 0 and level == 0)


def _sign_by_levels(
    plus: float, minus: float, sites: int, by_exam: Sequence[tuple[int, int]], found: Conventions
) -> None:
    evidence = (
        f"at {sites:,} sites with a margin other than 0 the stored attachment level is depth plus "
        f"margin at {plus:.1%} "
        f"and depth minus margin at {minus:.1%}"
    )
    if max(plus, minus) >= AGREEMENT:
        found.settings["gingival_margin_sign"] = (
            "recession_positive" if plus >= minus else "recession_negative"
        )
        found.scores["gingival_margin_sign"] = (0.98, evidence)
        return
    flipped = sum(own_minus > own_plus for own_plus, own_minus in by_exam)
    found.settings["gingival_margin_sign"] = "recession_positive" if plus >= minus else "recession_negative"
    found.scores["gingival_margin_sign"] = (0.0, evidence)
    found.ask(
        "gingival_margin_sign",
        "Is a positive gingival margin a recession, in every exam? The stored attachment levels do not "
        "agree with "
        "one answer. Set `gingival_margin_sign`, and leave exams that follow the other sign out with "
        "`where`, or "
        "correct them in the source.",
        f"{evidence}; {flipped} of {len(by_exam)} exams speak for negative recession",
    )


def _sign_by_majority(section: Mapping[str, Any], positive: int, negative: int, found: Conventions) -> None:
    total = positive + negative
    if total < FEWEST_SITES:
        found.scores["gingival_margin_sign"] = (0.5, f"only {total} margins other than 0 in the sample")
        found.ask(
            "gingival_margin_sign",
            "Is a positive gingival margin a recession? Too few margins were seen to tell. Set "
            "`gingival_margin_sign` to recession_positive or recession_negative.",
            f"{positive} positive and {negative} negative margins, no attachment levels stored",
        )
        return
    share = max(positive, negative) / total
    sign = "recession_positive" if positive >= negative else "recession_negative"
    evidence = (
        f"no attachment levels are stored to test it; {positive / total:.1%} of {total:,} "
        "margins other than 0 are positive"
    )
    found.settings["gingival_margin_sign"] = sign
    if share >= CLEAR_MAJORITY:
        sureness = 0.78 if share >= RECESSION_SHARE else 0.6
        found.scores["gingival_margin_sign"] = (
            sureness,
            f"{evidence}, and in a perio practice most are recessions",
        )
        found.remarks.append(
            f"Sign of the gingival margin: {evidence}. Compare one exam on screen before confirming."
        )
        return
    found.scores["gingival_margin_sign"] = (0.4, evidence)
    found.ask(
        "gingival_margin_sign",
        "Is a positive gingival margin a recession? Look at one exam on screen and set "
        "`gingival_margin_sign`.",
        evidence,
    )
