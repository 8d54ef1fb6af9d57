"""What a new workspace holds before anyone writes to it. Names and companies are invented."""

from __future__ import annotations

from typing import Any

from panda_twenty.sandbox.twenty.files import FileShelf
from panda_twenty.sandbox.twenty.store import Store
from panda_twenty.sandbox.twenty.writing import Writer

SYSTEM: dict[str, Any] = {"source": "SYSTEM", "name": "System", "workspaceMemberId": None, "context": None}
COMPANIES = [
    ("c776ee49-f608-4a77-8cc8-6fe96ae1e43f", "Northwind Sample", "https://northwind.example.test"),
    ("f45ee421-8a3e-4aa5-a1cf-7207cc6754e1", "Lakeside Sample", "https://lakeside.example.test"),
    ("1f70157c-4ea5-4d81-bc49-e1401abfbb94", "Harbor Sample", "https://harbor.example.test"),
    ("9d5bcf43-7d38-4e88-82cb-d6d4ce638bf0", "Meadow Sample", "https://meadow.example.test"),
    ("06290608-8bf0-4806-99ae-a715a6a93fad", "Summit Sample", "https://summit.example.test"),
]
PEOPLE = [
    ("a2e78a5e-338b-46df-8811-fa08c7d19d35", "Ada", "Sample"),
    ("93c72d2e-e65c-44c4-99ad-f87f50349dcf", "Ben", "Sample"),
    ("edf6d445-13a7-4373-9a47-8f89e8c0a877", "Cleo", "Sample"),
    ("b1e26fa6-c757-4c88-abfa-4b11f5cf3acf", "Dora", "Sample"),
    ("7a93d1e5-3f74-4945-8a65-d7f996083f72", "Emil", "Sample"),
]
MEMBER_ID = "20202020-0687-4c41-b707-ed1bfca972a7"
WORKFLOW_ID = "8b213cac-a68b-4ffe-817a-3ec994e9932d"
DASHBOARD_ID = "c4a8a0de-1e36-4e8d-a59d-7ff37fb81400"
VERSION_ID = "ac67974f-c524-4288-9d88-af8515400b68"
WORKFLOW_NAME = "Create company when adding a new person"
TRIGGER = {"eventName": "person.upserted", "fields": ["emails"]}


def add_samples(store: Store, files: FileShelf) -> None:
    """Five companies and people, a member, a dashboard, and the active workflow that reacts to new people."""
    writer = Writer(store, files)

    def insert(name: str, records: list[dict[str, Any]]) -> None:
        target = store.schema.by_singular[name]
        actors = {"createdBy": SYSTEM, "updatedBy": SYSTEM}
        stamped = [{**record, **actors, "position": place + 1} for place, record in enumerate(records)]
        writer.insert(target, stamped)

    insert(
        "workspaceMember",
        [
            {
                "id": MEMBER_ID,
                "name": {"firstName": "Sandbox", "lastName": "Member"},
                "userEmail": "member@example.test",
                "userId": "20202020-9e3b-46d4-a556-88b9ddc2b034",
                "colorScheme": "System",
                "locale": "en",
            }
        ],
    )
    insert(
        "company",
        [
            {
                "id": key,
                "name": name,
                "domainName": {"primaryLinkUrl": url, "primaryLinkLabel": None, "secondaryLinks": None},
            }
            for key, name, url in COMPANIES
        ],
    )
    insert(
        "person",
        [
            {
                "id": key,
                "name": {"firstName": first, "lastName": last},
                "companyId": company,
                "emails": {"primaryEmail": f"{first.lower()}@example.test", "additionalEmails": None},
            }
            for (key, first, last), (company, _, _) in zip(PEOPLE, COMPANIES, strict=True)
        ],
    )
    insert("dashboard", [{"id": DASHBOARD_ID, "title": "My First Dashboard"}])
    insert(
        "workflow",
        [
            {
                "id": WORKFLOW_ID,
                "name": WORKFLOW_NAME,
                "lastPublishedVersionId": VERSION_ID,
                "statuses": ["ACTIVE"],
            }
        ],
    )
    insert(
        "workflowVersion",
        [
            {
                "id": VERSION_ID,
                "name": "v1",
                "status": "ACTIVE",
                "workflowId": WORKFLOW_ID,
                "steps": [],
                "trigger": {"type": "DATABASE_EVENT", "name": "Person created", "settings": TRIGGER},
            }
        ],
    )
    insert(
        "workflowAutomatedTrigger",
        [{"type": "DATABASE_EVENT", "settings": TRIGGER, "workflowId": WORKFLOW_ID}],
    )
