"""As much of a line of chat as may be kept for ever."""

import re

from bot.commands import COMMANDS

_WORDS = frozenset(command.words[0] for command in COMMANDS)
_SETTLING = frozenset(command.words[0] for command in COMMANDS if command.settles)
_CODE = re.compile(r"[0-9]{6,}")
_LONGEST = 200


def told(text: str) -> str:
    """The command and its words.

    Of what settles a plan only the plan's code, since a one-time code may follow; of what is no command of ours only
    its first word, since it may be a password that was meant for somebody else; the same of !code. What looks like a
    one-time code is one.
    """
    first, *others = text.split() or [""]
    name = first.lower().removeprefix("!")
    if name in _SETTLING:
        others = others[:1]
    elif name not in _WORDS or name == "code":
        first, others = first[:20], []
    return " ".join(_CODE.sub("[hidden]", word) for word in (first, *others))[:_LONGEST]
