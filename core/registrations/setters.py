"""By whom and when something was set, where the database says so. Nothing is said where it does not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from core.domain.moment import show
from core.formats.atheme import Row, field
from core.registrations.living import Living, number
from core.registrations.sides import Key, Pair
from core.registrations.words import clipped, shown

_TIME, _SETTER = 4, 5  # fields of CA
_MOST = 3  # names for one detail
_ROOM = 60  # bytes of a name: "nick (account)" where an oper bears another nick than his account


@dataclass(frozen=True, slots=True, kw_only=True)
class Setter:
    """Who, and when in words; both "" where it is not known."""

    by: str = ""
    at: str = ""


UNKNOWN = Setter()


def of_entry(pair: Pair) -> Setter:
    """Who gave the access that an entry has now.

    A setter whose time did not move has set something else. When a founder goes, services make another one: the time
    moves, the setter is still whoever gave the flags before (seen on 7.2.12).
    """
    old, new = pair
    if new is None:
        return UNKNOWN
    if old is not None:
        moved = number(field(new, _TIME)) > number(field(old, _TIME))
        by_services = field(new, _SETTER) == field(old, _SETTER) and b"F" in field(new, 3) and b"F" not in field(old, 3)
        if not moved or by_services:
            return UNKNOWN
    return _setter(field(new, _SETTER), field(new, _TIME))


def of_entries(pairs: Iterable[Pair]) -> Setter:
    """Who set all of them; nobody is named where it is not known of each."""
    setters = [of_entry(pair) for pair in pairs]
    if len(setters) == 1:
        return setters[0]
    names = sorted({setter.by for setter in setters})
    return Setter(by=", ".join(names)) if all(names) and len(names) <= _MOST else UNKNOWN


# Where services write down who set a property and when (nickserv/mark, freeze, restrict, vhost; chanserv/close, topic).
_PROPERTIES = {
    b"PRIVATE:MARK:": (b"SETTER", b"TIMESTAMP"),
    b"PRIVATE:FREEZE:": (b"FREEZER", b"TIMESTAMP"),
    b"PRIVATE:RESTRICT:": (b"SETTER", b"TIMESTAMP"),
    b"PRIVATE:CLOSE:": (b"CLOSER", b"TIMESTAMP"),
    b"PRIVATE:TOPIC:": (b"SETTER", b"TS"),
    b"PRIVATE:USERCLOAK": (b"-ASSIGNER", b"-TIMESTAMP"),
}


def of_property(start: bytes, owner: bytes, kind: bytes, changed: Mapping[Key, Pair], after: Living) -> Setter:
    """Who set what stands under `start`: where its time moved, for it is written together with the name."""
    who, when = (start + word for word in _PROPERTIES.get(start, (b"", b"")))
    _, time = changed.get((owner, when), (None, None))
    if time is None:
        return UNKNOWN
    setter = next((row for row in after.naming(kind, 1, owner) if after.fold(field(row, 2)) == who), None)
    return _setter(_text(setter), _text(time)) if setter is not None else UNKNOWN


def _text(row: Row) -> bytes:
    return row.raw.split(b" ", 3)[3]


def _setter(name: bytes, time: bytes) -> Setter:
    """Of a nick!user@host only the nick: the rest is an address."""
    nick = name.partition(b"!")[0]
    if nick in {b"", b"*"} or b"@" in nick:
        return UNKNOWN
    return Setter(by=clipped(shown(nick), _ROOM), at=_moment(number(time)))


def _moment(seconds: int) -> str:
    try:
        return show(datetime.fromtimestamp(seconds, UTC)) if seconds else ""
    except (ValueError, OverflowError, OSError):
        return ""
