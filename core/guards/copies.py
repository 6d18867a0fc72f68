"""A copy that fell behind, whoever should have brought it up to date."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.domain.moment import ago
from core.domain.notice import Trouble
from core.domain.snapshot import Snapshot
from core.repository.repository import Repository

_GRAVE = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """One copy, as far as this host knows: no storage is asked but the repository."""

    name: str
    lacks: int  # snapshots
    oldest_at: datetime | None  # when the oldest of them was taken


def behind(repository: Repository, copies: Iterable[Repository]) -> tuple[Behind, ...]:
    """How each stands. Raises: StorageUnavailable: the repository cannot be read."""
    snapshots = repository.snapshots()
    return tuple(_behind(copy, snapshots) for copy in copies)


def _behind(copy: Repository, snapshots: Sequence[Snapshot]) -> Behind:
    heads = copy.heads.known(copy.name) if copy.heads is not None else {}
    missed = [item for item in snapshots if item.sequence > heads.get(item.source, 0)]
    return Behind(name=copy.name, lacks=len(missed), oldest_at=min((item.taken_at for item in missed), default=None))


def look_at_copies(
    standing: Callable[[], Iterable[Behind]], now: Callable[[], datetime], *, after: timedelta
) -> Iterator[Trouble]:
    """Each copy that has lacked something for longer than `after`."""
    for copy in standing():
        late = now() - copy.oldest_at if copy.oldest_at is not None else timedelta()
        if late > after:
            many = f"{copy.lacks:,} snapshot{'' if copy.lacks == 1 else 's'}"
            yield Trouble(
                cause=f"copies/{copy.name}",
                gravity="error" if late > max(_GRAVE, after) else "warning",
                title=f"the copy {copy.name} is behind by {ago(late.total_seconds())} ({many})",
                detail="If this host were lost now, that much would be gone.",
                suggestion="!sync",
            )
