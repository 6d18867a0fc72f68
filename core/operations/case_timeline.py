"""What was written down around a case, put together: the audit trail, notices, runs, restores, a whole recovery."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from core.domain.audit import Entry, Wanted
from core.domain.case import Case
from core.domain.errors import BackupServError
from core.domain.review import Counts, Event, Return, Review, in_order
from core.domain.run import Run
from core.domain.snapshot import Snapshot
from core.notices.notices import Notices
from core.operations.recovery.record import RecoveryRecord
from core.operations.restore_record import RestoreFolder, RestoreRecord
from core.operations.runs import Runs
from core.trail_port import AuditTrail

T = TypeVar("T")

_NOTICES = 2000
# What says nothing that another line does not say, or is said by the case itself.
_LEFT_OUT = frozenset(
    {"command done", "command still good", "incident opening", "incident note", "sync done", "head posted"}
    | {"irc oracle chosen", "irc opered"}
)
_NAMES = ("by", "nick", "account")
_ASKED = {
    "command obeyed": "asked",
    "command refused": "REFUSED",
    "command dropped": "left out",
    "command cut short": "cut short",
}
_FRAME = frozenset({*_NAMES, "user", "request", "digest", "pid"})  # said elsewhere, or nothing to people


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where its story is read. Each of them may fail, and is then told as lacking."""

    journal: AuditTrail
    notices: Notices | None  # None where nobody is told of anything
    runs: Runs
    restores: RestoreFolder
    recovery: Callable[[], RecoveryRecord | None]
    snapshots: Callable[[], Sequence[Snapshot]]
    now: datetime


def review_of(case: Case, sources: Sources) -> Review:
    """Everything that is known from two days before it was opened until it was closed, or until now."""
    return _Collecting(case, sources).review()


class _Collecting:
    def __init__(self, case: Case, sources: Sources) -> None:
        self._case = case
        self._sources = sources
        self._until = case.closed_at or sources.now
        self._lacking: list[str] = []

    def review(self) -> Review:
        case = self._case
        audit = self._read("the audit trail", self._audit)
        runs = [run for run in self._sources.runs.all() if self._is_in(run.at)]
        snapshots = self._read("snapshots", lambda: list(self._sources.snapshots()))
        events = [*map(_told, audit), *self._read("notices", self._notices), *_bad(runs)]
        events += [Event(at=note.at, who=note.by, text=f"note: {note.text}") for note in case.notes]
        returns = [*self._read("restores", lambda: self._restores(audit, snapshots))]
        returns += self._read("the last recovery", self._recovery)
        return Review(
            case=case,
            until=self._until,
            events=in_order(events),
            returns=tuple(returns),
            counts=tuple(self._counts(snapshots)),
            runs=tuple(_summed(runs)),
            lacking=tuple(self._lacking),
        )

    def _read(self, what: str, read: Callable[[], list[T]]) -> list[T]:
        try:
            return read()
        except BackupServError as error:
            self._lacking.append(f"{what}: {error}")
            return []

    def _is_in(self, moment: datetime) -> bool:
        return self._case.since <= moment <= self._until

    def _audit(self) -> list[Entry]:
        wanted = Wanted(since=self._case.since)
        found = (entry for entry in self._sources.journal.entries(wanted) if not _says_nothing(entry))
        return [entry for entry in found if (at := entry.moment) is not None and self._is_in(at)]

    def _notices(self) -> list[Event]:
        if self._sources.notices is None:
            return []
        found = (item for item in self._sources.notices.newest(_NOTICES) if self._is_in(item.at))
        return [Event(at=item.at, who="", text=f"told: {item.headline}") for item in found]

    def _restores(self, audit: Sequence[Entry], snapshots: Sequence[Snapshot]) -> list[Return]:
        ends = {
            str(entry.fields.get("id")): entry.moment
            for entry in audit
            if entry.event in {"restore done", "restore failed"}
        }
        saved = {item.id: item.saved_at for item in snapshots}
        records = self._sources.restores.all()
        return [
            _returned(record, ends.get(record.id), saved.get(record.snapshot))
            for record in records
            if self._is_in(datetime.fromisoformat(record.begun_at))
        ]

    def _recovery(self) -> list[Return]:
        last = self._sources.recovery()
        if last is None or not self._is_in(datetime.fromisoformat(last.begun_at)):
            return []
        return [
            Return(
                id=last.id,
                what="the whole network",
                by=last.by,
                begun_at=datetime.fromisoformat(last.begun_at),
                outcome=last.end or "not ended",
                took=timedelta(seconds=last.seconds) if last.ended_at else None,
                lost=None,
            )
        ]

    def _counts(self, snapshots: Sequence[Snapshot]) -> Iterator[Counts]:
        """Of each source whose snapshots count something."""
        case = self._case
        for source in sorted({item.source for item in snapshots if item.counts}):
            own = [item for item in snapshots if item.source == source and self._is_in(item.taken_at)]
            before = [item for item in own if item.taken_at <= case.opened_at]
            if own:
                opened = before[-1].counts if before else {}
                yield Counts(source=source, first=own[0].counts, opened=opened, last=own[-1].counts)


def _says_nothing(entry: Entry) -> bool:
    return entry.event in _LEFT_OUT or str(entry.fields.get("command", "")).startswith("!incident note")


def _told(entry: Entry) -> Event:
    """One line of the audit trail. Who it was about stands before it."""
    who = next((str(entry.fields[name]) for name in _NAMES if entry.fields.get(name)), "")
    moment, fields = entry.moment, entry.fields
    if moment is None:
        raise ValueError(entry)
    if entry.event in _ASKED:
        why = f" ({fields['why']})" if fields.get("why") else ""
        return Event(at=moment, who=who, text=f"{_ASKED[entry.event]} {fields.get('command', '')}{why}")
    rest = (f"{name} {value}" for name, value in fields.items() if value and name not in _FRAME)
    return Event(at=moment, who=who, text=" · ".join((entry.event, *rest)))


def _bad(runs: Sequence[Run]) -> Iterator[Event]:
    for run in runs:
        if not run.good:
            yield Event(at=run.at, who="", text=f"{run.verb} {run.what} failed: {run.detail}")


def _summed(runs: Sequence[Run]) -> Iterator[str]:
    """How often each was done, how often it failed, and the longest."""
    for verb, what in sorted({(run.verb, run.what) for run in runs}):
        own = [run for run in runs if (run.verb, run.what) == (verb, what)]
        bad = sum(not run.good for run in own)
        longest = max(run.seconds for run in own)
        yield f"{verb} {what}: {len(own):,} times, {bad:,} failed, the longest {longest:.1f}s".replace("  ", " ")


def _returned(record: RestoreRecord, ended: datetime | None, saved: datetime | None) -> Return:
    begun = datetime.fromisoformat(record.begun_at)
    return Return(
        id=record.id,
        what=f"{record.what} (undo of {record.undoes})" if record.undoes else record.what,
        by=record.by,
        begun_at=begun,
        outcome=record.step if record.finished else f"cut short at {record.step}",
        took=ended - begun if ended is not None else None,
        lost=begun - saved if saved is not None and saved <= begun else None,
    )
