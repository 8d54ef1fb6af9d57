"""Extracted rows on disk between extraction and transformation: typed Parquet that only its owner reads.

One file per entity and patient range. A file is whole or absent: it is written under another name, flushed
to the disk and renamed. A step that failed later starts again from here, without reading the practice's
database a second time. Staged files hold patient data; the command ``wipe`` removes them.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from panda_twenty.panda.entities import PERIO_CHART
from panda_twenty.panda.errors import StagingError
from panda_twenty.panda.extraction import EntityRow
from panda_twenty.panda.staged_columns import ZONE_KEY, Columns

ROWS_PER_GROUP = 2_000
BYTES_PER_GROUP = 32 * 1024 * 1024
"""A row group is closed at either limit, so that memory stays flat also with large documents."""

ROWS_AT_ONCE, CHARTS_AT_ONCE = 1_000, 200
"""Rows restored together; a chart is some twenty kilobytes, and somebody waits for the first one."""

WHOLE = "all"
"""The range key of entities that are read whole."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


@dataclass(frozen=True)
class StagedFile:
    """What was written: ``digest`` tells the rows apart, ``sha256`` the bytes of the file."""

    path: Path
    rows: int
    problems: int
    digest: str
    """SHA-256 over every value of every row in order; the same rows give the same digest on any machine."""
    sha256: str


@dataclass(frozen=True)
class Staged:
    """How much is staged, with what interrupted steps have left."""

    files: int
    bytes: int


class Stage:
    """The folder of staged files."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def path(self, entity: str, range_key: str | None = None) -> Path:
        """Where the rows of an entity and range are, or would be."""
        key = range_key or WHOLE
        if not _NAME.fullmatch(entity) or not _NAME.fullmatch(key):
            raise ValueError("an entity and a range key hold letters, digits, - and _ only")
        return self._directory / entity / f"{key}.parquet"

    def exists(self, entity: str, range_key: str | None = None) -> bool:
        """Whether rows are staged for this entity and range."""
        return self.path(entity, range_key).is_file()

    def write(self, entity: str, range_key: str | None, rows: Iterable[EntityRow]) -> StagedFile:
        """Stages ``rows`` as they come, replacing what was staged before; all of them or, on failure, none.

        Raises StagingError if the folder or the disk does not take them; what ``rows`` itself raises passes
        through.
        """
        path = self.path(entity, range_key)
        unfinished = path.with_name(f".{path.name}.{uuid.uuid4().hex}.unfinished")
        with _advice(path):
            _owner_only_folder(path.parent)
            descriptor = os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        handle = os.fdopen(descriptor, "wb")
        try:
            count, problems, digest = _write_rows(entity, rows, handle, path)
            with _advice(path):
                handle.flush()
                os.fsync(handle.fileno())
                handle.close()
                sha256 = _sha256(unfinished)
                unfinished.replace(path)
        except BaseException:
            # Closing flushes, and fails once more on a full disk: the first failure is the one to tell.
            with contextlib.suppress(OSError):
                handle.close()
            with contextlib.suppress(OSError):
                unfinished.unlink(missing_ok=True)
            raise
        return StagedFile(path, count, problems, digest, sha256)

    def read(
        self, entity: str, range_key: str | None = None, *, batch_size: int | None = None
    ) -> Iterator[EntityRow]:
        """Streams the staged rows exactly as they were written, ``batch_size`` rows in memory at a time."""
        columns = Columns(entity)
        if batch_size is None:
            batch_size = CHARTS_AT_ONCE if entity == PERIO_CHART.name else ROWS_AT_ONCE
        with self._opened(entity, range_key) as file:
            zone = (file.metadata.metadata or {}).get(ZONE_KEY)
            columns.set_zone(None if zone is None else zone.decode())
            # Group by group: a batch across groups would hold more than one group's worth of documents.
            for group in range(file.num_row_groups):
                for batch in file.iter_batches(batch_size=batch_size, row_groups=[group]):
                    yield from columns.restored(batch)

    def keys(self, entity: str, range_key: str | None = None) -> set[str]:
        """The keys of the staged rows, without reading anything else of them."""
        with self._opened(entity, range_key) as file:
            return set(file.read(columns=["row_key"]).column("row_key").to_pylist())

    def rows(self, entity: str, range_key: str | None = None) -> int:
        """How many rows are staged, without reading them."""
        with self._opened(entity, range_key) as file:
            return int(file.metadata.num_rows)

    def size(self) -> Staged:
        """How many files there are, unfinished ones included, and how much they hold."""
        found = [
            file for pattern in ("*/*.parquet", "*/.*.unfinished") for file in self._directory.glob(pattern)
        ]
        return Staged(len(found), sum(file.stat().st_size for file in found))

    def purge(self, entity: str | None = None, range_key: str | None = None) -> int:
        """Deletes staged files: one, those of an entity, or all; answers how many. Takes leftovers along."""
        if entity is None:
            folders = sorted(self._directory.glob("*/")) if self._directory.is_dir() else []
        else:
            folders = [self.path(entity, range_key).parent]
        stem = (
            self.path(entity, range_key).name if entity is not None and range_key is not None else "*.parquet"
        )
        removed = 0
        for folder in folders:
            with _advice(folder):
                for file in folder.glob(stem):
                    file.unlink(missing_ok=True)
                    removed += 1
                for leftover in folder.glob(f".{stem}.*.unfinished"):
                    leftover.unlink(missing_ok=True)
        return removed

    @contextmanager
    def _opened(self, entity: str, range_key: str | None) -> Iterator[pq.ParquetFile]:
        path = self.path(entity, range_key)
        try:
            file = pq.ParquetFile(path)
        except FileNotFoundError:
            told = f"Nothing is staged for {entity} {range_key or WHOLE}. Extract it first."
        except (OSError, pa.ArrowInvalid):
            told = f"{path} cannot be read. Delete it and extract the range again."
        else:
            with file:
                yield file
            return
        raise StagingError(told)


def _write_rows(
    entity: str, rows: Iterable[EntityRow], handle: IO[bytes], path: Path
) -> tuple[int, int, str]:
    """Writes the rows; answers their count, the count of problems and the digest."""
    columns = Columns(entity)
    digest = hashlib.sha256()
    count = problems = 0
    with _advice(path):
        writer = pq.ParquetWriter(handle, columns.schema, compression="zstd")
    try:
        for row in rows:
            columns.add(row, digest)
            count += 1
            problems += len(row.problems)
            if columns.waiting >= ROWS_PER_GROUP or columns.waiting_bytes >= BYTES_PER_GROUP:
                with _advice(path):
                    writer.write_batch(columns.taken())
        with _advice(path):
            writer.write_batch(columns.taken())
            if columns.zone_name is not None:
                writer.add_key_value_metadata({ZONE_KEY: columns.zone_name})
    except BaseException:
        with contextlib.suppress(OSError, pa.ArrowException):
            writer.close()
        raise
    with _advice(path):
        writer.close()
    return count, problems, digest.hexdigest()


def _owner_only_folder(folder: Path) -> None:
    for each in (folder.parent, folder):
        if not each.is_dir():
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


@contextmanager
def _advice(path: Path) -> Iterator[None]:
    """Turns a failure of the disk into a sentence."""
    try:
        yield
    except OSError as failure:
        number = failure.errno
    else:
        return
    if number in (errno.ENOSPC, errno.EDQUOT):
        advice = "the disk is full. Free space there, or stage elsewhere; the range can be extracted again."
    elif number in (errno.EACCES, errno.EPERM, errno.EROFS):
        advice = "the folder may not be written. Give this user the right, or stage elsewhere."
    else:
        advice = f"the file system refused ({errno.errorcode.get(number or 0, 'unknown error')})."
    raise StagingError(f"{path} cannot be staged: {advice}")
