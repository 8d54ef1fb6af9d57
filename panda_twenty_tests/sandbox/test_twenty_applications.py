"""Applications that bring their objects, compared with a real Twenty 2.21.0."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from panda_twenty.sandbox.twenty import running_twenty

APPLICATION, ROLE, OBJECT, TITLE = (str(uuid4()) for _ in range(4))
CREATE = "mutation($u:String!,$n:String!){createDevelopmentApplication(universalIdentifier:$u,name:$n){id}}"
SYNC = "mutation($m:JSON!,$dry:Boolean){syncApplication(manifest:$m,dryRun:$dry){actions}}"
UPLOAD = (
    "mutation($file:Upload!,$a:String!,$p:String!){uploadApplicationFile(file:$file,"
    "applicationUniversalIdentifier:$a,fileFolder:Dependencies,filePath:$p){path}}"
)
UNINSTALL = "mutation($u:String!){uninstallApplication(universalIdentifier:$u)}"


class Applications:
    """A client that brings one application with one object."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def send(self, query: str, path: str = "/metadata", **variables: Any) -> Any:
        return self.client.post(path, json={"query": query, "variables": variables}).json()

    def upload(self, name: str) -> str:
        variables = {"file": None, "a": APPLICATION, "p": name}
        form = {
            "operations": json.dumps({"query": UPLOAD, "variables": variables}),
            "map": '{"0":["variables.file"]}',
        }
        answer = self.client.post("/metadata", data=form, files={"0": (name, b"{}")}).json()
        path: str = answer["data"]["uploadApplicationFile"]["path"]
        return path

    def sync(self, count: int, *, dry: bool = False, **more: Any) -> Any:
        """The answer to a manifest whose object has a title and ``count`` numbers."""
        kinds = [(TITLE, "TEXT", "title")] + [
            (f"{OBJECT[:-4]}{place:04x}", "NUMBER", f"value{place}") for place in range(count)
        ]
        fields = [
            {"universalIdentifier": key, "type": kind, "name": name, "label": name}
            for key, kind, name in kinds
        ]
        described = {
            "universalIdentifier": OBJECT,
            "nameSingular": "exam",
            "namePlural": "exams",
            "labelSingular": "Exam",
            "labelPlural": "Exams",
            "fields": fields,
            "labelIdentifierFieldMetadataUniversalIdentifier": TITLE,
            **more,
        }
        manifest = {
            "application": {"universalIdentifier": APPLICATION},
            "objects": [described],
            "roles": [{"universalIdentifier": ROLE, "label": "App"}],
        }
        return self.send(SYNC, m=manifest, dry=dry)

    def actions(self, count: int, **more: Any) -> list[tuple[str, str]]:
        answer = self.sync(count, **more)
        return [(each["type"], each["metadataName"]) for each in answer["data"]["syncApplication"]["actions"]]


@pytest.fixture
def applications(tmp_path: Any) -> Iterator[Applications]:
    with running_twenty(tmp_path, rate_limit=None) as twenty:
        headers = {"Authorization": f"Bearer {twenty.token}"}
        yield Applications(httpx.Client(base_url=twenty.url, headers=headers, timeout=60))


def _error(answer: Any) -> tuple[str, str]:
    error = answer["errors"][0]
    return error["message"], error["extensions"]["code"]


def test_an_application_is_registered_and_brings_its_dependencies_first(applications: Applications) -> None:
    message, code = _error(applications.sync(1))
    assert message.startswith(f'Application "{APPLICATION}" not found in workspace "')
    assert (message.rpartition('". ')[2], code) == ("Run createDevelopmentApplication first.", "NOT_FOUND")
    applications.send(CREATE, u=APPLICATION, n="App")
    assert _error(applications.sync(1)) == ("File not found", "INTERNAL_SERVER_ERROR")
    assert applications.upload("package.json") == "dependencies/package.json"
    assert _error(applications.sync(1)) == ("File not found", "INTERNAL_SERVER_ERROR")
    applications.upload("yarn.lock")
    assert "errors" not in applications.sync(1)


@pytest.fixture
def ready(applications: Applications) -> Applications:
    applications.send(CREATE, u=APPLICATION, n="App")
    for name in ("package.json", "yarn.lock"):
        applications.upload(name)
    return applications


def test_a_manifest_is_told_by_what_it_changes(ready: Applications) -> None:
    kinds = ("searchFieldMetadata", "objectMetadata", "index", "role")
    made = [("create", kind) for kind in kinds]
    assert ready.actions(2, dry=True) == made
    assert ready.actions(2) == made
    assert ready.actions(2) == []
    assert ready.actions(3) == [("create", "fieldMetadata")]
    assert ready.actions(1) == [("delete", "fieldMetadata")] * 2
    answer = ready.sync(1, labelSingular="Visit")
    assert [
        (each["type"], each["metadataName"], each["update"], each["diff"])
        for each in answer["data"]["syncApplication"]["actions"]
    ] == [
        (
            "update",
            "objectMetadata",
            {"labelSingular": "Visit"},
            {"labelSingular": {"before": "Exam", "after": "Visit"}},
        )
    ]
    assert ready.actions(1, labelSingular="Visit") == []


def test_an_object_of_more_than_1600_columns_is_not_made(ready: Applications) -> None:
    answer = ready.sync(1650)
    told = f"Migration action 'create' for 'objectMetadata' (universalIdentifier: {OBJECT}) failed"
    assert _error(answer) == (told, "APPLICATION_INSTALLATION_FAILED")
    assert answer["errors"][0]["extensions"]["errors"]["workspaceSchema"] == {
        "message": "tables can have at most 1600 columns",
        "code": "54011",
    }
    assert "errors" in ready.send("{exams{totalCount}}", "/graphql")


def test_what_is_uninstalled_is_gone(ready: Applications) -> None:
    ready.sync(1)
    assert ready.send(UNINSTALL, u=APPLICATION)["data"] == {"uninstallApplication": True}
    assert "errors" in ready.send("{exams{totalCount}}", "/graphql")
    told = f"Application with id undefined or universalIdentifier {APPLICATION} not found"
    assert _error(ready.send(UNINSTALL, u=APPLICATION)) == (told, "NOT_FOUND")
