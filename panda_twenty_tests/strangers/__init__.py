"""Practices whose schema this project has never seen, each with the truth about it.

Every stranger holds the rows of a generated reference practice, laid out as another vendor would keep them.

    truth = write_stranger("terse", Path("terse.sqlite"), patients=200, seed=20)

Everything in them is invented; ``open_dental`` takes the public names of Open Dental's tables and columns.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Mapping
from contextlib import closing
from functools import lru_cache
from pathlib import Path

from panda_twenty.sandbox.practice import write_practice
from panda_twenty_tests.strangers.access_grown import ACCESS_GROWN
from panda_twenty_tests.strangers.chart_variants import CHART_VARIANTS
from panda_twenty_tests.strangers.foxpro import FOXPRO
from panda_twenty_tests.strangers.german import GERMAN
from panda_twenty_tests.strangers.hungarian import HUNGARIAN
from panda_twenty_tests.strangers.misnamed import MISNAMED
from panda_twenty_tests.strangers.modules import MODULES
from panda_twenty_tests.strangers.object_mapped import OBJECT_MAPPED
from panda_twenty_tests.strangers.open_dental import OPEN_DENTAL
from panda_twenty_tests.strangers.prefixed import PREFIXED
from panda_twenty_tests.strangers.relaying import Practice, Stranger, truth_of, write
from panda_twenty_tests.strangers.respelled import LETTERS, STEMS
from panda_twenty_tests.strangers.rows import ROWS
from panda_twenty_tests.strangers.terse import TERSE
from panda_twenty_tests.strangers.truth import Truth

__all__ = ["STRANGERS", "Truth", "write_stranger"]

STRANGERS: Mapping[str, Stranger] = {
    each.name: each
    for each in (
        TERSE,
        HUNGARIAN,
        ROWS,
        OPEN_DENTAL,
        FOXPRO,
        ACCESS_GROWN,
        OBJECT_MAPPED,
        PREFIXED,
        MODULES,
        MISNAMED,
        GERMAN,
        STEMS,
        LETTERS,
        *CHART_VARIANTS,
    )
}


def write_stranger(name: str, file: Path, *, patients: int, seed: int) -> Truth:
    """Writes the stranger ``name`` into a new SQLite file with T-SQL column types; answers its truth.

    Raises KeyError for an unknown name, FileExistsError if ``file`` exists.
    """
    stranger = STRANGERS[name]
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.deserialize(_reference(patients, seed))
        write(stranger, Practice(connection, seed), file)
    return truth_of(stranger)


@lru_cache(maxsize=2)
def _reference(patients: int, seed: int) -> bytes:
    """The generated practice's database, which all strangers of one size share."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "reference.sqlite"
        write_practice(file, patients=patients, seed=seed)
        return file.read_bytes()
