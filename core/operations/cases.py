"""The verbs of cases (`!incident`): opening one keeps everything as it is, closing it lets go."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from core.domain.case import KEPT_AFTER, LONGEST_NOTE, LONGEST_TITLE, MOST_NOTES, Case, Note
from core.domain.counted import tally
from core.domain.errors import BackupServError, LockHeld, PlanBlocked
from core.domain.moment import show
from core.domain.snapshot import Snapshot
from core.lock import Lock
from core.operations.case_file import CaseFolder
from core.operations.teller import Teller
from core.operations.unaudited import RestoreJournal, is_done
from core.ports import Clock, Progress
from core.repository.freezes import Freezes
from core.repository.pins import Pins
from core.trail_port import AuditTrail

if TYPE_CHECKING:
    from core.domain.review import Review
    from core.operations.case_timeline import Sources

_PATIENCE = 60.0  # seconds for which another run may be at work when everything is to be saved
_MOST_PINS = 2000
_US = "BackupServ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """Over the state directory. `save` captures every source, `lock` keeps two people from opening one at a time."""

    folder: CaseFolder
    pins: Pins
    freezes: Freezes
    journal: AuditTrail
    clock: Clock
    teller: Teller
    lock: Callable[[str], AbstractContextManager[Lock]]
    snapshots: Callable[[], Sequence[Snapshot]]
    save: Callable[[str, Progress], object]
    sources: "Callable[[], Sources]"  # what its report is made from

    def open(self, title: str, *, by: str, progress: Progress) -> Case:
        """From now on nothing is removed, what was before stays, and everything is saved.

        What of it cannot be done is told in `troubles`, and stops nothing else of it.

        Raises:
            PlanBlocked: another one is open.
        """
        with self.lock("opening an incident"):
            self._must_be_none()
            case = Case(
                id=self.folder.free_id(),
                title=_clean(title, LONGEST_TITLE) or "no title",
                by=by,
                opened_at=self.clock.now(),
                step="opening",
            )
            self.folder.write(case)
            return self._opened(case, by, progress)

    def go_on(self, *, by: str, progress: Progress) -> Case:
        """Open the one whose opening was cut short to its end.

        Raises:
            PlanBlocked: there is none.
        """
        with self.lock("opening an incident"):
            case = self.folder.current()
            if case is None or case.step != "opening":
                raise PlanBlocked("no incident was cut short while it was opened", hint="an incident needs a title")
            return self._opened(case, by, progress)

    def note(self, text: str, *, by: str) -> Case:
        """What somebody saw or did, for the report.

        Raises:
            PlanBlocked: none is open, it is full, or there is no text.
        """
        with self.lock("writing a note"):
            case = self._current()
            if not _clean(text, LONGEST_NOTE):
                raise PlanBlocked("a note needs words")
            if len(case.notes) >= MOST_NOTES:
                raise PlanBlocked(f"incident {case.id} has {MOST_NOTES} notes already", hint="close it, open another")
            note = Note(at=self.clock.now(), by=by, text=_clean(text, LONGEST_NOTE))
            case = self.folder.write(replace(case, notes=(*case.notes, note)))
            with is_done(f"it is noted in incident {case.id}"):
                self.journal.record("incident note", id=case.id, text=note.text, by=by)
            return case

    def close(self, text: str = "", *, by: str) -> Case:
        """It is over: what was pinned for it stays for some days more, and retention goes on.

        Raises:
            PlanBlocked: none is open.
        """
        with self.lock("closing an incident"):
            case = self._current()
            self.journal.record("incident close asked", id=case.id, by=by)  # first: what kept everything goes
            now = self.clock.now()
            if not (case.pinned or case.saved):  # it could not be told when it was opened, or nobody came so far
                case = self._with_kept(case, is_saved=False)
            if case.step != "closing":
                note = [Note(at=now, by=by, text=_clean(text, LONGEST_NOTE))] if text else []
                case = replace(case, step="closing", closed_at=now, closed_by=by, notes=(*case.notes, *note))
                self.folder.write(case)
            self._pin(case, now + KEPT_AFTER)
            self.freezes.release(_cause(case))
            case = self.folder.write(replace(case, step="closed"))
            with is_done(f"incident {case.id} is closed"):
                self.journal.record("incident closed", id=case.id, by=by)
            self.teller.of_cases("info", f"incident {case.id} closed by {by}: {case.title}", "!incident report")
            return case

    def all(self) -> tuple[Case, ...]:
        """Every one, the oldest first."""
        return self.folder.all()

    def report(self, case_id: str = "") -> "Review":
        """Everything that is known of one, of the newest if none is named.

        Raises:
            SnapshotNotFound: there is none of that id.
            PlanBlocked: there never was one.
        """
        from core.operations.case_timeline import review_of  # noqa: PLC0415 — what `status` need not wait for

        known = self.folder.all()
        if not case_id and not known:
            raise PlanBlocked("there was no incident yet", hint="`incident open TITLE` begins one")
        return review_of(self.folder.find(case_id) if case_id else known[-1], self.sources())

    def _must_be_none(self) -> None:
        case = self.folder.current()
        if case is not None:
            goes_on = "`incident open` alone goes on with it" if case.step == "opening" else "`incident close` ends it"
            raise PlanBlocked(case.standing, hint=f"one at a time: {goes_on}")

    def _current(self) -> Case:
        case = self.folder.current()
        if case is None:
            raise PlanBlocked("no incident is open", hint="`incident open TITLE` begins one")
        return case

    def _opened(self, case: Case, by: str, progress: Progress) -> Case:
        """All steps: each may have been done before, and none of them twice does harm."""
        journal = RestoreJournal(self.journal, progress)  # a full disk of ours must not keep what can be kept
        journal.record("incident opening", id=case.id, title=case.title, by=by)
        now, undone = self.clock.now(), list[str]()
        hold = partial(self.freezes.hold, _cause(case), f"{_why(case)} is open", at=now)
        _attempt("nothing is removed any more", hold, undone, progress)
        _attempt("what was before stays", lambda: self._pin_before(case), undone, progress)
        is_saved = _attempt("everything is saved", partial(self._save, case, progress), undone, progress)
        found = self._with_kept(replace(case, step="open", troubles=tuple(undone)), is_saved=is_saved)
        found = self.folder.write(replace(found, troubles=(*found.troubles, *journal.lacking)))
        journal.record("incident opened", id=case.id, pinned=len(found.pinned), troubles=len(found.troubles), by=by)
        self.teller.of_cases("warning", f"incident {case.id} opened by {by}: {case.title}", "!incident")
        return found

    def _before(self, case: Case) -> list[Snapshot]:
        return [item for item in self.snapshots() if case.since <= item.taken_at < case.opened_at][-_MOST_PINS:]

    def _pin_before(self, case: Case) -> None:
        self._pin(replace(case, pinned=tuple(item.id for item in self._before(case))), case.opened_at + KEPT_AFTER)

    def _pin(self, case: Case, until: datetime) -> None:
        """Until then; what is pinned so long already is not pinned again."""
        now = self.clock.now()
        held = {pin.snapshot_id for pin in self.pins.held(now).pins if pin.until is not None and pin.until >= until}
        for snapshot_id in (*case.pinned, *case.saved):
            if snapshot_id not in held:
                self.pins.pin(snapshot_id, _why(case), by=_US, at=now, until=until)

    def _save(self, case: Case, progress: Progress) -> None:
        """Another run may be at work just now: it is waited for."""
        deadline = self.clock.monotonic() + _PATIENCE
        while True:
            try:
                self.save(_why(case), progress)
            except LockHeld:
                if self.clock.monotonic() >= deadline:
                    raise
                self.clock.sleep(1)
            else:
                return

    def _with_kept(self, case: Case, *, is_saved: bool) -> Case:
        """With what stays for it, as far as it can be told; where not all was saved, what was saved since then."""
        try:
            newest = {item.source: item.id for item in self.snapshots() if is_saved or item.taken_at >= case.opened_at}
            before = tuple(item.id for item in self._before(case))
        except BackupServError as error:
            return replace(case, troubles=(*case.troubles, f"what is kept is not known: {error}"))
        return replace(case, pinned=before, saved=tuple(newest.values()))


def _attempt(told: str, step: Callable[[], object], undone: list[str], progress: Progress) -> bool:
    """One step of the opening; why it was not done is added, and stops nothing else."""
    progress.step(told)
    try:
        step()
    except BackupServError as error:
        undone.append(f"not done: {told}: {error}")
        return False
    return True


def told_of(case: Case) -> str:
    """What opening it has done, on one line."""
    kept = f"{tally({'snapshots': len(case.pinned)}) or 'no snapshot'} from {show(case.since)} on kept"
    saved = tally({"sources": len(case.saved)}) or "nothing"
    return f"incident {case.id} is open: nothing is removed, {kept}, {saved} saved"


def _cause(case: Case) -> str:
    return f"incident/{case.id}"


def _why(case: Case) -> str:
    return f"incident {case.id}"


def _clean(text: str, longest: int) -> str:
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())[:longest]
