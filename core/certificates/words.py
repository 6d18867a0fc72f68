"""Certificates in words for people."""

from datetime import datetime, timedelta

_ROOM = 120  # characters of a name that somebody else chose
DAY = timedelta(days=1)


def told(text: str) -> str:
    """A name out of a certificate or a folder, fit for one line: printable, and not endless."""
    shown = text if text.isprintable() else ascii(text)[1:-1]
    return shown if len(shown) <= _ROOM else f"{shown[: _ROOM - 1]}…"


def day(moment: datetime) -> str:
    """The day of a moment."""
    return moment.strftime("%Y-%m-%d")


def days(span: timedelta) -> str:
    """A span in whole days: "1 day", "30 days"; hours where it is less than one."""
    if span < DAY:
        hours = int(span.total_seconds()) // 3600
        return f"{hours} hour" if hours == 1 else f"{hours} hours"
    return f"{span.days:,} day" if span.days == 1 else f"{span.days:,} days"
