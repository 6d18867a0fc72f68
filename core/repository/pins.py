"""What people want kept: pins, and the word that nothing at all may be removed; and what they released.

Append-only, in the state directory.

Beside it stand the freezes that begin and end by themselves (`freezes`): they hold here too.

A line that a crash tore, or that somebody changed, may have been a pin: until `thaw` says that somebody has looked,
nothing is removed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.domain.errors import BackupServError, PlanBlocked, SnapshotNotFound
from core.jsonl import append, read
from core.repository.freezes import Freezes

_LONGEST = 200  # characters of a reason: it is told in chat


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One snapshot that stays, and why. `until` is set where it ends by itself."""

    snapshot_id: str
    reason: str
    by: str
    at: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What holds at one moment."""

    pins: tuple[Pin, ...] = ()  # a snapshot may have two: somebody's, and one that ends by itself
    frozen: str = ""  # why nothing may be removed, or ""
    released: frozenset[str] = frozenset()  # ids of snapshots that looked as if something was lost, and are good

    @property
    def reasons(self) -> Mapping[str, str]:
        """Snapshot → why it stays."""
        found: dict[str, str] = {}
        for pin in self.pins:
            found[pin.snapshot_id] = "; ".join(filter(None, (found.get(pin.snapshot_id), pin.reason)))
        return found


class Pins:
    """All pins of this host. They hold in every storage."""

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / "pins.jsonl"
        self._freezes = Freezes(state_dir)

    def held(self, now: datetime) -> Held:
        """What holds now.

        Raises:
            StorageUnavailable: it cannot be read.
        """
        held = self._wanted(now)
        return replace(held, frozen="; ".join(filter(None, (held.frozen, self._freezes.frozen()))))

    def _wanted(self, now: datetime) -> Held:
        """What people have said."""
        lines, bad = read(self._path)
        pins: dict[tuple[str, bool], Pin] = {}
        frozen, looked, released = "", 0, set[str]()
        for number, fields in lines:
            try:
                if "release" in fields:
                    released.add(str(fields["release"]))
                else:
                    frozen = _entered(pins, frozen, fields)
            except (KeyError, TypeError, ValueError):
                bad.append(number)
            else:
                looked = number if "thaw" in fields else looked
        unread = sorted(number for number in bad if number > looked)
        if unread and not frozen:
            frozen = f"line {unread[0]} of {self._path} is torn or changed and may have been a pin; `thaw` after a look"
        lasting = tuple(pin for pin in pins.values() if pin.until is None or pin.until > now)
        return Held(pins=lasting, frozen=frozen, released=frozenset(released))

    def pin(self, snapshot_id: str, reason: str, *, by: str, at: datetime, until: datetime | None = None) -> Pin:
        """From now on that snapshot stays, with all it rests on. One that ends by itself ends no other."""
        pin = Pin(snapshot_id=snapshot_id, reason=_clean(reason), by=by, at=at, until=until)
        ends = {} if until is None else {"until": _written(until)}
        append(self._path, {"pin": snapshot_id, "reason": pin.reason, "by": by, "at": _written(at), **ends})
        return pin

    def unpin(self, snapshot_id: str, *, by: str, at: datetime) -> None:
        """Take all pins of a snapshot away.

        Raises:
            SnapshotNotFound: it has none.
        """
        if not any(pin.snapshot_id == snapshot_id for pin in self.held(at).pins):
            raise SnapshotNotFound(f"snapshot {snapshot_id.rpartition('-')[2]} is not pinned")
        append(self._path, {"unpin": snapshot_id, "by": by, "at": _written(at)})

    def released(self) -> frozenset[str]:
        """Ids of those that somebody released; what cannot be read now releases nothing."""
        try:
            lines, _ = read(self._path)
        except BackupServError:
            return frozenset()
        return frozenset(str(fields["release"]) for _, fields in lines if "release" in fields)

    def release(self, snapshot_id: str, *, by: str, at: datetime) -> None:
        """From now on that snapshot is no more held: so much was meant to go."""
        append(self._path, {"release": snapshot_id, "by": by, "at": _written(at)})

    def freeze(self, reason: str, *, by: str, at: datetime) -> None:
        """From now on nothing at all is removed."""
        append(self._path, {"freeze": _clean(reason), "by": by, "at": _written(at)})

    def thaw(self, *, by: str, at: datetime) -> str:
        """End that, and say that what could not be read was looked at; returns what had held.

        What began by itself is overruled until it ends, and may begin anew.

        Raises:
            PlanBlocked: nothing is frozen.
        """
        wanted = self._wanted(at).frozen
        if wanted:
            append(self._path, {"thaw": wanted, "by": by, "at": _written(at)})
        frozen = [wanted, *map(str, self._freezes.overrule(by=by))]
        if not any(frozen):
            raise PlanBlocked("nothing is frozen")
        return "; ".join(filter(None, frozen))


def _entered(pins: dict[tuple[str, bool], Pin], frozen: str, fields: Mapping[str, Any]) -> str:
    """Enter one line; returns why nothing may be removed after it."""
    if "pin" in fields:
        until = datetime.fromisoformat(fields["until"]) if "until" in fields else None
        pin = Pin(
            snapshot_id=str(fields["pin"]),
            reason=str(fields["reason"]),
            by=str(fields["by"]),
            at=datetime.fromisoformat(fields["at"]),
            until=until,
        )
        _enter(pins, pin)
    elif "unpin" in fields:
        for ends in (True, False):
            pins.pop((str(fields["unpin"]), ends), None)
    elif "freeze" in fields:
        return f"{fields['freeze']} (by {fields['by']})"
    elif "thaw" in fields:
        return ""
    else:
        raise ValueError(fields)
    return frozen


def _enter(pins: dict[tuple[str, bool], Pin], pin: Pin) -> None:
    """The last word counts, but of those that end by themselves the one that ends last."""
    key = (pin.snapshot_id, pin.until is not None)
    before = pins.get(key)
    if before is None or before.until is None or pin.until is None or pin.until >= before.until:
        pins[key] = pin


def _clean(reason: str) -> str:
    return "".join(_printable(" ".join(reason.split())))[:_LONGEST]


def _printable(text: str) -> Iterator[str]:
    return (letter for letter in text if letter.isprintable())


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
