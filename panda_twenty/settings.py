"""Settings, from the environment or a ``.env`` file. Without any, the sandbox is used."""

from __future__ import annotations

import getpass
import os
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PROPOSED_PROFILE = "profile.yaml"
"""Where `panda-twenty propose` writes, under the home folder; used from there unless a profile is named."""

REFERENCE_PROFILE = "reference-practice"


class SettingsError(Exception):
    """A setting is wrong; the message names it and says what it takes."""


class Settings(BaseSettings):
    """Everything that an operator sets. Field names are the names of the environment variables."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        case_sensitive=False,
        env_ignore_empty=True,
    )

    twenty_url: str | None = None
    """Address of the Twenty server; the sandbox's stand-in where it is not given."""
    twenty_api_key: SecretStr | None = None
    """API key with the role Admin."""
    panda_connection: SecretStr | None = None
    """ODBC connection string, or sqlite:///file; the sandbox's reference practice where it is not given."""
    panda_allow_plaintext: bool = False
    """Whether an unencrypted session with the practice's database is accepted."""
    panda_profile: str | None = None
    """Name of a built-in source profile, or the path of one; else the proposed one, if there is one."""
    panda_twenty_reviewer: str | None = None
    """A second opinion on proposals, as package.module:function; told names and patterns, never values."""
    panda_twenty_home: Path = Path(".panda-twenty")
    """Where staging, ledger, reports and the sandbox live; only its owner may read it."""
    panda_twenty_pace_folder: Path | None = None
    """Where all data folders of this user keep one pace of calls for each workspace; the system's folder for
    what programs remember where it is not given."""
    panda_twenty_dagster_home: Path | None = None
    """Folder of the Dagster instance that commands share with UI and daemon; one under the home otherwise."""
    panda_twenty_mapping: Path | None = None
    """Path of the mapping; the built-in default where it is not given."""
    panda_twenty_ledger_url: SecretStr | None = None
    """SQLAlchemy URL of the ledger, for several machines, which share its key; one database for each practice
    and workspace. A SQLite file under the home where it is not given."""
    panda_twenty_practice_key: SecretStr | None = None
    """64 hexadecimal digits: the key that signs the ledger; a file under the home where it is not given."""
    panda_twenty_practice_key_file: Path | None = None
    """Path of a file that holds that key; made there on first use."""
    panda_twenty_undo_key: SecretStr | None = None
    """64 hexadecimal digits: the key that seals prior values; a file under the home where it is not given."""
    panda_twenty_undo_key_file: Path | None = None
    """Path of a file that holds that key, to keep it apart from the ledger; made there on first use."""
    panda_twenty_undo_key_is_new: bool = False
    """Go on with another undo key although the ledger holds prior values of one that is lost for good."""
    panda_twenty_retention_years: Annotated[int, Field(ge=1, le=100)] = 6
    """How long prior values are kept; HIPAA asks for six years of such records (45 CFR 164.316)."""
    panda_twenty_actor: str = Field(default_factory=lambda: _who())
    """Who is at work, as the ledger names them."""
    panda_twenty_calls_per_minute: Annotated[int, Field(ge=1)] = 100
    """Rate limit of the Twenty workspace; 100 is Twenty's own default."""
    panda_twenty_in_flight: Annotated[int, Field(ge=1, le=4)] = 3
    """Batches on their way to Twenty at once."""
    panda_twenty_records_per_call: Annotated[int, Field(ge=1, le=200)] = 200
    """Records in one call; a server that takes fewer says so, and then fewer are sent."""
    panda_twenty_stop_above_percent: Annotated[float, Field(ge=0, le=100)] = 0.5
    """A load halts when Twenty itself refuses a larger share of one kind of record, in it or so far."""
    panda_twenty_stop_above_held_back_percent: Annotated[float, Field(ge=0, le=100)] = 50.0
    """The same for records that our own rules hold back, in it and of all that are known."""
    panda_twenty_pause_automations: bool = False
    """Whether workflows that react to imported records may be paused and put back afterwards."""
    panda_twenty_allowed_differences: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Share of a range's records that may differ or be missing without failing its check; each is told."""
    panda_twenty_verify_at_once: Annotated[int, Field(ge=1, le=32)] | None = None
    """Patient ranges verified at once, each in a process with its own connection to the practice's database;
    one for each processor where it is not given, 4 at most."""
    panda_twenty_show_values: bool = False
    """Whether the verification report shows patients' data; it is masked otherwise."""
    panda_twenty_range_width: Annotated[int, Field(ge=1)] | None = None
    """Patient ids per range; worked out from the practice where it is not given, then fixed for good."""
    panda_twenty_delta_seconds: Annotated[int, Field(ge=1)] = 300
    """How often the sensor asks the practice what changed."""
    panda_twenty_overlap_minutes: Annotated[int, Field(ge=0)] = 10
    """How far before the last known change a modified date is looked at again, for what commits late."""
    panda_twenty_sweep_minutes: Annotated[int, Field(ge=0)] = 60
    """How often everything is read again and compared by hash, for what no change marker tells."""
    panda_twenty_sweep_rows: Annotated[int, Field(ge=1)] = 600_000
    """Rows that one delta reads again at most for that, beside what is known to have changed."""
    panda_twenty_whole_rows: Annotated[int, Field(ge=0)] = 2_000
    """A range of no more rows is read as a whole when any changed, which finds deleted ones too; of a larger
    one only the patients are read whose rows changed."""
    panda_twenty_lag_minutes: Annotated[int, Field(ge=1)] = 60
    """A notice is sent when a change of the practice has been waiting for longer."""
    panda_twenty_notify_url: SecretStr | None = None
    """Notices of the cutover are posted there as JSON; they are logged in any case."""
    panda_twenty_notify_mail: str | None = None
    """Notices are sent to this address by the mail server below."""
    panda_twenty_smtp_host: str = "localhost"
    panda_twenty_smtp_port: Annotated[int, Field(ge=1, le=65535)] = 25
    panda_twenty_smtp_from: str | None = None
    """The sender of notices; the receiver's own address where it is not given."""
    panda_twenty_smtp_user: str | None = None
    panda_twenty_smtp_password: SecretStr | None = None
    """With both, the session is encrypted (STARTTLS) before the password is sent."""
    panda_allow_writable_login: bool = False
    """Go on although the source login could write; the ledger notes it."""
    panda_business_associate_agreement: bool = False
    """Twenty's cloud may hold patient data: an agreement with its operator exists; the ledger notes it."""
    patients: Annotated[int, Field(ge=1, le=1_000_000)] = 200
    """Size of the sandbox's reference practice."""
    seed: int = 20
    """Seed of the sandbox's reference practice."""

    @field_validator("panda_twenty_home", "panda_twenty_pace_folder")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return None if value is None else value.expanduser().absolute()

    @property
    def profile(self) -> str:
        """Which source profile is used: the one named, the one proposed, or the reference practice's."""
        if self.panda_profile is not None:
            return self.panda_profile
        proposed = self.panda_twenty_home / PROPOSED_PROFILE
        return str(proposed) if not self.uses_sandbox_practice and proposed.is_file() else REFERENCE_PROFILE

    @property
    def uses_sandbox_practice(self) -> bool:
        return self.panda_connection is None

    @property
    def uses_sandbox_twenty(self) -> bool:
        return self.twenty_url is None


def environment_of(settings: Settings) -> dict[str, str]:
    """The settings as environment variables, for the steps of a run, which read them again."""
    values: dict[str, str] = {}
    for name, value in settings:
        if value is not None:
            values[name.upper()] = str(value.get_secret_value() if isinstance(value, SecretStr) else value)
    return values


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def read_settings(**overrides: object) -> Settings:
    """Settings from the environment, with ``overrides`` on top. Raises SettingsError with a sentence."""
    try:
        settings = Settings(**{name: value for name, value in overrides.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as problem:
        wrong = "; ".join(
            f"{'.'.join(str(part) for part in error['loc']).upper()}: {error['msg']}"
            for error in problem.errors()
        )
        raise SettingsError(f"These settings cannot be used: {wrong}.") from None
    if settings.twenty_url and settings.twenty_api_key is None:
        raise SettingsError("TWENTY_URL is set without TWENTY_API_KEY: give an API key with the role Admin.")
    return settings
