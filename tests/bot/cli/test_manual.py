"""docs/commands.md is what the commands themselves declare."""

from pathlib import Path

import pytest

from bot.chat.command import Command
from bot.cli.main import VERBS
from bot.cli.manual import manual
from bot.commands import COMMANDS


def test_the_manual_is_current() -> None:
    document = Path(__file__).parents[3] / "docs" / "commands.md"
    assert document.read_text() == manual(), "make it anew: python -m bot.cli.manual > docs/commands.md"


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_in_it(verb: str) -> None:
    assert f"\n### backupserv {verb}\n" in manual()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_chat_command_is_in_it_with_its_example(command: Command) -> None:
    """Its name, what it does, and something to type."""
    line = next(line for line in manual().splitlines() if line.startswith(f"| `{command.name}"))
    assert command.summary in line
    assert command.example in line
