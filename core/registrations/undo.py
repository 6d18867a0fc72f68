"""Plan the way back from a restore: what it brought goes, what it took comes back, and the life since stays."""

from collections.abc import Sequence
from datetime import datetime

from core.formats.atheme import Database, field
from core.registrations.draft import Draft
from core.registrations.ground import Claim
from core.registrations.living import Living, living_of
from core.registrations.planning import finish, refuse_other_schemas
from core.registrations.row_change import Change
from core.registrations.row_key import key_of
from core.registrations.row_plan import RowPlan
from core.registrations.undo_followers import is_last_founder, take_followers
from core.registrations.undo_forgotten import of_nobody_forgotten
from core.registrations.undo_ours import rows_still_ours
from core.registrations.undo_return import put_back
from core.registrations.wish import Erasure, Network, NobodyErased, Wishes
from core.registrations.words import plural, shown

_COUNTER = b"LUID "  # never goes back


def plan_undo(
    *, change: Change, live: Database | Living, now: datetime, network: Network, erasure: Erasure | None = None
) -> RowPlan:
    """What taking a restore back would do to the database as it is now.

    Raises:
        PlanBlocked: the living database is of another schema, or has no counter of uids.
    """
    living = living_of(live, network.casemapping)
    refuse_other_schemas(living, living)

    def draft(*, symbolic: bool) -> Draft:
        return Draft(
            old=living,
            living=living,
            now=int(now.timestamp()),
            symbolic=symbolic,
            wishes=Wishes(),
            network=network,
            erasure=erasure or NobodyErased(),
        )

    return finish(draft, lambda draft: _draft_undo(draft, change), change.kind)


def _draft_undo(draft: Draft, change: Change) -> Claim:
    draft.name = change.name.encode("utf-8", "surrogateescape")
    added = [raw for raw in change.added if not raw.startswith(_COUNTER)]
    removed = [raw for raw in of_nobody_forgotten(draft, change.removed) if not raw.startswith(_COUNTER)]
    _take_what_came(draft, added)
    take_followers(draft, added, removed)
    put_back(draft, removed)
    if not draft.removals and not draft.insertions:
        draft.blocked = "nothing of it is left to be undone"
    return Claim(entities=tuple(sorted(draft.asked)))


def _take_what_came(draft: Draft, added: Sequence[bytes]) -> None:
    """Its rows, as they are now: an account that was used since has other times, and goes all the same."""
    ours = rows_still_ours(draft, added)
    draft.take([row for rows in ours.values() for row in rows])
    for row in (row for rows in ours.values() for row in rows if row.kind == b"CA" and b"F" in field(row, 3)):
        if is_last_founder(draft, row):
            draft.note(f"{shown(field(row, 1))} is left without a founder")
    missing = sum(key_of(raw, draft.living.fold) not in ours for raw in added)
    if missing:
        draft.left_out.append(f"{plural(missing, 'row')} of it: gone, or changed since")
