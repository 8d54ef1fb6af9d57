"""docs/fields.md, written from the mapping and a generated practice."""

from __future__ import annotations

import tempfile
from pathlib import Path

from pydantic import SecretStr

from panda_twenty.mapping.field_table import examples_of, field_table
from panda_twenty.panda.extraction import EntityRow
from panda_twenty.sandbox.practice import write_practice
from panda_twenty.session import open_session
from panda_twenty.settings import Settings
from panda_twenty.stages import source_rows

EXAMPLE_PATIENTS, EXAMPLE_SEED = 120, 20
"""The generated practice that the examples come from."""


def field_documentation(settings: Settings) -> str:
    """The table of every field, with examples from a generated practice."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "practice.sqlite"
        write_practice(file, patients=EXAMPLE_PATIENTS, seed=EXAMPLE_SEED)
        sandbox = {"panda_connection": SecretStr(f"sqlite:///{file}"), "panda_profile": "reference-practice"}
        with open_session(settings.model_copy(update=sandbox)) as session:
            staged: dict[str, list[EntityRow]] = {}

            def read(entity: str) -> list[EntityRow]:
                if entity not in staged:
                    staged[entity] = list(source_rows(session, entity, None))
                return staged[entity]

            examples = examples_of(session.mapping, read, session.practice)
            return field_table(session.base_mapping, examples)
