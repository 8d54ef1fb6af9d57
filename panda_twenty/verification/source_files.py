"""Files of the source as verification holds them: by what their bytes come to, not by the bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from panda_twenty.mapping.records import RowReader
from panda_twenty.panda.entities import ENTITIES, Kind
from panda_twenty.panda.extraction import EntityRow


@dataclass(frozen=True)
class FileContent:
    """Stands for the bytes of a file."""

    sha256: str
    size: int
    """In bytes."""


def with_hashed_files(read: RowReader) -> RowReader:
    """The same rows with a :class:`FileContent` for every file; hundreds of rows are held at a time."""

    def read_hashed(entity: str) -> Iterable[EntityRow]:
        names = [each.name for each in ENTITIES[entity].attributes.values() if each.kind is Kind.BYTES]
        return _hashed(read(entity), names) if names else read(entity)

    return read_hashed


def _hashed(rows: Iterable[EntityRow], names: list[str]) -> Iterator[EntityRow]:
    for row in rows:
        held = {name: _content(row.values[name]) for name in names if row.values.get(name) is not None}
        yield row._replace(values={**row.values, **held})


def _content(content: bytes) -> FileContent:
    return FileContent(hashlib.sha256(content).hexdigest(), len(content))
