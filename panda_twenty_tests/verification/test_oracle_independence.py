"""Verification may not use what it is to check."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import panda_twenty.mapping
import panda_twenty.verification

VERIFICATION = Path(next(iter(panda_twenty.verification.__path__)))
MAPPING = Path(next(iter(panda_twenty.mapping.__path__)))


def imported(file: Path) -> set[str]:
    """Every module that a file imports, at its top or inside a function."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


@pytest.mark.parametrize("file", sorted(VERIFICATION.glob("**/*.py")), ids=lambda file: file.name)
def test_no_comparator_imports_a_transform_or_the_indices_of_the_forward_way(file: Path) -> None:
    forbidden = ("panda_twenty.mapping.transforms", "panda_twenty.mapping.chart_indices", "phonenumbers")
    assert not {name for name in imported(file) if name.startswith(forbidden)}
    names = {each.id for each in ast.walk(ast.parse(file.read_text())) if isinstance(each, ast.Name)}
    assert "attachment_loss" not in names, "the sum of depth and margin is worked out twice on purpose"


@pytest.mark.parametrize("file", sorted(MAPPING.glob("**/*.py")), ids=lambda file: file.name)
def test_no_transform_imports_verification(file: Path) -> None:
    assert not {name for name in imported(file) if name.startswith("panda_twenty.verification")}


@pytest.mark.parametrize("folder", ["panda", "mapping", "twenty", "ledger", "verification", "sandbox"])
def test_nothing_below_defs_imports_dagster(folder: str) -> None:
    for file in (VERIFICATION.parent / folder).glob("**/*.py"):
        assert not {name for name in imported(file) if name.split(".")[0] == "dagster"}, file


def test_source_and_destination_know_nothing_of_each_other() -> None:
    for folder, other in (("panda", "twenty"), ("twenty", "panda")):
        for file in (VERIFICATION.parent / folder).glob("**/*.py"):
            assert not {name for name in imported(file) if name.startswith(f"panda_twenty.{other}")}, file
