"""The time zone that most of a state keeps, for the United States (IANA names)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

_STATES_OF: Mapping[str, str] = {
    "America/New_York": "CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC VA VT WV",
    "America/Chicago": "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI",
    "America/Denver": "CO ID MT NM UT WY",
    "America/Phoenix": "AZ",
    "America/Los_Angeles": "CA NV OR WA",
    "America/Anchorage": "AK",
    "Pacific/Honolulu": "HI",
    "America/Puerto_Rico": "PR",
}
_ZONE_OF = {state: zone for zone, states in _STATES_OF.items() for state in states.split()}


def zone_of_states(states: Counter[str]) -> str | None:
    """The zone of the state that occurs most, if it is one of the United States."""
    known = Counter({state: count for state, count in states.items() if state in _ZONE_OF})
    return _ZONE_OF[known.most_common(1)[0][0]] if known else None
