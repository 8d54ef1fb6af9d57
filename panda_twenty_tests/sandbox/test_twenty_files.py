"""Files in the stand-in: uploaded in both ways, and known by their bytes, as a real Twenty 2.21 does."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from panda_twenty_tests.sandbox.twenty_workspace import UNKNOWN_ID, Workspace, message_of

ANNOUNCE = """mutation($n:String!,$s:Float!,$f:String){
createFileUpload(filename:$n,size:$s,fileFolder:FilesField,fieldMetadataId:$f){fileId uploadUrl}}"""


@pytest.mark.parametrize(("content", "status"), [(b"hello", 204), (b"hello!", 413), (b"hell", 400)])
def test_a_direct_upload_brings_what_was_announced(workspace: Workspace, content: bytes, status: int) -> None:
    announced = workspace.metadata(ANNOUNCE, n="a.txt", s=5, f=workspace.fields["files"])
    url = announced["data"]["createFileUpload"]["uploadUrl"]
    assert httpx.put(url, content=content).status_code == status


@pytest.mark.parametrize("size", [0, 5_000_000_000])
def test_an_empty_or_huge_file_is_not_announced(workspace: Workspace, size: int) -> None:
    answer = workspace.metadata(ANNOUNCE, n="a.txt", s=size, f=workspace.fields["files"])
    assert message_of(answer) == f"Invalid file size {size} (max 1073741824 bytes)"


def test_a_file_needs_an_extension(workspace: Workspace) -> None:
    told = "Filename must have an extension"
    assert message_of(_uploaded(workspace, "plain", b"hello")) == told
    assert message_of(workspace.metadata(ANNOUNCE, n="plain", s=5, f=workspace.fields["files"])) == told


def _uploaded(workspace: Workspace, name: str, content: bytes) -> Any:
    query = "mutation($file:Upload!,$f:String!){uploadFilesFieldFile(file:$file,fieldMetadataId:$f){id path}}"
    variables = {"file": None, "f": workspace.fields["files"]}
    form = {
        "operations": json.dumps({"query": query, "variables": variables}),
        "map": '{"0":["variables.file"]}',
    }
    return workspace.client.post("/metadata", data=form, files={"0": (name, content)}).json()


@pytest.mark.parametrize(
    ("name", "content", "ending"),
    [
        ("letter.doc", b"only text", ".doc"),
        ("letter.rtf", b"only text", ".rtf"),
        ("letter.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ".cfb"),
        ("scan.txt", b"%PDF-1.4", ".pdf"),
        ("photo.png", b"\xff\xd8\xff\xe0 a photograph", ".jpg"),
        ("old.TXT", b"only text", ".TXT"),
    ],
)
def test_a_file_is_kept_as_what_its_bytes_are(
    workspace: Workspace, name: str, content: bytes, ending: str
) -> None:
    answer = _uploaded(workspace, name, content)
    assert answer["data"]["uploadFilesFieldFile"]["path"].endswith(ending)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("scan.png", "image/png"), ("visits.ICS", "text/calendar"), ("x.mov", "video/quicktime")],
)
def test_a_name_that_promises_what_the_bytes_are_not_is_refused(
    workspace: Workspace, name: str, kind: str
) -> None:
    told = message_of(_uploaded(workspace, name, b"only text"))
    assert f"has extension '{name.rpartition('.')[2]}' (expected mime type: {kind})" in told
    announced = workspace.metadata(ANNOUNCE, n=name, s=9, f=workspace.fields["files"])
    place = announced["data"]["createFileUpload"]
    assert httpx.put(place["uploadUrl"], content=b"only text").status_code == 204
    complete = "mutation($f:String!){completeFileUpload(fileId:$f){id}}"
    assert message_of(workspace.metadata(complete, f=place["fileId"])) == told


def test_a_direct_upload_is_completed_once_its_bytes_have_come(workspace: Workspace) -> None:
    complete = "mutation($f:String!){completeFileUpload(fileId:$f){id}}"
    place = workspace.metadata(ANNOUNCE, n="a.txt", s=5, f=workspace.fields["files"])["data"][
        "createFileUpload"
    ]
    assert message_of(workspace.metadata(complete, f="x")) == 'invalid input syntax for type uuid: "x"'
    assert "has not been uploaded to storage yet" in message_of(
        workspace.metadata(complete, f=place["fileId"])
    )
    httpx.put(place["uploadUrl"], content=b"hell")
    assert "has 4 bytes in storage but 5 were declared" in message_of(
        workspace.metadata(complete, f=place["fileId"])
    )
    httpx.put(place["uploadUrl"], content=b"hello")
    for _ in range(2):
        assert workspace.metadata(complete, f=place["fileId"])["data"]["completeFileUpload"]["id"]
    again = httpx.put(place["uploadUrl"], content=b"hello")
    assert (again.status_code, again.json()["code"]) == (400, "BAD_REQUEST")
    assert message_of(workspace.metadata(complete, f=UNKNOWN_ID)) == f"File not found: {UNKNOWN_ID}"
