"""Times as people write them, and as we write them back: always absolute, always UTC."""

import re
from datetime import UTC, datetime, timedelta

_AGO = re.compile(r"^(\d{1,5}) ?(m|min|h|d|w)(?: ago)?$")
_DAY = re.compile(r"^(today|yesterday)(?: (\d{1,2}):(\d{2}))?$")
_UNITS = {"m": "minutes", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}
EXAMPLES = "2h ago · yesterday 21:00 · 2026-11-22 20:58"


def parse_moment(text: str, now: datetime) -> datetime | None:
    """The moment that `text` means, or None if it is no time at all (it may be a snapshot's id).

    Times without a zone are UTC. A bare day means its end, since "from yesterday" asks for what yesterday left.
    """
    words = " ".join(text.lower().split())
    if ago := _AGO.match(words):
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    if day := _DAY.match(words):
        return _on_day(day, now)
    return _iso(text.strip())


def _on_day(day: re.Match[str], now: datetime) -> datetime | None:
    start = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if day[1] == "yesterday":
        start -= timedelta(days=1)
    if day[2] is None:
        return min(now, start + timedelta(days=1))
    try:
        return start.replace(hour=int(day[2]), minute=int(day[3]))
    except ValueError:
        return None


def _iso(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if re.fullmatch(r"\d{4}-?\d{2}-?\d{2}", text):
        moment += timedelta(days=1)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def show(moment: datetime) -> str:
    """As people read it: "2026-11-22 20:58Z"."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%MZ")


def ago(seconds: float) -> str:
    """A duration in its largest fitting unit: "3m", "18h", "5d"."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{int(seconds // size)}{unit}"
    return f"{max(0, int(seconds))}s"
