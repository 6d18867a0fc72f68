"""What is to be done again and again, and when. Pure: what a calendar says is asked elsewhere."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Verb = Literal["backup", "sync", "verify", "prune", "drill"]
VERBS: tuple[Verb, ...] = ("backup", "sync", "verify", "prune", "drill")


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """Five fields as crontab(5) has them, read in the network's time zone; or a time between two runs."""

    cron: str = ""
    every: timedelta = timedelta()  # counted from midnight UTC, so that it is the same after a restart

    def __str__(self) -> str:
        return self.cron or f"every {_told(self.every)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """One job of the schedule."""

    name: str
    verb: Verb
    when: When
    sources: tuple[str, ...] = ()  # of a backup; none named = all. Of a drill; none named = the databases
    full: bool = False  # of a backup: resting on nothing; of a drill: everything, as a recovery would bring it back
    jitter: timedelta = timedelta()  # begun up to so much later, so that many hosts do not knock at once


# The network's guide, "Schedule and Retention". What is read back comes after what was written that night.
DEFAULT_DUTIES: tuple[Duty, ...] = (
    Duty(name="full", verb="backup", when=When(cron="0 2 * * 0"), full=True),
    Duty(name="incremental", verb="backup", when=When(cron="0 2 * * 1-6")),
    Duty(name="sync", verb="sync", when=When(cron="20 * * * *")),
    Duty(name="prune", verb="prune", when=When(cron="30 3 * * *")),
    Duty(name="verify", verb="verify", when=When(cron="0 4 * * *")),
    Duty(name="drill", verb="drill", when=When(cron="0 5 * * 6")),
    Duty(name="drill-all", verb="drill", when=When(cron="0 6 1 1,4,7,10 *"), full=True),
)


def uncovered(sources: Iterable[str], duties: Sequence[Duty]) -> tuple[str, ...]:
    """The sources that no backup of these would ever save."""
    backups = [duty for duty in duties if duty.verb == "backup"]
    if any(not duty.sources for duty in backups):
        return ()
    covered = {name for duty in backups for name in duty.sources}
    return tuple(name for name in sources if name not in covered)


def _told(every: timedelta) -> str:
    minutes, seconds = divmod(int(every.total_seconds()), 60)
    if seconds:
        return f"{60 * minutes + seconds}s"
    for size, unit in ((1440, "d"), (60, "h")):
        if minutes and not minutes % size:
            return f"{minutes // size}{unit}"
    return f"{minutes}m"
