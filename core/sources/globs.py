"""Patterns of paths: what of a tree is taken.

A pattern is matched against the path from the root, without a slash in front: `*` is anything but a slash, `?` one such
character, `[a-z]` one of a set, `**` any number of folders, none too. A pattern without a slash is matched against the
last name alone, wherever it is. One that matches a folder means all that is in it.
"""

import re
from collections.abc import Sequence
from functools import lru_cache


def matches(path: str, patterns: Sequence[str]) -> bool:
    """Whether any of the patterns means this path itself (not a folder above it)."""
    return any(_compiled(pattern).fullmatch(path) for pattern in patterns)


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    text = pattern.strip("/") if pattern != "/" else pattern
    if "/" not in pattern.rstrip("/"):
        text = f"**/{text}"
    return re.compile(_expression(text), re.DOTALL)


def _expression(pattern: str) -> str:
    made = ""
    place = 0
    while place < len(pattern):
        rest = pattern[place:]
        if rest.startswith("**/") and (place == 0 or pattern[place - 1] == "/"):
            made, place = made + "(?:[^/]+/)*", place + 3
        elif rest == "**" and (place == 0 or pattern[place - 1] == "/"):
            made, place = made + ".+", place + 2
        elif (found := re.match(r"\[(!?)(\]?[^\]/]*)\]", rest)) is not None:
            inner = found[2].replace("\\", "\\\\").replace("[", "\\[").replace("^", "\\^").replace("]", "\\]")
            made, place = made + f"(?!/)[{'^' if found[1] else ''}{inner}]", place + found.end()
        else:
            made, place = made + {"*": "[^/]*", "?": "[^/]"}.get(rest[0], re.escape(rest[0])), place + 1
    return made
