"""The house as it was meant: imports point down, and every contract is shown to fail when it is broken."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CONFIG = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONTRACTS = {contract["name"]: contract for contract in CONFIG["tool"]["importlinter"]["contracts"]}

# For each contract one import that must not be: file, line, and the contract that it breaks.
BREAKS = {
    "a command that reaches into IRC": ("bot/commands/status.py", "import bot.irc.outbox", "Imports point down"),
    "IRC that knows a command": ("bot/irc/outbox.py", "import bot.commands.status", "Imports point down"),
    "the grammar that knows IRC": ("bot/chat/reply.py", "import bot.irc.messages", "Imports point down"),
    "the engine that knows the shell": ("core/operations/site.py", "import bot.config", "Imports point down"),
    "an operation that picks its storage": (
        "core/operations/site.py",
        "import core.storage.local",
        "Imports point down",
    ),
    "a storage that knows a source": ("core/storage/keys.py", "import core.sources.atheme_conf", "Imports point down"),
    "a format that knows the repository": (
        "core/formats/atheme/rows.py",
        "import core.repository.layout",
        "Imports point down",
    ),
    "the wiring that knows the command line": ("bot/wiring.py", "import bot.cli.common", "Imports point down"),
    "chat in the engine": ("core/lock.py", "import bot.chat.reply", "The engine has never heard of chat"),
    "a loop in the engine": ("core/operations/backup.py", "import asyncio", "The engine has never heard of chat"),
    "a format that opens files": (
        "core/formats/atheme/rows.py",
        "import pathlib",
        "Formats, domain and registrations are pure",
    ),
    "registrations that read the clock": (
        "core/registrations/living.py",
        "import time",
        "Formats, domain and registrations are pure",
    ),
    "a second door to IRC": ("bot/chat/reply.py", "import irc.client", "One door to the irc library"),
    "a second door to age": ("core/repository/layout.py", "import pyrage", "One door to age"),
}


def _lint(folder: Path) -> str:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-cache"], cwd=folder, capture_output=True, text=True, timeout=100, check=False)
    return done.stdout + done.stderr


def test_every_contract_is_kept() -> None:
    assert "0 broken" in _lint(ROOT)


@pytest.mark.parametrize("case", BREAKS)
def test_a_contract_that_is_broken_is_named(case: str, tmp_path: Path) -> None:
    file, line, contract = BREAKS[case]
    for name in ("bot", "core"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / file).write_text(f"{line}\n{(tmp_path / file).read_text()}")
    assert re.search(rf"^{re.escape(contract)} BROKEN", _lint(tmp_path), re.MULTILINE)


def test_every_contract_has_a_case_that_breaks_it() -> None:
    assert {contract for _, _, contract in BREAKS.values()} == set(CONTRACTS)


def _ours() -> list[Path]:
    return [path for folder in ("bot", "core", "tests") for path in sorted((ROOT / folder).rglob("*.py"))]


def test_every_exception_to_a_rule_has_its_reason_beside_it() -> None:
    bare = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in _ours()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"#\s*(noqa|type: ignore)", line)
        and not re.search(r"#\s*(noqa: [A-Z0-9, ]+ — \S|type: ignore\[[\w, -]+\]\s+# \S|noqa: [A-Z0-9, ]+  # \S)", line)
        and "re.search" not in line
    ]
    assert not bare


def test_files_are_small() -> None:
    long = {
        path.relative_to(ROOT): len(path.read_text().splitlines()) for path in _ours() if path.parts[-2] != "vectors"
    }
    assert not {path: lines for path, lines in long.items() if lines > 350 and path.parts[0] != "tests"}


def test_no_module_bears_a_name_that_says_nothing() -> None:
    banned = {"manager", "handler", "util", "utils", "helper", "helpers", "data", "info", "service"}
    assert not [path for path in _ours() if path.stem in banned]


def test_no_file_names_where_packages_come_from() -> None:
    for path in ROOT.glob("requirements*"):
        assert "://" not in path.read_text(), path


def test_every_dependency_has_its_reason() -> None:
    reasons = (ROOT / "docs" / "dependencies.md").read_text()
    groups = CONFIG["dependency-groups"]
    wanted = [
        *CONFIG["project"]["dependencies"],
        *groups["build"],
        *(item for item in groups["dev"] if isinstance(item, str)),
    ]
    for requirement in wanted:
        name = re.split(r"[<>=;\[ ]", requirement)[0]
        assert re.search(rf"\b{re.escape(name)}\b", reasons), f"{name} has no line in docs/dependencies.md"
