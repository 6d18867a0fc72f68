"""All verbs over one configuration: what the command line and the chat both speak to. Synchronous.

What plans and carries out restores is imported when it is asked for: `snapshots` and `status` promise half a second.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from core.domain.errors import PlanBlocked, SnapshotNotFound
from core.domain.snapshot import Snapshot
from core.erasure import Tombstone, Tombstones
from core.operations.history import IMPORTED_TREES, imported_name
from core.operations.keeper import Keeper
from core.ports import Progress
from core.registrations.wish import Target, Wishes

if TYPE_CHECKING:
    from core.operations.bearers import Bearer, Bearers
    from core.operations.blame import BlameReport
    from core.operations.broken_glass import BrokenGlass
    from core.operations.diff import DiffReport
    from core.operations.export import Export
    from core.operations.find import Whereabouts
    from core.operations.keys import Holding
    from core.operations.proposal import Proposal, RestorePlan, UndoPlan
    from core.operations.restore_record import RestoreFolder
    from core.operations.restore_report import RestoreReport
    from core.operations.retention import Retention
    from core.operations.settle import Interrupted
    from core.operations.side import Side
    from core.operations.status import Status
    from core.operations.who import WhoReport


class Engine(Keeper):
    """Those of `Keeper`, and all that looks into copies and brings something back."""

    @cached_property
    def tombstones(self) -> Tombstones:
        """Who asked to be forgotten."""
        return Tombstones(self.state_dir)

    @cached_property
    def _folder(self) -> "RestoreFolder":
        from core.operations.restore_record import RestoreFolder  # noqa: PLC0415 — see above

        return RestoreFolder(self.state_dir)

    @property
    def broken_glass(self) -> "BrokenGlass":
        """That somebody did alone what takes two people."""
        from core.operations.broken_glass import BrokenGlass  # noqa: PLC0415 — see above

        return BrokenGlass(state_dir=self.state_dir, clock=self.clock)

    def status(self) -> "Status":
        """What is known now."""
        from core.operations.status import status  # noqa: PLC0415 — see above
        from core.repository.pins import Pins  # noqa: PLC0415 — see above

        found = status(
            self.site,
            self.repository,
            self.ledger,
            self._folder,
            self.tombstones,
            copies=self.copies,
            looks=self.looks,
            clock=self.clock,
        )
        held = Pins(self.state_dir).held(self.clock.now())
        return replace(found, pinned=len(held.reasons), frozen=held.frozen, glass=self.broken_glass.lately())

    def snapshot(self, reference: str) -> Snapshot:
        """One snapshot of whatever source: an id, a time, or "latest".

        Raises:
            SnapshotNotFound: there is none.
            TimeUnclear: it is a time, and not clear which.
        """
        return self._find_any(reference, None, self.repository)

    def save(self, *, progress: Progress) -> tuple[int, datetime]:
        """Services write their database now: its size, and when.

        Raises:
            PlanBlocked: nobody can be asked.
            SaveNotSeen, ControlFailed, SourceDamaged: they were asked, and there is no good new file.
        """
        if not self.site.services.can_save:
            raise PlanBlocked(
                "services cannot be asked for a save here",
                hint=f"sources.{self.site.name}.ask says how, once it is set",
            )
        made = self.site.source.capture(progress)
        return len(made.content), made.saved_at

    def recipients(self) -> tuple["Holding", ...]:
        """To whom snapshots are sealed, and what is known of who opens them."""
        from core.operations.keys import holdings  # noqa: PLC0415 — what `snapshots` need not wait for

        return holdings(self.repository, self.state_dir)

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

    def plan_undo(self, restore_id: str, wishes: Wishes | None = None, *, progress: Progress) -> "UndoPlan":
        """The preview of taking a restore back. Changes nothing."""
        from core.operations.plan_undo import plan_undo  # noqa: PLC0415 — see above

        return plan_undo(
            restore_id,
            wishes or Wishes(),
            site=self.site,
            folder=self._folder,
            erasure=self.tombstones.forgotten(),
            clock=self.clock,
            progress=progress,
        )

    def plan_again(self, proposal: "Proposal", *, progress: Progress) -> "Proposal":
        """The same wish once more, on what is there now: for a plan whose ground has moved."""
        from core.operations.proposal import RestorePlan, UndoPlan  # noqa: PLC0415 — see above

        if isinstance(proposal, UndoPlan):
            return self.plan_undo(proposal.undone.id, progress=progress)
        if not isinstance(proposal, RestorePlan):
            raise PlanBlocked("nothing is known of how to make that plan again")
        return self.plan_restore(proposal.target, proposal.snapshot.id, proposal.wishes, progress=progress)

    def restore(self, proposal: "Proposal", *, by: str, code: str = "", progress: Progress) -> "RestoreReport":
        """Carry out exactly this plan, or nothing. `code` becomes its id, for `undo`."""
        from core.operations.carry_out import carry_out  # noqa: PLC0415 — see above
        from core.operations.proposal import RestorePlan  # noqa: PLC0415 — see above

        with self._lock(f"restore of {proposal.plan.kind} {proposal.plan.name}", progress):
            report = carry_out(
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
            if isinstance(proposal, RestorePlan):
                self.retention.pin_for_undo(proposal.snapshot.id, report.id)
        return report

    def find(self, name: str, *, progress: Progress, everything: bool = False) -> "Whereabouts":
        """Where a nick, a "#channel" or a "!group" is: in which snapshots, and whether it lives."""
        from core.operations.find import find  # noqa: PLC0415 — see above

        return find(name, self.site, self.repository, erasure=self.tombstones, progress=progress, everything=everything)

    def diff(self, before: "Side | str", after: "Side | str", *, progress: Progress) -> "DiffReport":
        """What changed between two snapshots (ids, times, "latest"), the living database ("live"), or opened files."""
        from core.operations.diff import diff  # noqa: PLC0415 — see above
        from core.operations.side import Side  # noqa: PLC0415 — see above

        sides = [side if isinstance(side, Side) else self._side(side, progress) for side in (before, after)]
        return diff(*sides, casemapping=self.site.casemapping, progress=progress)

    def who(self, channel: str, reference: str, *, progress: Progress) -> "WhoReport":
        """Who has access to a channel, in a snapshot (an id, a time, "latest") or "live"."""
        from core.operations.who import who  # noqa: PLC0415 — see above

        return who(channel, self._side(reference, progress), self.site)

    def blame(self, name: str, *, progress: Progress, everything: bool = False) -> "BlameReport":
        """What changed about a nick, a channel or a group, and between which two snapshots."""
        from core.operations.blame import blame  # noqa: PLC0415 — see above

        return blame(name, self.site, self.repository, clock=self.clock, progress=progress, everything=everything)

    def export(self, nick: str, reference: str, *, by: str, progress: Progress) -> "Export":
        """Everything about one person, from a snapshot or "live", for an access request."""
        from core.operations.export import export  # noqa: PLC0415 — see above

        side = self._side(reference, progress)
        made = export(nick, side, self.site, erasure=self.tombstones.forgotten(), now=self.clock.now())
        self.journal.record("export", account=made.account, source=made.source, by=by)
        return made

    def _side(self, reference: str, progress: Progress) -> "Side":
        from core.operations.side import open_side  # noqa: PLC0415 — see above

        return open_side(reference, self.site, self.repository, clock=self.clock, progress=progress, looks=self.looks)

    def interrupted(self) -> "tuple[Interrupted, ...]":
        """Restores that a crash cut short, with what was found."""
        from core.operations.settle import interrupted  # noqa: PLC0415 — see above

        return tuple(item for site in self.sites for item in interrupted(site, self._folder))

    def restored_accounts(self) -> dict[str, datetime]:
        """Accounts that were restored here, and when: who has been logged in since before may be another."""
        return self._folder.accounts()

    def revive(self) -> tuple[str, ...]:
        """Once at start: tell of restores that were cut short, and start services that one of them left down."""
        from core.operations.settle import interrupted, revive  # noqa: PLC0415 — see above

        with self._lock("looking for restores that were cut short"):
            return tuple(
                revive(item, site, self.clock) for site in self.sites for item in interrupted(site, self._folder)
            )

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
        raise SnapshotNotFound(
            f"no restore {restore_id} was cut short", hint="`backupserv status` names those that were"
        )

    def bearers(self, nick: str, *, progress: Progress) -> "Bearers":
        """Everybody who bears a name or bore it. Changes nothing."""
        from core.operations.bearers import bearers  # noqa: PLC0415 — see above

        return bearers(nick, self.site, self.repository, self.tombstones, progress=progress)

    def forget(self, chosen: "Sequence[Bearer]", *, by: str) -> tuple[Tombstone, ...]:
        """From now on no restore or export brings them back."""
        from core.operations.forget import forget  # noqa: PLC0415 — see above

        with self._lock("forgetting somebody"):
            return forget(chosen, self.tombstones, by=by, clock=self.clock, journal=self.journal)

    def lift(self, stone_id: str, *, by: str) -> Tombstone:
        """Take a tombstone back."""
        from core.operations.forget import lift  # noqa: PLC0415 — see above

        with self._lock("lifting a tombstone"):
            return lift(stone_id, self.tombstones, by=by, clock=self.clock, journal=self.journal)

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
        )
