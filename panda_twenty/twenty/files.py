"""Stored files: uploaded before the record that holds them, and fetched again to be compared.

Twenty takes a file first and hands out an id that one record may use, once (measured on 2.21: a second use is
refused, and the id must be a random one). Two ways of uploading exist: a place to PUT the bytes to, and the
older multipart request; which one a server has shows in its schema.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from panda_twenty.twenty.client import TwentyClient
from panda_twenty.twenty.errors import Refused, SchemaChanged
from panda_twenty.twenty.reasons import ReasonCode
from panda_twenty.twenty.stored_file import StoredFile
from panda_twenty.twenty.workspace import ObjectFacts

_MULTIPART = (
    "mutation($file:Upload!,$field:String!){uploadFilesFieldFile(file:$file,fieldMetadataId:$field){id}}"
)
_DIRECT = (
    "mutation($name:String!,$size:Float!,$field:String!)"
    "{createFileUpload(filename:$name,size:$size,fileFolder:FilesField,fieldMetadataId:$field)"
    "{fileId uploadUrl contentType}}"
)
_COMPLETE = "mutation($file:String!){completeFileUpload(fileId:$file){id}}"


def upload(client: TwentyClient, facts: ObjectFacts, column: str, file: StoredFile) -> list[dict[str, str]]:
    """Upload a file for a FILES field and return what the record is to hold. Costs no call of the limit.

    Raises Refused where Twenty does not take the file, for example because its bytes belie its ending.
    """
    try:
        file_id = _upload_either_way(client, facts.fields[column].id, file)
    except Refused as refusal:
        raise _without_name(refusal, file.name) from None
    return [{"fileId": file_id, "label": file.name}]


def _upload_either_way(client: TwentyClient, field_id: str, file: StoredFile) -> str:
    try:
        return _upload_directly(client, field_id, file)
    except (SchemaChanged, Refused) as error:
        if isinstance(error, Refused) and error.reason is ReasonCode.FILE_BELIES_NAME:
            # The older way looks at the same bytes.
            raise
        try:
            return _upload_multipart(client, field_id, file)
        except SchemaChanged:
            # A server without the older way has said why it does not take the file.
            raise error from None


def _without_name(refusal: Refused, name: str) -> Refused:
    """The same, without Twenty's words where they quote the file's name, which may be a patient's."""
    if PurePath(name).stem.casefold() not in refusal.message.casefold():
        return refusal
    return Refused(
        refusal.reason,
        sentence="Twenty does not take the file.",
        code=refusal.code,
        sub_code=refusal.sub_code,
        raw=refusal.raw_text(),
    )


def _upload_directly(client: TwentyClient, field_id: str, file: StoredFile) -> str:
    """The newer way: ask for a place, PUT the bytes there, and say that they are complete."""
    variables = {"name": file.name, "size": len(file.content), "field": field_id}
    place = client.metadata(_DIRECT, variables, resend_safe=True)["createFileUpload"]
    client.put_file(place["uploadUrl"], file.content, place["contentType"])
    client.metadata(_COMPLETE, {"file": place["fileId"]}, resend_safe=True)
    return str(place["fileId"])


def _upload_multipart(client: TwentyClient, field_id: str, file: StoredFile) -> str:
    """The older way: GraphQL's multipart request."""
    operation = {"query": _MULTIPART, "variables": {"file": None, "field": field_id}}
    parts = {
        "operations": (None, json.dumps(operation)),
        "map": (None, '{"0":["variables.file"]}'),
        "0": (file.name, file.content, "application/octet-stream"),
    }
    return str(client.send_multipart(parts)["uploadFilesFieldFile"]["id"])


def fetched_sha256(client: TwentyClient, value: Any) -> str | None:
    """SHA-256 of the bytes that a FILES field leads to; None where it holds no file."""
    items: list[Mapping[str, Any]] = value or []
    if len(items) != 1 or not items[0].get("url"):
        return None
    return hashlib.sha256(client.get_file(items[0]["url"])).hexdigest()
