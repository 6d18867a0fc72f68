"""A key that nobody has been seen to use for long: whether it still opens anything is not known."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.domain.moment import ago
from core.domain.notice import Trouble

GRACE = timedelta(days=30)  # for a key that is new here
_SHOWN = 12  # letters of a recipient: it is public, and long


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A recipient of new snapshots, and when an identity was last seen to open what is sealed to it."""

    recipient: str
    sealed_at: datetime | None  # the first snapshot that is sealed to it
    proven_at: datetime | None
    is_here: bool = False  # this host's own identity opens it: seen at this moment


def look_at_keys(
    keys: Callable[[], Iterable[Key]], now: Callable[[], datetime], *, within: timedelta
) -> Iterator[Trouble]:
    """Each that was not proven within so long."""
    for key in keys():
        if key.is_here:
            continue
        since = key.proven_at or key.sealed_at
        if since is None or now() - since <= (within if key.proven_at is not None else min(GRACE, within)):
            continue
        age = ago((now() - since).total_seconds())
        seen = f"was last seen {age} ago" if key.proven_at is not None else f"was never seen, in {age},"
        short = key.recipient[:_SHOWN]
        yield Trouble(
            cause=f"keys/{short}",
            gravity="warning",
            title=f"the identity of {short}… {seen} to open anything",
            detail="Take it from where it is kept and prove it: paper fades, and a safe is emptied. "
            "`backupserv keys prove FILE`, or `-` to type it.",
            suggestion="backupserv keys prove -",
        )
