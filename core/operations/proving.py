"""The verbs that prove what is kept."""

from collections.abc import Iterator

from core.disk import make_private_folder
from core.operations.history import imported_name
from core.operations.keeper import Keeper
from core.operations.verify import Level, Prover, VerifyReport
from core.ports import Progress


class Proving(Keeper):
    """Those of `Keeper`, and the proof of what it keeps."""

    def verify(
        self, reference: str, *, level: Level = 3, storage: str | None = None, progress: Progress
    ) -> VerifyReport:
        """Prove one snapshot: an id, a time, or "latest"; in the repository, or in a copy."""
        prover = self._prover(storage)
        return prover.prove(self._find_any(reference, None, prover.repository), level, progress)

    def verify_all(
        self, *, level: Level = 2, storage: str | None = None, days: int = 1, progress: Progress
    ) -> Iterator[VerifyReport]:
        """Prove all snapshots, or those whose turn it is if a run a day is to prove all of them within `days`."""
        prover = self._prover(storage)
        snapshots = prover.repository.snapshots()
        return prover.prove_all(prover.share(snapshots, days), level, progress)

    def _prover(self, storage: str | None) -> Prover:
        sources = {name: site.source for site in self.sites for name in (site.name, imported_name(site.name))}
        make_private_folder(self.state_dir)
        return Prover(
            repository=self.place(storage),
            sources=sources,
            ledger=self.ledger,
            clock=self.clock,
            work=self.state_dir,
            checks={tree.name: tree.check for tree in self.trees if tree.check is not None},
            tell=self.teller.of_proof,
        )
