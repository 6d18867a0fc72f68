"""All verbs over one configuration: what the command line and the chat both speak to. Synchronous."""

from collections.abc import Sequence
from pathlib import Path

from core.disk import make_private_folder, sweep_temporaries
from core.domain.errors import SnapshotNotFound
from core.domain.moment import parse_moment
from core.domain.snapshot import Snapshot
from core.erasure import Tombstone, Tombstones
from core.lock import Lock
from core.operations.backup import BackupReport, back_up
from core.operations.bearers import Bearer, Bearers, bearers
from core.operations.forget import forget, lift
from core.operations.plan_restore import RestorePlan, plan_restore
from core.operations.restore_account import AccountRestore, RestoreReport
from core.operations.restore_record import RestoreFolder
from core.operations.settle import Interrupted, interrupted, revive, settle
from core.operations.site import Site
from core.operations.status import Status, status
from core.operations.verify import VerifyReport, verify
from core.ports import Clock, Journal, Progress
from core.repository.ledger import Ledger
from core.repository.repository import Repository


class Engine:
    """The verbs. What changes something takes the one lock of the state directory, so two runs never meet."""

    def __init__(
        self,
        *,
        sites: Sequence[Site],
        repository: Repository,
        ledger: Ledger,
        journal: Journal,
        state_dir: Path,
        clock: Clock,
    ) -> None:
        self.sites = tuple(sites)
        self.repository = repository
        self.ledger = ledger
        self.journal = journal
        self.clock = clock
        self.state_dir = state_dir
        self.tombstones = Tombstones(state_dir)
        self._folder = RestoreFolder(state_dir)

    @property
    def site(self) -> Site:
        """The services database of this network."""
        return self.sites[0]

    def status(self) -> Status:
        """What is known now."""
        return status(self.site, self.repository, self.ledger, self._folder, self.tombstones, clock=self.clock)

    def back_up(self, *, reason: str, progress: Progress) -> tuple[BackupReport, ...]:
        """Every source, one after the other."""
        with self._lock("backup"):
            reports = tuple(self._back_up(site, reason, progress) for site in self.sites)
        for report in reports:
            self.journal.record("backup done", snapshot=report.snapshot.id, new=str(report.is_new), reason=reason)
        return reports

    def _back_up(self, site: Site, reason: str, progress: Progress) -> BackupReport:
        return back_up(site.source, self.repository, self.ledger, reason=reason, clock=self.clock, progress=progress)

    def snapshots(self) -> tuple[Snapshot, ...]:
        """All snapshots, oldest first."""
        return self.repository.snapshots()

    def verify(self, reference: str, *, progress: Progress) -> VerifyReport:
        """Prove one snapshot: an id, a time, or "latest"."""
        site = self.site
        snapshot = self._find(reference, site)
        return verify(snapshot, site.source, self.repository, self.ledger, clock=self.clock, progress=progress)

    def _find(self, reference: str, site: Site) -> Snapshot:
        moment = parse_moment(reference, self.clock.now())
        if moment is not None:
            return self.repository.at(moment, source=site.name)
        return self.repository.find(reference, source=site.name)

    def plan_restore(self, nick: str, reference: str | None, *, progress: Progress) -> RestorePlan:
        """The preview of bringing one account back. Changes nothing."""
        return plan_restore(
            nick, reference, self.site, self.repository, self.ledger, clock=self.clock, progress=progress
        )

    def restore(self, plan: RestorePlan, *, by: str, progress: Progress) -> RestoreReport:
        """Carry out exactly this plan, or nothing."""
        work = AccountRestore(
            site=self.site,
            repository=self.repository,
            folder=self._folder,
            journal=self.journal,
            clock=self.clock,
        )
        with self._lock(f"restore of {plan.plan.account}"):
            return work.apply(plan, by=by, progress=progress)

    def interrupted(self) -> tuple[Interrupted, ...]:
        """Restores that a crash cut short, with what was found."""
        return tuple(item for site in self.sites for item in interrupted(site, self._folder))

    def revive(self) -> tuple[str, ...]:
        """Once at start: tell of restores that were cut short, and start services that one of them left down."""
        with self._lock("looking for restores that were cut short"):
            return tuple(
                revive(item, site, self.clock) for site in self.sites for item in interrupted(site, self._folder)
            )

    def settle(self, restore_id: str, *, undo: bool = False) -> str:
        """End a restore that was cut short.

        Raises:
            SnapshotNotFound: there is none of that id.
        """
        with self._lock(f"settling restore {restore_id}"):
            for site in self.sites:
                for item in interrupted(site, self._folder):
                    if item.record.id == restore_id.upper():
                        return settle(item, site, self._folder, self.journal, self.clock, undo=undo)
        raise SnapshotNotFound(
            f"no restore {restore_id} was cut short", hint="`backupserv status` names those that were"
        )

    def bearers(self, nick: str, *, progress: Progress) -> Bearers:
        """Everybody who bears a name or bore it. Changes nothing."""
        return bearers(nick, self.site, self.repository, self.tombstones, progress=progress)

    def forget(self, chosen: Sequence[Bearer], *, by: str) -> tuple[Tombstone, ...]:
        """From now on no restore or export brings them back."""
        with self._lock("forgetting somebody"):
            return forget(chosen, self.tombstones, by=by, clock=self.clock, journal=self.journal)

    def lift(self, stone_id: str, *, by: str) -> Tombstone:
        """Take a tombstone back."""
        with self._lock("lifting a tombstone"):
            return lift(stone_id, self.tombstones, by=by, clock=self.clock, journal=self.journal)

    def tidy(self) -> tuple[str, ...]:
        """Once at start: what a crash left behind, in sentences. Half-written objects are removed."""
        with self._lock("looking round at start") as lock:
            found = [lock.stale] if lock.stale else []
            swept = [*self.repository.sweep(), *self._sweep_folders()]
            found += [f"swept {name}, which a crash had left half-written" for name in swept]
            found += [f"{key} belongs to no snapshot: its backup was cut short" for key in self.repository.orphans()]
        return tuple(found)

    def _sweep_folders(self) -> list[str]:
        """Unfinished files beside the live databases and in our own state."""
        folders = [self.state_dir, *(site.database.parent for site in self.sites)]
        return [str(path) for folder in folders if folder.is_dir() for path in sweep_temporaries(folder)]

    def _lock(self, purpose: str) -> Lock:
        make_private_folder(self.state_dir)
        return Lock(self.state_dir / "lock", purpose=purpose)
