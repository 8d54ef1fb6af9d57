"""Names in Twenty's ways: lodash's camel case for GraphQL, and a field's name from its label."""

from __future__ import annotations

import re
import unicodedata

RESERVED = frozenset(
    [
        "approvedAccessDomain",
        "approvedAccessDomains",
        "appToken",
        "appTokens",
        "billingCustomer",
        "billingCustomers",
        "billingEntitlement",
        "billingEntitlements",
        "billingMeter",
        "billingMeters",
        "billingProduct",
        "billingProducts",
        "billingSubscription",
        "billingSubscriptions",
        "billingSubscriptionItem",
        "billingSubscriptionItems",
        "featureFlag",
        "featureFlags",
        "job",
        "jobs",
        "keyValuePair",
        "keyValuePairs",
        "pageLayout",
        "pageLayouts",
        "pageLayoutTab",
        "pageLayoutTabs",
        "pageLayoutWidget",
        "pageLayoutWidgets",
        "twoFactorMethod",
        "twoFactorMethods",
        "user",
        "users",
        "userWorkspace",
        "userWorkspaces",
        "workspace",
        "workspaces",
        "role",
        "roles",
        "userWorkspaceRole",
        "userWorkspaceRoles",
        "plan",
        "plans",
        "event",
        "events",
        "field",
        "fields",
        "link",
        "links",
        "currency",
        "currencies",
        "fullNames",
        "address",
        "addresses",
        "type",
        "types",
        "object",
        "objects",
        "index",
        "relation",
        "relations",
        "aggregate",
        "search",
        "searches",
    ]
)

WORD = re.compile(
    r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[A-Z](?=[a-z])|\d+|[^\W\d_a-zA-Z]+",
)
TRANSLITERATED = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "Æ": "AE",
        "ø": "o",
        "Ø": "O",
        "œ": "oe",
        "Œ": "OE",
        "đ": "d",
        "Đ": "D",
        "ł": "l",
        "Ł": "L",
        "ð": "d",
        "þ": "th",
        "ä": "ae",
        "ö": "oe",
        "ü": "ue",
        "Ä": "Ae",
        "Ö": "Oe",
        "Ü": "Ue",
        "&": " and ",
        "€": " euro ",
    }
)


def words(name: str) -> list[str]:
    """The words of ``name`` as lodash splits them: at case changes and around digits."""
    return WORD.findall(name)


def camel_case(name: str) -> str:
    """``camelCase`` of lodash: ``probe1xs`` is ``probe1Xs``, ``probeABCs`` is ``probeAbCs``."""
    lowered = [word.lower() for word in words(name)]
    return "".join(lowered[:1] + [word.capitalize() for word in lowered[1:]])


def capitalize(name: str) -> str:
    """``name`` with its first letter in upper case and the rest as it is."""
    return name[:1].upper() + name[1:]


def pascal_case(name: str) -> str:
    return capitalize(camel_case(name))


def from_label(label: str) -> str:
    """The field or object name that Twenty computes from ``label``; reserved names get ``Custom``."""
    text = f"n{label}" if label[:1].isdigit() else label
    plain = unicodedata.normalize("NFD", text.translate(TRANSLITERATED))
    name = camel_case(re.sub(r"[^a-zA-Z0-9]+", "_", plain.encode("ascii", "ignore").decode()))
    return f"{name}Custom" if name in RESERVED else name
