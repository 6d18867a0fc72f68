"""All standbys of one engine: bringing them up to date after a backup, and how they stand."""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from core.domain.errors import BackupServError, LockHeld
from core.domain.shrinking import held_now
from core.domain.snapshot import Snapshot
from core.operations.backup import BackupReport, distrusted
from core.operations.looks import Looks
from core.operations.site import Site
from core.operations.standby import Held, HeldThere, Standby, Standing, standing
from core.operations.standby_following import Newest, follow
from core.operations.unaudited import RestoreJournal
from core.ports import Clock, Journal, Progress
from core.repository.ledger import Ledger
from core.repository.repository import Repository


@dataclass(frozen=True, slots=True, kw_only=True)
class Standbys:
    """What they stand on."""

    standbys: Sequence[Standby]
    sites: Sequence[Site]
    repository: Repository
    ledger: Ledger
    journal: Journal
    state_dir: Path
    clock: Clock

    def follow(
        self,
        reports: Sequence[BackupReport],
        only: Collection[str],
        lock: "Callable[..., AbstractContextManager[object]]",
        progress: Progress,
    ) -> None:
        """Bring those up to date whose source was just looked at. Whatever stops one of them stops nothing else.

        Each has a `lock` of its own, so that a slow one stops no backup.

        Raises:
            StorageFull, StorageUnavailable: this host could not note what they hold.
        """
        for standby in self.standbys:
            if only and standby.source not in only:
                continue
            try:
                with lock(progress, name=f"lock.standby.{standby.name}"):
                    self._follow(standby, reports, progress)
            except LockHeld:
                progress.step(f"standby {standby.name} is being brought up to date by another run")

    def _follow(self, standby: Standby, reports: Sequence[BackupReport], progress: Progress) -> None:
        there = HeldThere(self.state_dir)
        before = there.of(standby.name)
        site = next(site for site in self.sites if site.name == standby.source)
        try:
            newest = self._newest(standby, reports)
            if newest is None:
                return
            held = follow(standby, before, newest, site=site, progress=progress)
            if newest.passed_over:
                held = replace(held, trouble_at=before.trouble_at).failed(newest.passed_over, self.clock.now())
        except BackupServError as error:
            held = before.failed(str(error), self.clock.now())
        if held.trouble:
            progress.step(f"standby {standby.name} was not brought up to date: {held.trouble}")
        there.note(standby.name, held)
        self._write_down(standby, before, held, progress)

    def _write_down(self, standby: Standby, before: Held, held: Held, progress: Progress) -> None:
        """That it fell behind, and that it is current again: not each time."""
        journal = RestoreJournal(self.journal, progress)
        if held.trouble and not before.trouble:
            journal.record("standby not current", standby=standby.name, trouble=held.trouble)
        elif before.trouble and not held.trouble:
            journal.record("standby current again", standby=standby.name, snapshot=held.snapshot)

    def _newest(self, standby: Standby, reports: Sequence[BackupReport]) -> Newest | None:
        snapshots = self.repository.snapshots(standby.source)
        known = frozenset(snapshot.digest for snapshot in snapshots)
        good = [snapshot for snapshot in snapshots if not snapshot.held]
        for report in reports:
            snapshot, content = report.snapshot, report.content
            if snapshot.source == standby.source and content is not None and snapshot.id in {item.id for item in good}:
                at_hand = partial(bytes, content)  # the same bytes: they are not copied
                judged = len(good) > 1
                return Newest(snapshot=snapshot, content=at_hand, known=known, seen_at=self.clock.now(), judged=judged)
        bad = distrusted(snapshots, self.repository.name, self.ledger)
        good = [snapshot for snapshot in good if snapshot.id not in bad]
        if not good:
            return None
        seen_at = Looks(self.state_dir).unchanged_at(standby.source, good[-1].id) or good[-1].taken_at
        content_of = partial(self.repository.content, good[-1])
        return Newest(
            snapshot=good[-1],
            content=content_of,
            known=known,
            seen_at=seen_at,
            judged=len(good) > 1,
            passed_over=_passed_over(snapshots),
        )

    def standings(self, snapshots: Sequence[Snapshot]) -> tuple[Standing, ...]:
        """How each of them stands, from what this host remembers: none of them is asked."""
        there, now = HeldThere(self.state_dir), self.clock.now()
        found = []
        for standby in self.standbys:
            held = there.of(standby.name)
            own = [item.id for item in snapshots if item.source == standby.source and not item.held]
            newer = len(own) - own.index(held.snapshot) - 1 if held.snapshot in own else len(own)
            found.append(standing(standby, held, newer, now))
        return tuple(found)


def _passed_over(snapshots: Sequence[Snapshot]) -> str:
    held = held_now(snapshots)
    return f"the newest snapshot, {held.tail}, is held: {held.held}" if held is not None else ""
