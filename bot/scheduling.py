"""When something is due: calendars in a time zone. The one door to APScheduler.

Only its calendars are used. Its scheduler drops what is more than a second late and counts weekdays from Monday; what
is late, missed or doubled is decided in `core.domain.occasion`.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from core.domain.duty import When

if TYPE_CHECKING:
    from apscheduler.triggers.cron import CronTrigger

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MACROS = {"@hourly": "0 * * * *", "@daily": "0 0 * * *", "@weekly": "0 0 * * 0", "@monthly": "0 0 1 * *"}
_FIELD = re.compile(r"[\da-z*/,-]{1,60}")
_EACH_HOUR = re.compile(r"\*(/1)?|0-23(/1)?")
_DAY_PART = re.compile(r"(?:\*|(\w+?)(?:-(\w+))?)(?:/(\d+))?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
_NEAR = timedelta(hours=25)  # no clock was ever set back by more


class Calendar:
    """The times of a `When`. The same times, whenever and wherever it is asked."""

    def __init__(self, when: When, zone: ZoneInfo) -> None:
        """Raises ValueError: it means nothing, or never comes; the text says why."""
        times = _Cron(when.cron, zone) if when.cron else _Interval(when.every)
        self._ask = lru_cache(maxsize=16)(times.after)  # it is asked the same again and again

    def after(self, moment: datetime) -> datetime | None:
        """The first time later than `moment`, aware and UTC."""
        return self._ask(moment)


class _Interval:
    def __init__(self, every: timedelta) -> None:
        from apscheduler.triggers.interval import IntervalTrigger  # noqa: PLC0415 — start-up time is a promise

        self._trigger = IntervalTrigger(seconds=int(every.total_seconds()), start_date=_EPOCH, timezone=UTC)

    def after(self, moment: datetime) -> datetime | None:
        found: datetime = self._trigger.get_next_fire_time(None, moment + _TICK)
        return found.astimezone(UTC)


class _Cron:
    """A time of day that a night leaves out comes when that night goes on; one that a night has twice comes once.

    Where every hour is meant, it is every hour that passes: the doubled one twice, the missing one never.
    """

    def __init__(self, text: str, zone: ZoneInfo) -> None:
        self._zone = zone
        fields = _MACROS.get(text.strip().lower(), text.lower()).split()
        self._triggers = list(_triggers(fields))
        self._each_hour = _EACH_HOUR.fullmatch(fields[1]) is not None

    def after(self, moment: datetime) -> datetime | None:
        local = moment.astimezone(self._zone).replace(tzinfo=None)
        wall: datetime | None = local - _NEAR if self._each_hour and self._is_restless(moment) else local
        best: datetime | None = None
        while True:
            wall = self._next_wall(wall) if wall is not None else None
            if wall is None:
                return best
            once, again = self._instants(wall)
            if again is not None and again > moment:
                best = min(best or again, again)
            if once is not None and once > moment:
                return min(best or once, once)

    def _next_wall(self, wall: datetime) -> datetime | None:
        """The next reading of a clock on the wall that fits. APScheduler sees UTC: it must not think about nights."""
        asked = wall.replace(tzinfo=UTC) + _TICK
        found = [item for trigger in self._triggers if (item := trigger.get_next_fire_time(None, asked)) is not None]
        return min(found).replace(tzinfo=None) if found else None

    def _instants(self, wall: datetime) -> tuple[datetime | None, datetime | None]:
        """When the clock reads so, and when it does so again; both None where it does not, and need not."""
        once, again = (wall.replace(tzinfo=self._zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        if once.astimezone(self._zone).replace(tzinfo=None) != wall:
            return (None if self._each_hour else self._change(again, once)), None
        return once, (again if self._each_hour and again != once else None)

    def _change(self, before: datetime, later: datetime) -> datetime:
        """The second at which the clock was set, between two moments."""
        low, high = int(before.timestamp()), int(later.timestamp())
        offset = later.astimezone(self._zone).utcoffset()
        while high - low > 1:
            middle = (low + high) // 2
            if datetime.fromtimestamp(middle, self._zone).utcoffset() == offset:
                high = middle
            else:
                low = middle
        return datetime.fromtimestamp(high, UTC)

    def _is_restless(self, moment: datetime) -> bool:
        return len({(moment + near).astimezone(self._zone).utcoffset() for near in (-_NEAR, _NEAR)}) > 1


def _triggers(fields: list[str]) -> Iterator["CronTrigger"]:
    """As crontab(5) has it: where both the day of the month and of the week are told, either is enough."""
    from apscheduler.triggers.cron import CronTrigger  # noqa: PLC0415 — start-up time is a promise

    if len(fields) != 5:  # noqa: PLR2004 — minute, hour, day, month, weekday
        raise ValueError('expected five fields: minute, hour, day, month, weekday, as in "0 2 * * 0"')
    if strange := [field for field in fields if not _FIELD.fullmatch(field)]:
        raise ValueError(f'"{strange[0][:60]}" is no field of a cron line')
    minute, hour, day, month, weekday = fields
    either = not day.startswith("*") and not weekday.startswith("*")
    days = ((day, "*"), ("*", weekday)) if either else ((day, weekday),)
    for one, other in days:
        trigger = CronTrigger(
            minute=minute, hour=hour, day=one, month=month, day_of_week=_weekdays(other), timezone=UTC
        )
        if trigger.get_next_fire_time(None, _EPOCH) is None:
            raise ValueError("there is no such day: it would never come")
        yield trigger


def _weekdays(field: str) -> str:
    """As crontab(5) numbers them, 0 and 7 being Sunday, by the names that mean the same everywhere."""
    meant = set[int]()
    for part in field.split(","):
        meant |= _weekdays_of(part)
    return "*" if len(meant) == len(_DAYS) else ",".join(_DAYS[number] for number in sorted(meant))


def _weekdays_of(part: str) -> set[int]:
    found = _DAY_PART.fullmatch(part)
    step = int(found[3] or 1) if found is not None else 0
    if found is None or not step:
        raise ValueError(f'"{part}" is no day of the week: 0 to 7 or sun to sat')
    if found[1] is None:
        return set(range(0, 7, step))
    low = _weekday(found[1])
    high = _weekday(found[2]) if found[2] else 6 if found[3] else low
    if high < low:
        high += 7  # "fri-mon" goes over the end of the week, and so does "1-0"
    return {number % 7 for number in range(low, high + 1, step)}


def _weekday(word: str) -> int:
    if word.isascii() and word.isdigit() and int(word) <= 7:  # noqa: PLR2004 — Sunday once more
        return int(word)
    if word in _DAYS:
        return _DAYS.index(word)
    raise ValueError(f'"{word}" is no day of the week: 0 to 7 or sun to sat')
