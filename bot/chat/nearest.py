"""What somebody may have meant. What was typed is never repeated: an echo is how other people's text becomes ours."""

import difflib
import re
from collections.abc import Sequence

from bot.chat.command import Command

_LONGEST = 40  # letters that are compared


def unknown(words: Sequence[str], commands: Sequence[Command]) -> str:
    """What to say where no command fits: the nouns of a verb, the nearest command, or where they are listed."""
    verb, *rest = [word.lower()[:_LONGEST] for word in words[:2]] or [""]
    nouns = [command for command in commands if command.words[0] == verb]
    near = _near(rest[0], [command.words[1] for command in nouns]) if nouns and rest else ""
    if near:
        return f"no such command; did you mean !{verb} {near}?"
    if nouns:
        return f"!{verb} needs to know what: {' · '.join(command.name for command in nouns)}"
    names = [" ".join(command.words) for command in commands]
    near = _near(" ".join([verb, *rest]), names) or _near(verb, names)
    return f"no such command; did you mean !{near}?" if near else "no such command; !help lists them"


def unknown_word(word: str, command: Command) -> str:
    """The keyword of a command's usage that is nearest to a word, as a question; "" where none is near."""
    near = _near(word.lower()[:_LONGEST], re.findall(r"[a-z]{2,}", command.usage))
    return f"; did you mean {near}?" if near else ""


def _near(word: str, known: list[str]) -> str:
    return next(iter(difflib.get_close_matches(word, known, n=1, cutoff=0.5)), "")
