"""What people should do again and again: when somebody said that it is done, and what is due."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from core.domain.audit import Wanted
from core.domain.errors import SnapshotNotFound
from core.domain.reminder import Reminder, Standing, due_after
from core.jsonl import append, read
from core.operations.unaudited import is_done
from core.ports import Clock
from core.trail_port import AuditTrail


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminders:
    """Over the state directory: one line each time that one is done."""

    wanted: Sequence[Reminder]
    state_dir: Path
    journal: AuditTrail
    clock: Clock

    @property
    def _path(self) -> Path:
        return self.state_dir / "reminders.jsonl"

    def standings(self) -> tuple[Standing, ...]:
        """Each that is wanted, what is due first. What was never done counts from the first day of the audit trail.

        Raises:
            StorageUnavailable: it cannot be read.
        """
        return tuple(sorted(self._standings(), key=lambda item: (item.due_at, item.reminder.name)))

    def due(self) -> tuple[Standing, ...]:
        """Those that somebody should do now."""
        return tuple(item for item in self.standings() if item.is_due)

    def done(self, name: str, *, by: str) -> Standing:
        """Somebody has done it; it is due again after its time from today on.

        Raises:
            SnapshotNotFound: there is none of that name.
            StorageFull, StorageUnavailable: it was not written.
        """
        wanted = name.lower().removeprefix("reminder/")
        if wanted not in {item.name for item in self.wanted}:
            known = ", ".join(item.name for item in self.wanted) or "none: [reminders]"
            raise SnapshotNotFound(f"there is no reminder {name[:40]}", hint=f"there are: {known}")
        append(self._path, {"done": wanted, "by": by, "at": self.clock.now().isoformat(timespec="seconds")})
        with is_done(f"{wanted} is done"):
            self.journal.record("reminder done", name=wanted, by=by)
        return next(item for item in self.standings() if item.reminder.name == wanted)

    def _standings(self) -> Iterator[Standing]:
        done, now = self._done(), self.clock.now()
        begun: datetime | None = None
        for reminder in self.wanted:
            at, by = done.get(reminder.name, (None, ""))
            if at is None and begun is None:
                begun = self._begun()
            due_at = due_after(at or begun or now, reminder.rhythm)
            if due_at is not None:
                yield Standing(reminder=reminder, due_at=due_at, done_at=at, done_by=by, now=now)

    def _done(self) -> dict[str, tuple[datetime, str]]:
        """The last time of each. What lies in the future is not believed: a clock was wrong."""
        found: dict[str, tuple[datetime, str]] = {}
        for _, fields in read(self._path)[0]:
            try:
                at = datetime.fromisoformat(fields["at"]).astimezone(UTC)
                if at <= self.clock.now():
                    found[str(fields["done"])] = (at, str(fields["by"]))
            except (KeyError, TypeError, ValueError):
                continue
        return found

    def _begun(self) -> datetime:
        """Since when this host keeps an audit trail, by its first line whose time is known and can be believed."""
        now = self.clock.now()
        moments = (entry.moment for entry in self.journal.entries(Wanted()))
        return next((moment for moment in moments if moment is not None and moment <= now), now)
