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
    forbidden = (
        "panda_twenty.mapping.transforms",
        "panda_twenty.mapping.chart_indices",
        "panda_twenty.mapping.npi",
        "panda_twenty.mapping.tooth_areas",
        "panda_twenty.mapping.custom_findings",
        "panda_twenty.mapping.letter_templates",
        "panda_twenty.twenty.loading",
        "panda_twenty.twenty.field_rules",
        "phonenumbers",
    )
    assert not {name for name in imported(file) if name.startswith(forbidden)}
    names = {each.id for each in ast.walk(ast.parse(file.read_text())) if isinstance(each, ast.Name)}
    assert "attachment_loss" not in names, "the sum of depth and margin is worked out twice on purpose"
    assert not names & {"TRANSFORMS", "record_builder", "to_markdown", "code_status"}, "the forward way"


@pytest.mark.parametrize(
    "name", ["comparators", "chart_comparators", "clinical_comparators", "chart_oracle", "totals", "watching"]
)
def test_nothing_that_a_comparator_reaches_is_a_transform_that_it_judges(name: str) -> None:
    """Followed through our own modules: lines and joined rows may be read, and nothing that makes values."""
    reached: set[str] = set()
    waiting = [f"panda_twenty.verification.{name}"]
    while waiting:
        module = waiting.pop()
        file = VERIFICATION.parent.parent / (module.replace(".", "/") + ".py")
        if module in reached | DATA or not file.exists():
            continue
        reached.add(module)
        waiting += [each for each in imported(file) if each.startswith("panda_twenty.")]
    forward = ("transforms", "npi", "tooth_areas", "custom_findings", "chart_indices")
    judged = {f"panda_twenty.mapping.{each}" for each in forward} | {"panda_twenty.mapping.rich_text.writing"}
    assert not {module for module in reached if module.startswith(tuple(judged))} - ALLOWED


DATA = frozenset({"panda_twenty.mapping.specification", "panda_twenty.mapping.records"})
"""Lines with their options, and rows with those joined to them; of transforms these know the names."""

ALLOWED = frozenset({"panda_twenty.mapping.transforms.refusal"})
"""An exception class, which says nothing of how a value is made."""


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
