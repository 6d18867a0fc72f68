"""docs/traps.md promises that each trap has a test: every test that it names is there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROWS = re.findall(r"^\| (C?\d+) \| (.+) \|$", (ROOT / "docs" / "traps.md").read_text(), re.MULTILINE)
TESTS = {
    node.name
    for path in (ROOT / "tests").rglob("*.py")
    for node in ast.walk(ast.parse(path.read_text()))
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
}


def test_all_traps_and_cases_are_in_the_table() -> None:
    """C: of copies, whose numbers are their own."""
    copies = [f"C{number}" for number in range(13, 38)]
    assert [number for number, _ in ROWS] == [*map(str, range(1, 28)), *map(str, range(29, 48)), *copies]


@pytest.mark.parametrize(("number", "row"), ROWS, ids=[number for number, _ in ROWS])
def test_each_names_a_test_and_each_test_that_it_names_is_there(number: str, row: str) -> None:
    named = set(re.findall(r"`(test_\w+)`", row))
    assert named, f"{number} names no test"
    assert not named - TESTS
