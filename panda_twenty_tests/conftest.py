"""What holds for all tests."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# Time is measured by benchmarks; beside other tests on the same cores an example may take its time.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def apart_from_this_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests neither leave anything in the user's own folders nor go by what lies there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PANDA_TWENTY_PACE_FOLDER", str(tmp_path_factory.mktemp("pace")))
        yield


@pytest.fixture(scope="session", autouse=True)
def kept_by_dagster() -> Iterator[None]:
    with contextlib.ExitStack() as kept:
        # Tests without Dagster do not wait until it is imported.
        if "dagster" in sys.modules:
            from panda_twenty_tests.kept_by_dagster import keeping_what_dagster_makes_anew

            kept.enter_context(keeping_what_dagster_makes_anew())
        yield
