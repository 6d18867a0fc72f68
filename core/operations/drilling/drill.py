"""One drill from its beginning to its report: which snapshot, out of which storage, and what came of it."""

import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from core.disk import make_private_folder
from core.domain.drill import DrillReport
from core.domain.errors import BackupServError, ObjectDamaged, ObjectNotFound, SnapshotNotFound, SourceUnreadable
from core.domain.snapshot import Snapshot
from core.operations.drilling.course import Course, Ending
from core.operations.drilling.database import drill_database
from core.operations.drilling.tree import drill_tree
from core.operations.site import Site, TreeSite
from core.ports import Clock, Progress
from core.program_ports import Boot
from core.repository.ledger import Ledger
from core.repository.repository import Repository

_OPENS = 2  # the level at which a snapshot is known to open


@dataclass(frozen=True, slots=True, kw_only=True)
class Drills:
    """Over one state directory. The caller holds the lock of drills: what lies in its folder is a dead one's."""

    state_dir: Path
    ledger: Ledger
    clock: Clock

    def run(
        self,
        source: Site | TreeSite,
        place: Repository,
        *,
        snapshot: Snapshot | None = None,
        boot: Boot | None = None,
        target: float,
        progress: Progress,
    ) -> DrillReport:
        """Bring it back where it hurts nobody. What stops it is in the report; nothing is left of it.

        `snapshot`: default: the newest of that source that is known to open. `boot`: another program than the
        configured one; then nothing is noted of the snapshot, since it proves nothing for tonight.
        """
        at, started = self.clock.now(), self.clock.monotonic()
        course: Course | None = None
        try:
            chosen = snapshot or newest_proven(source.name, place, self.ledger)
            with self._folder() as work:
                course = Course(snapshot=chosen, place=place, work=work, clock=self.clock, progress=progress)
                ending = _drilled(source, course, boot)
                seconds = self.clock.monotonic() - started
        except BackupServError as error:
            ending, seconds = _stopped(error, course), self.clock.monotonic() - started
        if boot is None and course is not None:
            ending = self._noted(course.snapshot, place, ending)
        return _report(
            source.name, place.name, course, ending, at=at, seconds=seconds, target=target, other=boot is not None
        )

    @contextmanager
    def _folder(self) -> Iterator[Path]:
        """A private folder, gone afterwards; what a killed drill left there goes first."""
        folder = _folder_in(self.state_dir)
        sweep(self.state_dir)
        make_private_folder(folder)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _noted(self, snapshot: Snapshot, place: Repository, ending: Ending) -> Ending:
        """A full disk of ours undoes no drill."""
        try:
            self._note(snapshot, place, ending)
        except BackupServError as error:
            return replace(ending, detail=f"{ending.detail}; this host could not note it: {error.message}")
        return ending

    def _note(self, snapshot: Snapshot, place: Repository, ending: Ending) -> None:
        """Into the ledger. Where only the program could not be tried, what was proven before that holds."""
        is_good = ending.is_whole or (ending.verdict == "unchecked" and ending.level > _OPENS)
        verdict = "proven" if is_good else ending.verdict
        self.ledger.record(
            snapshot.id,
            level=ending.level,
            verdict=verdict,
            at=self.clock.now(),
            detail=f"drill: {ending.detail}",
            storage=place.name,
        )


def sweep(state_dir: Path) -> bool:
    """Take away what a killed drill left; whether there was anything. The caller holds the lock of drills."""
    folder = _folder_in(state_dir)
    there = os.path.lexists(folder)
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
    else:
        shutil.rmtree(folder, ignore_errors=True)
    return there


def _folder_in(state_dir: Path) -> Path:
    return state_dir / "drill"


def newest_proven(source: str, place: Repository, ledger: Ledger) -> Snapshot:
    """The newest of a storage that is known to open, there or elsewhere; else the newest that is not known to be bad.

    Raises:
        SnapshotNotFound: there is none.
        StorageUnavailable: it cannot be told.
    """
    there = place.snapshots(source)
    if not there:
        raise SnapshotNotFound(f"{place.name} has no snapshot of {source}", hint="`sync` brings a copy up to date")
    good = [item for item in there if not item.held and not _is_damaged(item, place.name, ledger)]
    opens = [item for item in good if _level(item, ledger) >= _OPENS]
    return (opens or good or list(there))[-1]


def _is_damaged(snapshot: Snapshot, storage: str, ledger: Ledger) -> bool:
    proof = ledger.latest(snapshot.id, storage)
    return proof is not None and proof.verdict == "damaged"


def _level(snapshot: Snapshot, ledger: Ledger) -> int:
    proof = ledger.standing(snapshot.id)
    return proof.level if proof is not None and proof.verdict == "proven" else 0


def longest_undrilled(source: str, places: Sequence[Repository], drills: Sequence[DrillReport]) -> list[Repository]:
    """The storages by when that source was last drilled out of them: the one whose turn it is comes first."""
    last = {drill.storage: drill.at for drill in drills if drill.source == source and not drill.other}
    never = datetime.min.replace(tzinfo=next(iter(last.values())).tzinfo if last else None)
    return sorted(places, key=lambda place: last.get(place.name, never))


def _drilled(source: Site | TreeSite, course: Course, boot: Boot | None) -> Ending:
    if isinstance(source, Site):
        return drill_database(source, course, boot or source.boot)
    return drill_tree(source, course)


def _stopped(error: BackupServError, course: Course | None) -> Ending:
    """Damage is damage; whatever else stops it says nothing of the snapshot beyond what was proven by then."""
    done = {step.name for step in course.steps} if course is not None else set()
    level = 3 if "checked" in done else 2 if done & {"opened", "unpacked"} else 1 if "fetched" in done else 0
    if isinstance(error, ObjectDamaged | ObjectNotFound):
        return Ending(level=min(level, 2), verdict="damaged", detail=error.message)
    if isinstance(error, SourceUnreadable):
        return Ending(level=level, verdict="unchecked", detail=f"what was written cannot be read back: {error.message}")
    return Ending(level=level, verdict="unchecked", detail=str(error))


def _report(
    source: str,
    storage: str,
    course: Course | None,
    ending: Ending,
    *,
    at: datetime,
    seconds: float,
    target: float,
    other: bool,
) -> DrillReport:
    return DrillReport(
        id=new_id(at),
        source=source,
        snapshot=course.snapshot.id if course is not None else "",
        storage=storage,
        at=at,
        seconds=seconds,
        steps=tuple(course.steps) if course is not None else (),
        verdict=ending.verdict,
        detail=ending.detail,
        target=target,
        counts=ending.counts,
        saved=ending.saved,
        lost=ending.lost,
        added=ending.added,
        program=ending.program,
        untried=ending.untried,
        other=other,
    )


def new_id(at: datetime) -> str:
    """Sorts by time."""
    return f"{at:%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(3)}"
