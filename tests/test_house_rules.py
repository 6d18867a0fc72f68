"""The small rules of the house: names, sizes, and a reason beside every exception."""

import ast
import io
import re
import tokenize
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = [path for folder in ("benchmarks", "bot", "core", "tests") for path in sorted((ROOT / folder).rglob("*.py"))]
# "services" is not among them: it is the word for IRC services, and only for them.
NAMES_THAT_SAY_NOTHING = {
    "data",
    "handler",
    "handlers",
    "helper",
    "helpers",
    "info",
    "manager",
    "service",
    "util",
    "utils",
}
LONGEST_FILE = 300
LONGEST_FUNCTION = 40
# What is better in one piece, and why.
LONG_FOR_A_REASON = {
    "bot/demo/network.py _write_bot_config": "it is the text of a file",
    "bot/irc/session.py __init__": "the table of verbs stands beside what they need",
}

# What switches a rule off in one line: it must name the rule, and say why in the same comment.
EXCEPTION = re.compile(r"#\s*(noqa|type:\s*ignore|pragma|pylint|ruff|mypy)\b")
REASONED = re.compile(r"#\s*(noqa: [A-Z]+\d+(, ?[A-Z]+\d+)*|type: ignore\[[a-z, -]+\])\s*(—|-|#|\()\s*\W?\w+")


def _comments(path: Path) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(path.read_text()).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def test_every_exception_in_the_code_has_its_reason_beside_it() -> None:
    bare = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in OURS
        for number, comment in _comments(path)
        if EXCEPTION.search(comment) and not REASONED.search(comment)
    ]
    assert not bare


@pytest.mark.parametrize(
    ("comment", "reasoned"),
    [
        ("# noqa: S310 — the address is the operator's own", True),
        ("# type: ignore[attr-defined]  # absent before Python 3.14", True),
        ("# noqa", False),
        ("# noqa: S310", False),
        ("# type: ignore", False),
        ("# type: ignore[misc]", False),
    ],
)
def test_what_counts_as_a_reason(comment: str, reasoned: bool) -> None:  # noqa: FBT001 — pytest passes parameters by name
    assert EXCEPTION.search(comment)
    assert bool(REASONED.search(comment)) is reasoned


def test_every_rule_that_is_off_for_all_has_its_reason_beside_it() -> None:
    """Each line in pyproject.toml's lists of ignored ruff rules ends with a comment."""
    text = (ROOT / "pyproject.toml").read_text()
    section = text[text.index("[tool.ruff.lint]") : text.index("[tool.ruff.lint.isort]")]
    rules = [line for line in section.splitlines() if re.search(r'"[A-Z]+\d*"', line) and "select" not in line]
    assert rules
    assert not [line for line in rules if not re.search(r"#\s*\S+", line)]


def test_files_are_small() -> None:
    sizes = {path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines()) for path in OURS}
    long = {path for path, lines in sizes.items() if lines > LONGEST_FILE and not path.startswith("tests/")}
    assert not long - set(LONG_FOR_A_REASON)


def test_functions_are_small() -> None:
    long = {
        f"{path.relative_to(ROOT)} {node.name}"
        for path in OURS
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
        and "tests" not in path.parts
    }
    assert not long - set(LONG_FOR_A_REASON)


def test_no_module_and_no_class_bears_a_name_that_says_nothing() -> None:
    classes = {
        node.name: path
        for path in OURS
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
    }
    modules = {path.stem: path for path in OURS}
    named = {**classes, **modules}
    assert not {name: named[name] for name in named if name.lower().lstrip("_") in NAMES_THAT_SAY_NOTHING}


def test_every_dependency_has_its_reason() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    reasons = (ROOT / "docs" / "dependencies.md").read_text()
    named = {
        name.strip() for row in re.findall(r"^\| ([\w., -]+?) \|", reasons, re.MULTILINE) for name in row.split(",")
    }
    groups = config["dependency-groups"]
    wanted = [*config["project"]["dependencies"], *groups["build"], *groups["dev"]]
    names = {re.split(r"[<>=;\[ ]", item)[0] for item in wanted if isinstance(item, str)}
    assert not names - named


def test_decisions_are_numbered_short_and_whole() -> None:
    for number, path in enumerate(sorted((ROOT / "docs" / "decisions").glob("*.md")), 1):
        text = path.read_text()
        assert path.name.startswith(f"{number:04}-")
        assert len(text.splitlines()) <= 40
        assert all(f"**{part}.**" in text for part in ("Context", "Decision", "Consequences")), path
