"""Snapshots: everything in them, equal when nothing changed, and every change told."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from panda_twenty.twenty.records import destroy, soft_delete
from panda_twenty.twenty.workspace import read_workspace
from panda_twenty.undo.snapshot import compare_snapshots, take_snapshot
from panda_twenty_tests.undo.workspace_with_owners import OwnedWorkspace


def test_two_snapshots_of_an_idle_workspace_are_equal_and_their_owners_alone(owned: OwnedWorkspace) -> None:
    owned.own_many(450)
    first = owned.snapshot()
    found = owned.changes_since(first)
    assert found.is_equal
    assert not found.ignored
    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    lines = [json.loads(line) for line in first.read_text().splitlines()]
    people = [line for line in lines if line[0] == "person" and line[1].startswith("record")]
    assert len(people) >= 450, "soft-deleted ones and those of later pages too"
    assert lines == sorted(lines, key=lambda line: (line[0], line[1]))


def test_a_snapshot_over_a_file_that_others_may_read_is_its_owners_alone(owned: OwnedWorkspace) -> None:
    file = owned.folder / "snapshot-1.jsonl"
    file.write_text("of somebody's who looked")
    file.chmod(0o644)
    assert owned.snapshot() == file
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_every_kind_of_change_is_told_with_its_fields(owned: OwnedWorkspace) -> None:
    ids = owned.own_many(10)
    before = owned.snapshot()
    owned.edit(
        ids[1], jobTitle="New", phones={"primaryPhoneNumber": "6075550177", "primaryPhoneCallingCode": "+1"}
    )
    soft_delete(owned.client, owned.practice.facts("person"), [ids[2]])
    destroy(owned.client, owned.practice.facts("person"), [ids[3]])
    added = owned.own("added")
    found = {
        (each.kind, each.id, each.fields)
        for each in owned.changes_since(before).changes
        if each.object == "person"
    }
    assert found == {
        ("changed", f"record {ids[1]}", ("jobTitle", "phones")),
        ("changed", f"record {ids[2]}", ("deletedAt",)),
        ("removed", f"record {ids[3]}", ()),
        ("added", f"record {added}", ()),
    }


def test_a_snapshot_of_keyed_hashes_tells_the_same_and_holds_no_value(
    owned: OwnedWorkspace, tmp_path: Path
) -> None:
    theirs = owned.own("Xyzzy", jobTitle="Periodontist")
    files = [tmp_path / name for name in ("before.jsonl", "after.jsonl")]
    for file in files:
        workspace = read_workspace(owned.client)
        take_snapshot(owned.client, workspace, file, hashing=owned.practice.ledger.keyed_hash)
        owned.edit(theirs, jobTitle="Hygienist")
    assert "Xyzzy" not in files[0].read_text()
    (change,) = compare_snapshots(*files).changes
    assert (change.id, change.fields) == (f"record {theirs}", ("jobTitle",))


def test_a_file_that_is_no_snapshot_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "other.txt"
    file.write_text("hello\n")
    with pytest.raises(ValueError, match="line 1"):
        compare_snapshots(file, file)
