"""What came of all sources: one that cannot be saved stops no other, and what is stored is never called lost."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from core.domain.errors import BackupServError, PlanBlocked
from core.operations.backup import BackupReport

Job = tuple[str, Callable[[], BackupReport]]  # a source, and the backup of it


def chosen(jobs: Sequence[Job], only: Collection[str]) -> list[Job]:
    """Those of the named sources; all where none is named.

    Raises:
        PlanBlocked: one of them is no source.
    """
    known = [name for name, _ in jobs]
    if not set(only) <= set(known):
        raise PlanBlocked("there is no source of that name", hint=f"there are: {', '.join(known)}")
    return [job for job in jobs if not only or job[0] in only]


@dataclass(slots=True, kw_only=True)
class Saved:
    """One run over all sources."""

    reports: list[BackupReport] = field(default_factory=list)
    failures: list[tuple[str, BackupServError]] = field(default_factory=list)  # by source
    unnoted: list[BackupServError] = field(default_factory=list)  # what this host could not write down for itself

    def attempt(self, name: str, job: Callable[[], BackupReport]) -> None:
        """Save one source; why it failed is kept."""
        try:
            self.reports.append(job())
        except BackupServError as error:
            self.failures.append((name, error))

    @contextmanager
    def noting(self) -> Iterator[None]:
        """What this host writes down for itself; why it could not is kept."""
        try:
            yield
        except BackupServError as error:
            self.unnoted.append(error)

    def must_be_whole(self) -> None:
        """Raise the first failure, with what was saved all the same."""
        stored = ", ".join(f"{item.snapshot.tail} of {item.snapshot.source}" for item in self.reports)
        if self.failures:
            name, error = self.failures[0]
            if not self.reports and len(self.failures) == 1:
                raise error
            more = "".join(f"; nor {other}: {why.message}" for other, why in self.failures[1:] if why.message)
            kept = f" (saved: {stored})" if stored else ""
            raise type(error)(f"{name} was not saved: {error.message}{more}{kept}", hint=error.hint) from error
        if self.unnoted:
            error = self.unnoted[0]
            raise type(error)(f"saved ({stored}), but this host could not note it: {error.message}", hint=error.hint)
