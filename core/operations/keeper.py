"""The verbs that keep copies: back up, copy, look round. What proves them is in `proving`, the rest in `engine`."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from core.disk import make_private_folder, sweep_temporaries
from core.domain.errors import SnapshotNotFound
from core.domain.notice import Target
from core.domain.objective import Aims
from core.domain.reminder import Reminder
from core.domain.retention import DEFAULT, RetentionPolicy
from core.domain.shrinking import USUAL, ShrinkLimits
from core.domain.snapshot import Snapshot
from core.guards.watch import Looked
from core.lock import Lock, wait_for
from core.operations.backup import BackupReport, back_up
from core.operations.frozen import freeze_by, freeze_by_damage
from core.operations.history import in_order, snapshot_of
from core.operations.holding import note_held
from core.operations.looks import Looks
from core.operations.recovery.terms import Terms
from core.operations.runs import Runs
from core.operations.saved import Saved, chosen
from core.operations.set_aside import SetAside
from core.operations.site import Site, TreeSite
from core.operations.sync import SyncReport, sync
from core.operations.teller import Teller
from core.operations.unaudited import RestoreJournal, is_done
from core.ports import Clock, Progress, Source
from core.program_ports import Handshake
from core.repository.freezes import Freezes
from core.repository.ledger import Ledger
from core.repository.repository import Repository
from core.trail_port import AuditTrail

if TYPE_CHECKING:
    from core.operations.standbys import Standbys


class Keeper:
    """What changes something takes the one lock of the state directory, so two runs never meet."""

    def __init__(
        self,
        *,
        sites: Sequence[Site],
        trees: Sequence[TreeSite] = (),
        repository: Repository,
        copies: Sequence[Repository] = (),
        ledger: Ledger,
        journal: AuditTrail,
        state_dir: Path,
        clock: Clock,
        handshake: Handshake,
        policies: Callable[[str, str], RetentionPolicy] = lambda storage, source: DEFAULT,  # noqa: ARG005 — one for all
        terms: Terms | None = None,
        standbys: "Standbys | None" = None,
        tell: Sequence[Target] = (),
        aims: Aims | None = None,
        remind: Sequence[Reminder] = (),
        limits: ShrinkLimits = USUAL,
    ) -> None:
        self.sites = tuple(sites)
        self.trees = tuple(trees)
        self.repository = repository
        self.copies = tuple(copies)
        self.ledger = ledger
        self.journal = journal
        self.clock = clock
        self.state_dir = state_dir
        self.handshake = handshake
        self.terms = terms or Terms()
        self.aims = aims or Aims()
        self.remind = tuple(remind)
        self.standbys = standbys
        self.teller = Teller(state_dir, tell, clock)
        self.limits = limits  # of how much may be gone before a snapshot is held
        self.policies = policies  # by storage and source: how much `prune` leaves

    @property
    def looks(self) -> Looks:
        """When sources were last found unchanged."""
        return Looks(self.state_dir)

    @property
    def runs(self) -> Runs:
        """What ran when, and for how long."""
        return Runs(self.state_dir, self.clock)

    @property
    def site(self) -> Site:
        """The services database of this network."""
        return self.sites[0]

    def back_up(
        self,
        *,
        reason: str,
        progress: Progress,
        full: bool = False,
        only: Collection[str] = (),
        ask: bool = True,
    ) -> tuple[BackupReport, ...]:
        """Every source, or `only` those, one after the other. `full`: resting on nothing, also where nothing changed.

        Without `ask` nobody is asked for a save: what was saved last is what is kept.

        Raises:
            PlanBlocked: one of `only` is no source.
            SourceUnreadable, SourceDamaged, SaveNotSeen, StorageFull, StorageUnavailable, ObjectDamaged: of the first
            source that was not saved (the others were still tried), or all were, and this host could not note it.
        """
        jobs: list[tuple[str, Callable[[], BackupReport]]] = []
        jobs += [(one.name, partial(self._back_up, one, reason, progress, full=full, ask=ask)) for one in self.sites]
        jobs += [(one.source.name, partial(self._back_up_tree, one, reason, progress, full=full)) for one in self.trees]
        made = Saved()
        with self._lock("backup", progress, brief=not ask):
            self.repository.unnoted.clear()
            for sentence in self._swept():
                progress.step(sentence)
            for name, job in chosen(jobs, only):
                made.attempt(name, partial(self._noted, name, job))
            made.unnoted += self.repository.unnoted
            with made.noting():
                note_held(made.reports, self.freezes, self.clock.now())
        self._write_down(made, reason, asked=ask)
        self.teller.of_backups(made)
        with made.noting():
            freeze_by_damage(made, self.freezes, self.clock.now())
        if self.standbys is not None:
            with made.noting():
                self.standbys.follow(made.reports, only, partial(self._lock, "bringing standbys up to date"), progress)
        made.must_be_whole()
        return tuple(made.reports)

    def _noted(self, name: str, job: Callable[[], BackupReport]) -> BackupReport:
        with self.runs.timed("backup", name) as outcome:
            report = job()
            outcome.size, outcome.new = report.snapshot.size, report.is_new
            outcome.good, outcome.detail = not report.snapshot.held, report.snapshot.held
        return report

    def _write_down(self, made: Saved, reason: str, *, asked: bool) -> None:
        """The trail is for what somebody asked for and what came of it: not for each save in which nothing changed."""
        for report in made.reports:
            snapshot = report.snapshot
            if not report.is_new:
                self.looks.note(snapshot.source, snapshot.id, self.clock.now())
                if not asked:
                    continue
            held = {"held": snapshot.held} if snapshot.held else {}
            with made.noting():
                self.journal.record("backup done", snapshot=snapshot.id, new=str(report.is_new), reason=reason, **held)

    def _back_up(self, site: Site, reason: str, progress: Progress, *, full: bool, ask: bool) -> BackupReport:
        always = partial(back_up, repository=self.repository, ledger=self.ledger, clock=self.clock, limits=self.limits)
        keep = partial(always, reason=reason, progress=progress, periods=site.bases)
        trail = RestoreJournal(self.journal, progress)

        def take(source: Source) -> None:
            report = keep(source)
            trail.record("backup done", snapshot=report.snapshot.id, new=str(report.is_new), reason=reason)

        SetAside(self.state_dir).take(site, take)
        return keep(site.source, full=full, ask=ask)

    def _back_up_tree(self, tree: TreeSite, reason: str, progress: Progress, *, full: bool) -> BackupReport:
        from core.operations.backup_tree import back_up_tree  # noqa: PLC0415 — what `snapshots` need not wait for

        return back_up_tree(
            tree,
            self.repository,
            self.ledger,
            work=self.state_dir,
            reason=reason,
            clock=self.clock,
            progress=progress,
            full=full,
            limits=self.limits,
        )

    def sync(self, *, progress: Progress) -> tuple[SyncReport, ...]:
        """Bring every copy up to date. What stops one of them stops no other; a long upload stops no backup."""
        reports = []
        for copy in self.copies:
            with self._lock(f"copying to {copy.name}", progress, name=f"lock.{copy.name}"):
                with self.runs.timed("sync", copy.name) as outcome:
                    report = sync(self.repository, copy, self.ledger, clock=self.clock, progress=progress)
                    outcome.good, outcome.detail = not report.trouble, report.trouble
                reports.append(report)
        for report in reports:
            with is_done(str(report)):
                self.journal.record("sync done", copy=report.copy, pushed=len(report.pushed), trouble=report.trouble)
        self.teller.of_copies(reports)
        return tuple(reports)

    @property
    def freezes(self) -> Freezes:
        """What keeps everything by itself, beside the word of people."""
        return Freezes(self.state_dir)

    def watched(self, looked: Looked) -> None:
        """What all guards have just found is told, and freezes pruning where it must; so is its end.

        Raises:
            StorageFull, StorageUnavailable: pruning could not be frozen; everything was told all the same.
        """
        try:
            freeze_by(looked, self.freezes, self.clock.now())
        finally:
            self.teller.of_guards(looked)

    def snapshots(self) -> tuple[Snapshot, ...]:
        """All snapshots, oldest first."""
        return in_order(self.repository.snapshots())

    def _find_any(self, reference: str, source: str | None, place: Repository) -> Snapshot:
        """Of the named source; else of whatever source an id belongs to; else of the services database."""
        if source is None:
            whole = {item.id.lower(): item for item in place.snapshots()}
            whole |= {item.tail: item for item in whole.values()}
            if reference.lower() in whole:
                return whole[reference.lower()]
        return self._find(reference, source or self.site.name, place)

    def place(self, storage: str | None) -> Repository:
        """The repository (None), or the copy of that name.

        Raises:
            SnapshotNotFound: there is no such copy.
        """
        places = {place.name: place for place in (self.repository, *self.copies)}
        if storage is None or storage in places:
            return places[storage] if storage else self.repository
        raise SnapshotNotFound(f"there is no storage {storage}", hint=f"there are: {', '.join(places)}")

    def _find(self, reference: str, source: str, repository: Repository) -> Snapshot:
        return snapshot_of(reference, source, repository, clock=self.clock, looks=self.looks)

    def tidy(self) -> tuple[str, ...]:
        """Once at start: what a crash left behind, in sentences. Half-written objects are removed."""
        with self._lock("looking round at start") as lock:
            found = [lock.stale] if lock.stale else []
            found += self._swept()
            found += [f"{key} belongs to no snapshot: its backup was cut short" for key in self.repository.orphans()]
        return tuple(found)

    def _swept(self) -> list[str]:
        """What a crash left half-written, removed: in the repository, beside the live databases, in our own state."""
        left = list(self.repository.sweep())
        for folder in (self.state_dir, *(site.database.parent for site in self.sites)):
            left += map(str, sweep_temporaries(folder)) if folder.is_dir() else ()
        return [f"swept {name}, which a crash had left half-written" for name in left]

    def changing(self, what: str) -> AbstractContextManager[Lock]:
        """Nothing else that changes something runs meanwhile: for what is changed beside the repository."""
        return self._lock(what)

    @contextmanager
    def _lock(
        self, purpose: str, progress: Progress | None = None, *, name: str = "lock", brief: bool = False
    ) -> Iterator[Lock]:
        """The lock; that a run before this one ended without a word is recorded, and said where somebody looks on."""
        make_private_folder(self.state_dir)
        with ExitStack() as held:
            lock = wait_for(partial(Lock, self.state_dir / name, purpose=purpose, brief=brief), held, self.clock)
            if lock.stale:
                RestoreJournal(self.journal, progress).record("stale lock cleared", run=purpose, found=lock.stale)
                if progress is not None:
                    progress.step(lock.stale)
            yield lock
