"""Folders for what nobody but their owner may read."""

from __future__ import annotations

from pathlib import Path


def private_folder(folder: Path) -> Path:
    """Make this folder, and those above it that are missing, for their owner alone."""
    if not folder.parent.exists():
        private_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder
