"""Everything that one run works with, opened from the settings and closed again."""

from __future__ import annotations

import gc
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from platformdirs import user_state_path
from pydantic import SecretStr

from panda_twenty.ledger.ledger import Ledger
from panda_twenty.ledger.opening import open_ledger
from panda_twenty.mapping.confirmation import confirmation_digest, mapping_lines
from panda_twenty.mapping.practice_fields import with_custom_findings
from panda_twenty.mapping.specification import DEFAULT_MAPPING, MappingSpecification, load_mapping
from panda_twenty.panda.changes import ChangeMarker, change_markers
from panda_twenty.panda.connection import PracticeDatabase, open_practice
from panda_twenty.panda.entities import ENTITIES
from panda_twenty.panda.errors import ProfileError
from panda_twenty.panda.extraction import EntityRow, read_entity
from panda_twenty.panda.lite.loading import LITE_PROFILE, folder_of, is_lite, lite_profile
from panda_twenty.panda.profile import SourceProfile, check_profile, load_profile
from panda_twenty.panda.profile.lines import profile_lines
from panda_twenty.panda.staging import Stage
from panda_twenty.private_folder import private_folder
from panda_twenty.sandbox.practice_file import is_reference_practice
from panda_twenty.settings import Settings, SettingsError
from panda_twenty.twenty.client import TwentyClient
from panda_twenty.twenty.rate_limit import SharedCallLimiter
from panda_twenty.twenty.records import Actor
from panda_twenty.twenty.server_facts import ServerFacts, workspace_of
from panda_twenty.twenty.shared_bucket import StoredBucket, bucket_file
from panda_twenty.twenty.workspace import ObjectFacts, Workspace, read_workspace

WHOLE = "all"
"""Range key of entities that have no patient ranges."""


_servers: dict[tuple[str, str], ServerFacts] = {}
_workspaces: dict[tuple[str, str], Workspace] = {}
"""What this process has learnt of a server: each step opens a session, and the answers are seconds apart."""


@dataclass
class Session:
    """Settings, profile and mapping, with both ends and the ledger at hand.

    Connections are opened when first asked for, so that a step which only reads the source needs no Twenty.
    """

    settings: Settings
    profile: SourceProfile
    base_mapping: MappingSpecification
    """The mapping as its file has it, for any practice."""
    run_id: str | None = None
    is_offline: bool = False
    """True for whoever must not call Twenty, such as a sensor: which workspace it is, the key itself says."""
    marker_bounds: dict[str, str | None] = field(default_factory=dict)
    """Up to which change marker each entity was complete before this session first read it."""
    archive_is_allowed: bool = False
    """Whether the practice's documents were found to be no more than the mapping allows for."""
    _lines_of: tuple[MappingSpecification, dict[str, str], dict[str, str]] | None = None
    _closing: list[Callable[[], None]] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.settings.panda_twenty_home

    @property
    def practice(self) -> str:
        return self.profile.practice

    @cached_property
    def mapping(self) -> MappingSpecification:
        """The part of the mapping that this practice can fill, and the fields that it defined for itself."""
        mapping = self.base_mapping.restricted_to(available_attributes(self.profile))
        if "finding_definition" not in self.profile.entities:
            return mapping
        return with_custom_findings(
            mapping, list(read_entity(self.source, self.profile, "finding_definition"))
        )

    def lines_to_confirm(self) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """The profile and the mapping by lines; worked out once, though whatever writes asks for them."""
        if self._lines_of is None or self._lines_of[0] is not self.mapping:
            self._lines_of = (self.mapping, profile_lines(self.profile), mapping_lines(self.mapping))
        return self._lines_of[1:]

    @property
    def digest(self) -> str:
        return confirmation_digest(self.profile.digest(), self.mapping.digest())

    @cached_property
    def practice_database(self) -> PracticeDatabase:
        """The practice's database, opened read only, whether or not the profile fits it."""
        connection = self.settings.panda_connection
        if connection is None:
            raise SettingsError("PANDA_CONNECTION is not set: give the practice's database.")
        database = open_practice(
            connection.get_secret_value(),
            home=self.home,
            allow_plaintext=self.settings.panda_allow_plaintext,
        )
        self._closing.append(database.close)
        return database

    @cached_property
    def source(self) -> PracticeDatabase:
        """The practice's database, opened read only; the profile is checked against it."""
        problems = check_profile(self.profile, self.practice_database)
        if problems:
            raise ProfileError(" ".join(problems[:5]))
        return self.practice_database

    @cached_property
    def change_markers(self) -> Mapping[str, ChangeMarker]:
        """How changes of each entity are found in the practice's database."""
        return change_markers(self.source, self.profile)

    @cached_property
    def limiter(self) -> SharedCallLimiter:
        """The pace of all calls to this workspace: of this user's processes, or of several machines."""
        url, key = self._address_and_key
        shared = self.settings.panda_twenty_ledger_url
        bucket = StoredBucket(
            # With the ledger in PostgreSQL several machines work on one workspace, and share its limit there.
            shared.get_secret_value()
            if shared
            else bucket_file(pace_folder(self.settings) / "rate_limit.sqlite"),
            f"{url.rstrip('/')} {workspace_of(key) or key}",
            self.settings.panda_twenty_calls_per_minute,
        )
        self._closing.append(bucket.close)
        return SharedCallLimiter(bucket)

    @cached_property
    def client(self) -> TwentyClient:
        url, key = self._address_and_key
        client = TwentyClient(url, key, limiter=self.limiter)
        self._closing.append(client.close)
        return client

    @property
    def _address_and_key(self) -> tuple[str, str]:
        settings = self.settings
        if settings.twenty_url is None or settings.twenty_api_key is None:
            raise SettingsError(
                "TWENTY_URL and TWENTY_API_KEY are not set: give the Twenty server and its key."
            )
        return settings.twenty_url, settings.twenty_api_key.get_secret_value()

    @cached_property
    def server(self) -> ServerFacts:
        """Who we are to Twenty. Raises a TwentyError that says what is wrong."""
        key = self._address
        if key not in _servers:
            _servers[key] = self.client.check()
        return _servers[key]

    @property
    def _address(self) -> tuple[str, str]:
        token = self.settings.twenty_api_key
        return self.client.url, token.get_secret_value() if token else ""

    @property
    def _workspace_id(self) -> str | None:
        return workspace_of(self._address_and_key[1]) if self.is_offline else self.server.workspace_id

    @cached_property
    def destination(self) -> Path:
        """The folder for this practice in this workspace: another workspace has another ledger."""
        workspace = self._workspace_id or "workspace"
        return private_folder(prepared_home(self.settings) / f"{self.practice}-{workspace[:13]}")

    @cached_property
    def ledger(self) -> Ledger:
        url = self.settings.panda_twenty_ledger_url
        ledger = open_ledger(
            self.destination,
            actor=self.settings.panda_twenty_actor,
            run_id=self.run_id,
            url=url.get_secret_value() if url else None,
            key=practice_key(self.settings),
            undo_key=undo_key(self.settings),
            undo_key_is_new=self.settings.panda_twenty_undo_key_is_new,
            practice=self.practice,
            workspace=self._workspace_id,
        )
        self._closing.append(ledger.close)
        return ledger

    @cached_property
    def stage(self) -> Stage:
        return Stage(self.destination / "stage")

    @cached_property
    def actor(self) -> Actor:
        return Actor(f"panda-twenty {self.practice}")

    @property
    def is_sandbox_practice(self) -> bool:
        """Whether the source is the sandbox's invented practice, wherever its file lies."""
        connection = self.settings.panda_connection
        return connection is not None and is_reference_practice(connection.get_secret_value())

    def workspace(self) -> Workspace:
        """The workspace as it is now; costs no call of the rate limit."""
        _workspaces[self._address] = read_workspace(self.client)
        return _workspaces[self._address]

    def facts(self, object_name: str) -> ObjectFacts:
        """One object of the workspace, as it was when this process last looked."""
        known = _workspaces.get(self._address)
        return (known if known and object_name in known.objects else self.workspace()).object(object_name)

    def staged(self, range_key: str) -> Callable[[str], Iterable[EntityRow]]:
        """Reads staged rows: of the range for patient-scoped entities, whole for the others."""
        return lambda entity: self.stage.read(entity, range_key if is_patient_scoped(entity) else WHOLE)

    def close(self) -> None:
        while self._closing:
            self._closing.pop()()


def prepared_home(settings: Settings) -> Path:
    """The data folder, made for its owner alone. Raises SettingsError where it cannot be written."""
    home = settings.panda_twenty_home
    try:
        private_folder(home)
        with tempfile.TemporaryFile(dir=home):
            return home
    except OSError as problem:
        raise SettingsError(
            f"The data folder {home} cannot be written ({problem.strerror}); "
            "make it writable or set PANDA_TWENTY_HOME to another folder."
        ) from None


def pace_folder(settings: Settings) -> Path:
    """Where the pace of calls is kept, made for its owner alone.

    Twenty's limit is one for the workspace, whichever practice and data folder a process works for. Where the
    user has no place of their own, as in some containers, it is the data folder. Raises SettingsError where
    the folder that was named cannot be written.
    """
    named = settings.panda_twenty_pace_folder
    folder = named or user_state_path("panda-twenty", appauthor=False)
    if not folder.is_absolute():
        # A user of whom the system knows no home.
        return prepared_home(settings)
    try:
        with tempfile.TemporaryFile(dir=private_folder(folder)):
            return folder
    except OSError as problem:
        if named is None:
            return prepared_home(settings)
        raise SettingsError(
            f"The folder {named} cannot be written ({problem.strerror}); "
            "make it writable or set PANDA_TWENTY_PACE_FOLDER to another folder."
        ) from None


def practice_key(settings: Settings) -> bytes | Path | None:
    """The 32 bytes that sign the ledger, or the file of them; None for the one in the ledger's folder.

    Raises SettingsError for a key that is none.
    """
    given = settings.panda_twenty_practice_key
    if given is None:
        return settings.panda_twenty_practice_key_file
    return _key_of(given, "PANDA_TWENTY_PRACTICE_KEY")


def undo_key(settings: Settings) -> bytes | Path:
    """The 32 bytes that seal what stood in Twenty before, or the file of them.

    Raises SettingsError for a key that is none.
    """
    given = settings.panda_twenty_undo_key
    if given is None:
        return settings.panda_twenty_undo_key_file or prepared_home(settings) / "undo.key"
    return _key_of(given, "PANDA_TWENTY_UNDO_KEY")


def _key_of(given: SecretStr, name: str) -> bytes:
    written = given.get_secret_value().strip()
    if not re.fullmatch("[0-9a-fA-F]{64}", written):
        raise SettingsError(f"{name} is not a key: give 64 hexadecimal digits (32 bytes).")
    return bytes.fromhex(written)


def is_patient_scoped(entity: str) -> bool:
    return ENTITIES[entity].patient_scoped


def available_attributes(profile: SourceProfile) -> Mapping[str, frozenset[str]]:
    """The attributes that a profile locates, by entity."""
    available = {}
    for name, source in profile.entities.items():
        own = {"key", *source.attributes}
        if source.range is not None:
            own.add("patient_key")
        if source.modified is not None:
            own.add("modified_at")
        if source.chart is not None:
            own.add("teeth")
        available[name] = frozenset(own)
    for name, entity in ENTITIES.items():
        if entity.derived_from in available:
            available[name] = frozenset(entity.attributes)
            available[entity.derived_from] |= {"practice_key"}
    return available


def source_profile(settings: Settings) -> SourceProfile:
    """The profile that the settings name; an export of PANDA Lite has its own, unless one is named."""
    connection = settings.panda_connection.get_secret_value() if settings.panda_connection else ""
    if is_lite(connection) and settings.panda_profile in (None, LITE_PROFILE):
        return lite_profile(folder_of(connection))
    return load_profile(settings.profile)


THREADS_TURN_SECONDS = 0.0002
"""How long a thread that computes may keep one waiting that has a call to send.

Twenty's limit lives by the milliseconds between calls. Beside a thread that computes four fifths of the time,
calls meant to be 606 ms apart were 620 (standard deviation 30) with Python's own 5 ms, and 606 (2) with this;
loading without a limit takes as long as before (measured).
"""


COLLECTED_AFTER = (7_000, 2, 25)
"""The collector of cyclic garbage looks at what is new after so many more objects, at what is of middle age
every second time, and at all that came since the freeze every 25th time of those: after 350,000 objects.

A batch on its way is some thousands of objects, which Python's own 700 had it go through again and again: a
thirtieth of the time of a load (measured). There is next to nothing to collect in it, but the data frames of
verification are cyclic garbage: looked for after 7,000,000 objects, a process grew by half a megabyte a
second (measured).
"""


@cache
def _collect_seldom() -> None:
    """Have the collector of cyclic garbage pass over what stays, and go seldom through what is new; once.

    Going through all of Dagster's objects stopped every thread for a tenth of a second and more, again and
    again, and was a fifteenth of the time of a load; going through some hundred charts does, too. To ask the
    collector whether it was told already is to have it count all that it passes over: 40 ms (measured).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED_AFTER)


@contextmanager
def open_session(
    settings: Settings, run_id: str | None = None, *, is_offline: bool = False
) -> Iterator[Session]:
    """Open a session; errors about settings, profile or mapping say what to do."""
    sys.setswitchinterval(THREADS_TURN_SECONDS)
    _collect_seldom()
    profile = source_profile(settings)
    mapping = load_mapping(settings.panda_twenty_mapping or DEFAULT_MAPPING)
    session = Session(settings, profile, mapping, run_id, is_offline)
    try:
        yield session
    finally:
        session.close()
