"""The verbs about a repository as a whole: adopt the backups of other tools, seal everything anew."""

from pathlib import Path
from typing import TYPE_CHECKING

from core.disk import sweep_temporaries
from core.operations.proving import Proving
from core.operations.unaudited import is_done
from core.ports import Progress

if TYPE_CHECKING:
    from core.operations.import_folder import ImportReport
    from core.operations.import_plan import ImportPlan
    from core.operations.plan_import import Reading
    from core.operations.rewrap import RewrapReport


class Adopter(Proving):
    """Those of `Proving`, and what fills a repository from somewhere else."""

    def rewrap(self, storage: str, *, progress: Progress) -> "RewrapReport":
        """Seal every snapshot anew, to the recipients of now, into another storage. Nothing is ever deleted.

        Raises:
            SnapshotNotFound, PlanBlocked: that storage is none for it.
            OnlySeals: this host opens nothing.
        """
        from core.operations.rewrap import rewrap  # noqa: PLC0415 — what `snapshots` need not wait for

        target = self.place(storage)
        with self._lock(f"sealing anew into {target.name}", progress, name=f"lock.{target.name}"):
            report = rewrap(
                self.repository, target, self.ledger, work=self.state_dir, clock=self.clock, progress=progress
            )
        counts = {"sealed": len(report.sealed), "left": len(report.left)}
        with is_done(f"{len(report.sealed)} snapshots are sealed anew"):
            self.journal.record("sealed anew", storage=target.name, trouble=report.trouble, **counts)
        return report

    def plan_import(self, folder: Path, reading: "Reading", *, progress: Progress) -> "ImportPlan":
        """What is in a backup folder of another tool, and what of it would become a snapshot. Changes nothing."""
        from core.operations.plan_import import plan_import  # noqa: PLC0415 — what `snapshots` need not wait for

        return plan_import(folder, self.site, self.repository, reading, clock=self.clock, progress=progress)

    def import_folder(self, plan: "ImportPlan", reading: "Reading", *, by: str, progress: Progress) -> "ImportReport":
        """Adopt what the plan names, the oldest first."""
        from core.operations.import_folder import import_folder  # noqa: PLC0415 — what `snapshots` need not wait for

        with self._lock(f"import of {plan.folder}", progress):
            sweep_temporaries(self.state_dir)  # of a run that was killed, whose size counts
            return import_folder(
                plan,
                reading,
                repository=self.repository,
                ledger=self.ledger,
                journal=self.journal,
                clock=self.clock,
                work=self.state_dir,
                by=by,
                progress=progress,
            )
