"""A database that is looked into or compared: of a snapshot, or the living one."""

from dataclasses import dataclass

from core.domain.moment import show
from core.operations.history import snapshot_of
from core.operations.looks import Looks
from core.operations.site import Site
from core.ports import Clock, Progress
from core.repository.repository import Repository

LIVE = "live"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What is looked into, with what people call it."""

    label: str  # "snapshot 7q2fk3 of 2026-11-23 14:05Z"
    reference: str  # what names it again: an id, "live", a path
    content: bytes


def open_side(
    reference: str, site: Site, repository: Repository, *, clock: Clock, progress: Progress, looks: Looks | None = None
) -> Side:
    """A snapshot by its id, a time or "latest"; or the living database, as it was last saved.

    Raises:
        SnapshotNotFound: there is none.
    """
    if reference.lower() == LIVE:
        from core.operations.by_format import read_saved  # noqa: PLC0415 — what an old snapshot need not wait for

        content, saved_at = read_saved(site, progress)
        return Side(label=f"live, saved {show(saved_at)}", reference=LIVE, content=content)
    found = snapshot_of(reference, site.name, repository, clock=clock, looks=looks)
    progress.step(f"opening {found.tail}")
    label = f"{found.tail} of {show(found.saved_at)}"
    return Side(label=label, reference=found.tail, content=repository.content(found, quickly=True))
