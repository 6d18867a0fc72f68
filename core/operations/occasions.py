"""What ran last of each job of the schedule, and which are paused: this host's own memory."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from core.disk import make_private_folder, write_whole
from core.domain.errors import StorageUnavailable
from core.domain.occasion import Occasion
from core.lock import Lock
from core.ports import Clock

PAUSED_AT_MOST = timedelta(days=7)
_LIMIT = 1 << 20  # bytes
_FIELDS = tuple(field.name for field in fields(Occasion))
_MOMENTS = ("met_until", "begun_at", "ended_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Somebody does not want a job to begin for a time."""

    job: str
    until: datetime
    by: str


class Occasions:
    """Over the state directory. `schedule.json` is the bot's own; `pauses.json` the command line writes too."""

    def __init__(self, state_dir: Path, clock: Clock) -> None:
        self._state_dir = state_dir
        self._clock = clock

    def all(self) -> dict[str, Occasion]:
        """By job.

        Raises:
            StorageUnavailable: what was written cannot be read, so that what was missed is not known.
        """
        read = _read(self._state_dir / "schedule.json")
        try:
            return {name: Occasion(**_moments(fields)) for name, fields in read.items()}
        except (TypeError, ValueError):
            raise _unreadable(self._state_dir / "schedule.json") from None

    def keep(self, occasions: Iterable[Occasion]) -> None:
        """These, and no others."""
        self._write("schedule.json", {item.job: {name: getattr(item, name) for name in _FIELDS} for item in occasions})

    def pauses(self) -> dict[str, Pause]:
        """Those in force, by job. One that would last longer than any may was made before the clock was set back."""
        now = self._clock.now()
        try:
            found = [
                Pause(job=job, until=datetime.fromisoformat(fields["until"]), by=str(fields["by"]))
                for job, fields in _read(self._state_dir / "pauses.json").items()
            ]
            return {item.job: item for item in found if now < item.until <= now + PAUSED_AT_MOST}
        except (KeyError, TypeError, ValueError):
            raise _unreadable(self._state_dir / "pauses.json") from None

    def pause(self, job: str, lasting: timedelta, by: str) -> Pause:
        """From now on it does not begin, for a week at most; what comes due meanwhile is caught up once, afterwards."""
        made = Pause(job=job, until=self._clock.now() + min(lasting, PAUSED_AT_MOST), by=by)
        with self._alone():
            self._write_pauses(self.pauses() | {job: made})
        return made

    def resume(self, job: str) -> bool:
        """The end of it; whether there was one."""
        with self._alone():
            pauses = self.pauses()
            was = pauses.pop(job, None) is not None
            self._write_pauses(pauses)
        return was

    def _alone(self) -> Lock:
        make_private_folder(self._state_dir)
        return Lock(self._state_dir / "lock.pauses", purpose="pausing")

    def _write_pauses(self, pauses: Mapping[str, Pause]) -> None:
        self._write("pauses.json", {job: {"until": item.until, "by": item.by} for job, item in pauses.items()})

    def _write(self, name: str, value: Mapping[str, object]) -> None:
        make_private_folder(self._state_dir)
        lines = (f"{json.dumps(job)}: {json.dumps(told, default=datetime.isoformat)}" for job, told in value.items())
        write_whole(self._state_dir / name, [("{\n" + ",\n".join(lines) + "\n}\n").encode()])


def _read(path: Path) -> dict[str, dict[str, Any]]:
    try:
        with path.open("rb") as file:
            read = json.loads(file.read(_LIMIT))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError):
        raise _unreadable(path) from None
    if not isinstance(read, dict) or not all(isinstance(item, dict) for item in read.values()):
        raise _unreadable(path)
    return read


def _moments(fields: dict[str, Any]) -> dict[str, Any]:
    """With times where times are written. Raises TypeError or ValueError."""
    times = {name: datetime.fromisoformat(fields[name]) for name in _MOMENTS if fields.get(name) is not None}
    if any(moment.tzinfo is None for moment in times.values()):
        raise ValueError
    return fields | times


def _unreadable(path: Path) -> StorageUnavailable:
    return StorageUnavailable(f"{path} cannot be read", hint="move it aside; what it held is not known any more")
