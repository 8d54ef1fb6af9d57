"""A workspace in the stand-in, as the tests of its details use it."""

from __future__ import annotations

from typing import Any

import httpx

from panda_twenty.sandbox.twenty import RunningTwenty

UNKNOWN_ID = "6f3a1f0e-9f55-4a51-8a5c-0f3b9c1f8aff"
CREATE_FIELD = "mutation($i:CreateOneFieldMetadataInput!){createOneField(input:$i){id name description}}"
UPDATE_FIELD = (
    "mutation($i:UpdateOneFieldMetadataInput!){updateOneField(input:$i){id label description defaultValue}}"
)
UPDATE_OBJECT = "mutation($i:UpdateOneObjectInput!){updateOneObject(input:$i){id labelSingular}}"


class Workspace:
    """A stand-in with an object ``visit`` that belongs to an ``owner``."""

    def __init__(self, twenty: RunningTwenty) -> None:
        headers = {"Authorization": f"Bearer {twenty.token}"}
        self.client = httpx.Client(base_url=twenty.url, headers=headers, timeout=60)
        self.visit = self.make_object("visit")
        self.owner = self.make_object("owner")
        self.fields = {
            "note": self.make_field("note", "TEXT"),
            "fee": self.make_field("fee", "NUMBER"),
            "files": self.make_field("files", "FILES", settings={"maxNumberOfValues": 2}),
            "colour": self.make_field("colour", "SELECT", options=[option("RED", 0), option("BLUE", 1)]),
        }
        self.fields["owner"] = self.relate("owner", "Visits")["data"]["createOneField"]["id"]

    def send(self, path: str, query: str, **variables: Any) -> Any:
        return self.client.post(path, json={"query": query, "variables": variables}).json()

    def graphql(self, query: str, **variables: Any) -> Any:
        return self.send("/graphql", query, **variables)

    def metadata(self, query: str, **variables: Any) -> Any:
        return self.send("/metadata", query, **variables)

    def make_object(self, name: str) -> str:
        given = {
            "nameSingular": name,
            "namePlural": f"{name}s",
            "labelSingular": name,
            "labelPlural": f"{name}s",
        }
        made = self.metadata(
            "mutation($i:CreateOneObjectInput!){createOneObject(input:$i){id}}", i={"object": given}
        )
        object_id: str = made["data"]["createOneObject"]["id"]
        return object_id

    def make_field(self, name: str, kind: str, **more: Any) -> str:
        field = {"objectMetadataId": self.visit, "type": kind, "name": name, "label": name, **more}
        field_id: str = self.metadata(CREATE_FIELD, i={"field": field})["data"]["createOneField"]["id"]
        return field_id

    def relate(self, name: str, label: str, **more: Any) -> Any:
        payload = {
            "type": "MANY_TO_ONE",
            "targetObjectMetadataId": self.owner,
            "targetFieldLabel": label,
            "targetFieldIcon": "IconX",
            **more,
        }
        field = {
            "objectMetadataId": self.visit,
            "type": "RELATION",
            "name": name,
            "label": name,
            "relationCreationPayload": payload,
        }
        return self.metadata(CREATE_FIELD, i={"field": field})

    def update_field(self, which: str, **update: Any) -> Any:
        return self.metadata(UPDATE_FIELD, i={"id": self.fields.get(which, which), "update": update})


def option(value: str, position: int) -> dict[str, Any]:
    return {"label": value.capitalize(), "value": value, "color": "red", "position": position}


def message_of(answer: Any) -> str:
    message: str = answer["errors"][0]["message"]
    return message
