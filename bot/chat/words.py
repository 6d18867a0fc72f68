"""From a line to its words: quotes keep several together, as in `from "yesterday 21:00"`."""

import re

LONGEST = 500  # letters of a line; no server lets a longer one through
_WORD = re.compile(r'[“"]([^“”"]*)[”"](?=\s|$)|(\S+)')


def words_of(text: str) -> tuple[str, ...]:
    """The words. A quote that is not closed is a letter like any other: names and reasons may hold one."""
    return tuple(" ".join(found[1].split()) if found[2] is None else found[2] for found in _WORD.finditer(text))
