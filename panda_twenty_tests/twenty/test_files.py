"""Uploading a file in the newer way, and in the older one where the schema has no other."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import httpx
import pytest

from panda_twenty.twenty.errors import Refused
from panda_twenty.twenty.files import upload
from panda_twenty.twenty.reasons import ReasonCode
from panda_twenty.twenty.stored_file import StoredFile
from panda_twenty.twenty.workspace import ObjectFacts
from panda_twenty_tests.twenty.scripted import Script, data, failure

FACTS = cast(ObjectFacts, SimpleNamespace(fields={"file": SimpleNamespace(id="field-id")}))
FILE = StoredFile("letter.pdf", b"%PDF-1.7")


def test_the_bytes_go_out_as_what_the_place_is_signed_for(script: Script) -> None:
    place = {"fileId": "f1", "uploadUrl": "https://store.example/f1", "contentType": "application/x-signed"}
    client, server, _ = script(
        data(createFileUpload=place), httpx.Response(200), data(completeFileUpload={"id": "f1"})
    )
    assert upload(client, FACTS, "file", FILE) == [{"fileId": "f1", "label": "letter.pdf"}]
    sent = server.requests[1]
    assert (sent.method, sent.headers["Content-Type"]) == ("PUT", "application/x-signed")
    assert sent.headers["Content-Length"] == str(len(FILE.content))
    assert "Authorization" not in sent.headers


def test_a_schema_that_names_no_type_for_the_place_gets_the_file_in_the_older_way(script: Script) -> None:
    unknown = 'Cannot query field "contentType" on type "FileUploadTarget".'
    client, server, _ = script(
        failure(unknown, "GRAPHQL_VALIDATION_FAILED"), data(uploadFilesFieldFile={"id": "f2"})
    )
    assert upload(client, FACTS, "file", FILE) == [{"fileId": "f2", "label": "letter.pdf"}]
    assert server.requests[1].headers["Content-Type"].startswith("multipart/form-data")


def test_a_server_without_the_older_way_says_itself_why_it_takes_no_file(script: Script) -> None:
    place = {"fileId": "f1", "uploadUrl": "https://store.example/f1", "contentType": "application/pdf"}
    unknown = 'Cannot query field "uploadFilesFieldFile" on type "Mutation".'
    client, _, _ = script(
        data(createFileUpload=place), httpx.Response(403), failure(unknown, "GRAPHQL_VALIDATION_FAILED")
    )
    with pytest.raises(Refused, match="HTTP 403"):
        upload(client, FACTS, "file", FILE)


def test_a_file_whose_bytes_belie_its_name_is_refused_at_once_and_for_good(script: Script) -> None:
    place = {"fileId": "f1", "uploadUrl": "https://store.example/f1", "contentType": "application/pdf"}
    told = (
        "File content does not match its extension. The file has extension 'pdf' (expected mime type: "
        "application/pdf), but the file content could not be detected as this type."
    )
    client, server, _ = script(
        data(createFileUpload=place), httpx.Response(200), failure(told, "INTERNAL_SERVER_ERROR")
    )
    with pytest.raises(Refused, match="the ending of its name") as refused:
        upload(client, FACTS, "file", StoredFile("letter.pdf", b"no PDF"))
    assert refused.value.reason is ReasonCode.FILE_BELIES_NAME
    assert not refused.value.is_internal
    assert len(server.requests) == 3


def test_an_empty_file_is_tried_in_the_older_way_which_takes_it(script: Script) -> None:
    told = "Invalid file size 0 (max 1073741824 bytes)"
    client, server, _ = script(
        failure(told, "INTERNAL_SERVER_ERROR"), data(uploadFilesFieldFile={"id": "f2"})
    )
    assert upload(client, FACTS, "file", StoredFile("empty.txt", b"")) == [
        {"fileId": "f2", "label": "empty.txt"}
    ]
    assert len(server.requests) == 2


def test_the_name_of_a_file_that_is_refused_is_not_told(script: Script) -> None:
    quoting = failure('File "ann-poe-referral.pdf" has an extension that is not allowed.', "BAD_USER_INPUT")
    client, _, _ = script(quoting, quoting)
    with pytest.raises(Refused) as refused:
        upload(client, FACTS, "file", StoredFile("Ann-Poe-Referral.pdf", FILE.content))
    assert "poe" not in f"{refused.value} {refused.value.message} {refused.value!r}".casefold()
    assert refused.value.code == "BAD_USER_INPUT"
