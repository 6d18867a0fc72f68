"""Plan the return of one account."""

from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from core.domain.casemapping import Casemapping
from core.domain.errors import AccountNotFound, PlanBlocked
from core.formats.atheme import Database, field, lookup
from core.formats.atheme.schema import SCHEMA, is_uid
from core.registrations.access_rows import add_access, add_memberships
from core.registrations.account_plan import AccountPlan, Conflict
from core.registrations.account_rows import add_account
from core.registrations.draft import Draft
from core.registrations.founded import add_founded_channels, add_founded_groups
from core.registrations.ground import Claim, ground_of
from core.registrations.living import Living
from core.registrations.other_rows import add_operator, add_requests, remove_kept_names
from core.registrations.selection import Selection, select_account
from core.registrations.words import date_of, plural, shown

__all__ = ["AccountPlan", "Conflict", "plan_account"]

_COUNTED = ((b"MN", "nick"), (b"MCFP", "certfp"), (b"ME", "memo"), (b"AC", "access mask"), (b"MI", "ignore"))


def plan_account(
    *,
    backup: Database,
    live: Database,
    name: str,
    now: datetime,
    casemapping: Casemapping,
    sopers: bool = False,
    founded: bool = False,
) -> AccountPlan:
    """What bringing the account `name` (or that owns the nick) back would do. Never takes anything from anybody.

    To carry it out: stop services, plan again on the file that they wrote, compare the digests, splice that plan, and
    prove the result. `sopers` gives services operator back too; `founded` brings back the groups and channels that it
    founded and that are gone.

    Raises:
        AccountNotFound: `backup` does not have it.
        PlanBlocked: no row can be carried over safely: another schema, or no counter of uids.
    """
    old, living = Living(backup, casemapping), Living(live, casemapping)
    found = lookup(backup, name.encode("utf-8", "surrogateescape"), casemapping)
    selection = select_account(old, found) if found else None
    if selection is None:
        raise AccountNotFound(f"{name} is not in that database", hint="is it spelt as it was registered?")
    _refuse_other_schemas(old, living)
    draft, symbolic = (
        _filled(
            Draft(selection=selection, old=old, living=living, now=b"%d" % now.timestamp(), symbolic=is_symbolic),
            sopers=sopers,
            founded=founded,
        )
        for is_symbolic in (False, True)
    )
    plan = _plan(draft)
    return replace(plan, digest=_digest(_plan(symbolic), plan.ground))


def _refuse_other_schemas(old: Living, living: Living) -> None:
    for database, whose in ((old, "the snapshot"), (living, "the living database")):
        if database.schema != SCHEMA:
            schema = shown(database.schema) or "no"
            raise PlanBlocked(
                f"{whose} has schema {schema}, not {SCHEMA.decode()}: its rows may mean something else",
                hint="restore the whole database instead",
            )
    if not is_uid(living.last_uid):
        raise PlanBlocked("the living database has lost its LUID row", hint="restore the whole database instead")


def _filled(draft: Draft, *, sopers: bool, founded: bool) -> Draft:
    add_account(draft)
    if founded:
        add_founded_groups(draft)
    add_memberships(draft)
    if founded:
        add_founded_channels(draft)
    add_access(draft)
    add_operator(draft, wanted=sopers)
    add_requests(draft)
    remove_kept_names(draft)
    draft.raise_last_uid()
    return draft


def _plan(draft: Draft) -> AccountPlan:
    claim = _claim(draft)
    return AccountPlan(
        account=shown(draft.selection.name),
        casemapping=draft.living.casemapping,
        insertions=tuple(draft.insertions),
        removals=tuple(draft.removals),
        claim=claim,
        ground=ground_of(draft.living, claim),
        coming_back=tuple(_coming_back(draft)),
        access=tuple(draft.access),
        conflicts=tuple(draft.conflicts),
        powers=tuple(draft.powers),
        left_out=tuple(draft.left_out),
        notes=tuple(draft.notes),
        blocked=_blocked(draft.selection, draft.living),
    )


def _digest(symbolic: AccountPlan, ground: str) -> str:
    return sha256(repr((replace(symbolic, ground=ground),)).encode()).hexdigest()


def _claim(draft: Draft) -> Claim:
    fold, selection = draft.living.fold, draft.selection
    return Claim(
        name=fold(selection.name),
        uids=(field(selection.account, 1),),
        nicks=tuple(fold(field(row, 2)) for row in selection.rows(b"MN")),
        certfps=tuple(field(row, 2).lower() for row in selection.rows(b"MCFP")),
        groups=tuple(fold(field(row, 1)) for row in selection.groups),
        channels=tuple(fold(field(entry[0], 1)) for entry in selection.access),
        entities=tuple(sorted(draft.asked)),
    )


def _blocked(selection: Selection, living: Living) -> str:
    name = living.fold(selection.name)
    there = living.accounts.get(name)
    if there is not None:
        day = date_of(field(there, 5))
        return f"account {shown(field(there, 2))} exists now (registered {day}): it is never overwritten"
    owner = living.nicks.get(name)
    if owner is not None:
        return f"the nick {shown(selection.name)} is grouped to {shown(owner)} now: ungroup it first"
    return ""


def _coming_back(draft: Draft) -> list[str]:
    kinds = [row.partition(b" ")[0] for row in draft.insertions[0].rows]
    born = date_of(field(draft.selection.account, 5))
    counted = [plural(kinds.count(kind), word) for kind, word in _COUNTED if kind in kinds]
    return [f"account (registered {born})", *counted]
