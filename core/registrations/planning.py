"""Make a plan for an Atheme database: what would bringing something back do? Changes nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from core.domain.errors import AccountNotFound, PlanBlocked
from core.formats.atheme import Database
from core.formats.atheme.schema import SCHEMA, is_uid
from core.registrations.account import draft_account
from core.registrations.channel import draft_channel
from core.registrations.draft import Draft
from core.registrations.ground import Claim, ground_of
from core.registrations.group import draft_group
from core.registrations.living import Living, living_of
from core.registrations.meeting import note_idle_choices
from core.registrations.row_plan import RowPlan
from core.registrations.selection import select_account, select_channel, select_group
from core.registrations.wish import Erasure, Kind, Network, NobodyErased, Target, Wishes
from core.registrations.words import shown

Fill = Callable[[Draft], Claim]


def plan_rows(
    *,
    backup: Database | Living,
    live: Database | Living,
    target: Target,
    now: datetime,
    network: Network,
    wishes: Wishes | None = None,
    erasure: Erasure | None = None,
) -> RowPlan:
    """What bringing `target` back would do. Takes nothing from anybody unless the wishes say so.

    To carry it out: stop services, plan again on the file that they wrote, compare the digests, splice that plan, and
    prove the result.

    Raises:
        AccountNotFound: `backup` does not have it.
        PlanBlocked: no row can be carried over safely (another schema, no counter of uids), or a wish makes no sense.
    """
    old, living = living_of(backup, network.casemapping), living_of(live, network.casemapping)
    fill = _fill(old, target)
    refuse_other_schemas(old, living)

    def draft(*, symbolic: bool) -> Draft:
        return Draft(
            old=old,
            living=living,
            now=int(now.timestamp()),
            symbolic=symbolic,
            wishes=wishes or Wishes(),
            network=network,
            erasure=erasure or NobodyErased(),
        )

    return finish(draft, fill, target.kind)


def finish(draft: Callable[..., Draft], fill: Fill, kind: Kind) -> RowPlan:
    """The plan of a draft, with the digest of the same draft where times and new uids are symbols."""
    plan, symbolic = (_filled(draft(symbolic=is_symbolic), fill, kind) for is_symbolic in (False, True))
    # How long something was unused is no part of what is agreed to: midnight comes.
    meant = replace(symbolic, ground=plan.ground, expiry=(), notes=(), rows_removed=0, rows_added=0)
    return replace(plan, digest=sha256(repr(meant).encode()).hexdigest())


def _fill(old: Living, target: Target) -> Fill:
    name = target.name.encode("utf-8", "surrogateescape")
    if target.kind == "account":
        account = select_account(old, name) or select_account(old, old.nicks.get(old.fold(name), b""))
        if account is not None:
            return lambda draft: draft_account(draft, account)
    elif target.kind == "channel":
        channel = select_channel(old, name)
        if channel is not None:
            return lambda draft: draft_channel(draft, channel)
    else:
        group = select_group(old, name)
        if group is not None:
            return lambda draft: draft_group(draft, group)
    raise AccountNotFound(f"{target.name} is not in that database", hint="is it spelt as it was registered?")


def refuse_other_schemas(old: Living, living: Living) -> None:
    """Rows of another schema mean something else; without the counter a uid could be given out twice."""
    for database, whose in ((old, "the snapshot"), (living, "the living database")):
        if database.schema != SCHEMA:
            schema = shown(database.schema) or "no"
            raise PlanBlocked(
                f"{whose} has schema {schema}, not {SCHEMA.decode()}: its rows may mean something else",
                hint="restore the whole database instead",
            )
    if not is_uid(living.last_uid):
        raise PlanBlocked("the living database has lost its LUID row", hint="restore the whole database instead")


def _filled(draft: Draft, fill: Fill, kind: Kind) -> RowPlan:
    claim = fill(draft)
    note_idle_choices(draft)
    draft.raise_last_uid()
    if not draft.insertions and not draft.removals and not draft.blocked:
        draft.blocked = f"there is nothing to bring back: {shown(draft.name)} has all that could come"
    return RowPlan(
        kind=kind,
        name=shown(draft.name),
        casemapping=draft.living.casemapping,
        insertions=tuple(draft.insertions),
        removals=tuple(draft.removals),
        claim=claim,
        ground=ground_of(draft.living, claim),
        coming_back=tuple(draft.coming_back),
        going=tuple(draft.going),
        access=tuple(draft.access),
        conflicts=tuple(draft.conflicts),
        powers=tuple(draft.powers),
        expiry=tuple(draft.expiry),
        left_out=tuple(draft.left_out),
        notes=tuple(draft.notes),
        blocked=draft.blocked,
        rows_added=sum(len(insertion.rows) for insertion in draft.insertions),
        rows_removed=len(draft.removals),
    )
