"""What a key may look like: the same rule for every storage."""

import re

from core.disk import is_temporary

_LONGEST = 1024  # S3's limit
_SEGMENT = re.compile(r"[A-Za-z0-9._-]{1,255}")


def is_key(text: str) -> bool:
    """Whether this can be a key. A name of an unfinished file cannot: nobody would ever list it."""
    parts = text.split("/")
    return len(text) <= _LONGEST and all(
        _SEGMENT.fullmatch(part) and part not in {".", ".."} and not is_temporary(part) for part in parts
    )


def check_key(key: str) -> str:
    """The key itself, if it is one.

    Raises:
        ValueError: it is not. Keys are made by us, so this is a defect, not an operator's mistake.
    """
    if not is_key(key):
        raise ValueError(f"not a key: {key[:80]!r}")
    return key
