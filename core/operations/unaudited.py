"""Where the audit trail cannot be written: what goes on all the same, and how that is told (decision 0013)."""

from collections.abc import Iterator
from contextlib import contextmanager

from core.domain.audit import Value
from core.domain.errors import BackupServError, StorageFull, StorageUnavailable
from core.ports import Journal, Progress


class RestoreJournal:
    """The audit trail of a restore, which no full disk of ours holds up: its own record says who did what, and when.

    Every line that could not be written is said as a step where somebody looks on, and kept in `lacking`.
    """

    def __init__(self, journal: Journal, progress: Progress | None) -> None:
        self._journal = journal
        self._progress = progress
        self.lacking: list[str] = []

    def record(self, event: str, **fields: Value) -> None:
        """Append one line, if it can be."""
        try:
            self._journal.record(event, **fields)
        except BackupServError as error:
            self.lacking.append(f'the audit trail lacks "{event}": {error.message}')
            if self._progress is not None:
                self._progress.step(self.lacking[-1])


@contextmanager
def is_done(what: str) -> Iterator[None]:
    """Around the line about something that is done already: an error about the line says that first."""
    try:
        yield
    except (StorageFull, StorageUnavailable) as error:
        raise type(error)(f"{what}, but the audit trail lacks it: {error.message}", hint=error.hint) from error
