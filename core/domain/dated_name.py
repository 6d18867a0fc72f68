"""The moment in a file's name: "atheme_20231201_020000.db.gz", as `date +%Y%m%d_%H%M%S` writes it."""

import re
from datetime import UTC, datetime, tzinfo

_DATED = re.compile(
    r"(?<!\d)(\d{4})(-?)(\d\d)\2(\d\d)"  # 20231201 or 2023-12-01
    r"(?:[_T .-](\d\d)([-:.]?)(\d\d)\6(\d\d)(Z?))?(?!\d)"  # and 020000, 02-00-00
)
_FIRST_YEAR = 1988  # IRC is of that year: a smaller number is none


def moment_in_name(name: str, zone: tzinfo | None) -> datetime | None:
    """When the file was made, by the last date in its name; None if there is none.

    `date` writes the time of the zone of whoever ran it: `zone`, or this host's where it is None. A name that ends its
    time with "Z" says UTC by itself. A date alone means the beginning of that day.
    """
    found = None
    for match in _DATED.finditer(name):
        found = _moment(match, zone) or found
    return found


def _moment(match: re.Match[str], zone: tzinfo | None) -> datetime | None:
    year, _, month, day, hour, _, minute, second, utc = match.groups()
    if int(year) < _FIRST_YEAR:
        return None
    numbers = [int(number or 0) for number in (year, month, day, hour, minute, second)]
    try:
        # Without a zone `astimezone` takes it as this host's, which is what is meant.
        written = datetime(*numbers, tzinfo=UTC if utc else zone)  # type: ignore[arg-type, misc]  # six numbers
        return written.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
