"""What people should do again and again, and when it is due. Days are of UTC, so no clock change makes two of one."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

Rhythm = Literal["monthly", "quarterly", "yearly", "never"]
_MONTHS = {"monthly": 1, "quarterly": 3, "yearly": 12}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """One of them."""

    name: str  # as it is typed: "key-rotation"
    rhythm: Rhythm
    what: str  # what is due, in words
    how: str  # the one command that helps


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one of them stands."""

    reminder: Reminder
    due_at: datetime  # aware, UTC: the beginning of that day
    done_at: datetime | None  # None = never yet
    done_by: str
    now: datetime

    @property
    def is_due(self) -> bool:
        """Whether somebody should do it."""
        return self.due_at <= self.now

    @property
    def told(self) -> str:
        """On one line: "key-rotation (monthly): DUE since 2026-12-01, done 2026-11-01 by alice"."""
        state = "DUE since" if self.is_due else "due"
        done = f"done {self.done_at:%Y-%m-%d} by {self.done_by}" if self.done_at is not None else "never done yet"
        return f"{self.reminder.name} ({self.reminder.rhythm}): {state} {self.due_at:%Y-%m-%d}, {done}"

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        return {
            "name": self.reminder.name,
            "rhythm": self.reminder.rhythm,
            "what": self.reminder.what,
            "how": self.reminder.how,
            "due": self.is_due,
            "due_at": self.due_at.isoformat(),
            "done_at": self.done_at.isoformat() if self.done_at is not None else None,
            "done_by": self.done_by or None,
        }


def due_after(moment: datetime, rhythm: Rhythm) -> datetime | None:
    """The day on which it is due, counted from the day on which it was done; None = never.

    A day that the month does not have is its last: the 31st of January and a month are the 28th of February.
    """
    if rhythm == "never":
        return None
    day = moment.astimezone(UTC)
    months = day.year * 12 + day.month - 1 + _MONTHS[rhythm]
    year, month = months // 12, months % 12 + 1
    return datetime(year, month, min(day.day, monthrange(year, month)[1]), tzinfo=UTC)
