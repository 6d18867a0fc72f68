"""The jobs of this network, each with its calendar: what is due, what comes next, what is paused."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.chat.timetable import ALL, Row
from bot.scheduling import Calendar
from core.domain.duty import Duty, uncovered
from core.domain.errors import PlanBlocked
from core.domain.occasion import Occasion, first, missed, steadied
from core.domain.public import public
from core.operations.engine import Engine
from core.operations.occasions import Pause


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A job whose time has come."""

    at: datetime  # the last of its times that are not met
    times: int  # how many they are
    late: timedelta  # since the first of them


@dataclass(frozen=True, slots=True)
class Job:
    """A duty and its calendar."""

    duty: Duty
    calendar: Calendar

    @property
    def name(self) -> str:
        """Of the duty."""
        return self.duty.name

    def standing(self, occasion: Occasion | None, now: datetime) -> Occasion:
        """What is known of it, fit for the clock and the calendar of now."""
        when = str(self.duty.when)
        return steadied(occasion, when, self.calendar.after, now) if occasion else first(self.name, when, now)

    def begins_at(self, occasion: Occasion) -> datetime | None:
        """When it begins next, with its jitter; in the past where it is due."""
        time = self.calendar.after(occasion.met_until)
        return time + self._jitter(time) if time is not None else None

    def due(self, occasion: Occasion, now: datetime) -> Due | None:
        """Whether it should run now."""
        begins_at = self.begins_at(occasion)
        found = missed(occasion, self.calendar.after, now) if begins_at is not None and begins_at <= now else None
        if begins_at is None or found is None:
            return None
        return Due(at=found[0], times=found[1], late=now - begins_at)

    def _jitter(self, time: datetime) -> timedelta:
        """By chance, and the same whenever it is asked for."""
        longest = int(self.duty.jitter.total_seconds())
        chance = zlib.crc32(f"{self.name} {time.isoformat()}".encode())
        return timedelta(seconds=chance % (longest + 1))


class Timetable:
    """All of them; what `bot.chat.timetable` promises."""

    def __init__(self, duties: Sequence[Duty], zone: str, engine: Engine) -> None:
        self.zone = ZoneInfo(zone)
        self.jobs = tuple(Job(duty, Calendar(duty.when, self.zone)) for duty in duties)
        self._engine = engine

    def rows(self) -> tuple[Row, ...]:
        """One for each job."""
        occasions, pauses = self._engine.occasions.all(), self._engine.occasions.pauses()
        return tuple(self._row(job, occasions.get(job.name), pauses.get(job.name)) for job in self.jobs)

    def uncovered(self) -> tuple[str, ...]:
        """The sources that nothing of it ever saves; where nothing is scheduled at all, that is known."""
        if not self.jobs:
            return ()
        names = [*(site.name for site in self._engine.sites), *(tree.name for tree in self._engine.trees)]
        return uncovered(names, [job.duty for job in self.jobs])

    def pause(self, job: str, lasting: timedelta, by: str) -> datetime:
        """It, or all, does not begin until then."""
        until = self._engine.clock.now()
        for name in self._meant(job):
            until = self._engine.occasions.pause(name, lasting, by).until
        self._engine.journal.record("job paused", job=job, until=until.isoformat(timespec="seconds"), by=by)
        return until.astimezone(self.zone)

    def resume(self, job: str, by: str) -> bool:
        """The end of it; whether there was one."""
        ends = [self._engine.occasions.resume(name) for name in self._meant(job)]
        if any(ends):
            self._engine.journal.record("job resumed", job=job, by=by)
        return any(ends)

    def duty(self, job: str) -> Duty:
        """The duty of that name. Raises PlanBlocked: there is none, or all are meant."""
        name, *more = self._meant(job)
        if more:
            raise PlanBlocked("one job at a time", hint=f"there are: {', '.join((name, *more))}")
        return next(item.duty for item in self.jobs if item.name == name)

    def _meant(self, job: str) -> tuple[str, ...]:
        names = tuple(item.name for item in self.jobs)
        found = tuple(name for name in names if job.lower() in {name.lower(), ALL})
        if not found:
            there = ", ".join(names)
            hint = f"there are: {there}, or all of them: {ALL}" if names else "nothing is scheduled here"
            raise PlanBlocked("there is no job of that name", hint=hint)
        return found

    def _row(self, job: Job, occasion: Occasion | None, pause: Pause | None) -> Row:
        now = self._engine.clock.now()
        known = job.standing(occasion, now)
        begins_at = job.begins_at(known)
        if begins_at is not None and pause is not None:
            begins_at = max(begins_at, pause.until)
        return Row(
            job=job.name,
            what=_what(job.duty),
            when=str(job.duty.when),
            zone=str(self.zone),
            begun_at=self._local(known.begun_at),
            ended_at=self._local(known.ended_at),
            good=known.good,
            detail=public(known.detail),  # chat and the page show it
            next_at=self._local(max(now, begins_at) if begins_at is not None else None),
            paused_until=self._local(pause.until if pause is not None else None),
            paused_by=pause.by if pause is not None else "",
        )

    def _local(self, moment: datetime | None) -> datetime | None:
        return moment.astimezone(self.zone) if moment is not None else None


def _what(duty: Duty) -> str:
    """In words: "full backup of services"."""
    verb = f"full {duty.verb}" if duty.full else str(duty.verb)
    return f"{verb} of {', '.join(duty.sources)}" if duty.sources else verb
