"""What ran when, for how long, and whether it was good: this host's own memory, bounded."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from core.disk import write_whole
from core.domain.errors import BackupServError
from core.domain.run import Run
from core.jsonl import append, line, read, read_end
from core.ports import Clock
from core.run_id import at_run

log = logging.getLogger(__name__)

MOST = 20_000  # runs: a year of hourly ones and more than a week of one a minute; then the oldest half goes
_FIRST_LOOK = 1 << 18  # bytes: a day of a save every five minutes
_LONGEST = 300  # characters of a detail


@dataclass(slots=True)
class Outcome:
    """What is to be noted of a run; filled in while it runs."""

    detail: str = ""
    size: int = 0
    new: bool = False
    good: bool = True


class Runs:
    """Over the state directory. Losing it loses figures, and nothing that is needed to restore."""

    def __init__(self, state_dir: Path, clock: Clock) -> None:
        self._path = state_dir / "runs.jsonl"
        self._clock = clock

    @contextmanager
    def timed(self, verb: str, what: str) -> Iterator[Outcome]:
        """Note what happens within, also if it fails; the error goes on rising."""
        at, started, outcome = self._clock.now(), self._clock.monotonic(), Outcome()
        with at_run() as run:
            try:
                yield outcome
            except BaseException as error:
                outcome.good = False
                outcome.detail = str(error) if isinstance(error, BackupServError) else type(error).__name__
                raise
            finally:
                seconds = round(self._clock.monotonic() - started, 3)
                self.note(_of(outcome, Run(id=run, verb=verb, what=what, at=at, seconds=seconds, good=outcome.good)))

    def note(self, run: Run) -> None:
        """Keep it. Where that cannot be, the log has it: a figure must not make a backup fail."""
        try:
            append(self._path, asdict(run) | {"at": run.at.isoformat()})
            self._shorten()
        except BackupServError as error:
            log.warning("a run was not noted: %s", error)

    def all(self) -> tuple[Run, ...]:
        """The oldest first. Lines that are torn are left out."""
        try:
            lines, _ = read(self._path)
        except BackupServError as error:
            log.warning("what ran is not known: %s", error)
            return ()
        return tuple(run for run in (_run(fields) for _, fields in lines) if run is not None)

    def since(self, moment: datetime) -> tuple[Run, ...]:
        """Those from then on, and at least one before, the oldest first: of a long memory only the end is read."""
        size = _FIRST_LOOK
        while True:
            try:
                lines, is_all = read_end(self._path, size)
            except BackupServError as error:
                log.warning("what ran is not known: %s", error)
                return ()
            runs = tuple(run for run in map(_run, lines) if run is not None)
            if is_all or (runs and min(run.at for run in runs) < moment):
                return runs
            size *= 4

    def last(self, verb: str, what: str, *, good: bool | None = None) -> Run | None:
        """The newest of that kind; `good`: of those that were, or were not."""
        return next(
            (
                run
                for run in reversed(self.all())
                if run.verb == verb and run.what == what and (good is None or run.good == good)
            ),
            None,
        )

    def _shorten(self) -> None:
        if self._path.stat().st_size < MOST * 120:  # bytes: fewer lines than that need no counting
            return
        if self._path.read_bytes().count(b"\n") <= MOST:  # to read them takes a hundred times as long
            return
        lines = [fields for _, fields in read(self._path)[0]]
        older, newest = lines[: -MOST // 2], lines[-MOST // 2 :]
        write_whole(self._path, map(line, (*_last_of_their_kind(older, newest), *newest)))


def _last_of_their_kind(
    older: Sequence[Mapping[str, Any]], newest: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """What is done seldom, or was good long ago, is not forgotten for what is done each minute."""
    known, found = set(map(_kind, newest)), []
    for fields in reversed(older):
        if _kind(fields) not in known:
            known.add(_kind(fields))
            found.append(fields)
    return found[::-1]


def _kind(fields: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(fields.get(name)) for name in ("verb", "what", "good"))


def _of(outcome: Outcome, run: Run) -> Run:
    return replace(run, detail=outcome.detail[:_LONGEST], size=outcome.size, new=outcome.new)


def _run(fields: Mapping[str, Any]) -> Run | None:
    try:
        at = datetime.fromisoformat(fields["at"])
        return Run(
            verb=str(fields["verb"]),
            what=str(fields["what"]),
            at=at,
            seconds=float(fields["seconds"]),
            good=bool(fields["good"]),
            detail=str(fields.get("detail", "")),
            size=int(fields.get("size", 0)),
            new=bool(fields.get("new", False)),
            id=str(fields.get("id", "")),
        )
    except (KeyError, TypeError, ValueError):
        return None
