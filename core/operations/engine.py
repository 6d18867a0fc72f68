"""All verbs over one configuration: what the command line and the chat both speak to. Synchronous.

What plans and carries out restores is imported when it is asked for: `snapshots` and `status` promise half a second.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from core.domain.errors import BackupServError, PlanBlocked
from core.domain.objective import missed
from core.domain.shrinking import held_now
from core.domain.snapshot import Snapshot
from core.erasure import Tombstone
from core.operations.driller import Driller
from core.operations.unaudited import is_done
from core.ports import Progress

if TYPE_CHECKING:
    from core.domain.case import Case
    from core.operations.bearers import Bearer, Bearers
    from core.operations.blame import BlameReport
    from core.operations.broken_glass import BrokenGlass
    from core.operations.case_timeline import Sources
    from core.operations.cases import Cases
    from core.operations.diff import DiffReport
    from core.operations.export import Export
    from core.operations.find import Whereabouts
    from core.operations.keys import Holding
    from core.operations.occasions import Occasions
    from core.operations.reminders import Reminders
    from core.operations.settle import Interrupted
    from core.operations.side import Side
    from core.operations.status import Status
    from core.operations.things.interrupted import InterruptedThing
    from core.operations.who import WhoReport

T = TypeVar("T")


class Engine(Driller):
    """Those of `Keeper`, `Restorer`, `Recoverer` and `Driller`, and all that looks into copies."""

    @property
    def occasions(self) -> "Occasions":
        """What ran last of each job of the schedule, and which are paused."""
        from core.operations.occasions import Occasions  # noqa: PLC0415 — see above

        return Occasions(self.state_dir, self.clock)

    @property
    def broken_glass(self) -> "BrokenGlass":
        """That somebody did alone what takes two people."""
        from core.operations.broken_glass import BrokenGlass  # noqa: PLC0415 — see above

        return BrokenGlass(state_dir=self.state_dir, clock=self.clock)

    @property
    def cases(self) -> "Cases":
        """Incidents that people open: `!incident`."""
        from core.operations.case_file import CaseFolder  # noqa: PLC0415 — see above
        from core.operations.cases import Cases  # noqa: PLC0415 — see above
        from core.repository.pins import Pins  # noqa: PLC0415 — see above

        return Cases(
            folder=CaseFolder(self.state_dir),
            pins=Pins(self.state_dir),
            freezes=self.freezes,
            journal=self.journal,
            clock=self.clock,
            teller=self.teller,
            lock=lambda purpose: self._lock(purpose, name="lock.incident"),
            snapshots=self.repository.snapshots,
            save=lambda reason, progress: self.back_up(reason=reason, progress=progress),
            sources=self._case_sources,
        )

    @property
    def reminders(self) -> "Reminders":
        """What people should do again and again."""
        from core.operations.reminders import Reminders  # noqa: PLC0415 — see above

        return Reminders(wanted=self.remind, state_dir=self.state_dir, journal=self.journal, clock=self.clock)

    def _case_sources(self) -> "Sources":
        from core.operations.case_timeline import Sources  # noqa: PLC0415 — see above

        return Sources(
            journal=self.journal,
            notices=self.teller.notices if self.teller.targets else None,
            runs=self.runs,
            restores=self._folder,
            recovery=self.last_recovery,
            snapshots=self.repository.snapshots,
            now=self.clock.now(),
        )

    def _due(self) -> tuple[str, ...]:
        """What people should have done by now. Not knowing it makes nothing unsafe."""
        try:
            return tuple(item.reminder.name for item in self.reminders.due())
        except BackupServError:
            return ()

    def _case(self, troubles: list[str]) -> "Case | None":
        """The incident that is open. That opening or closing it was cut short is trouble."""
        case = _if_read(self.cases.folder.current, None, troubles)
        if case is not None and case.cut_short:
            troubles.append(case.cut_short)
        return case

    def hindrances(self) -> tuple[str, ...]:
        """Why a restore would fail today, as far as can be seen without one; looked at where the bot itself runs."""
        from core.operations.replaceable import hindrances  # noqa: PLC0415 — see above

        return hindrances(self.sites)

    def status(self) -> "Status":
        """What is known now.

        Raises:
            StorageUnavailable: the repository cannot be listed, so nothing can be said.
        """
        return self.status_of(self.repository.snapshots())

    def status_of(self, snapshots: "Sequence[Snapshot]") -> "Status":
        """The same by what the repository was just found to hold."""
        from core.operations.open_troubles import open_troubles  # noqa: PLC0415 — see above
        from core.operations.status import status  # noqa: PLC0415 — see above
        from core.repository.pins import Held, Pins  # noqa: PLC0415 — see above

        found = status(
            self.site,
            self.repository,
            snapshots,
            self.ledger,
            self.tombstones,
            cut_short=[_settle_hint(item) for item in self.interrupted()],
            copies=self.copies,
            followers=self.standbys,
            looks=self.looks,
            clock=self.clock,
        )
        own: list[str] = []  # what is wrong with what this host has noted for itself
        case, recovered = self._case(own), self._recovered(own)
        held = _if_read(lambda: Pins(self.state_dir).held(self.clock.now()), Held(), own)
        glass = _if_read(self.broken_glass.lately, "", own)
        objectives = self.objectives_of(snapshots, self._lately())
        troubles = (*own, *found.troubles, *missed(objectives))
        return replace(
            found,
            objectives=objectives,
            score=self.score_of(snapshots),
            pinned=len(held.reasons),
            frozen=held.frozen,
            glass=glass,
            recovered=recovered,
            troubles=(*troubles, *open_troubles(self.teller, troubles)),
            due=self._due(),
            incident=case.standing if case is not None and case.step == "open" else "",
        )

    def _recovered(self, troubles: list[str]) -> str:
        """How long the last whole recovery took. That one was cut short is trouble."""
        last = _if_read(self.last_recovery, None, troubles)
        if last is not None and last.open:
            troubles.append(f"{last.standing}: `backupserv recover` goes on")
        return f"last recovery {last.measured}" if last is not None and last.is_whole else ""

    def release(self, reference: str, *, by: str) -> Snapshot:
        """One that is held is good: so much was meant to go. It may be the latest, and later ones are judged by it.

        Raises:
            SnapshotNotFound: there is none of that id.
            PlanBlocked: it is not held.
        """
        from core.operations.holding import cause_of, release  # noqa: PLC0415 — see above
        from core.repository.pins import Pins  # noqa: PLC0415 — see above

        snapshot = self._find_any(reference, None, self.repository)
        with self._lock("releasing a snapshot"):
            self.journal.record("release asked", snapshot=snapshot.id, was=snapshot.held, by=by)  # what kept it goes
            release(snapshot, Pins(self.state_dir), by=by, at=self.clock.now())
            if held_now(self.repository.snapshots(snapshot.source)) is None:
                self.freezes.release(cause_of(snapshot.source))
                self.teller.of_release(snapshot)
        with is_done(f"{snapshot.id} is released"):
            self.journal.record("release", snapshot=snapshot.id, by=by)
        return snapshot

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


def _if_read(read: Callable[[], T], otherwise: T, troubles: list[str]) -> T:
    """What could not be read is told, and hides nothing else."""
    try:
        return read()
    except BackupServError as error:
        troubles.append(str(error))
        return otherwise


def _settle_hint(item: "Interrupted | InterruptedThing") -> str:
    return f"{item}; `backupserv restore settle {item.record.id}` ends it, with --undo it goes back"
