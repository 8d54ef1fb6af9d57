"""A bug in any transform goes into Twenty and comes out in the verification, through the whole way there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import pytest

from panda_twenty.mapping.transforms.registry import TRANSFORMS, Transform
from panda_twenty.panda.staging import WHOLE
from panda_twenty.route_verification import verify
from panda_twenty.session import Session
from panda_twenty.stages import load_route, patient_ranges
from panda_twenty_tests.memory_folder import folder_in_memory
from panda_twenty_tests.verification.migrated_directly import (
    Workspace,
    migrate_directly,
    migrated_workspace,
)
from panda_twenty_tests.verification.wrong_transforms import BUGS, NOT_IN_THE_DEFAULT, wrong

READ_BESIDE = ("name_suffix", "email_remark", "phone_remarks", "rich_text_remark")
"""Transforms of fields that are read together with others, whose bugs would tell of them as well."""

TOGETHER = {
    "fields": [name for name in BUGS if name not in READ_BESIDE],
    "fields that are read beside others": list(READ_BESIDE),
}
"""Transforms whose bugs are let loose together: each has its own fields, so each has to be caught itself."""


@pytest.fixture(scope="module")
def workspace() -> Iterator[Workspace]:
    with (
        folder_in_memory() as folder,
        migrated_workspace(folder, patients=16) as migrated,
    ):
        with migrated.session() as session:
            migrate_directly(session)
        yield migrated


def test_every_transform_has_its_bug() -> None:
    assert set(BUGS) | NOT_IN_THE_DEFAULT == set(TRANSFORMS)


@pytest.mark.parametrize("group", TOGETHER)
def test_a_bug_in_a_transform_is_caught_and_its_repair_is_seen(
    workspace: Workspace, group: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = set(TOGETHER[group])
    transforms = cast(dict[str, Transform], TRANSFORMS)
    for name in names:
        monkeypatch.setitem(transforms, name, wrong(TRANSFORMS[name], BUGS[name]))
    with workspace.session() as session:
        assert names - _differing_transforms(session, names) == set()
    monkeypatch.undo()
    with workspace.session() as session:
        assert _differing_transforms(session, names) == set()


def _differing_transforms(session: Session, names: set[str]) -> set[str]:
    """Load the routes that use these transforms once more; which transforms the verification then names."""
    caught: set[str] = set()
    for route in session.mapping.routes:
        if not names & {line.transform for line in route.lines}:
            continue
        by_field = {line.field: line.transform for line in route.lines}
        for key in [each.key for each in patient_ranges(session)] if route.is_patient_scoped else [WHOLE]:
            load_route(session, route, [key])
            caught |= {by_field[each.field] for each in verify(session, route, key).differences}
    return caught
