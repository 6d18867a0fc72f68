"""The manual of all commands, made from their declarations: `python -m bot.cli.manual > docs/commands.md`."""

import argparse
from collections.abc import Mapping
from importlib import import_module

from bot.cli.main import VERBS, add_shared
from bot.commands import COMMANDS

_HEAD = """\
# Commands

Made from their declarations: `python -m bot.cli.manual > docs/commands.md`. [The guide](operators.md) tells when to use
which.

## In the opers' channel, or in private

| command | role | does | for example |
|---|---|---|---|
"""
_EVERYWHERE = frozenset({"help", "config", "json", "quiet", "debug"})
_SHELL = """
## On the command line

`backupserv VERB --help` says the same. A name that begins with `#` or `!` stands in single quotes: to a shell these
mean something else.

"""


def manual() -> str:
    """All of it, as Markdown."""
    chat = "".join(f"| {_cell(one.form)} | {one.role} | {one.summary} | {_cell(one.example)} |\n" for one in COMMANDS)
    shared = argparse.ArgumentParser(add_help=False)
    add_shared(shared)
    told = "".join(_told(action) for action in shared._actions)  # noqa: SLF001 — argparse has no public name for it
    verbs = "".join(f"\n### backupserv {name}\n\n{_verb(*declared)}" for name, declared in VERBS.items())
    return f"{_HEAD}{chat}{_SHELL}Every verb takes, before or after it:\n\n{told}{verbs}"


def _verb(module: str, line: str) -> str:
    parser = argparse.ArgumentParser(add_help=False)
    import_module(f"bot.cli.{module}").add_arguments(parser)
    told = "".join(_told(action) for action in parser._actions)  # noqa: SLF001 — argparse has no public name for it
    epilog = f"```text\n{parser.epilog.strip()}\n```\n" if parser.epilog else ""
    return "\n".join(part for part in (f"{line}\n", told, epilog) if part)


def _told(action: argparse.Action) -> str:
    """A line for an option; one for each word that is a verb of its own, with its options below."""
    if action.help == argparse.SUPPRESS:
        return ""
    if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 — argparse has no public name for it
        return "".join(_word(choice.dest, choice.help or "", action.choices) for choice in action._choices_actions)  # noqa: SLF001 — same
    return f"- `{_called(action)}`{f': {action.help}' if action.help else ''}\n"


def _word(word: str, line: str, parsers: Mapping[str, argparse.ArgumentParser]) -> str:
    actions = [action for action in parsers[word]._actions if action.dest not in _EVERYWHERE]  # noqa: SLF001 — same
    own = [_told(action) for action in actions]
    return f"- **`{word}`** {line}\n" + "".join(f"  {text}" for text in own)


def _called(action: argparse.Action) -> str:
    """As it is typed: "--from OLD", "[ID|WHEN]"."""
    value = str(action.metavar or "|".join(map(str, action.choices or ())) or action.dest.upper())
    value = value if action.nargs != "?" else f"[{value}]"
    names = ", ".join(action.option_strings)
    return f"{names} {value}".strip() if action.nargs != 0 else names


def _cell(text: str) -> str:
    """Code in a table, where "|" would begin another cell."""
    return f"`{text.strip()}`".replace("|", "\\|")


if __name__ == "__main__":
    print(manual(), end="")
