"""The verbs that measure: what was wanted and what was seen. Drills are imported when they are asked for."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from core.disk import modified_at
from core.domain.drill import EVERYTHING, DrillReport
from core.domain.errors import BackupServError, LockHeld, PlanBlocked, StorageUnavailable
from core.domain.objective import Measured, short
from core.domain.run import Run
from core.domain.score import Score
from core.domain.snapshot import Snapshot
from core.operations.drill_reports import DrillReports
from core.operations.recoverer import Recoverer
from core.operations.recovery.terms import RecoveryWish
from core.operations.site import Site, TreeSite
from core.operations.unaudited import RestoreJournal
from core.ports import Progress

if TYPE_CHECKING:
    from core.operations.recovery.record import RecoveryRecord
    from core.repository.repository import Repository

log = logging.getLogger(__name__)

_LOOK_BACK = timedelta(days=15)  # of a weekly job the run before the last one is there, too


class Driller(Recoverer):
    """Those of `Recoverer`, and how well they would do tonight."""

    def drill(
        self,
        source: str | None = None,
        *,
        storage: str | None = None,
        program: Path | None = None,
        by: str = "",
        progress: Progress,
    ) -> DrillReport:
        """Bring the newest proven snapshot back where it hurts nobody, have the real program live on it, time it all.

        `source`: default: the services database; "all": every source, in the order of a recovery. `storage`: default:
        the one that was drilled longest ago. `program`: another binary than the configured one, to know what an upgrade
        would do: then nothing is noted beyond the report. What stops a drill is in the report.

        Raises:
            PlanBlocked: there is no such source, or no program lives on it.
            SnapshotNotFound: there is no such storage.
            ControlFailed: that is no program.
            LockHeld: another drill is at work.
        """
        chosen = self.site.name if source is None else source
        with self._lock("drill", progress, name="lock.drill"):
            place = self._drilled_place(chosen, storage)
            if chosen == EVERYTHING:
                made = self._drill_all(place, program, progress)
            else:
                made = (self._drill_one(self._source(chosen), place, None, program, progress),)
        for report in made:
            self._keep(report, by, progress)
        return made[-1]

    def _source(self, name: str) -> Site | TreeSite:
        known: dict[str, Site | TreeSite] = {site.name: site for site in self.sites}
        known |= {tree.name: tree for tree in self.trees}
        if name not in known:
            raise PlanBlocked(f"there is no source {name}", hint=f"there are: {', '.join(known)}, and {EVERYTHING}")
        return known[name]

    def _drilled_place(self, source: str, storage: str | None) -> "Repository":
        """The named one, or the one whose turn it is among those that have anything of it."""
        from core.operations.drilling.drill import longest_undrilled  # noqa: PLC0415 — what `snapshots` need not wait for

        if source != EVERYTHING:
            self._source(source)
        if storage is not None:
            return self.place(storage)
        in_turn = longest_undrilled(source, (self.repository, *self.copies), self.drills())
        return next((place for place in in_turn if _may_have(place, source)), in_turn[0])

    def _drill_one(
        self,
        source: Site | TreeSite,
        place: "Repository",
        snapshot: "Snapshot | None",
        program: Path | None,
        progress: Progress,
    ) -> DrillReport:
        from core.operations.drilling.drill import Drills  # noqa: PLC0415 — what `snapshots` need not wait for

        boot = None
        if program is not None:
            if not isinstance(source, Site) or source.boot is None:
                raise PlanBlocked(
                    f"no program lives on a copy of {source.name}",
                    hint="another program is tried on a services database whose [sources.NAME.rehearsal] is configured",
                )
            boot = source.boot.with_program(program)
        target = self.aims.of(source.name, living=self._is_living(source.name)).recovery.total_seconds()
        drills = Drills(state_dir=self.state_dir, ledger=self.ledger, clock=self.clock)
        run = partial(drills.run, source, place, snapshot=snapshot, boot=boot, target=target, progress=progress)
        with self._counted(source.name, is_counted=boot is None) as done:
            done.append(self._unless_stale(run(), place))
        return done[0]

    def _unless_stale(self, report: DrillReport, place: "Repository") -> DrillReport:
        """What lies in a copy may come back whole, and be of last month: then a recovery out of it would lose that."""
        if place is self.repository or not report.good:
            return report
        try:
            newest = _newest_at(self.repository, report.source)
        except BackupServError:  # then that copy is all there is
            return report
        try:
            there = _newest_at(place, report.source)
        except BackupServError as error:
            return replace(report, verdict="unchecked", detail=f"{report.detail}, but how old it is: {error}")
        late = (newest - there).total_seconds() if newest is not None and there is not None else 0.0
        if not self.aims.is_too_late(report.source, late, living=self._is_living(report.source)):
            return report
        detail = f"{report.detail}, but {place.name} lacks the last {short(late)}: `sync`"
        return replace(report, verdict="damaged", detail=detail)

    def _is_living(self, name: str) -> bool:
        source = self._source(name)
        return isinstance(source, Site) or source.thing == "ircd"

    def _drill_all(self, place: "Repository", program: Path | None, progress: Progress) -> tuple[DrillReport, ...]:
        from core.operations.drilling.whole import Whole  # noqa: PLC0415 — what `snapshots` need not wait for
        from core.operations.recovery.parts import choose  # noqa: PLC0415 — same

        if program is not None:
            raise PlanBlocked("another program is tried on one database", hint="`drill SOURCE --with PATH`")
        target = self.aims.whole.recovery.total_seconds()
        whole = Whole(storage=place.name, at=self.clock.now(), target=target)
        with self._counted(EVERYTHING, is_counted=True) as done:
            try:
                chosen = choose(RecoveryWish(), replace(self._ground, repository=place), self.terms)
            except BackupServError as error:
                done.append(whole.not_begun(error))
                return (done[0],)
            parts = [
                partial(self._drill_one, self._source(part.source), place, part.snapshot, None, progress)
                for part in chosen.parts
            ]
            made = whole.drill(parts, chosen.missing)
            done.append(made[-1])
        return made

    @contextmanager
    def _counted(self, what: str, *, is_counted: bool) -> Iterator[list[DrillReport]]:
        """As a run, with its verdict; one with another program is none."""
        done: list[DrillReport] = []
        if not is_counted:
            yield done
            return
        with self.runs.timed("drill", what) as outcome:
            yield done
            outcome.good, outcome.detail = done[0].good, done[0].detail

    def _keep(self, report: DrillReport, by: str, progress: Progress) -> None:
        """The report, the line of the audit trail, and whoever must know. A full disk of ours undoes no drill."""
        try:
            DrillReports(self.state_dir).keep(report)
        except BackupServError as error:
            log.warning("the report of a drill was not kept: %s", error)
            progress.step(f"the report was not kept: {error.message}")
        RestoreJournal(self.journal, progress).record(
            "drill done", source=report.source, snapshot=report.snapshot, storage=report.storage,
            verdict=report.verdict, seconds=f"{report.seconds:.1f}", program=report.program, by=by,
        )  # fmt: skip
        if not report.other:
            self.teller.of_drill(report)

    def tidy(self) -> tuple[str, ...]:
        """As of `Keeper`; and what a killed drill left: it holds a whole database in the clear."""
        return (*super().tidy(), *self._swept_drill())

    def _swept_drill(self) -> tuple[str, ...]:
        from core.operations.drilling.drill import sweep  # noqa: PLC0415 — what `snapshots` need not wait for

        try:
            with self._lock("looking for what a drill left", name="lock.drill"):
                swept = sweep(self.state_dir) + sum(site.boot.sweep() for site in self.sites if site.boot is not None)
        except LockHeld:  # one is at work
            return ()
        return ("swept what a drill had left when it was killed",) if swept else ()

    def drills(self) -> tuple[DrillReport, ...]:
        """The reports that are kept, the oldest first."""
        return DrillReports(self.state_dir).all()

    def objectives(self) -> tuple[Measured, ...]:
        """Every source, in the order of the configuration, then the whole network: what was wanted, what was measured.

        Raises:
            StorageUnavailable: the repository or the ledger cannot be read.
        """
        return self.objectives_of(self.repository.snapshots(), self._lately())

    def _lately(self) -> tuple[Run, ...]:
        return self.runs.since(self.clock.now() - _LOOK_BACK)

    def objectives_of(self, snapshots: Sequence[Snapshot], runs: Sequence[Run]) -> tuple[Measured, ...]:
        """The same by what is known already of the repository and of what ran."""
        from core.operations.measuring import Evidence, measure  # noqa: PLC0415 — what `snapshots` need not wait for

        sources = [*((site.name, "database") for site in self.sites), *((tree.name, tree.thing) for tree in self.trees)]
        seen = Evidence(
            storage=self.repository.name,
            snapshots=snapshots,
            runs=runs,
            drills=self.drills(),
            recovery=self._last_known_recovery(),
            ledger=self.ledger,
            looks=self.looks,
            now=self.clock.now(),
            written=dict(self._written()),
        )
        return measure(sources, self.aims, seen)

    def _written(self) -> "Iterator[tuple[str, datetime]]":
        for site in self.sites:
            if site.save_seconds:
                with suppress(BackupServError):  # one that cannot be read is somebody else's to tell
                    yield site.name, modified_at(site.database)

    def _last_known_recovery(self) -> "RecoveryRecord | None":
        """A record that cannot be read measures nothing; `status` tells of it."""
        try:
            return self.last_recovery()
        except StorageUnavailable:
            return None

    def score(self) -> Score:
        """Three copies, two media, one offsite, one immutable, no errors: which of it is so. Asks no copy.

        Raises:
            StorageUnavailable: the repository or the ledger cannot be read.
        """
        return self.score_of(self.repository.snapshots())

    def score_of(self, snapshots: Sequence[Snapshot]) -> Score:
        """The same by what is known already of the repository."""
        from core.operations.measuring import score_copies  # noqa: PLC0415 — what `snapshots` need not wait for

        places = (self.repository, *self.copies)
        return score_copies(places, self.aims, snapshots, self.ledger, self.clock.now())


def _newest_at(place: "Repository", source: str) -> datetime | None:
    return max((item.taken_at for item in place.snapshots(source) if not item.held), default=None)


def _may_have(place: "Repository", source: str) -> bool:
    """Whether there is anything to drill there; a place that does not answer has its turn, and that is told."""
    try:
        found: Sequence[Snapshot] = place.snapshots() if source == EVERYTHING else place.snapshots(source)
    except BackupServError:
        return True
    return bool(found)
