"""What a key may look like: the same rule for every storage."""

import re

_SEGMENT = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,254}|\.[A-Za-z0-9_-][A-Za-z0-9._-]{0,253}")


def check_key(key: str) -> str:
    """The key itself, if it is one.

    Raises:
        ValueError: it is not. Keys are made by us, so this is a defect, not an operator's mistake.
    """
    if len(key) > 1024 or not all(_SEGMENT.fullmatch(part) for part in key.split("/")):  # noqa: PLR2004 — S3's limit
        raise ValueError(f"not a key: {key[:80]!r}")
    return key
