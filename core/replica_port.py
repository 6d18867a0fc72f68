"""What keeps one file current at another path or host; the other ports are in `core.ports`."""

from datetime import datetime
from typing import Protocol


class Replica(Protocol):
    """One plain file that is kept equal to the living database, ready to be lived on. It is no storage.

    Mode 0600, whoever owns it. The file that was there before the last `put` lies beside it as NAME.previous.
    """

    @property
    def place(self) -> str:
        """Where it lies, for people: "/srv/standby/services.db", "irc@b.example.net:services.db"."""
        ...

    def put(self, content: bytes) -> None:
        """Replace it, flushed to the medium before this returns. A reader, also after a crash, sees the old or the new.

        Raises:
            StorageFull: no space; the old one is untouched.
            StorageUnavailable: anything else the outside refused; the same.
        """
        ...

    def read(self, *, limit: int) -> bytes:
        """All of it.

        Raises:
            ObjectNotFound: there is none.
            StorageUnavailable: it cannot be read now, or is larger than `limit` bytes.
        """
        ...

    def sweep(self) -> None:
        """Remove what a killed `put` left beside it; never fails. There is one writer."""
        ...

    def mark(self) -> str:
        """Another one after the file was written again; "" where there is none. Cheap: nothing is read.

        Raises:
            StorageUnavailable: it cannot be told.
        """
        ...

    def written_at(self) -> datetime:
        """When it was last written; aware, UTC.

        Raises:
            ObjectNotFound, StorageUnavailable: as `read`.
        """
        ...

    def probe(self) -> str:
        """Write a small file beside it, read it back, remove it; the replica is not touched. Says what was proven.

        Raises:
            StorageFull, StorageUnavailable: a `put` would fail for the same reason.
        """
        ...

    def close(self) -> None:
        """End what connection there is; the next call makes a new one."""
        ...
