"""The data model document of a session, and the page of it that a run leaves in the reports folder."""

from __future__ import annotations

from pathlib import Path

from panda_twenty.data_model_document import DataModelDocument, data_model_document
from panda_twenty.data_model_page import data_model_page
from panda_twenty.mapping.data_model import wanted_objects
from panda_twenty.session import Session
from panda_twenty.twenty.data_model import DataModelPlan
from panda_twenty.verification.reporting import write_private

REPORT = "data-model.html"


def session_document(session: Session, plan: DataModelPlan | None) -> DataModelDocument:
    """The document of a session's mapping; with a ``plan``, compared with its workspace."""
    return data_model_document(
        wanted_objects(session.mapping),
        practice=session.practice,
        mapping_digest=session.mapping.digest(),
        workspace=session.client.url if plan is not None else None,
        plan=plan,
    )


def write_report(session: Session, plan: DataModelPlan) -> Path:
    """Write the page into the practice's reports folder; returns its path."""
    page = data_model_page(session_document(session, plan))
    return write_private(session.destination / "reports" / REPORT, page)
