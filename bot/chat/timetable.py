"""What a command may ask of the schedule: the chat knows no calendar by itself."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from core.domain.errors import PlanBlocked

ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One job, as people and machines are told of it."""

    job: str
    what: str  # "full backup of everything"
    when: str  # "0 2 * * 0"
    zone: str
    begun_at: datetime | None  # the last run; aware, in the network's zone as all of them
    ended_at: datetime | None  # None while it runs, or where it was cut short
    good: bool | None
    detail: str
    next_at: datetime | None
    paused_until: datetime | None
    paused_by: str

    def __str__(self) -> str:
        following = f"next {_told(self.next_at)}" if self.next_at is not None else "never again"
        paused = f" · paused by {self.paused_by} until {_told(self.paused_until)}" if self.paused_until else ""
        return f"{self.job} ({self.what}): {self._last()} · {following}{paused}"

    def _last(self) -> str:
        if self.begun_at is None:
            return "has not run yet"
        if self.ended_at is None:
            return f"begun {_told(self.begun_at)}, and has not ended"
        if self.good:
            return f"last {_told(self.begun_at)} good"
        return f"last {_told(self.begun_at)} FAILED: {self.detail}"

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        return {
            "job": self.job,
            "what": self.what,
            "when": self.when,
            "zone": self.zone,
            "begun_at": _iso(self.begun_at),
            "ended_at": _iso(self.ended_at),
            "good": self.good,
            "detail": self.detail,
            "next_at": _iso(self.next_at),
            "paused_until": _iso(self.paused_until),
            "paused_by": self.paused_by or None,
        }


class Timetable(Protocol):
    """All jobs of the schedule. Every method reads or writes files, and blocks."""

    def rows(self) -> tuple[Row, ...]:
        """One for each job."""
        ...

    def uncovered(self) -> tuple[str, ...]:
        """The sources that nothing of it ever saves."""
        ...

    def pause(self, job: str, lasting: timedelta, by: str) -> datetime:
        """It, or all, does not begin until then; in the network's zone.

        Raises:
            PlanBlocked: there is no such job.
        """
        ...

    def resume(self, job: str, by: str) -> bool:
        """The end of it; whether there was one. Raises the same."""
        ...


class NoTimetable:
    """Nothing is done by itself."""

    def rows(self) -> tuple[Row, ...]:
        """There is none."""
        return ()

    def uncovered(self) -> tuple[str, ...]:
        """Nobody asked for any."""
        return ()

    def pause(self, job: str, lasting: timedelta, by: str) -> datetime:
        """There is no such job."""
        del lasting, by
        raise PlanBlocked(f"there is no job {job}: nothing is scheduled here")

    def resume(self, job: str, by: str) -> bool:
        """There is no such job."""
        del by
        raise PlanBlocked(f"there is no job {job}: nothing is scheduled here")


def _told(moment: datetime | None) -> str:
    return f"{moment:%a %d %b %H:%M %Z}" if moment is not None else ""


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
