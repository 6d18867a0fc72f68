"""Times as people write them, and as we write them back: always absolute, always UTC."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone

from core.domain.errors import TimeUnclear

EXAMPLES = "2h ago · yesterday 21:00 · last tue 14:30 · 22 nov 20:58 · 2026-11-22 20:58"

_LONGEST = 60  # letters; nobody writes a longer time
_EARLIEST = datetime(1988, 8, 1, tzinfo=UTC)  # IRC began
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_UNIT = r"m|mins?|minutes?|h|hrs?|hours?|d|days?|w|wks?|weeks?"
_PART = re.compile(rf"(\d{{1,4}} ?|an? )({_UNIT})(?![a-z])")
_AGO = re.compile(rf"(?:{_PART.pattern} ?(?:and )?)+ago")
_SHORT = re.compile(r"\d{1,4} ?(?:m|min|h|d|w)")  # without "ago"; an id has six letters
_ZONED = re.compile(r"(.*\d(?::\d\d)+(?:\.\d+)?) ?(z|utc|gmt|[+-]\d\d:?\d\d)")
_NAMED_ZONE = re.compile(r".*\d:\d\d ?(?!am|pm)[a-z]{2,5}")
_CLOCK = re.compile(r"(.*?) ?\b(\d{1,2})(?::(\d\d)(?::(\d\d)(?:\.\d+)?)?(?: ?(am|pm))?| ?(am|pm))")
_SPOKEN = re.compile(r"(.*?) ?(noon|midnight)")
_ISO_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_NUMBER = r"(\d{1,2})(?:st|nd|rd|th)?"
_MONTH_DAY = re.compile(rf"(?:{_NUMBER} ([a-z]{{3,9}})|([a-z]{{3,9}}) {_NUMBER}),?(?: (\d{{4}}))?")
_UNSURE = re.compile(r"\d{1,2}([./-])\d{1,2}\1(?:\d{4}|\d\d)\b.*")
_TIMELY = re.compile(r"(?:.* )?(?:ago|today|yesterday|tomorrow|last|next|noon|midnight|night)(?: .*)?|.*\d:\d.*")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_SHORTENED = {"tues": "tue", "thur": "thu", "thurs": "thu", "sept": "sep"}


def parse_moment(text: str, now: datetime) -> datetime | None:
    """The moment that `text` means, or None if it is no time at all (it may be a snapshot's id).

    Times without a zone are UTC. A bare day means its end, since "from yesterday" asks for what yesterday left.
    Nothing is guessed: what may mean two moments, or one that is not yet, means none.

    Raises:
        TimeUnclear: it is a time, and not clear which; or there is no such time.
    """
    words = " ".join(word for word in text.lower().split() if word not in {"at", "on", "the"})
    if not words or len(words) > _LONGEST:
        return None
    if words == "now":
        return now
    if _AGO.fullmatch(words) or _SHORT.fullmatch(words):
        return _bounded(lambda: now - _duration(words), now)
    spoken, zone = _without_zone(words)
    read = _read(re.sub(r"(?<=\d)t(?=\d)", " ", spoken), now.astimezone(zone))
    if read is None:
        return _iso(text.strip(), now)
    return _bounded(lambda: read.astimezone(UTC), now)


def _duration(words: str) -> timedelta:
    total = timedelta()
    for number, unit in _PART.findall(words):
        total += timedelta(**{_UNITS[unit[0]]: 1 if number[0] == "a" else int(number)})
    return total


def _without_zone(words: str) -> tuple[str, timezone]:
    found = _ZONED.fullmatch(words)
    if found is None:
        if _NAMED_ZONE.fullmatch(words):
            raise _unclear("names of zones mean several ones; write +01:00, or nothing for UTC")
        return words, UTC
    if found[2][0] not in "+-":
        return found[1], UTC
    digits = found[2].replace(":", "")
    offset = timedelta(hours=int(digits[1:3]), minutes=int(digits[3:]))
    if offset >= timedelta(days=1):
        raise _unclear("there is no such zone")
    return found[1], timezone(-offset if digits[0] == "-" else offset)


def _read(words: str, now: datetime) -> datetime | None:
    """A day and a clock, in the zone of `now`."""
    if _UNSURE.fullmatch(words):
        raise _unclear("day or month first? Write the year first, with dashes")
    day, clock = _split(words)
    if not day and clock is not None and words not in {"noon", "midnight"}:
        raise _unclear("of which day? Write today or yesterday before it")
    found = _day(day or "today", now)
    if found is None:
        if clock is not None or _TIMELY.fullmatch(words):
            raise _unclear("that time is not understood")
        return None
    return _end_of(found, now) if clock is None else _at(found, clock, now)


def _end_of(day: date, now: datetime) -> datetime:
    """Or now, where that day has not ended."""
    if day > now.date():
        raise _unclear(f"{day} is not yet; it is {show(now)}")
    return now if day == now.date() else _at(day, time(), now) + timedelta(days=1)


def _split(words: str) -> tuple[str, time | None]:
    if spoken := _SPOKEN.fullmatch(words):
        if spoken[1] and spoken[2] == "midnight":
            raise _unclear("which end of that day? Write 00:00 for its beginning")
        return spoken[1], time(12 if spoken[2] == "noon" else 0)
    found = _CLOCK.fullmatch(words)
    if found is None:
        return words, None
    hour, half = int(found[2]), found[5] or found[6]
    if half:
        if not 1 <= hour <= 12:  # noqa: PLR2004 — of a clock with two halves
            raise _unclear("there is no such time of day")
        hour = hour % 12 + (12 if half == "pm" else 0)
    try:
        return found[1], time(hour, int(found[3] or 0), int(found[4] or 0))
    except ValueError:
        raise _unclear("there is no such time of day") from None


def _day(words: str, now: datetime) -> date | None:
    today = now.date()
    if words in {"today", "yesterday"}:
        return today - timedelta(days=words == "yesterday")
    word = words.removeprefix("last ")
    if (number := _place(word, _WEEKDAYS)) is not None:
        if word == words and number == today.weekday():
            raise _unclear("that is today's name: write today, or last before it")
        return today - timedelta(days=(today.weekday() - number - 1) % 7 + 1)
    if iso := _ISO_DAY.fullmatch(words):
        return _date(int(iso[1]), int(iso[2]), int(iso[3]))
    found = _MONTH_DAY.fullmatch(words)
    month = _place(found[2] or found[3], _MONTHS) if found is not None else None
    if found is None or month is None:
        return None
    day = int(found[1] or found[4])
    if found[5]:
        return _date(int(found[5]), month + 1, day)
    return next(_days_before(today, month + 1, day), None) or _date(today.year, month + 1, day)


def _days_before(today: date, month: int, day: int) -> Iterator[date]:
    """That day of every year which has it, the latest first; 29 February lies up to eight years back."""
    for year in range(today.year, today.year - 9, -1):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found <= today:
            yield found


def _place(word: str, names: tuple[str, ...]) -> int | None:
    word = _SHORTENED.get(word, word)
    return next((number for number, name in enumerate(names) if word in {name, name[:3]}), None)


def _date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise _unclear("there is no such day") from None


def _at(day: date, clock: time, now: datetime) -> datetime:
    try:
        return datetime.combine(day, clock, tzinfo=now.tzinfo)
    except OverflowError:
        raise _unclear("there is no such day") from None


def _iso(text: str, now: datetime) -> datetime | None:
    """What only machines write: 20261122T205800Z."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if re.fullmatch(r"\d{8}", text):
        return _bounded(lambda: _end_of(moment.date(), now), now)
    return _bounded(lambda: moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC), now)


def _bounded(make: Callable[[], datetime], now: datetime) -> datetime:
    try:
        moment = make()
    except OverflowError:
        raise _unclear("there is no such day") from None
    if moment > now:
        raise _unclear(f"{show(moment)} is not yet; it is {show(now)}")
    if moment < _EARLIEST:
        raise _unclear("that is before there was IRC")
    return moment


def _unclear(why: str) -> TimeUnclear:
    return TimeUnclear(why, hint=f"for example: {EXAMPLES}")


def show(moment: datetime) -> str:
    """As people read it: "2026-11-22 20:58Z"."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%MZ")


def ago(seconds: float) -> str:
    """A duration in its largest fitting unit: "3m", "18h", "5d"."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{int(seconds // size)}{unit}"
    return f"{max(0, int(seconds))}s"
