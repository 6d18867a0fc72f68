"""`[schedule]`: what is done by itself, and when."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from bot.notify_settings import PingSettings
from bot.scheduling import Calendar
from bot.settings import Duration, Name, Settings
from core.domain.duty import DEFAULT_DUTIES, Duty, Verb, When

_DEFAULTS = {duty.name: duty for duty in DEFAULT_DUTIES}
_LOCALTIME = Path("/etc/localtime")
_LEAST, _MOST = timedelta(minutes=1), timedelta(weeks=13)
_MOST_JITTER = timedelta(hours=1)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError('expected the name of a time zone: "Europe/Berlin", "UTC"') from None
    return name


def _cron(text: str) -> str:
    Calendar(When(cron=text), ZoneInfo("UTC"))
    return text


Zone = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_zone)]
Cron = Annotated[str, StringConstraints(max_length=200), AfterValidator(_cron)]


def host_zone() -> str:
    """The zone that this host's clocks show, where it can be told; else UTC."""
    told = os.environ.get("TZ", "").removeprefix(":")
    try:
        linked = str(_LOCALTIME.resolve(strict=True)).partition("/zoneinfo/")[2]
    except OSError:
        linked = ""
    for name in filter(None, (told, linked)):
        try:
            return _zone(name)
        except ValueError:
            continue
    return "UTC"


class JobSettings(Settings):
    """`[schedule.jobs.NAME]`: one of the default jobs where it differs, or one of your own."""

    verb: Verb | None = Field(default=None, description='of a job of your own: "backup", "sync", "verify" …')
    cron: Cron | None = Field(default=None, description="minute, hour, day, month, weekday, in the schedule's zone")
    every: Duration | None = Field(default=None, description='instead of cron: "6h"')
    sources: list[Name] = Field(default=[], max_length=100, description="of a backup: these alone")
    full: bool = Field(default=False, description="of a backup: resting on nothing")
    jitter: Duration = Field(default=timedelta(), description="begun up to so much later")
    enabled: bool = True
    ping: PingSettings | None = Field(default=None, description="a dead man's switch of its own")

    @model_validator(mode="after")
    def _one_time(self) -> Self:
        if self.cron is not None and self.every is not None:
            raise ValueError("cron or every, not both")
        if self.every is not None and not _LEAST <= self.every <= _MOST:
            raise ValueError("every is between 1m and 13w")
        if self.jitter > _MOST_JITTER:
            raise ValueError("jitter is an hour at most")
        return self

    def duty(self, name: str) -> Duty:
        """With what the default of that name says where nothing is said here."""
        known = _DEFAULTS.get(name)
        told = {field: getattr(self, field) for field in ("verb", "sources", "full", "jitter")}
        fields = {field: value for field, value in told.items() if field in self.model_fields_set}
        if "sources" in fields:
            fields["sources"] = tuple(self.sources)
        if known is not None:
            fields = {"verb": known.verb, "sources": known.sources, "full": known.full, "jitter": known.jitter} | fields
        when = known.when if known is not None else When()
        if self.cron is not None or self.every is not None:
            when = When(cron=self.cron or "", every=self.every or timedelta())
        return Duty(name=name, when=when, **fields)


class ScheduleSettings(Settings):
    """The whole table."""

    zone: Zone = Field(default_factory=host_zone, description="of all times in it; default: the host's, or UTC")
    enabled: bool = Field(default=True, description="false: nothing is done by itself")
    jobs: dict[Name, JobSettings] = Field(default={}, max_length=100)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for name, job in self.jobs.items():
            if name in _DEFAULTS:
                continue
            if job.verb is None:
                raise ValueError(f"jobs.{name}: expected a verb, since no default job has that name")
            if job.cron is None and job.every is None:
                raise ValueError(f"jobs.{name}: expected cron or every")
        return self

    def duties(self) -> tuple[Duty, ...]:
        """Those that are done: the defaults, as far as they are not told otherwise, then your own."""
        if not self.enabled:
            return ()
        wanted = {name: JobSettings() for name in _DEFAULTS} | self.jobs
        return tuple(job.duty(name) for name, job in wanted.items() if job.enabled)
