"""What a whole database's return would do: who comes back, who vanishes, who gets power."""

import os
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from core.domain.errors import PlanBlocked
from core.formats.sqlite import is_sqlite
from core.operations.site import Site
from core.operations.things.database.coming import Coming
from core.operations.things.database.living import Lying
from core.operations.things.database.made import Made
from core.operations.things.database.rows_plan import plan_whole_rows
from core.operations.things.database.tables_plan import plan_whole_tables
from core.operations.things.proposal import ThingPlan
from core.registrations.wish import Erasure

SECOND = ("everything that was registered or changed since is lost",)
_LOST = "everything of the snapshot comes back, what was registered since is lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabasePlan(ThingPlan):
    """A plan, and the very bytes that would lie there."""

    content: bytes


def plan_database(coming: Coming, lying: Lying, site: Site, *, erasure: Erasure, now: datetime) -> DatabasePlan:
    """The plan, whatever the format. Changes nothing.

    Raises:
        PlanBlocked: the two are of different formats. SourceDamaged: SQLite cannot read what shall come.
    """
    in_tables = is_sqlite(coming.content)
    if lying.comparable is not None and is_sqlite(lying.comparable) != in_tables:
        raise PlanBlocked("the snapshot and the living database are of different formats", hint="choose another one")
    if in_tables:
        made = plan_whole_tables(coming, lying, site, erasure=erasure)
    else:
        made = plan_whole_rows(coming, lying, site, erasure=erasure, now=now)
    trouble = (f"{lying.trouble}: {_LOST}",) if lying.trouble else ()
    came, went = made.moved
    return DatabasePlan(
        kind="database",
        name=site.name,
        source=site.name,
        digest=_digest(coming, lying, made),
        coming_back=made.words.coming_back,
        going=(*trouble, *made.words.going),
        powers=made.words.powers,
        conflicts=made.conflicts,
        expiry=made.expiry,
        notes=(*made.words.notes, *made.notes),
        blocked=made.blocked or _ownerless(site, lying),
        rows_added=came,
        rows_removed=went,
        content=made.content,
    )


def _ownerless(site: Site, lying: Lying) -> str:
    """As root a new file would be root's: services that cannot read theirs start empty, and write that over it."""
    if lying.content is None and os.geteuid() == 0 and not site.owner:
        return f"there is no file to take the owner from: say in sources.{site.name}.owner whom its program runs as"
    return ""


def _digest(coming: Coming, lying: Lying, made: Made) -> str:
    """Of what comes, and of who is registered now: logins, memos and last uses may go on meanwhile."""
    decided = sorted(
        (change.thing, change.name, change.happening, *(str(one) for one in change.details if one.power))
        for change in made.difference.changes
        if change.happening != "changed" or any(detail.power for detail in change.details)
    )
    state = (lying.content is None, lying.readable)
    return sha256(repr((coming.mark, sorted(coming.anyway), state, made.seal, decided)).encode()).hexdigest()
