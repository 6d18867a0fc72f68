"""A standby: a living database kept current elsewhere, and what this host remembers of it."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path

from core.disk import write_whole
from core.domain.moment import ago
from core.ports import Control
from core.replica_port import Replica

_LIMIT = 1 << 16
_BEHIND = 2  # newer snapshots that it may lack before that is trouble, whatever the reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Standby:
    """Where the database of one source is kept ready to be lived on."""

    name: str
    source: str
    replica: Replica
    owner: str = ""  # "irc:irc": whose it is; for a live database that has no file to take that from
    old: Control | None = None  # stops what lives on the database now, where `promote` runs on another host


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a standby holds, as far as this host knows."""

    snapshot: str = ""  # its id; "" = nothing was ever written there
    digest: str = ""  # of the plain content, SHA-256 (hex)
    mark: str = ""  # the replica's, when it was last written or read
    saved_at: str = ""  # when services wrote that content; ISO 8601, as all times here
    current_at: str = ""  # when it was last seen to be what the source was then
    counts: Mapping[str, int] = field(default_factory=dict)
    trouble: str = ""  # why it could not be kept current; "" = it is
    trouble_at: str = ""  # since when

    def failed(self, why: str, now: datetime) -> "Held":
        """The same with a trouble, which began when it was first told."""
        return replace(self, trouble=why, trouble_at=self.trouble_at or now.isoformat())

    @property
    def seen_at(self) -> datetime | None:
        """When it was last seen to be what the source was then."""
        return _moment(self.current_at)

    def age(self, now: datetime) -> str:
        """How far it is behind: "2m"; "" where that is not known."""
        moment = self.seen_at
        return ago((now - moment).total_seconds()) if moment is not None else ""


class HeldThere:
    """A small file of this host's own: what each standby holds. Losing it costs one reading of each replica."""

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / "standby.json"

    def of(self, name: str) -> Held:
        """What is remembered of one; nothing where that is not known."""
        found = self._read().get(name)
        with suppress(TypeError):
            if isinstance(found, dict) and all(isinstance(key, str) for key in found):
                held = Held(**found)
                texts = (value for key, value in asdict(held).items() if key != "counts")
                if isinstance(held.counts, dict) and all(isinstance(text, str) for text in texts):
                    return held
        return Held()

    def note(self, name: str, held: Held) -> None:
        """Remember it, on disk before this returns.

        Raises:
            StorageFull, StorageUnavailable: it could not be written.
        """
        everything = self._read() | {name: asdict(held)}
        write_whole(self._path, [json.dumps(everything, indent=1, sort_keys=True).encode() + b"\n"])

    def _read(self) -> dict[str, object]:
        with suppress(OSError, ValueError, RecursionError), self._path.open("rb") as file:
            found = json.loads(file.read(_LIMIT))
            if isinstance(found, dict):
                return found
        return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one standby stands, in words."""

    told: str  # "standby b 2m behind"
    trouble: str  # "" = all is well


def standing(standby: Standby, held: Held, newer: int, now: datetime) -> Standing:
    """From what this host remembers: no replica is asked. `newer`: snapshots of the source that it does not hold."""
    name = f"standby {standby.name}"
    if not held.snapshot:
        told = f"{name} holds nothing yet"
        why = held.trouble or ("`backup now` writes it" if newer else "")
        return Standing(told=told, trouble=f"{told}: {why}" if why else "")
    behind = f"{held.age(now)} behind"
    told = f"{name} {behind}"
    if held.trouble:
        return Standing(told=told, trouble=f"{name} is {behind}: {held.trouble}")
    if newer > _BEHIND:
        return Standing(told=told, trouble=f"{name} is {behind} ({newer} snapshots): `backup now` brings it up to date")
    return Standing(told=told, trouble="")


def _moment(text: str) -> datetime | None:
    with suppress(ValueError):
        found = datetime.fromisoformat(text)
        return found if found.tzinfo is not None else None
    return None
