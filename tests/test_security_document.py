"""docs/security.md promises nothing that no test shows: every attack in it has one, and each one named is there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "security.md").read_text()
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
_TABLE = TEXT[TEXT.index("## Every way") : TEXT.index("## The audit trail")]
ROWS = [line for line in _TABLE.splitlines() if line.startswith("| ") and not line.startswith("| attack ")]


def _tests_in(path: Path) -> set[str]:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, functions)}


def test_the_table_is_there() -> None:
    assert len(ROWS) > 50


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip()[:40])
def test_every_attack_has_a_guard_and_a_test(row: str) -> None:
    attack, guard, shown = (cell.strip() for cell in row.strip("|").split(" | "))
    assert attack
    assert guard
    assert TEST.findall(shown)
    assert not TEST.sub("", shown).strip()


def test_every_test_that_is_named_is_there() -> None:
    named = TEST.findall(TEXT)
    assert len(named) == TEXT.count("::test_")
    there = {path: _tests_in(ROOT / path) for path, _ in named if (ROOT / path).exists()}
    assert not [f"{path}::{name}" for path, name in named if name not in there.get(path, set())]


def test_no_row_stands_twice() -> None:
    attacks = [row.split("|")[1].strip() for row in ROWS]
    assert len(set(attacks)) == len(attacks)
