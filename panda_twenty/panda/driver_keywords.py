"""What each ODBC driver understands in a connection string, and what this project adds to it.

The lists are those of FreeTDS 1.3 (``ODBC_PARAM_LIST`` in its odbc.h), of Microsoft's page "DSN and
Connection String Keywords and Attributes" (drivers 17 and 18), and of libsqliteodbc 0.9998.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Vendor = Literal["microsoft", "freetds", "sqlite"]

_SWITCH = ("yes", "no")
_INTENT = ("readonly", "readwrite")


@dataclass(frozen=True)
class Family:
    """One ODBC driver, as far as connection strings go."""

    vendor: Vendor
    title: str
    keywords: frozenset[str]
    """As the driver's own documentation spells them; drivers do not mind upper and lower case."""
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Keyword in upper case to the values that it takes, in lower case."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Keyword in upper case to the sentence that says why it is not taken."""
    additions: Mapping[str, str] = field(default_factory=dict)
    """What is added where the string says nothing."""
    encryption: tuple[str, ...] = ()
    """Those of ``additions`` that ask for encryption."""
    splits_port: bool = False
    """Whether the port has a keyword of its own."""
    simple_braces: bool = False
    """Whether a value in braces ends at the first closing brace, even a doubled one."""

    def never_plaintext(self, keywords: Mapping[str, str]) -> bool:
        """Whether this driver, so asked, ends the login rather than go on in plaintext.

        Microsoft documents it for ``yes``, ``mandatory`` and ``strict``; FreeTDS 1.3 ends the login when a
        server answers ``require`` with "encryption not supported" (``tds71_do_login`` in its login.c).
        """
        asked = (keywords.get("ENCRYPT") or keywords.get("ENCRYPTION") or "").lower()
        if self.vendor == "microsoft":
            return asked in ("yes", "mandatory", "strict")
        return self.vendor == "freetds" and asked in ("require", "strict")

    def always_plaintext(self, keywords: Mapping[str, str]) -> bool:
        """Whether this driver, so asked, tells the server that it cannot encrypt, not even the password."""
        return self.vendor == "freetds" and keywords.get("ENCRYPTION", "").lower() == "off"

    def checks_certificate(self, keywords: Mapping[str, str]) -> bool:
        """Whether this driver, so asked, compares the certificate; FreeTDS does only with a ``ca file``."""
        if self.vendor != "microsoft" or not self.never_plaintext(keywords):
            return False
        strict = keywords.get("ENCRYPT", "").lower() == "strict"
        return strict or keywords.get("TRUSTSERVERCERTIFICATE", "no").lower() != "yes"


def family_of(driver: str) -> Family | None:
    """The family of a driver by its name or the path of its library; None for one that is not known."""
    name = driver.strip().lower()
    if "freetds" in name or "tdsodbc" in name:
        return FREETDS
    if "sqlite" in name:
        return SQLITE
    if match := re.search(r"odbc driver (\d+) for sql server|msodbcsql-?(\d*)", name):
        return MICROSOFT_17 if (match[1] or match[2]) in ("11", "13", "17") else MICROSOFT_18
    return None


def _words(names: str) -> frozenset[str]:
    return frozenset(names.split())


FREETDS = Family(
    vendor="freetds",
    title="FreeTDS",
    keywords=_words(
        "Driver Servername Server DSN UID PWD Address Port TDS_Version Language Database TextSize PacketSize"
        " ClientCharset DumpFile DumpFileAppend DebugFlags Encryption Trusted_Connection APP WSID UseNTLMv2"
        " MARS_Connection REALM ServerSPN AttachDbFilename ApplicationIntent Timeout Description"
    ),
    values={
        "ENCRYPTION": ("require", "strict", "request", "off"),
        "TDS_VERSION": ("auto", "7.3", "7.4", "8.0"),
        "APPLICATIONINTENT": _INTENT,
        "TRUSTED_CONNECTION": _SWITCH,
        "MARS_CONNECTION": _SWITCH,
        "USENTLMV2": _SWITCH,
    },
    refused={
        "ENCRYPT": "FreeTDS passes over Encrypt and stays plaintext. Write Encryption=require.",
        "TRUSTSERVERCERTIFICATE": "FreeTDS does not know TrustServerCertificate and checks no certificate"
        " anyway. Take it out.",
        "DUMPFILE": "DumpFile would write patients' data and the password into a file. Take it out.",
    },
    additions={"Encryption": "require", "APP": "panda-twenty", "ClientCharset": "UTF-8"},
    encryption=("Encryption",),
    splits_port=True,
    simple_braces=True,
)

_MICROSOFT = (
    "Addr Address AnsiNPW APP ApplicationIntent AttachDBFileName Authentication AutoTranslate"
    " ClientCertificate ClientKey ColumnEncryption ConnectRetryCount ConnectRetryInterval Database"
    " Description Driver DSN Encrypt Failover_Partner FailoverPartnerSPN FileDSN KeepAlive KeepAliveInterval"
    " KeystoreAuthentication KeystorePrincipalId KeystoreSecret Language MARS_Connection MultiSubnetFailover"
    " Net Network PWD QueryLog_On QueryLogFile QueryLogTime QuotedId Regional Replication SaveFile Server"
    " ServerSPN StatsLog_On StatsLogFile TransparentNetworkIPResolution Trusted_Connection"
    " TrustServerCertificate UID UseFMTONLY WSID"
)
_MICROSOFT_VALUES = {
    "ENCRYPT": _SWITCH,
    "TRUSTSERVERCERTIFICATE": _SWITCH,
    "TRUSTED_CONNECTION": _SWITCH,
    "MARS_CONNECTION": _SWITCH,
    "MULTISUBNETFAILOVER": _SWITCH,
    "APPLICATIONINTENT": _INTENT,
}
_MICROSOFT_ADDITIONS = {"Encrypt": "yes", "ApplicationIntent": "ReadOnly", "APP": "panda-twenty"}
_MICROSOFT_REFUSED = {
    "ENCRYPTION": "Microsoft's driver passes over Encryption, which is FreeTDS's word. Write Encrypt=yes.",
    "PORT": "Microsoft's driver passes over Port. Write SERVER=host,port.",
}

MICROSOFT_17 = Family(
    vendor="microsoft",
    title="Microsoft's ODBC Driver 17",
    keywords=_words(_MICROSOFT),
    values=_MICROSOFT_VALUES,
    refused=_MICROSOFT_REFUSED,
    additions=_MICROSOFT_ADDITIONS,
    encryption=("Encrypt",),
)

MICROSOFT_18 = Family(
    vendor="microsoft",
    title="Microsoft's ODBC Driver 18",
    keywords=_words(
        f"{_MICROSOFT} ConcatNullYieldsNull ConnectTimeout FailoverPartner GetDataExtensions"
        " HostnameInCertificate IpAddressPreference LongAsMax MultipleActiveResultSets RetryExec"
        " ServerCertificate VectorTypeSupport"
    ),
    values=_MICROSOFT_VALUES
    | {
        "ENCRYPT": ("yes", "mandatory", "strict", "no", "optional"),
        "IPADDRESSPREFERENCE": ("ipv4first", "ipv6first", "useplatformdefault"),
    },
    refused=_MICROSOFT_REFUSED,
    additions=_MICROSOFT_ADDITIONS,
    encryption=("Encrypt",),
)

SQLITE = Family(
    vendor="sqlite",
    title="SQLite's ODBC driver",
    keywords=_words(
        "Driver DSN Description Database Timeout SyncPragma NoTXN ShortNames LongNames NoCreat NoWCHAR"
        " FKSupport OEMCP LoadExt JournalMode BigInt JDConv StepAPI TraceFile PWD"
    ),
    refused={"TRACEFILE": "TraceFile would write patients' data into a file. Take it out."},
)
