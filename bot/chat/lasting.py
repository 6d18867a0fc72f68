"""For how long: "30m", "2h", "1d", as people write it behind a command."""

from datetime import timedelta

EXAMPLES = "30m · 2h · 1d, a week at most"
_UNITS = {"m": 60, "h": 3600, "d": 86400}
_AT_MOST = 7 * 86400


def read_lasting(word: str) -> timedelta | None:
    """What it means; None where it means nothing, or more than a week."""
    number, unit = word[:-1], word[-1:].lower()
    if not number.isdecimal() or len(number) > 4 or unit not in _UNITS:  # noqa: PLR2004 — digits
        return None
    seconds = int(number) * _UNITS[unit]
    return timedelta(seconds=seconds) if 0 < seconds <= _AT_MOST else None
