"""What is asked of the audit trail by who reads it; who writes it needs `core.ports.Journal` alone."""

from collections.abc import Iterator
from typing import Protocol

from core.domain.audit import Entry, Head, Verdict, Wanted
from core.ports import Journal


class AuditTrail(Journal, Protocol):
    """A journal that can be read and checked."""

    def head(self) -> Head:
        """Where the chain ends now.

        Raises:
            StorageUnavailable: it cannot be read.
        """
        ...

    def verify(self, head: str = "") -> Verdict:
        """Look at every line; with `head` (a digest, or the beginning of one), also whether that line is still there.

        Raises:
            StorageUnavailable: it cannot be read; nothing is known.
        """
        ...

    def entries(self, wanted: Wanted) -> Iterator[Entry]:
        """What was written down, the oldest first, as a stream.

        Raises:
            StorageUnavailable: it cannot be read.
        """
        ...
