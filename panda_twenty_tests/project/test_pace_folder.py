"""One pace of calls for all data folders of a user, and where it is kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from panda_twenty.session import Session, open_session, pace_folder
from panda_twenty.settings import Settings, SettingsError


def settings_of(home: Path, pace: Path | None = None) -> Settings:
    return Settings(
        _env_file=None,
        twenty_url="http://127.0.0.1:1",
        twenty_api_key=SecretStr("a.key.of-ours"),
        panda_connection=SecretStr(f"sqlite:///{home / 'practice.sqlite'}"),
        panda_profile="reference-practice",
        panda_twenty_home=home,
        panda_twenty_pace_folder=pace,
    )


def tokens(session: Session) -> int:
    return session.limiter.look().tokens


def test_two_data_folders_draw_on_one_limit(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    first, second, other = (
        settings_of(tmp_path / name, folder)
        for name, folder in (("a", shared), ("b", shared), ("c", tmp_path / "elsewhere"))
    )
    with open_session(first) as one, open_session(second) as two, open_session(other) as three:
        assert (tokens(one), tokens(two), tokens(three)) == (90, 90, 90)
        one.limiter.acquire(40)
        two.limiter.acquire(30)
        assert (tokens(one), tokens(two), tokens(three)) == (20, 20, 90)
    assert shared.stat().st_mode & 0o777 == 0o700
    assert (shared / "rate_limit.sqlite").stat().st_mode & 0o777 == 0o600


def test_it_is_the_users_folder_for_what_programs_remember(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("panda_twenty.session.user_state_path", lambda name, **how: tmp_path / "state" / name)
    assert pace_folder(settings_of(tmp_path / "home")) == tmp_path / "state" / "panda-twenty"
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("place", ["a file/panda-twenty", "~/.local/state/panda-twenty"])
def test_a_user_without_such_a_place_has_it_in_the_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    (tmp_path / "a file").touch()
    monkeypatch.chdir(tmp_path)
    state = Path(place) if place.startswith("~") else tmp_path / place
    monkeypatch.setattr("panda_twenty.session.user_state_path", lambda name, **how: state)
    assert pace_folder(settings_of(tmp_path / "home")) == tmp_path / "home"
    assert not (tmp_path / "~").exists()


def test_a_named_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "a file").touch()
    settings = settings_of(tmp_path / "home", tmp_path / "a file" / "pace")
    with pytest.raises(SettingsError, match="PANDA_TWENTY_PACE_FOLDER"):
        pace_folder(settings)
