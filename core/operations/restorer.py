"""The verbs that bring something back, and end what a crash cut short.

What plans and carries out restores is imported when it is asked for: `snapshots` and `status` promise half a second.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from core.disk import make_private_folder
from core.domain.errors import PlanBlocked, SnapshotNotFound
from core.domain.thing import ThingWish
from core.erasure import Tombstones
from core.operations.adopter import Adopter
from core.operations.history import IMPORTED_TREES, imported_name
from core.operations.unaudited import RestoreJournal
from core.ports import Progress
from core.registrations.wish import Target, Wishes

if TYPE_CHECKING:
    from core.operations.extract import Extracted
    from core.operations.promotion import Candidate, Promotion
    from core.operations.proposal import Proposal, RestorePlan, UndoPlan
    from core.operations.restore_record import RestoreFolder
    from core.operations.restore_report import RestoreReport
    from core.operations.retention import Retention
    from core.operations.settle import Interrupted
    from core.operations.things.ground import Ground
    from core.operations.things.interrupted import InterruptedThing
    from core.operations.things.proposal import ThingProposal, ThingUndo
    from core.operations.things.things import Things


class Restorer(Adopter):
    """Those of `Adopter`, and the way back: always a plan first, then the whole of it or nothing."""

    @cached_property
    def tombstones(self) -> Tombstones:
        """Who asked to be forgotten."""
        return Tombstones(self.state_dir)

    @cached_property
    def _folder(self) -> "RestoreFolder":
        from core.operations.restore_record import RestoreFolder  # noqa: PLC0415 — see above

        return RestoreFolder(self.state_dir)

    @cached_property
    def _ground(self) -> "Ground":
        from core.operations.things.ground import Ground  # noqa: PLC0415 — see above

        return Ground(
            sites=self.sites,
            trees=self.trees,
            repository=self.repository,
            ledger=self.ledger,
            folder=self._folder,
            tombstones=self.tombstones,
            journal=self.journal,
            clock=self.clock,
            handshake=self.handshake,
            state_dir=self.state_dir,
        )

    @cached_property
    def things(self) -> "Things":
        """What comes back as a whole."""
        from core.operations.things.things import Things  # noqa: PLC0415 — see above

        return Things(self._ground)

    def plan_restore(
        self, target: Target, reference: str | None = None, wishes: Wishes | None = None, *, progress: Progress
    ) -> "RestorePlan":
        """The preview of bringing something back, from `reference` (an id, a time). Changes nothing.

        Raises:
            SnapshotNotFound: no such snapshot, or none that speaks for that time.
            TimeUnclear: it is a time, and not clear which.
        """
        from core.operations.plan_restore import plan_restore  # noqa: PLC0415 — see above

        return plan_restore(
            target,
            None if reference is None else self._find(reference, self.site.name, self.repository),
            wishes or Wishes(),
            site=self.site,
            repository=self.repository,
            ledger=self.ledger,
            erasure=self.tombstones.forgotten(),
            clock=self.clock,
            progress=progress,
        )

    def plan_thing(self, wish: ThingWish, reference: str | None = None, *, progress: Progress) -> "ThingProposal":
        """The preview of bringing something back as a whole, from `reference` (an id, a time). Changes nothing.

        Raises:
            PlanBlocked: there is no such source, or it makes no sense.
            SnapshotNotFound, TimeUnclear: no such snapshot.
        """
        return self.things.plan(wish, reference, progress)

    def plan_undo(self, restore_id: str, wishes: Wishes | None = None, *, progress: Progress) -> "UndoPlan | ThingUndo":
        """The preview of taking a restore back. Changes nothing."""
        from core.operations.plan_undo import plan_undo, record_to_undo  # noqa: PLC0415 — see above

        record = record_to_undo(restore_id, self._folder, self.clock.now())
        if record.is_whole:
            return self.things.plan_undo(record, progress, wishes)
        return plan_undo(
            record,
            wishes or Wishes(),
            site=self.site,
            folder=self._folder,
            erasure=self.tombstones.forgotten(),
            clock=self.clock,
            progress=progress,
        )

    def plan_again(self, proposal: "Proposal", *, progress: Progress) -> "Proposal":
        """The same wish once more, on what is there now: for a plan whose ground has moved."""
        from core.operations.promotion import Promotion  # noqa: PLC0415 — see above
        from core.operations.proposal import RestorePlan, UndoPlan  # noqa: PLC0415 — see above
        from core.operations.things.proposal import ThingProposal, ThingUndo  # noqa: PLC0415 — see above

        if isinstance(proposal, Promotion):
            return self.plan_promotion(proposal.standby, old_is_down=proposal.old_is_down, progress=progress)
        if isinstance(proposal, ThingProposal | ThingUndo):
            return self.things.plan_again(proposal, progress)
        if isinstance(proposal, UndoPlan):
            return self.plan_undo(proposal.undone.id, proposal.wishes, progress=progress)
        if not isinstance(proposal, RestorePlan):
            raise PlanBlocked("nothing is known of how to make that plan again")
        return self.plan_restore(proposal.target, proposal.snapshot.id, proposal.wishes, progress=progress)

    def restore(self, proposal: "Proposal", *, by: str, code: str = "", progress: Progress) -> "RestoreReport":
        """Carry out exactly this plan, or nothing. `code` becomes its id, for `undo`."""
        from core.operations.promotion import Promotion  # noqa: PLC0415 — see above
        from core.operations.proposal import RestorePlan  # noqa: PLC0415 — see above
        from core.operations.things.proposal import ThingProposal, ThingUndo  # noqa: PLC0415 — see above

        with self._lock(f"restore of {proposal.plan.kind} {proposal.plan.name}", progress):
            if isinstance(proposal, ThingProposal | ThingUndo):
                report = self.things.apply(proposal, by=by, code=code, progress=progress)
            elif isinstance(proposal, Promotion):
                report = self._promote(proposal, by, code, progress)
            else:
                report = self._carry_out(proposal, by, code, progress)
            if isinstance(proposal, RestorePlan | ThingProposal):
                self.retention.pin_for_undo(proposal.snapshot.id, report.id)
        return report

    def plan_promotion(self, name: str = "", *, old_is_down: bool = False, progress: Progress) -> "Promotion":
        """The preview of making a standby the live database on this host. Changes nothing.

        Raises:
            PlanBlocked: there is no such standby, or several and none was named.
            ObjectNotFound, StorageUnavailable: it cannot be read.
        """
        from core.operations.promotion import plan_promotion  # noqa: PLC0415 — see above

        return plan_promotion(self._candidate(name, old_is_down=old_is_down), self._ground, progress)

    def _promote(self, promotion: "Promotion", by: str, code: str, progress: Progress) -> "RestoreReport":
        from core.operations.promote import promote  # noqa: PLC0415 — see above

        candidate = self._candidate(promotion.standby, old_is_down=promotion.old_is_down)
        return promote(promotion, candidate, self._ground, by=by, code=code, progress=progress)

    def _candidate(self, name: str, *, old_is_down: bool) -> "Candidate":
        from core.operations.promotion import candidate_of  # noqa: PLC0415 — see above

        return candidate_of(name, self.standbys, self._ground, old_is_down=old_is_down)

    def _carry_out(self, proposal: "Proposal", by: str, code: str, progress: Progress) -> "RestoreReport":
        from core.operations.carry_out import carry_out  # noqa: PLC0415 — see above

        return carry_out(
            proposal,
            site=self.site,
            repository=self.repository,
            folder=self._folder,
            tombstones=self.tombstones,
            journal=self.journal,
            clock=self.clock,
            by=by,
            code=code,
            progress=progress,
        )

    def interrupted(self) -> "tuple[Interrupted | InterruptedThing, ...]":
        """Restores that a crash cut short, with what was found."""
        from core.operations.settle import interrupted  # noqa: PLC0415 — see above

        rows = (item for site in self.sites for item in interrupted(site, self._folder))
        whole = any(record.is_whole for record in self._folder.unfinished())  # mostly there is none to import them for
        return (*rows, *(self.things.interrupted() if whole else ()))

    def restored_accounts(self) -> dict[str, datetime]:
        """Accounts that were restored here ("*": all), and when: who was logged in before may be another."""
        return self._folder.accounts(self.site.name)

    def revive(self) -> tuple[str, ...]:
        """Once at start: tell of restores that were cut short, and start services that one of them left down."""
        from core.operations.settle import interrupted, revive  # noqa: PLC0415 — see above

        with self._lock("looking for restores that were cut short"):
            told = [revive(item, site, self.clock) for site in self.sites for item in interrupted(site, self._folder)]
            return (*told, *self.things.revive())

    def settle(self, restore_id: str, *, undo: bool = False) -> str:
        """End a restore that was cut short.

        Raises:
            SnapshotNotFound: there is none of that id.
        """
        from core.operations.settle import interrupted, settle  # noqa: PLC0415 — see above

        with self._lock(f"settling restore {restore_id}"):
            for site in self.sites:
                for item in interrupted(site, self._folder):
                    if item.record.id == restore_id.upper():
                        return settle(item, site, self._folder, self.journal, self.clock, undo=undo)
            for record in self._folder.unfinished():
                if record.is_whole and record.id == restore_id.upper():
                    return self.things.settle(record, undo=undo)
        raise SnapshotNotFound(
            f"no restore {restore_id} was cut short", hint="`backupserv status` names those that were"
        )

    def extract(
        self,
        reference: str,
        folder: Path,
        *,
        source: str | None = None,
        paths: Sequence[str] | None = None,
        storage: str | None = None,
        progress: Progress,
    ) -> "Extracted":
        """What a snapshot holds, into a folder; nothing living is touched."""
        place = self.place(storage)
        from core.operations.extract import extract  # noqa: PLC0415 — what `snapshots` need not wait for

        make_private_folder(self.state_dir)
        snapshot = self._find_any(reference, source, place)
        RestoreJournal(self.journal, progress).record("extract", snapshot=snapshot.id, folder=str(folder))
        return extract(snapshot, place, folder, work=self.state_dir, paths=paths, progress=progress)

    @property
    def retention(self) -> "Retention":
        """What stays and what goes: pins, the word that nothing goes, and pruning."""
        from core.operations.retention import Retention, place_of  # noqa: PLC0415 — see above

        names = [*(site.name for site in self.sites), *(tree.source.name for tree in self.trees)]
        sources = [*names, *(imported_name(name) for name in (*names, *IMPORTED_TREES))]
        return Retention(
            places=[place_of(one, sources, self.policies) for one in (self.repository, *self.copies)],
            ledger=self.ledger,
            folder=self._folder,
            state_dir=self.state_dir,
            journal=self.journal,
            clock=self.clock,
            lock=lambda purpose, name: self._lock(purpose, name=name),
            find=lambda reference: self._find(reference, self.site.name, self.repository),
            tell=self.teller.of_what_lives,
        )
