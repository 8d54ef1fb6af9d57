"""Ids follow from practice, entity and source key."""

from __future__ import annotations

import uuid

from hypothesis import given
from hypothesis import strategies as st

from panda_twenty.mapping.identity import NAMESPACE, panda_id, record_id


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_an_id_is_the_uuid5_of_its_readable_form(key: str) -> None:
    assert record_id("p", "patient", key) == str(uuid.uuid5(NAMESPACE, panda_id("p", "patient", key)))
