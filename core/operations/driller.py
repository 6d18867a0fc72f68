"""The verbs that measure: what was wanted and what was seen. Drills are imported when they are asked for."""

from typing import TYPE_CHECKING

from core.domain.drill import DrillReport
from core.domain.errors import StorageUnavailable
from core.domain.objective import Measured
from core.domain.score import Score
from core.operations.drill_reports import DrillReports
from core.operations.recoverer import Recoverer

if TYPE_CHECKING:
    from core.operations.recovery.record import RecoveryRecord


class Driller(Recoverer):
    """Those of `Recoverer`, and how well they would do tonight."""

    def drills(self) -> tuple[DrillReport, ...]:
        """The reports that are kept, the oldest first."""
        return DrillReports(self.state_dir).all()

    def objectives(self) -> tuple[Measured, ...]:
        """Every source, in the order of the configuration, then the whole network: what was wanted, what was measured.

        Raises:
            StorageUnavailable: the repository or the ledger cannot be read.
        """
        from core.operations.measuring import Evidence, measure  # noqa: PLC0415 — what `snapshots` need not wait for

        sources = [*((site.name, "database") for site in self.sites), *((tree.name, tree.thing) for tree in self.trees)]
        seen = Evidence(
            storage=self.repository.name,
            snapshots=self.repository.snapshots(),
            runs=self.runs.all(),
            drills=self.drills(),
            recovery=self._last_known_recovery(),
            ledger=self.ledger,
            looks=self.looks,
            now=self.clock.now(),
        )
        return measure(sources, self.aims, seen)

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
        from core.operations.measuring import score_copies  # noqa: PLC0415 — what `snapshots` need not wait for

        places = (self.repository, *self.copies)
        return score_copies(places, self.aims, self.repository.snapshots(), self.ledger, self.clock.now())
